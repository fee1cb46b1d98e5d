import { createHash } from 'node:crypto'
import type { Call, ReadOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import {
  attachedParts,
  fetchAttachment,
  type AttachedPart,
  type Attachment,
} from '../attached-parts.ts'
import { textsOfBytes } from '../content/shown-texts.ts'
import { parseMessage, unexpected } from '../message.ts'
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
