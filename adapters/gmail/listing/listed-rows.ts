import type { Call, QueryPairs } from '../../operation.ts'
import { parseMessage, parseThread } from '../message.ts'
import { namesOwnLabels } from '../narrowing.ts'
import { MailboxMemory, type Confirmed } from './mailbox-memory.ts'
import { PROCESS_BUDGET } from './memory-budget.ts'
import { toRow, type Row } from './row.ts'

/** what a filter looks at, and nothing of the text */
export const METADATA: QueryPairs = [
  ['format', 'metadata'],
  ...['From', 'To', 'Cc', 'Subject', 'Authentication-Results'].map(
    (name) => ['metadataHeaders', name] as const,
  ),
]
export const WHOLE: QueryPairs = [['format', 'full']]

/** looked at afresh now and then: Gmail promises little about when a read knows of a change */
const KEPT_MS = 900_000

/**
 * One listing's way to the messages it found: what an earlier listing has seen of them, if the mailbox's history says that it
 * is still so, else a fetch. Only listings remember; whoever asks for a message gets it from Gmail.
 */
export class ListedRows {
  readonly #call: Call
  readonly #memory: MailboxMemory
  #confirmed: Confirmed | undefined

  private constructor(call: Call, memory: MailboxMemory) {
    this.#call = call
    this.#memory = memory
  }

  /** by connection: another one is another mailbox */
  static async open(call: Call): Promise<ListedRows> {
    const memory = await call.remember('listed rows', KEPT_MS, () =>
      Promise.resolve(new MailboxMemory(PROCESS_BUDGET)),
    )
    return new ListedRows(call, memory)
  }

  /** once for each page of ids, after it is there: its rows are then decided as if each had been fetched after it */
  async confirm(): Promise<void> {
    const { reader, now } = this.#call
    const asksLabels = namesOwnLabels(this.#call)
    this.#confirmed = undefined
    this.#confirmed = await this.#memory.confirm({ reader, now, asksLabels })
  }

  async message(id: string): Promise<Row | undefined> {
    const known = this.#confirmed && this.#memory.find(id)
    return known ? this.#withoutDeletedLabels(known) : this.#fetch(id, 'metadata')
  }

  /** metadata does not tell whether there is an attachment */
  whole(id: string): Promise<Row | undefined> {
    return this.#fetch(id, 'whole')
  }

  async thread(id: string): Promise<readonly Row[] | undefined> {
    const known = this.#confirmed && this.#memory.findThread(id)
    if (known) return known.map((row) => this.#withoutDeletedLabels(row))
    const { generation } = this.#memory
    const answer = await this.#call.reader.read(['threads', id], METADATA)
    const thread = answer === undefined ? undefined : parseThread(answer)
    if (thread?.id !== id) return undefined
    const rows = thread.messages.map((message) => toRow(message, 'metadata'))
    if (this.#confirmed) this.#memory.keepThread(id, rows, thread.historyId, generation)
    return rows
  }

  async #fetch(id: string, seen: 'metadata' | 'whole'): Promise<Row | undefined> {
    const { generation } = this.#memory
    const query = seen === 'whole' ? WHOLE : METADATA
    const answer = await this.#call.reader.read(['messages', id], query)
    const message = answer === undefined ? undefined : parseMessage(answer)
    if (message?.id !== id) return undefined
    const row = toRow(message, seen)
    if (this.#confirmed) this.#memory.keep(row, generation)
    return row
  }

  #withoutDeletedLabels(row: Row): Row {
    const labels = this.#confirmed?.labels
    if (labels === undefined) return row
    return { ...row, labelIds: row.labelIds.filter((id) => labels.has(id) || SYSTEM.test(id)) }
  }
}

/** nobody can delete these, and Gmail does not list all of them */
const SYSTEM = /^[A-Z_]+$/
