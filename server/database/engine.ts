/**
 * The embedded engine seen from outside: sessions that run statements. The worker thread, the socket of a running server
 * and the SQL builder meet here, so that all of them share one set of rules about transactions.
 */

/** `begin`, `commit` and `rollback` are told apart from other statements because they decide who may speak */
export interface Statement {
  readonly kind: 'query' | 'begin' | 'commit' | 'rollback'
  readonly sql: string
  readonly parameters: readonly unknown[]
}

export interface StatementResult {
  readonly rows: unknown[]
  readonly affectedRows: number | undefined
  /** the command tag: a `commit` of a failed transaction answers ROLLBACK */
  readonly command: string | undefined
}

export interface Session {
  /** a transaction of this session may be open */
  readonly mayHold: boolean
  run(statement: Statement): Promise<StatementResult>
  /** gives back what the session holds: an open transaction is rolled back */
  end(): Promise<void>
}

export interface Engine {
  openSession(): Session
  close(): Promise<void>
}

/** what crosses a thread or a socket; both carry it as a structured clone */
export type EngineRequest =
  | ({ readonly id: number; readonly session: number } & Statement)
  | { readonly id: number; readonly session: number; readonly kind: 'end' }
  | { readonly id: number; readonly kind: 'listen' | 'unlisten'; readonly channel: string }
  | { readonly id: number; readonly kind: 'close' }

export type EngineReply =
  | { readonly id: number; readonly result: StatementResult | undefined }
  | { readonly id: number; readonly error: StatementErrorFields }
  | { readonly channel: string; readonly payload: string }

export interface StatementErrorFields {
  readonly message: string
  /** SQLSTATE */
  readonly code: string
  readonly detail?: string | undefined
  readonly constraint?: string | undefined
  readonly table?: string | undefined
  readonly column?: string | undefined
}

/** SQLSTATEs that we raise ourselves; the engine's own pass through */
export const SQLSTATE = {
  connectionFailure: '08006',
  activeTransaction: '25001',
  noActiveTransaction: '25P01',
  idleInTransaction: '25P03',
  lockNotAvailable: '55P03',
  failedTransaction: '25P02',
  internal: 'XX000',
} as const

/** the same fields as the `pg` driver's error, so that callers need not know which engine they run on */
export class StatementError extends Error implements StatementErrorFields {
  readonly code: string
  readonly detail: string | undefined
  readonly constraint: string | undefined
  readonly table: string | undefined
  readonly column: string | undefined

  constructor(fields: StatementErrorFields, options?: ErrorOptions) {
    super(fields.message, options)
    this.name = 'StatementError'
    this.code = fields.code
    this.detail = fields.detail
    this.constraint = fields.constraint
    this.table = fields.table
    this.column = fields.column
  }
}

/** a structured clone drops the extra properties of an Error, so they cross as plain fields */
export function toErrorFields(error: unknown): StatementErrorFields {
  if (!(error instanceof Error)) return { message: String(error), code: SQLSTATE.internal }
  const { message } = error
  const { code, detail, constraint, table, column } = error as Partial<StatementErrorFields>
  return { message, code: code ?? SQLSTATE.internal, detail, constraint, table, column }
}
