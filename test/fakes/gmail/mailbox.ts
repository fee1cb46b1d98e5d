import { randomBytes } from 'node:crypto'
import { GoogleError, invalidArgument, notFound } from './errors.ts'
import { findAddresses } from './mime/addresses.ts'
import { decodeWords, findHeader, findHeaders } from './mime/headers.ts'
import { parseMessage, type MimePart } from './mime/part.ts'
import { createSettings, type Settings } from './settings.ts'

export interface StoredMessage {
  readonly id: string
  threadId: string
  readonly labelIds: Set<string>
  readonly raw: Buffer
  readonly root: MimePart
  /** milliseconds since 1970; what the mailbox saw, whatever the Date header claims */
  readonly internalDate: number
  historyId: number
}

export interface NewMessage {
  readonly raw: Buffer | string
  readonly id?: string
  readonly threadId?: string | undefined
  readonly labelIds?: readonly string[]
  readonly internalDate?: number
}

export interface StoredLabel {
  readonly id: string
  name: string
  readonly type: 'system' | 'user'
  messageListVisibility: string
  labelListVisibility: string
}

export interface HistoryEntry {
  readonly id: number
  readonly kind: 'messagesAdded' | 'messagesDeleted' | 'labelsAdded' | 'labelsRemoved'
  readonly messageId: string
  readonly threadId: string
  /** all that the message carried after the change */
  readonly labelIds: readonly string[]
  /** those that were added or removed */
  readonly changedLabelIds: readonly string[]
}

const SYSTEM_LABELS = [
  'CHAT',
  'SENT',
  'INBOX',
  'IMPORTANT',
  'TRASH',
  'DRAFT',
  'SPAM',
  'CATEGORY_FORUMS',
  'CATEGORY_UPDATES',
  'CATEGORY_PERSONAL',
  'CATEGORY_PROMOTIONS',
  'CATEGORY_SOCIAL',
  'STARRED',
  'UNREAD',
]

export class Mailbox {
  readonly account: string
  readonly messages: Map<string, StoredMessage> = new Map()
  readonly labels: Map<string, StoredLabel> = new Map()
  /** draft id to the id of the message it holds */
  readonly drafts: Map<string, string> = new Map()
  readonly history: HistoryEntry[] = []
  readonly settings: Settings
  readonly #now: () => number
  #historyId: number
  /** changes up to this one are forgotten, as Gmail forgets them after a week or sooner */
  #forgotten = 0

  /** `historyId`: where a mailbox that takes another one's place goes on; ids never go back */
  constructor(account: string, now: () => number, historyId = 4_817_000) {
    this.account = account
    this.#historyId = historyId + Math.floor(Math.random() * 1000)
    this.#now = now
    this.settings = createSettings(account)
    for (const id of SYSTEM_LABELS) this.addLabel(id, { id, type: 'system' })
  }

  get historyId(): number {
    return this.#historyId
  }

  addMessage(message: NewMessage): StoredMessage {
    const id = message.id ?? newId()
    const raw = typeof message.raw === 'string' ? Buffer.from(message.raw) : message.raw
    const stored: StoredMessage = {
      id,
      threadId: message.threadId ?? id,
      labelIds: new Set(message.labelIds ?? ['INBOX', 'UNREAD']),
      raw,
      root: parseMessage(raw),
      internalDate: message.internalDate ?? this.#now(),
      historyId: this.#historyId,
    }
    this.messages.set(id, stored)
    this.#remember('messagesAdded', stored)
    return stored
  }

  requireMessage(id: string): StoredMessage {
    if (!/^[0-9a-f]{1,16}$/.test(id)) throw invalidArgument('Invalid id value')
    const found = this.messages.get(id)
    if (!found) throw notFound()
    return found
  }

  /** a thread is nothing but its messages, oldest first */
  threadMessages(threadId: string): StoredMessage[] {
    return [...this.messages.values()]
      .filter((message) => message.threadId === threadId)
      .toSorted((a, b) => a.internalDate - b.internalDate)
  }

  requireThread(id: string): StoredMessage[] {
    if (!/^[0-9a-f]{1,16}$/.test(id)) throw invalidArgument('Invalid thread_id value')
    const messages = this.threadMessages(id)
    if (messages.length === 0) throw notFound()
    return messages
  }

  findBySubject(subject: string): StoredMessage {
    const found = this.newestFirst().find((message) => subjectOf(message).includes(subject))
    if (!found) throw new Error(`no message has \`${subject}\` in its subject`)
    return found
  }

  newestFirst(): StoredMessage[] {
    return [...this.messages.values()].toSorted((a, b) => b.internalDate - a.internalDate)
  }

  addLabel(
    name: string,
    options: { readonly id?: string; readonly type?: 'system' | 'user' } = {},
  ): StoredLabel {
    const taken = [...this.labels.values()].some(
      (label) => label.name.toLowerCase() === name.toLowerCase(),
    )
    if (taken) throw new GoogleError(409, 'Label name exists or conflicts', 'aborted')
    const label: StoredLabel = {
      id: options.id ?? `Label_${randomBytes(6).readUIntBE(0, 6)}`,
      name,
      type: options.type ?? 'user',
      messageListVisibility: 'show',
      labelListVisibility: 'labelShow',
    }
    this.labels.set(label.id, label)
    return label
  }

  /** by id or by name */
  findLabel(idOrName: string): StoredLabel | undefined {
    return (
      this.labels.get(idOrName) ??
      [...this.labels.values()].find((label) => label.name.toLowerCase() === idOrName.toLowerCase())
    )
  }

  changeLabels(
    message: StoredMessage,
    change: { readonly add?: readonly string[]; readonly remove?: readonly string[] },
  ): void {
    const { add = [], remove = [] } = change
    for (const id of [...add, ...remove]) {
      if (!this.labels.has(id)) throw invalidArgument(`labelId not found: ${id}`)
    }
    // what changes nothing is no change
    const added = add.filter((id) => !message.labelIds.has(id))
    for (const id of added) message.labelIds.add(id)
    if (added.length > 0) this.#remember('labelsAdded', message, added)
    const removed = remove.filter((id) => message.labelIds.delete(id))
    if (removed.length > 0) this.#remember('labelsRemoved', message, removed)
  }

  deleteMessage(message: StoredMessage): void {
    this.messages.delete(message.id)
    this.#remember('messagesDeleted', message)
  }

  /** undefined when some of what has happened since then is forgotten, or when `start` is no id that was ever given */
  historySince(start: number): HistoryEntry[] | undefined {
    if (start < 1 || start < this.#forgotten || start > this.#historyId) return undefined
    return this.history.filter((entry) => entry.id > start)
  }

  forgetHistory(): void {
    this.history.length = 0
    // one more than was ever given: whoever is up to date has to begin again too
    this.#historyId += 1
    this.#forgotten = this.#historyId
  }

  #remember(
    kind: HistoryEntry['kind'],
    message: StoredMessage,
    changedLabelIds: readonly string[] = [],
  ): void {
    this.#historyId += 1 + Math.floor(Math.random() * 30)
    message.historyId = this.#historyId
    this.history.push({
      id: this.#historyId,
      kind,
      messageId: message.id,
      threadId: message.threadId,
      labelIds: [...message.labelIds],
      changedLabelIds,
    })
  }
}

/** Gmail's ids are 16 hex digits and, these years, begin with 19 */
export function newId(): string {
  return `19${randomBytes(7).toString('hex')}`
}

export function subjectOf(message: StoredMessage): string {
  return decodeWords(findHeader(message.root.headers, 'Subject') ?? '')
}

export function addressesIn(message: StoredMessage, header: string): string[] {
  return findHeaders(message.root.headers, header).flatMap((value) => findAddresses(value))
}
