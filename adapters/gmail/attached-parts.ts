import { AdapterError } from '../refusal.ts'
import type { Call } from '../operation.ts'
import { textsOfBytes } from './content/shown-texts.ts'
import { isRecord, unexpected, type GmailMessage, type GmailPart } from './message.ts'

export interface AttachedPart {
  readonly attachmentId: string
  readonly size: number | undefined
}

/** base64url as Gmail sends it, and the bytes it stands for */
export interface Attachment {
  readonly data: string
  readonly bytes: Buffer
}

export async function fetchAttachment(
  messageId: string,
  attachmentId: string,
  call: Call,
): Promise<Attachment | undefined> {
  const answer = await readAttachment(messageId, attachmentId, call)
  if (answer === undefined) return undefined
  const data = isRecord(answer) ? answer['data'] : undefined
  if (typeof data !== 'string') throw unexpected('an attachment has no data')
  return { data, bytes: Buffer.from(data, 'base64url') }
}

/** Gmail calls an id it does not know invalid: for the agent that is missing, like an attachment of another message */
async function readAttachment(
  messageId: string,
  attachmentId: string,
  call: Call,
): Promise<unknown> {
  try {
    return await call.reader.read(['messages', messageId, 'attachments', attachmentId])
  } catch (error) {
    if (error instanceof AdapterError && error.refusal.upstreamStatus === 400) return undefined
    throw error
  }
}

/** of every attachment that is text */
export async function textsOfAttachments(
  { id, payload }: GmailMessage,
  call: Call,
): Promise<string[]> {
  const texts: string[] = []
  for (const { attachmentId } of payload === undefined ? [] : attachedParts(payload)) {
    const attachment = await fetchAttachment(id, attachmentId, call)
    if (attachment === undefined) throw unexpected('an attachment is not there')
    texts.push(...textsOfBytes(attachment.bytes))
  }
  return texts
}

export function attachedParts(part: GmailPart): AttachedPart[] {
  const attachmentId = part.body?.attachmentId
  const own = attachmentId === undefined ? [] : [{ attachmentId, size: part.body?.size }]
  return [...own, ...(part.parts ?? []).flatMap(attachedParts)]
}
