import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Log } from '../log.ts'
import type { RecordRow } from './record-row.ts'
import { finishRecords, insertRecords } from './record-statements.ts'
import { within } from './within.ts'

/** writes one group of rows and tells each row what became of it; never rejects */
export class RecordWriter {
  readonly #db: Kysely<Database>
  readonly #log: Log
  readonly #timeoutMs: number

  constructor(db: Kysely<Database>, log: Log, timeoutMs: number) {
    this.#db = db
    this.#log = log
    this.#timeoutMs = timeoutMs
  }

  async write(rows: readonly RecordRow[], finishing: readonly RecordRow[]): Promise<void> {
    const writable = rows.flatMap((row) => {
      const json = attempt(row, () => row.takeJson())
      return json === undefined ? [] : [{ row, json }]
    })
    await this.#insert(writable)
    await this.#finish(finishing)
  }

  async #insert(group: readonly { row: RecordRow; json: string }[]): Promise<void> {
    if (group.length === 0) return
    try {
      await this.#inTime(
        insertRecords(
          this.#db,
          group.map(({ json }) => json),
        ),
      )
      for (const { row } of group) row.markInserted()
    } catch (error) {
      // one row that the table refuses must not take the others with it
      if (group.length > 1 && isAboutData(error)) {
        for (const one of group) await this.#insert([one])
        return
      }
      this.#fail(
        group.map(({ row }) => row),
        error,
      )
    }
  }

  async #finish(rows: readonly RecordRow[]): Promise<void> {
    if (rows.length === 0) return
    try {
      const found = await this.#inTime(
        finishRecords(
          this.#db,
          rows.map((row) => row.outcomeJson()),
        ),
      )
      for (const row of rows) {
        if (found.has(row.id)) row.markFinished()
        else row.fail(new Error(`the record \`${row.id}\` is not there to be finished`))
      }
    } catch (error) {
      this.#fail(rows, error)
    }
  }

  #fail(rows: readonly RecordRow[], error: unknown): void {
    const failure = error instanceof Error ? error : new Error('the record could not be written')
    for (const row of rows) row.fail(failure)
    this.#log({ event: 'record_write_failed', records: rows.length, error: failure.message })
  }

  /** a database that hangs must not hang every call with it */
  async #inTime<T>(work: Promise<T>): Promise<T> {
    return within(this.#timeoutMs, work)
  }
}

function attempt(row: RecordRow, work: () => string): string | undefined {
  try {
    return work()
  } catch (error) {
    row.fail(error instanceof Error ? error : new Error('the record cannot be written'))
    return undefined
  }
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation) */
function isAboutData(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code))
}
