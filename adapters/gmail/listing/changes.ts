import type { QueryPairs, Reader } from '../../operation.ts'
import { AdapterError } from '../../refusal.ts'
import { isRecord } from '../message.ts'

/** one record of a mailbox's history: whatever it names is another thing than before */
export interface Change {
  readonly id: bigint
  readonly messageIds: readonly string[]
  readonly threadIds: readonly string[]
}

export interface Changes {
  /** everything up to here is among the changes */
  readonly until: bigint
  readonly changes: readonly Change[]
}

const MAX_PAGES = 4
const PAGE_SIZE = '500'

/**
 * What has happened to a mailbox since. Undefined when that cannot be told: Gmail has forgotten it, so much has happened that
 * it is cheaper to look again, or a record says less than what to forget.
 */
export async function readChanges(reader: Reader, since: bigint): Promise<Changes | undefined> {
  const changes: Change[] = []
  let until: bigint | undefined
  let pageToken: string | undefined
  for (let page = 0; page < MAX_PAGES; page++) {
    const query: QueryPairs = [
      ['startHistoryId', String(since)],
      ['maxResults', PAGE_SIZE],
      ...(pageToken === undefined ? [] : [['pageToken', pageToken] as const]),
    ]
    const answer = parsePage(await readIfAllowed(reader, ['history'], query))
    if (answer === undefined) return undefined
    changes.push(...answer.changes)
    // what happens while the pages are read may be missing from them: only what the first one knew of is sure to be there
    until ??= answer.until
    if (answer.next === undefined) return { until, changes }
    pageToken = answer.next
  }
  return undefined
}

/** the mailbox's place in its own history now; undefined when the connection may not know it */
export async function readHistoryId(reader: Reader): Promise<bigint | undefined> {
  const answer = await readIfAllowed(reader, ['profile'])
  return isRecord(answer) ? toHistoryId(answer['historyId']) : undefined
}

/** ids of all labels that there are */
export async function readLabelIds(reader: Reader): Promise<ReadonlySet<string> | undefined> {
  const answer = await readIfAllowed(reader, ['labels'])
  const labels = isRecord(answer) ? (answer['labels'] ?? []) : undefined
  if (!Array.isArray(labels)) return undefined
  const ids = labels.map((label: unknown) => (isRecord(label) ? label['id'] : undefined))
  return new Set(ids.filter((id) => typeof id === 'string'))
}

/** a refusal is an answer here: rows can be shown without any of this, one by one */
async function readIfAllowed(
  reader: Reader,
  path: readonly string[],
  query?: QueryPairs,
): Promise<unknown> {
  try {
    return await reader.read(path, query)
  } catch (error) {
    if (error instanceof AdapterError && error.refusal.code === 'upstream_refused') return undefined
    throw error
  }
}

interface Page extends Changes {
  readonly next: string | undefined
}

function parsePage(answer: unknown): Page | undefined {
  if (!isRecord(answer)) return undefined
  const { history = [], nextPageToken } = answer
  const until = toHistoryId(answer['historyId'])
  if (!Array.isArray(history) || until === undefined) return undefined
  const changes = history.map(parseChange)
  if (!changes.every((change) => change !== undefined)) return undefined
  const next = typeof nextPageToken === 'string' && nextPageToken !== '' ? nextPageToken : undefined
  return { until, changes, next }
}

const KINDS = ['messagesAdded', 'messagesDeleted', 'labelsAdded', 'labelsRemoved'] as const

/** all kinds alike, by all their places: `messages` need not repeat what the kinds name */
function parseChange(record: unknown): Change | undefined {
  const id = isRecord(record) ? toHistoryId(record['id']) : undefined
  if (!isRecord(record) || id === undefined) return undefined
  const changed = KINDS.flatMap((kind) => toList(record[kind])).map((change) =>
    isRecord(change) ? change['message'] : undefined,
  )
  const messages = [...toList(record['messages']), ...changed].map(parseNamed)
  if (messages.length === 0 || !messages.every((message) => message !== undefined)) return undefined
  return {
    id,
    messageIds: messages.map(({ messageId }) => messageId),
    threadIds: messages.map(({ threadId }) => threadId),
  }
}

function toList(value: unknown): readonly unknown[] {
  if (value === undefined) return []
  // one that cannot be read, so that the record is not believed
  return Array.isArray(value) ? value : [undefined]
}

function parseNamed(message: unknown): { messageId: string; threadId: string } | undefined {
  if (!isRecord(message)) return undefined
  const { id: messageId, threadId } = message
  return typeof messageId === 'string' && typeof threadId === 'string'
    ? { messageId, threadId }
    : undefined
}

export function toHistoryId(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^\d{1,20}$/.test(value) ? BigInt(value) : undefined
}
