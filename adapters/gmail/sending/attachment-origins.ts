import { createHash } from 'node:crypto'
import type { AttachmentOrigin } from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import { isRecord, parseMessage, type GmailMessage, type GmailPart } from '../message.ts'
import {
  cleanFilename,
  isSendableName,
  isSendableType,
  type MailAttachment,
} from '../mime/index.ts'
import { visibilityOf } from '../readable.ts'

/** an attachment as it will be sent; one that was seen before keeps the name and type it had there */
export interface TracedAttachment extends MailAttachment {
  readonly origin: AttachmentOrigin
}

const MAX_LEDGER_MESSAGES = 5
const MAX_COMPARED = 40

/**
 * Where the bytes of each attachment come from, by SHA-256 of what they decode to: a name or a type proves nothing.
 * Upstream is asked only for attachments of the same size.
 */
export async function traceAttachments(
  attachments: readonly MailAttachment[],
  thread: readonly GmailMessage[],
  call: Call,
): Promise<TracedAttachment[]> {
  const traced: TracedAttachment[] = []
  for (const attachment of attachments) traced.push(await traceAttachment(attachment, thread, call))
  return traced
}

async function traceAttachment(
  attachment: MailAttachment,
  thread: readonly GmailMessage[],
  call: Call,
): Promise<TracedAttachment> {
  const inThread = await findSame(attachment, thread, call)
  if (inThread !== undefined) return toTraced(attachment, inThread, 'thread')
  const ids = await call.servedAttachments.messagesWith(call.grantId, attachment.sha256)
  for (const id of ids.slice(0, MAX_LEDGER_MESSAGES)) {
    // shown once is not readable now: the presented token may be narrower than the one it was shown to
    const message = await readVisible(id, call)
    const same = message === undefined ? undefined : await findSame(attachment, [message], call)
    if (same !== undefined) return toTraced(attachment, same, 'readable')
  }
  return toTraced(attachment, undefined, 'outside')
}

function toTraced(
  { filename, type, content, sha256 }: MailAttachment,
  original: GmailPart | undefined,
  origin: AttachmentOrigin,
): TracedAttachment {
  const name = cleanFilename(original?.filename ?? '')
  const originalType = original?.mimeType?.toLowerCase() ?? ''
  return {
    filename: original === undefined || !isSendableName(name) ? filename : name,
    type: isSendableType(originalType) ? originalType : type,
    content,
    sha256,
    origin,
  }
}

async function readVisible(id: string, call: Call): Promise<GmailMessage | undefined> {
  const json = await call.reader.read(['messages', id], [['format', 'full']])
  if (json === undefined) return undefined
  const message = parseMessage(json)
  return visibilityOf(message, call) === 'full' ? message : undefined
}

async function findSame(
  attachment: MailAttachment,
  messages: readonly GmailMessage[],
  call: Call,
): Promise<GmailPart | undefined> {
  const ofSameSize = messages
    .flatMap((message) => partsOf(message.payload).map((part) => ({ id: message.id, part })))
    .filter(({ part }) => isAttachment(part) && part.body?.size === attachment.content.length)
  for (const { id, part } of ofSameSize.slice(0, MAX_COMPARED)) {
    const content = await readContent(id, part, call)
    if (content !== undefined && hash(content) === attachment.sha256) return part
  }
  return undefined
}

function partsOf(part: GmailPart | undefined): GmailPart[] {
  return part === undefined ? [] : [part, ...(part.parts ?? []).flatMap(partsOf)]
}

function isAttachment(part: GmailPart): boolean {
  return part.body?.attachmentId !== undefined || (part.filename ?? '') !== ''
}

async function readContent(
  messageId: string,
  part: GmailPart,
  call: Call,
): Promise<Buffer | undefined> {
  const { attachmentId, data } = part.body ?? {}
  if (attachmentId === undefined)
    return data === undefined ? undefined : Buffer.from(data, 'base64url')
  const json = await call.reader.read(['messages', messageId, 'attachments', attachmentId])
  return isRecord(json) && typeof json['data'] === 'string'
    ? Buffer.from(json['data'], 'base64url')
    : undefined
}

function hash(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}
