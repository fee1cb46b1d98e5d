import type { Reader } from '../../operation.ts'
import { AdapterError } from '../../refusal.ts'
import { readChanges, readHistoryId, readLabelIds, toHistoryId, type Change } from './changes.ts'
import type { MemoryBudget } from './memory-budget.ts'
import { sizeOf, type Row } from './row.ts'

interface ThreadEntry {
  readonly messageIds: readonly string[]
  readonly historyId: bigint
}

interface Place {
  readonly historyId: bigint
  /** seconds since 1970 */
  readonly at: number
}

/** what was confirmed, and when it was */
export interface Confirmed {
  /** labels that there are, if that was asked: one that is deleted leaves its messages without a word in the history */
  readonly labels: ReadonlySet<string> | undefined
}

export interface Question {
  readonly reader: Reader
  /** seconds since 1970 */
  readonly now: number
  readonly asksLabels: boolean
}

/** a question that has not been put yet: others may still join in */
interface Waiting {
  readonly question: { -readonly [Name in keyof Question]: Question[Name] }
  readonly done: Promise<Confirmed | undefined>
}

const MAX_JOINS = 2
const MAX_ROWS = 5_000
const MAX_THREADS = 2_000
const MAX_THREAD_MESSAGES = 100
/** a row of thousands of recipients is fetched each time */
const MAX_ROW_BYTES = 32_768
const THREAD_BYTES = 200

/**
 * Gmail does not say that a read knows of everything that its history has told. Changes of the last minutes are therefore asked
 * for again, and a row that does not know of one of them is forgotten.
 */
const OVERLAP_SECONDS = 120

/**
 * What listings have seen of one mailbox, for the next listing. Nothing in it is believed until the mailbox's history has told
 * what has changed since it was seen.
 *
 * INVARIANT: when `confirm` ends, every row here is as Gmail would answer it at a moment after `confirm` began. A row is kept
 * only if no confirmation ended between its fetch and its coming in: that one's changes have not been held against it.
 */
export class MailboxMemory {
  readonly #budget: MemoryBudget
  /** by their last use, oldest first */
  readonly #rows: Map<string, Row> = new Map()
  readonly #threads: Map<string, ThreadEntry> = new Map()
  #bytes = 0
  #generation = 0
  /** where the next question begins */
  #since: Place | undefined
  /** the latest place that is confirmed, at or after `since` */
  #latest: Place | undefined
  #waiting: Waiting | undefined
  #last: Promise<unknown> = Promise.resolve()

  constructor(budget: MemoryBudget) {
    this.#budget = budget
  }

  get bytes(): number {
    return this.#bytes
  }

  /** counts confirmations; a fetch remembers which one it began after */
  get generation(): number {
    return this.#generation
  }

  /**
   * Makes everything here true as of now; undefined when it cannot be made so, and nothing here may be used. Questions that come
   * while one is being answered share the next: that answer is younger than all of them.
   */
  async confirm(question: Question): Promise<Confirmed | undefined> {
    this.#budget.use(this, question.now)
    for (let joins = 0; joins < MAX_JOINS; joins++) {
      const joined = this.#join(question)
      if (joined === undefined) break
      try {
        return await joined
      } catch (error) {
        // whoever asked has left, which is no answer to anybody else
        if (!isHangUp(error)) throw error
      }
    }
    return this.#queue(question)
  }

  find(id: string): Row | undefined {
    const row = this.#rows.get(id)
    if (row === undefined) return undefined
    this.#rows.delete(id)
    this.#rows.set(id, row)
    return row
  }

  /** all messages of a thread, if all are here */
  findThread(id: string): readonly Row[] | undefined {
    const thread = this.#threads.get(id)
    if (thread === undefined) return undefined
    const rows = thread.messageIds.map((messageId) => this.find(messageId))
    return rows.every((row) => row !== undefined) ? rows : undefined
  }

  keep(row: Row, generation: number): void {
    if (generation !== this.#generation || sizeOf(row) > MAX_ROW_BYTES) return
    const known = this.#rows.get(row.id)
    this.#drop(row.id)
    const { hasAttachment = known?.hasAttachment } = row
    this.#rows.set(row.id, { ...row, hasAttachment })
    this.#count(sizeOf(row))
    const [oldest] = this.#rows.keys()
    if (this.#rows.size > MAX_ROWS && oldest !== undefined) this.#drop(oldest)
  }

  keepThread(id: string, rows: readonly Row[], historyId: unknown, generation: number): void {
    for (const row of rows) this.keep(row, generation)
    if (generation !== this.#generation || rows.length > MAX_THREAD_MESSAGES) return
    this.#dropThread(id)
    this.#threads.set(id, {
      messageIds: rows.map((row) => row.id),
      historyId: toHistoryId(historyId) ?? 0n,
    })
    this.#count(THREAD_BYTES + 40 * rows.length)
    const [oldest] = this.#threads.keys()
    if (this.#threads.size > MAX_THREADS && oldest !== undefined) this.#dropThread(oldest)
  }

  forget(): void {
    this.#rows.clear()
    this.#threads.clear()
    this.#count(-this.#bytes)
  }

  #join({ asksLabels }: Question): Waiting['done'] | undefined {
    if (this.#waiting !== undefined && asksLabels) this.#waiting.question.asksLabels = true
    return this.#waiting?.done
  }

  /** one question at a time, so that those that come meanwhile can share */
  #queue({ reader, now, asksLabels }: Question): Waiting['done'] {
    const question = { reader, now, asksLabels }
    const done = this.#last.then(() => {
      if (this.#waiting?.question === question) this.#waiting = undefined
      return this.#ask(question)
    })
    this.#waiting = { question, done }
    this.#last = done.catch(() => undefined)
    return done
  }

  async #ask({ reader, now, asksLabels }: Question): Promise<Confirmed | undefined> {
    const [labels, isConfirmed] = await Promise.all([
      asksLabels ? readLabelIds(reader) : undefined,
      this.#advance(reader, now),
    ])
    return isConfirmed && (labels !== undefined || !asksLabels) ? { labels } : undefined
  }

  async #advance(reader: Reader, now: number): Promise<boolean> {
    if (this.#since === undefined || this.#latest === undefined) return this.#begin(reader, now)
    const told = await readChanges(reader, this.#since.historyId)
    if (told === undefined) return this.#begin(reader, now)
    for (const change of told.changes) this.#apply(change, this.#latest.historyId)
    if (this.#latest.at <= now - OVERLAP_SECONDS) this.#since = this.#latest
    this.#latest = { historyId: told.until, at: now }
    this.#generation++
    return true
  }

  /** the place is read before anything is fetched that is kept: what changes after it will be told */
  async #begin(reader: Reader, now: number): Promise<boolean> {
    this.#since = undefined
    this.forget()
    const historyId = await readHistoryId(reader)
    if (historyId === undefined) return false
    // what came in meanwhile may have been seen before that place
    this.forget()
    this.#since = { historyId, at: now }
    this.#latest = this.#since
    this.#generation++
    return true
  }

  #apply({ id, messageIds, threadIds }: Change, confirmed: bigint): void {
    for (const messageId of messageIds) {
      const historyId = toHistoryId(this.#rows.get(messageId)?.resource.historyId) ?? 0n
      if (id > confirmed || id > historyId) this.#drop(messageId)
    }
    for (const threadId of threadIds) {
      const { historyId = 0n } = this.#threads.get(threadId) ?? {}
      if (id > confirmed || id > historyId) this.#dropThread(threadId)
    }
  }

  #drop(id: string): void {
    const row = this.#rows.get(id)
    if (row === undefined) return
    this.#rows.delete(id)
    this.#count(-sizeOf(row))
  }

  #dropThread(id: string): void {
    const thread = this.#threads.get(id)
    if (thread === undefined) return
    this.#threads.delete(id)
    this.#count(-(THREAD_BYTES + 40 * thread.messageIds.length))
  }

  #count(change: number): void {
    this.#bytes += change
    this.#budget.count(change)
  }
}

function isHangUp(error: unknown): boolean {
  return error instanceof AdapterError && error.refusal.reason === 'client_closed'
}
