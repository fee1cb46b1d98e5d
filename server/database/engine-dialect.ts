import {
  CompiledQuery,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  type DatabaseConnection,
  type DatabaseIntrospector,
  type Dialect,
  type DialectAdapter,
  type Driver,
  type Kysely,
  type QueryCompiler,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { SQLSTATE, StatementError, type Engine, type Session, type Statement } from './engine.ts'

/**
 * Kysely over an `Engine`. Kysely's own PGlite dialect queues in the client, where another client's statements are not
 * seen and where a caller that waits for itself waits for ever; here every connection is a session of the one queue.
 */
export class EngineDialect implements Dialect {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  createAdapter(): DialectAdapter {
    return new EngineAdapter()
  }

  createDriver(): Driver {
    return new EngineDriver(this.#engine)
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return new PostgresIntrospector(db)
  }

  createQueryCompiler(): QueryCompiler {
    return new PostgresQueryCompiler()
  }
}

/** migrations run in a transaction, which has the engine to itself: an advisory lock would add nothing to that */
class EngineAdapter extends PostgresAdapter {
  override async acquireMigrationLock(): Promise<void> {}
  override async releaseMigrationLock(): Promise<void> {}
}

class EngineDriver implements Driver {
  readonly #engine: Engine

  constructor(engine: Engine) {
    this.#engine = engine
  }

  async init(): Promise<void> {}

  async acquireConnection(): Promise<EngineConnection> {
    return new EngineConnection(this.#engine.openSession())
  }

  async beginTransaction(
    connection: EngineConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    const { isolationLevel, accessMode } = settings
    const level = isolationLevel === undefined ? '' : ` isolation level ${isolationLevel}`
    await connection.control(
      'begin',
      `begin${level}${accessMode === undefined ? '' : ` ${accessMode}`}`,
    )
  }

  async commitTransaction(connection: EngineConnection): Promise<void> {
    const command = await connection.control('commit', 'commit')
    if (command !== 'ROLLBACK') return
    throw new StatementError({
      code: SQLSTATE.failedTransaction,
      message: 'the transaction was rolled back because one of its statements had failed',
    })
  }

  async rollbackTransaction(connection: EngineConnection): Promise<void> {
    await connection.control('rollback', 'rollback')
  }

  async savepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`savepoint ${quoted(name)}`))
  }

  async rollbackToSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`rollback to savepoint ${quoted(name)}`))
  }

  async releaseSavepoint(connection: DatabaseConnection, name: string): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw(`release savepoint ${quoted(name)}`))
  }

  async releaseConnection(connection: EngineConnection): Promise<void> {
    await connection.end()
  }

  async destroy(): Promise<void> {
    await this.#engine.close()
  }
}

class EngineConnection implements DatabaseConnection {
  readonly #session: Session

  constructor(session: Session) {
    this.#session = session
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const { rows, affectedRows, command } = await this.#session.run({
      kind: 'query',
      sql: query.sql,
      parameters: query.parameters,
    })
    const changes = affectedRows !== undefined && CHANGING.has(command ?? '')
    return { rows: rows as R[], ...(changes && { numAffectedRows: BigInt(affectedRows) }) }
  }

  async control(kind: Statement['kind'], sql: string): Promise<string | undefined> {
    const { command } = await this.#session.run({ kind, sql, parameters: [] })
    return command
  }

  async end(): Promise<void> {
    await this.#session.end()
  }

  // eslint-disable-next-line require-yield -- the interface wants a generator; the engine answers in one piece
  async *streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error('the embedded database does not stream: use limit and offset')
  }
}

const CHANGING: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE'])

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
