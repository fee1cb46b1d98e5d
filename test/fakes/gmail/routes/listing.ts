import type { Call } from '../call.ts'
import { invalidArgument } from '../errors.ts'
import type { StoredMessage } from '../mailbox.ts'
import { parseQuery, searchesEverywhere } from '../query.ts'

export interface Page<Item> {
  readonly items: readonly Item[]
  readonly nextPageToken: string | undefined
  readonly resultSizeEstimate: number
}

/** messages that q, labelIds and includeSpamTrash select, newest first */
export function selectMessages(call: Call): StoredMessage[] {
  const q = call.query.get('q') ?? ''
  const labelIds = call.query.getAll('labelIds')
  const matches = parseQuery(q, call.mailbox, call.now)
  const everywhere =
    call.query.get('includeSpamTrash') === 'true' ||
    searchesEverywhere(q) ||
    labelIds.some((id) => id === 'SPAM' || id === 'TRASH')
  for (const id of labelIds) {
    if (!call.mailbox.labels.has(id)) throw invalidArgument(`Invalid label: ${id}`)
  }
  return call.mailbox
    .newestFirst()
    .filter((message) => everywhere || !isHidden(message))
    .filter((message) => labelIds.every((id) => message.labelIds.has(id)))
    .filter((message) => matches(message))
}

function isHidden(message: StoredMessage): boolean {
  return message.labelIds.has('SPAM') || message.labelIds.has('TRASH')
}

/** page tokens know nothing of the query or the caller they were given to: a token from elsewhere works */
export function pageOf<Item>(call: Call, items: readonly Item[]): Page<Item> {
  const size = Math.min(Number(call.query.get('maxResults') ?? 100) || 100, 500)
  const token = call.query.get('pageToken')
  const start = token ? fromPageToken(token) : 0
  const end = start + size
  return {
    items: items.slice(start, end),
    nextPageToken: end < items.length ? toPageToken(end) : undefined,
    resultSizeEstimate: estimate(items.length, end < items.length),
  }
}

/** as rough as Gmail's: 201 for whatever has another page, else near the number of everything that matched */
function estimate(matched: number, hasMore: boolean): number {
  if (hasMore) return 201
  return matched === 0 ? 0 : matched + (matched % 3)
}

const TOKEN_SALT = 1_093_774_112_003_519n

function toPageToken(offset: number): string {
  return String(BigInt(offset) * 7_919n + TOKEN_SALT).padStart(20, '0')
}

function fromPageToken(token: string): number {
  const value = /^\d{20}$/.test(token) ? BigInt(token) - TOKEN_SALT : -1n
  if (value < 0n || value % 7_919n !== 0n) throw invalidArgument('Invalid pageToken')
  return Number(value / 7_919n)
}
