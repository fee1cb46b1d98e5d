import type { Kysely } from 'kysely'
import type { RecordEntry, Recorder, RecordOutcome } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import type { Log } from '../log.ts'
import { RecordRow } from './record-row.ts'
import { RecordWriter } from './record-writer.ts'

export interface RecorderOptions {
  /** rows per statement */
  readonly groupSize?: number
  /** statements under way at most; the first never waits, a further one gathers */
  readonly maxWriting?: number
  /** how long a further group gathers while another is being written */
  readonly gatherMs?: number
  /** how long the intent of a read waits for its outcome, so that the two become one row */
  readonly lingerMs?: number
  /** rows waiting at most; more are refused, and with them their calls */
  readonly maxWaiting?: number
  readonly timeoutMs?: number
  readonly now?: () => number
}

export interface ClosableRecorder extends Recorder {
  /** writes what still waits */
  close(): Promise<void>
}

export function createRecorder(
  db: Kysely<Database>,
  log: Log,
  options: RecorderOptions = {},
): ClosableRecorder {
  return new GroupRecorder(new RecordWriter(db, log, options.timeoutMs ?? 10_000), options)
}

class GroupRecorder implements ClosableRecorder {
  readonly #writer: RecordWriter
  readonly #groupSize: number
  readonly #maxWriting: number
  readonly #gatherMs: number
  readonly #lingerMs: number
  readonly #maxWaiting: number
  readonly #now: () => number
  #waiting: RecordRow[] = []
  #finishing: RecordRow[] = []
  readonly #writing: Set<Promise<void>> = new Set()
  #scheduled = false
  #lingering: NodeJS.Timeout | undefined
  #closed = false

  constructor(writer: RecordWriter, options: RecorderOptions) {
    this.#writer = writer
    this.#groupSize = options.groupSize ?? 500
    this.#maxWriting = options.maxWriting ?? 2
    this.#gatherMs = options.gatherMs ?? 2
    this.#lingerMs = options.lingerMs ?? 25
    this.#maxWaiting = options.maxWaiting ?? 20_000
    this.#now = options.now ?? Date.now
  }

  async write(entry: RecordEntry, outcome: RecordOutcome): Promise<void> {
    const row = this.#add(entry)
    row.complete(outcome, this.#now())
    this.#hurry(row)
    return row.inserted
  }

  begin(entry: RecordEntry): ReturnType<Recorder['begin']> {
    const row = this.#add(entry)
    this.#linger()
    const hurry = (): void => this.#hurry(row)
    return {
      // asking for it is what makes the intent urgent
      get committed() {
        hurry()
        return row.inserted
      },
      finish: async (outcome, decided) => this.#finish(row, outcome, decided),
    }
  }

  async close(): Promise<void> {
    this.#closed = true
    clearTimeout(this.#lingering)
    while (this.#waiting.length + this.#finishing.length + this.#writing.size > 0) {
      for (const row of this.#waiting) row.urgent = true
      await (this.#writing.values().next().value ?? this.#writeGroup())
    }
  }

  #add(entry: RecordEntry): RecordRow {
    const row = new RecordRow(entry, this.#now())
    if (this.#closed) row.fail(new Error('the recorder is closed'))
    else if (this.#waiting.length + this.#finishing.length >= this.#maxWaiting) {
      row.fail(new Error('too many records wait to be written'))
    } else this.#waiting.push(row)
    return row
  }

  async #finish(row: RecordRow, outcome: RecordOutcome, decided?: RecordEntry): Promise<void> {
    const merged = row.complete(outcome, this.#now(), decided)
    if (merged) {
      this.#hurry(row)
      return row.inserted
    }
    await row.inserted
    this.#finishing.push(row)
    this.#schedule()
    return row.finished
  }

  #hurry(row: RecordRow): void {
    row.urgent = true
    this.#schedule()
  }

  #schedule(): void {
    if (this.#scheduled || this.#writing.size >= this.#maxWriting) return
    this.#scheduled = true
    const start = (): void => {
      this.#scheduled = false
      if (this.#writing.size < this.#maxWriting) void this.#writeGroup()
    }
    if (this.#writing.size > 0) setTimeout(start, this.#gatherMs)
    else setImmediate(start)
  }

  #linger(): void {
    this.#lingering ??= setTimeout(() => {
      this.#lingering = undefined
      this.#schedule()
    }, this.#lingerMs)
  }

  /**
   * Several groups may be under way at once, each in its own transaction. INVARIANT: an outcome is never written before its
   * intent: a row comes to `#finishing` only when its intent is committed.
   */
  async #writeGroup(): Promise<void> {
    const due = this.#now() - this.#lingerMs
    const rows: RecordRow[] = []
    const left: RecordRow[] = []
    for (const row of this.#waiting) {
      const now = row.urgent || row.queuedAt <= due
      ;(now && rows.length < this.#groupSize ? rows : left).push(row)
    }
    const finishing = this.#finishing.splice(0, this.#groupSize)
    this.#waiting = left
    const writing = this.#writer.write(rows, finishing)
    this.#writing.add(writing)
    await writing
    this.#writing.delete(writing)
    if (this.#finishing.length > 0 || this.#waiting.some(({ urgent }) => urgent)) this.#schedule()
    if (this.#waiting.length > 0) this.#linger()
  }
}
