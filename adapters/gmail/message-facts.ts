import { normaliseText, type MessageFacts } from '../../capabilities/index.ts'
import type { Call } from '../operation.ts'
import type { GmailHeader, GmailMessage, GmailPart } from './message.ts'
import { readParties, readSender } from './received-address.ts'

/** what a message filter is held against; a message without payload headers matches no address filter */
export function toMessageFacts(
  message: GmailMessage,
  { now, names }: Pick<Call, 'now' | 'names'>,
): MessageFacts {
  const headers = message.payload?.headers ?? []
  const from = single(headers, 'from')
  const to = single(headers, 'to')
  const cc = single(headers, 'cc')
  return {
    id: message.id,
    threadId: message.threadId,
    from: from === undefined ? undefined : readSender(from),
    to: to === undefined ? [] : readParties(to),
    cc: cc === undefined ? [] : readParties(cc),
    labels: withNames(message.labelIds, names),
    subject: normaliseText(single(headers, 'subject') ?? ''),
    ageSeconds: ageOf(message.internalDate, now),
    hasAttachment: message.payload !== undefined && holdsAttachment(message.payload),
    authenticated: isAuthenticated(headers),
  }
}

/** a label goes by its id and by its name: a grant may use either */
export function withNames(ids: readonly string[], names: Call['names']): readonly string[] {
  if (names.size === 0) return ids
  return [...new Set([...ids, ...ids.flatMap((id) => names.get(id) ?? [])])]
}

/** `now` in seconds, the date in milliseconds */
export function ageOf(internalDate: number, now: number): number {
  return Math.max(0, now - Math.floor(internalDate / 1000))
}

/** the phantom that asks whether a token could allow reading any message at all */
export const NO_MESSAGE: MessageFacts = {
  id: '',
  threadId: '',
  from: undefined,
  to: [],
  cc: [],
  labels: [],
  subject: '',
  ageSeconds: 0,
  hasAttachment: false,
  authenticated: false,
}

/** none or several: another reader may look at the other one, so there is none */
function single(headers: readonly GmailHeader[], lowerName: string): string | undefined {
  let found: string | undefined
  for (const { name, value } of headers) {
    if (name.length !== lowerName.length || name.toLowerCase() !== lowerName) continue
    if (found !== undefined) return undefined
    found = value
  }
  return found
}

function holdsAttachment(part: GmailPart): boolean {
  if (part.body?.attachmentId !== undefined || (part.filename ?? '') !== '') return true
  return part.parts?.some(holdsAttachment) ?? false
}

const MAX_VERDICT = 8192

/**
 * Gmail puts its own Authentication-Results above whatever the sender wrote, so only the topmost counts, and only with
 * Gmail's name as its authserv-id (RFC 8601 §5). Method results are separated by `;`; a `dmarc=pass` in a comment or a
 * quoted text is not one.
 */
function isAuthenticated(headers: readonly GmailHeader[]): boolean {
  const topmost = headers.find(({ name }) => name.toLowerCase() === 'authentication-results')
  if (topmost === undefined || topmost.value.length > MAX_VERDICT) return false
  if (/["\\]/.test(topmost.value)) return false
  const [server, ...results] = withoutComments(topmost.value).split(';')
  if (server?.trim().toLowerCase() !== 'mx.google.com') return false
  const dmarc = results.filter((result) => /^\s*dmarc\s*=/i.test(result))
  return dmarc.length === 1 && /^\s*dmarc\s*=\s*pass(\s|$)/i.test(dmarc[0] ?? '')
}

/** innermost first; what is left of an unbalanced one makes no verdict */
function withoutComments(value: string): string {
  let text = value
  while (text.includes('(')) {
    const shorter = text.replace(/\([^()]*\)/g, '')
    if (shorter === text) return ''
    text = shorter
  }
  return text.includes(')') ? '' : text
}
