import { createHash } from 'node:crypto'
import type { Call, ReadOperation } from '../../operation.ts'
import { AdapterError, missing } from '../../refusal.ts'
import { textsOfBytes } from '../content/shown-texts.ts'
import {
  isRecord,
  parseMessage,
  unexpected,
  type GmailMessage,
  type GmailPart,
} from '../message.ts'
import { toMessageFacts } from '../message-facts.ts'
import { decodeQuery, NO_PARAMETERS } from '../parameters.ts'
import { rememberShown } from '../shown.ts'
import { readGates } from './messages-get.ts'

interface Params {
  readonly messageId: string
  readonly attachmentId: string
}

interface Facts {
  readonly params: Params
  readonly threadId: string
  readonly parts: readonly AttachedPart[]
}

interface AttachedPart {
  readonly attachmentId: string
  readonly size: number | undefined
}

/** base64url as Gmail sends it, and the bytes it stands for */
interface Attachment {
  readonly data: string
  readonly bytes: Buffer
}

const MAX_COMPARED = 4

/**
 * An attachment is shown as part of a readable message. Gmail finds the bytes by the attachment's id alone, so a readable
 * message's id beside a foreign attachment's id would show that one: the bytes must be found in the message itself.
 */
export const messagesAttachmentsGet: ReadOperation<Params, Facts> = {
  effect: 'read',
  name: 'gmail.users.messages.attachments.get',
  routes: [
    {
      method: 'GET',
      template: '/gmail/v1/users/me/messages/{messageId}/attachments/{attachmentId}',
      dialect: 'json',
    },
  ],
  maxBodyBytes: 0,
  gates: readGates(),
  conceals: true,
  decode(request, ids) {
    const decoded = decodeQuery(request, NO_PARAMETERS)
    if (!decoded.ok) return decoded
    const params = { messageId: ids['messageId'] ?? '', attachmentId: ids['attachmentId'] ?? '' }
    return { ok: true, params }
  },
  // the id of an attachment is long, and another one at every look
  toRecord: ({ messageId }) => ({ messageId }),
  async prepare(params, call) {
    const answer = await call.reader.read(['messages', params.messageId], [['format', 'full']])
    if (answer === undefined) return { ok: false, refusal: missing('not_found') }
    const message = parseMessage(answer)
    if (message.id !== params.messageId) throw unexpected('another message was answered')
    const parts = message.payload === undefined ? [] : attachedParts(message.payload)
    const facts = toMessageFacts(message, call)
    return {
      ok: true,
      prepared: { params, threadId: message.threadId, parts },
      actions: [{ operation: 'gmail.messages.read', content: 'full', message: facts }],
    }
  },
  async project({ params, threadId, parts }, _chosen, call) {
    if (parts.length === 0) return { ok: false, refusal: missing('no_attachments') }
    const attachment = await fetchAttachment(params.messageId, params.attachmentId, call)
    if (attachment === undefined || !(await isAmong(attachment, params, parts, call))) {
      return { ok: false, refusal: missing('foreign_attachment') }
    }
    const sha256 = createHash('sha256').update(attachment.bytes).digest('hex')
    await call.servedAttachments.remember(call.grantId, sha256, params.messageId)
    await rememberShown(threadId, () => textsOfBytes(attachment.bytes), call)
    return { ok: true, body: { size: attachment.bytes.length, data: attachment.data } }
  },
}

/** ids change from fetch to fetch, so an id that is not listed may still name one of these parts: then its bytes say so */
async function isAmong(
  { bytes }: Attachment,
  params: Params,
  parts: readonly AttachedPart[],
  call: Call,
): Promise<boolean> {
  if (parts.some((part) => part.attachmentId === params.attachmentId)) return true
  const candidates = parts.filter((part) => part.size === undefined || part.size === bytes.length)
  for (const part of candidates.slice(0, MAX_COMPARED)) {
    const own = await fetchAttachment(params.messageId, part.attachmentId, call)
    if (own?.bytes.equals(bytes) === true) return true
  }
  return false
}

async function fetchAttachment(
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
    if (attachment !== undefined) texts.push(...textsOfBytes(attachment.bytes))
  }
  return texts
}

function attachedParts(part: GmailPart): AttachedPart[] {
  const attachmentId = part.body?.attachmentId
  const own = attachmentId === undefined ? [] : [{ attachmentId, size: part.body?.size }]
  return [...own, ...(part.parts ?? []).flatMap(attachedParts)]
}
