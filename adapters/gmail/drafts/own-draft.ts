import type { Call } from '../../operation.ts'
import { decoding } from '../json-body.ts'
import { isRecord, unexpected } from '../message.ts'
import { decodeRaw } from '../mime/index.ts'
import { prepareSending, type PreparedSend } from '../sending/prepare.ts'
import type { SendRequest } from '../upload.ts'
import type { Prepared } from '../../operation.ts'

/** a draft that this grant wrote, as it lies in the mailbox now */
export interface OwnDraft {
  readonly id: string
  readonly messageId: string
  /** base64url, as Gmail has it */
  readonly raw: string
  /** what the draft would be as a request to send it */
  readonly request: SendRequest
  /** Gmail's own thread of the draft, of a new mail too */
  readonly threadId: string
  readonly labelIds: readonly string[]
}

/** what is remembered of a draft: Gmail gives its message a new id at every change, by whomever */
interface Remembered extends Readonly<Record<string, string>> {
  readonly messageId: string
  /** of the conversation that it answers; empty for a new mail */
  readonly threadId: string
}

export async function rememberDraft(
  draft: { readonly id: string; readonly messageId: string; readonly threadId: string | undefined },
  call: Call,
): Promise<void> {
  const { id, messageId, threadId = '' } = draft
  const detail: Remembered = { messageId, threadId }
  await call.ownItems.remember(call.grantId, 'draft', [{ id, detail }])
}

/**
 * INVARIANT: a draft is the grant's own only as long as nobody else touched it. Once the account's owner has changed it, it is
 * the owner's: what stands there now is not the agent's to read, to overwrite or to send. Undefined: there is none.
 */
export async function readOwnDraft(id: string, call: Call): Promise<OwnDraft | undefined> {
  const [own] = await call.ownItems.among(call.grantId, 'draft', [id])
  if (own === undefined) return undefined
  const answer = await call.reader.read(['drafts', id], [['format', 'raw']])
  if (answer === undefined) return undefined
  const message = messageOf(answer, id)
  const { id: messageId, threadId, raw, labelIds } = message
  if (typeof messageId !== 'string' || typeof threadId !== 'string' || typeof raw !== 'string') {
    throw unexpected('a draft has no message')
  }
  if (messageId !== own.detail['messageId']) return undefined
  const answered = own.detail['threadId'] ?? ''
  return {
    id,
    messageId,
    raw,
    threadId,
    labelIds: Array.isArray(labelIds) ? labelIds.filter((one) => typeof one === 'string') : [],
    request: { message: toBytes(raw), threadId: answered === '' ? undefined : answered },
  }
}

/** Gmail's own writing of what the front gave it: what it should not be is no fault of the agent's request */
function toBytes(raw: string): Buffer {
  const decoded = decoding(() => decodeRaw(raw))
  if (!decoded.ok) throw unexpected('the raw of a draft is not base64url, or too long')
  return decoded.params
}

export function messageOf(answer: unknown, id: string): Readonly<Record<string, unknown>> {
  const message = isRecord(answer) && answer['id'] === id ? answer['message'] : undefined
  if (!isRecord(message)) throw unexpected('another draft was answered')
  return message
}

/**
 * What the token would have to allow to write this very draft. Who may not write it may not look at it either: a token that was
 * narrowed to one conversation does not come to the drafts of the others.
 */
export function prepareAsDraft(draft: OwnDraft, call: Call): Promise<Prepared<PreparedSend>> {
  return prepareSending(draft.request, call, 'drafting')
}

export async function mayWrite(draft: OwnDraft, call: Call): Promise<boolean> {
  const prepared = await prepareAsDraft(draft, call)
  return prepared.ok && prepared.actions.some((action) => call.couldAllow(action))
}
