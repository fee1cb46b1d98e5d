import {
  SQLSTATE,
  StatementError,
  type Engine,
  type EngineReply,
  type EngineRequest,
  type Session,
  type Statement,
  type StatementResult,
} from './engine.ts'

type Unnumbered<T> = T extends { id: number } ? Omit<T, 'id'> : never

interface Pending {
  readonly resolve: (result: StatementResult | undefined) => void
  readonly reject: (error: Error) => void
}

/** an engine at the other end of a message channel: the worker thread, or a running server's socket */
export class EngineClient implements Engine {
  readonly #send: (request: EngineRequest) => void
  readonly #pending = new Map<number, Pending>()
  readonly #listeners = new Map<string, Set<(payload: string) => void>>()
  #lastId = 0
  #lastSession = 0
  #failure: Error | undefined

  constructor(send: (request: EngineRequest) => void) {
    this.#send = send
  }

  receive(message: EngineReply): void {
    if ('channel' in message) {
      for (const handler of this.#listeners.get(message.channel) ?? []) handler(message.payload)
      return
    }
    const pending = this.#pending.get(message.id)
    this.#pending.delete(message.id)
    if ('error' in message) pending?.reject(new StatementError(message.error))
    else pending?.resolve(message.result)
  }

  /** the other end is gone: everything that waits for it fails, and everything asked from now on */
  fail(error: Error): void {
    this.#failure ??= error
    for (const { reject } of this.#pending.values()) reject(error)
    this.#pending.clear()
  }

  /** the other end speaks first, with the number no request has */
  async ready(): Promise<void> {
    await new Promise((resolve, reject) => this.#pending.set(0, { resolve, reject }))
  }

  openSession(): Session {
    this.#lastSession += 1
    return new ClientSession(this, this.#lastSession)
  }

  async listen(channel: string, handler: (payload: string) => void): Promise<() => Promise<void>> {
    const handlers = this.#listeners.get(channel) ?? new Set()
    this.#listeners.set(channel, handlers)
    handlers.add(handler)
    await this.ask({ kind: 'listen', channel }).catch((error: unknown) => {
      handlers.delete(handler)
      throw error
    })
    return async () => {
      handlers.delete(handler)
      if (handlers.size > 0 || this.#failure !== undefined) return
      await this.ask({ kind: 'unlisten', channel })
    }
  }

  async close(): Promise<void> {
    if (this.#failure !== undefined) return
    // what was asked before is still answered, in order
    const closed = this.ask({ kind: 'close' })
    this.#failure = stopped('the database is closed')
    await closed
  }

  async ask(request: Unnumbered<EngineRequest>): Promise<StatementResult | undefined> {
    if (this.#failure !== undefined) throw this.#failure
    this.#lastId += 1
    const id = this.#lastId
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve, reject })
      try {
        this.#send({ ...request, id } as EngineRequest)
      } catch (error) {
        this.#pending.delete(id)
        throw error
      }
    })
  }
}

class ClientSession implements Session {
  readonly #client: EngineClient
  readonly #session: number
  mayHold = false

  constructor(client: EngineClient, session: number) {
    this.#client = client
    this.#session = session
  }

  async run(statement: Statement): Promise<StatementResult> {
    if (statement.kind === 'begin') this.mayHold = true
    const { kind, sql, parameters } = statement
    const result = await this.#client.ask({ session: this.#session, kind, sql, parameters })
    if (kind === 'commit' || kind === 'rollback') this.mayHold = false
    return result ?? { rows: [], affectedRows: undefined, command: undefined }
  }

  async end(): Promise<void> {
    if (!this.mayHold) return
    this.mayHold = false
    await this.#client.ask({ session: this.#session, kind: 'end' })
  }
}

export function stopped(message: string, cause?: unknown): StatementError {
  return new StatementError({ code: SQLSTATE.connectionFailure, message }, { cause })
}
