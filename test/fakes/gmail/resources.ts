import type { AttachmentIds } from './attachment-ids.ts'
import { invalidArgument } from './errors.ts'
import type { Mailbox, StoredLabel, StoredMessage } from './mailbox.ts'
import { decodeAddressWords, decodeWords, type Header } from './mime/headers.ts'
import { isAttachment, partText, readableText, type MimePart } from './mime/part.ts'

export type Format = 'full' | 'metadata' | 'minimal' | 'raw'
export type Resource = Record<string, unknown>

export interface View {
  readonly format: Format
  readonly metadataHeaders: readonly string[]
  readonly attachmentIds: AttachmentIds
}

export function parseFormat(value: string | null): Format {
  const format = (value ?? 'full').toLowerCase()
  if (format === 'full' || format === 'metadata' || format === 'minimal' || format === 'raw') {
    return format
  }
  throw invalidArgument(
    `Invalid value at 'format' (type.googleapis.com/google.apps.gmail.v1.MessageFormat), "${value}"`,
  )
}

export function messageResource(message: StoredMessage, view: View): Resource {
  const resource: Resource = {
    id: message.id,
    threadId: message.threadId,
    labelIds: [...message.labelIds],
    snippet: snippetOf(message),
  }
  if (view.format === 'full') resource['payload'] = fullPart(message, message.root, view)
  if (view.format === 'metadata') resource['payload'] = metadataPart(message.root, view)
  resource['sizeEstimate'] = message.raw.length
  resource['historyId'] = String(message.historyId)
  resource['internalDate'] = String(message.internalDate)
  if (view.format === 'raw') resource['raw'] = toBase64Url(message.raw)
  return resource
}

export function threadResource(messages: readonly StoredMessage[], view: View): Resource {
  const [first] = messages
  return {
    id: first?.threadId,
    historyId: String(latestHistoryId(messages)),
    messages: messages.map((message) => messageResource(message, view)),
  }
}

export function threadRow(messages: readonly StoredMessage[]): Resource {
  const last = messages.at(-1)
  return {
    id: last?.threadId,
    // of the newest message, whichever message it was that matched the query
    snippet: last ? snippetOf(last) : '',
    historyId: String(latestHistoryId(messages)),
  }
}

function latestHistoryId(messages: readonly StoredMessage[]): number {
  return Math.max(...messages.map((message) => message.historyId))
}

export function labelResource(label: StoredLabel): Resource {
  const { id, name, type, messageListVisibility, labelListVisibility } = label
  return type === 'user'
    ? { id, name, messageListVisibility, labelListVisibility, type }
    : { id, name, type }
}

export function labelWithCounts(mailbox: Mailbox, label: StoredLabel): Resource {
  const messages = [...mailbox.messages.values()].filter((each) => each.labelIds.has(label.id))
  const unread = messages.filter((each) => each.labelIds.has('UNREAD'))
  return {
    ...labelResource(label),
    messagesTotal: messages.length,
    messagesUnread: unread.length,
    threadsTotal: countThreads(messages),
    threadsUnread: countThreads(unread),
  }
}

export function countThreads(messages: Iterable<StoredMessage>): number {
  return new Set([...messages].map((message) => message.threadId)).size
}

function metadataPart(root: MimePart, view: View): Resource {
  const wanted = view.metadataHeaders.map((name) => name.toLowerCase())
  const headers = root.headers.map(headerResource)
  return {
    mimeType: root.mimeType,
    headers:
      wanted.length === 0
        ? headers
        : headers.filter((header) => wanted.includes(header.name.toLowerCase())),
  }
}

function fullPart(message: StoredMessage, part: MimePart, view: View): Resource {
  const resource: Resource = {
    partId: part.partId,
    mimeType: part.mimeType,
    filename: part.filename,
    headers: part.headers.map(headerResource),
    body: partBody(message, part, view),
  }
  if (part.parts.length > 0) {
    resource['parts'] = part.parts.map((child) => fullPart(message, child, view))
  }
  return resource
}

function partBody(message: StoredMessage, part: MimePart, view: View): Resource {
  if (part.mimeType.startsWith('multipart/')) return { size: 0 }
  if (isAttachment(part)) {
    return {
      attachmentId: view.attachmentIds.issue({ messageId: message.id, partId: part.partId }),
      size: part.content.length,
    }
  }
  // text is shown in UTF-8, whatever charset the header goes on naming
  const text = Buffer.from(partText(part))
  return text.length === 0 ? { size: 0 } : { size: text.length, data: toBase64Url(text) }
}

const ADDRESS_HEADERS = /^(from|to|cc|bcc|reply-to|sender|resent-.*)$/i

function headerResource(header: Header): Header {
  const decode = ADDRESS_HEADERS.test(header.name) ? decodeAddressWords : decodeWords
  return { name: header.name, value: decode(header.value) }
}

function snippetOf(message: StoredMessage): string {
  const text = readableText(message.root).replace(/\s+/g, ' ').trim().slice(0, 180)
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;')
}

/** Gmail pads its base64url */
export function toBase64Url(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}
