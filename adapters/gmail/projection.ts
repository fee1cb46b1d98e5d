import type { GmailHeader, GmailMessage, GmailPart } from './message.ts'
import type { Visibility } from './readable.ts'

export interface View {
  readonly format: 'full' | 'metadata' | 'minimal'
  /** lower case; empty means all */
  readonly metadataHeaders: ReadonlySet<string>
}

/** a message as it is shown: an allow-list of Gmail's fields, and of those what the token's content and the format leave */
export function projectMessage(
  message: GmailMessage,
  view: View,
  visibility: Exclude<Visibility, 'none'>,
): Record<string, unknown> {
  const { resource } = message
  const shown: Record<string, unknown> = {
    id: message.id,
    threadId: message.threadId,
    labelIds: message.labelIds,
  }
  // the snippet is the beginning of the text
  if (visibility === 'full') copyText(resource, 'snippet', shown)
  copyText(resource, 'historyId', shown)
  copyText(resource, 'internalDate', shown)
  if (typeof resource['sizeEstimate'] === 'number') shown['sizeEstimate'] = resource['sizeEstimate']
  const payload = projectPayload(message.payload, view, visibility)
  if (payload !== undefined) shown['payload'] = payload
  return shown
}

const MESSAGE_FIELDS = new Set([
  'id',
  'threadId',
  'labelIds',
  'snippet',
  'historyId',
  'internalDate',
  'sizeEstimate',
  'payload',
])
const PART_FIELDS = new Set(['partId', 'mimeType', 'filename', 'headers', 'body', 'parts'])
const BODY_FIELDS = new Set(['attachmentId', 'size', 'data'])
const HEADER_FIELDS = new Set(['name', 'value'])

/**
 * True when the full view of a message leaves nothing out of what Gmail sent, so that Gmail's own bytes can be the answer.
 * It looks at every field; only the writing is saved.
 */
export function isWholeView(message: GmailMessage): boolean {
  const { resource, payload } = message
  return (
    hasOnly(resource, MESSAGE_FIELDS) &&
    isTextOrAbsent(resource['snippet']) &&
    isTextOrAbsent(resource['historyId']) &&
    (resource['sizeEstimate'] === undefined || typeof resource['sizeEstimate'] === 'number') &&
    (payload === undefined || isWholePart(payload))
  )
}

function isWholePart(part: GmailPart): boolean {
  return (
    hasOnly(part, PART_FIELDS) &&
    (part.headers === undefined ||
      part.headers.every((header) => hasOnly(header, HEADER_FIELDS))) &&
    (part.body === undefined || hasOnly(part.body, BODY_FIELDS)) &&
    (part.parts === undefined || part.parts.every(isWholePart))
  )
}

function hasOnly(value: object, fields: ReadonlySet<string>): boolean {
  for (const name in value) if (!fields.has(name)) return false
  return true
}

function isTextOrAbsent(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function projectPayload(
  payload: GmailPart | undefined,
  view: View,
  visibility: Visibility,
): Record<string, unknown> | undefined {
  if (payload === undefined || view.format === 'minimal') return undefined
  if (view.format === 'full' && visibility === 'full') return projectPart(payload)
  const shown: Record<string, unknown> = {}
  if (payload.mimeType !== undefined) shown['mimeType'] = payload.mimeType
  const wanted = view.format === 'metadata' ? view.metadataHeaders : ALL
  shown['headers'] = projectHeaders(payload.headers ?? [], wanted)
  return shown
}

const ALL: ReadonlySet<string> = new Set()

function projectHeaders(
  headers: readonly GmailHeader[],
  wanted: ReadonlySet<string>,
): GmailHeader[] {
  const shown: GmailHeader[] = []
  for (const { name, value } of headers) {
    if (wanted.size === 0 || wanted.has(name.toLowerCase())) shown.push({ name, value })
  }
  return shown
}

function projectPart(part: GmailPart): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  if (part.partId !== undefined) shown['partId'] = part.partId
  if (part.mimeType !== undefined) shown['mimeType'] = part.mimeType
  if (part.filename !== undefined) shown['filename'] = part.filename
  if (part.headers !== undefined) shown['headers'] = projectHeaders(part.headers, ALL)
  if (part.body !== undefined) shown['body'] = projectBody(part.body)
  if (part.parts !== undefined) shown['parts'] = part.parts.map(projectPart)
  return shown
}

function projectBody(body: NonNullable<GmailPart['body']>): Record<string, unknown> {
  const shown: Record<string, unknown> = {}
  if (body.attachmentId !== undefined) shown['attachmentId'] = body.attachmentId
  if (body.size !== undefined) shown['size'] = body.size
  if (body.data !== undefined) shown['data'] = body.data
  return shown
}

/** of the messages that are shown; a thread's own moves with the others too */
export function latestHistoryId(
  messages: readonly { readonly resource: { readonly historyId?: unknown } }[],
): string | undefined {
  let latest: bigint | undefined
  for (const { resource } of messages) {
    const { historyId } = resource
    if (typeof historyId !== 'string' || !/^\d{1,20}$/.test(historyId)) continue
    const value = BigInt(historyId)
    if (latest === undefined || value > latest) latest = value
  }
  return latest?.toString()
}

function copyText(
  from: Readonly<Record<string, unknown>>,
  name: string,
  to: Record<string, unknown>,
): void {
  const value = from[name]
  if (typeof value === 'string') to[name] = value
}
