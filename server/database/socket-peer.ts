import type net from 'node:net'
import { z } from 'zod'
import {
  toErrorFields,
  type Engine,
  type EngineReply,
  type Session,
  type StatementResult,
} from './engine.ts'
import { FrameReader, toFrame } from './frames.ts'

const MAX_REQUEST_BYTES = 16 * 1024 * 1024

/** a command may run statements; it may not close the server's database */
const request = z.union([
  z.strictObject({
    id: z.int().positive(),
    session: z.int().positive(),
    kind: z.enum(['query', 'begin', 'commit', 'rollback']),
    sql: z.string(),
    parameters: z.array(z.unknown()).readonly(),
  }),
  z.strictObject({ id: z.int().positive(), session: z.int().positive(), kind: z.literal('end') }),
])
type Request = z.infer<typeof request>

/** one command at the other end of the socket, with the sessions it has open */
export class SocketPeer {
  readonly #engine: Engine
  readonly #socket: net.Socket
  readonly #sessions = new Map<number, Session>()
  readonly #reader = new FrameReader(MAX_REQUEST_BYTES)

  constructor(engine: Engine, socket: net.Socket) {
    this.#engine = engine
    this.#socket = socket
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => void this.#endAll())
  }

  disconnect(): void {
    this.#socket.destroy()
  }

  #receive(chunk: Buffer): void {
    try {
      for (const message of this.#reader.read(chunk)) void this.#answer(request.parse(message))
    } catch {
      // whoever sends this is not our command: nothing it says can be relied on
      this.#socket.destroy()
    }
  }

  async #answer(asked: Request): Promise<void> {
    try {
      this.#reply({ id: asked.id, result: await this.#run(asked) })
    } catch (error) {
      this.#reply({ id: asked.id, error: toErrorFields(error) })
    }
  }

  async #run(asked: Request): Promise<StatementResult | undefined> {
    const session = this.#sessions.get(asked.session) ?? this.#engine.openSession()
    this.#sessions.set(asked.session, session)
    if (asked.kind === 'end') {
      this.#sessions.delete(asked.session)
      await session.end()
      return undefined
    }
    const result = await session.run(asked)
    if (!session.mayHold) this.#sessions.delete(asked.session)
    return result
  }

  #reply(reply: EngineReply): void {
    if (!this.#socket.writable) return
    this.#socket.write(toFrameOrError(reply))
  }

  /** the command is gone: what it had not committed is rolled back, and whoever waits for it goes on */
  async #endAll(): Promise<void> {
    const sessions = [...this.#sessions.values()]
    this.#sessions.clear()
    await Promise.allSettled(sessions.map(async (session) => session.end()))
  }
}

/** a result that is too large for a frame becomes an error of its request instead of a broken connection */
function toFrameOrError(reply: EngineReply): Buffer {
  try {
    return toFrame(reply)
  } catch (error) {
    if (!('id' in reply)) throw error
    return toFrame({ id: reply.id, error: toErrorFields(error) })
  }
}
