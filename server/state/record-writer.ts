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
    await this.#writeGroup(
      toGroup(rows, (row) => row.takeJson()),
      async (group) => {
        await insertRecords(this.#db, group.map(toJson))
        for (const { row } of group) row.markInserted()
      },
    )
    await this.#writeGroup(
      toGroup(finishing, (row) => row.outcomeJson()),
      async (group) => {
        const found = await finishRecords(this.#db, group.map(toJson))
        for (const { row } of group) {
          if (found.has(row.id)) row.markFinished()
          else row.fail(new Error(`the record \`${row.id}\` is not there to be finished`))
        }
      },
    )
  }

  async #writeGroup(
    group: readonly Writable[],
    write: (group: readonly Writable[]) => Promise<void>,
  ): Promise<void> {
    if (group.length === 0) return
    try {
      // a database that hangs must not hang every call with it
      await within(this.#timeoutMs, write(group))
    } catch (error) {
      // one row that the table refuses must not take the others with it
      if (group.length > 1 && isAboutData(error)) {
        for (const one of group) await this.#writeGroup([one], write)
        return
      }
      this.#fail(group, error)
    }
  }

  #fail(group: readonly Writable[], error: unknown): void {
    const failure = error instanceof Error ? error : new Error('the record could not be written')
    for (const { row } of group) row.fail(failure)
    this.#log({ event: 'record_write_failed', records: group.length, error: failure.message })
  }
}

interface Writable {
  readonly row: RecordRow
  readonly json: string
}

/** a row that cannot be written as JSON fails here, alone */
function toGroup(rows: readonly RecordRow[], json: (row: RecordRow) => string): Writable[] {
  return rows.flatMap((row) => {
    try {
      return [{ row, json: json(row) }]
    } catch (error) {
      row.fail(error instanceof Error ? error : new Error('the record cannot be written'))
      return []
    }
  })
}

function toJson({ json }: Writable): string {
  return json
}

/** SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation) */
function isAboutData(error: unknown): boolean {
  return error instanceof Error && 'code' in error && /^2[23]/.test(String(error.code))
}
