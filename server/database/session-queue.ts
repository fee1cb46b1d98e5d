import { SQLSTATE, StatementError, type Statement, type StatementResult } from './engine.ts'
import { Turn } from './turn.ts'

/** one connection to one database; statements arrive here already in order */
export interface SingleConnection {
  execute(statement: Statement): Promise<StatementResult>
  isInTransaction(): boolean
}

export interface QueueLimits {
  /** how long a statement waits for somebody else's transaction */
  readonly waitMs: number
  /** how long a transaction may stay open without a statement */
  readonly idleMs: number
}

interface SessionState {
  last: Promise<unknown>
  pending: number
  /** its transaction was rolled back under it; nothing runs until it says `rollback` */
  lost: boolean
  idle: NodeJS.Timeout | undefined
}

/**
 * Many sessions over an engine that has one connection. A transaction has the engine to itself and everybody else queues,
 * in order of arrival and not for ever: a caller that uses `db` inside its own transaction gets an error, not a hang.
 */
export class SessionQueue {
  readonly #connection: SingleConnection
  readonly #limits: QueueLimits
  readonly #turn = new Turn<SessionState>()
  readonly #sessions = new Map<number, SessionState>()

  constructor(connection: SingleConnection, limits: QueueLimits) {
    this.#connection = connection
    this.#limits = limits
  }

  /** runs one statement of a session after the session's earlier ones */
  async run(session: number, statement: Statement): Promise<StatementResult> {
    return this.#inOrder(session, async (state) => this.#runOne(state, statement))
  }

  async end(session: number): Promise<void> {
    await this.#inOrder(session, async (state) => {
      state.lost = false
      if (this.#turn.owner === state) await this.#leave(state)
    })
  }

  /** keeps everybody else out while `work` runs, as a transaction does */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const nobody: SessionState = {
      last: Promise.resolve(),
      pending: 0,
      lost: false,
      idle: undefined,
    }
    await this.#turn.take(nobody, this.#limits.waitMs)
    try {
      return await work()
    } finally {
      this.#turn.give()
    }
  }

  async #inOrder<T>(session: number, work: (state: SessionState) => Promise<T>): Promise<T> {
    const state = this.#sessions.get(session) ?? {
      last: Promise.resolve(),
      pending: 0,
      lost: false,
      idle: undefined,
    }
    this.#sessions.set(session, state)
    state.pending += 1
    const result = state.last.then(async () => work(state))
    state.last = result.catch(() => undefined)
    try {
      return await result
    } finally {
      state.pending -= 1
      if (state.pending === 0 && !state.lost && this.#turn.owner !== state)
        this.#sessions.delete(session)
    }
  }

  async #runOne(state: SessionState, statement: Statement): Promise<StatementResult> {
    if (state.lost) return answerLost(state, statement)
    const inside = this.#turn.owner === state
    refuseMisplaced(statement, inside)
    if (inside) clearTimeout(state.idle)
    else await this.#turn.take(state, this.#limits.waitMs)
    let open = inside
    try {
      if (statement.kind === 'commit' || statement.kind === 'rollback') open = false
      const result = await this.#connection.execute(statement)
      if (statement.kind === 'begin') open = true
      if (!open && this.#connection.isInTransaction()) throw unannouncedTransaction()
      return result
    } finally {
      if (open) this.#armIdle(state)
      else await this.#leave(state)
    }
  }

  /** INVARIANT: the connection is in no transaction when the turn passes on, whatever the last statement was */
  async #leave(state: SessionState): Promise<void> {
    clearTimeout(state.idle)
    try {
      if (this.#connection.isInTransaction()) {
        await this.#connection.execute({ kind: 'rollback', sql: 'rollback', parameters: [] })
      }
    } finally {
      this.#turn.give()
    }
  }

  #armIdle(state: SessionState): void {
    state.idle = setTimeout(() => {
      if (this.#turn.owner !== state || state.pending > 0) return
      state.lost = true
      this.#leave(state).catch(() => undefined)
    }, this.#limits.idleMs)
  }
}

/** everything is refused until the caller noticed; to its `rollback` the answer is that it is done */
function answerLost(state: SessionState, statement: Statement): StatementResult {
  if (statement.kind === 'rollback') {
    state.lost = false
    return { rows: [], affectedRows: undefined, command: 'ROLLBACK' }
  }
  throw new StatementError({
    code: SQLSTATE.idleInTransaction,
    message: 'the transaction was rolled back because it stayed idle too long: start again',
  })
}

function refuseMisplaced({ kind }: Statement, inside: boolean): void {
  if (kind === 'begin' && inside) {
    throw new StatementError({
      code: SQLSTATE.activeTransaction,
      message: 'this session already has a transaction open',
    })
  }
  if ((kind === 'commit' || kind === 'rollback') && !inside) {
    throw new StatementError({
      code: SQLSTATE.noActiveTransaction,
      message: 'this session has no transaction open',
    })
  }
}

function unannouncedTransaction(): StatementError {
  return new StatementError({
    code: SQLSTATE.activeTransaction,
    message:
      'a statement opened a transaction by itself and was rolled back: use a transaction of the query builder',
  })
}
