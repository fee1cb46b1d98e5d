import type { Call, Projected, UpstreamCall } from '../../operation.ts'
import { isRecord } from '../message.ts'
import { composeMail } from '../sending/compose.ts'
import type { PreparedSend } from '../sending/prepare.ts'
import { rememberDraft } from './own-draft.ts'

/** the draft as it is saved: written anew, as if it were sent */
export async function planDraft(
  prepared: PreparedSend,
  chosen: number,
  call: Call,
): Promise<Pick<UpstreamCall, 'contentType' | 'body'>> {
  const { threadId } = prepared
  const raw = await composeMail(prepared, chosen, call, { isDraft: true })
  const message = { ...(threadId === undefined ? {} : { threadId }), raw }
  return { contentType: 'application/json', body: JSON.stringify({ message }) }
}

/** the draft is saved: a store that fails now makes it the owner's, and is reported */
export async function projectDraft(
  response: unknown,
  { threadId }: PreparedSend,
  call: Call,
): Promise<Projected> {
  const { id, message } = isRecord(response) ? response : {}
  if (typeof id !== 'string' || !isRecord(message)) return { ok: false, refusal: UNEXPECTED }
  const { id: messageId, threadId: shown, labelIds } = message
  if (typeof messageId !== 'string') return { ok: false, refusal: UNEXPECTED }
  try {
    await rememberDraft({ id, messageId, threadId }, call)
    await call.sentMessages.remember(call.grantId, messageId)
  } catch (error) {
    const text = error instanceof Error ? error.message : 'unknown'
    call.log({ event: 'record_failed', decisionId: call.decisionId, error: text })
  }
  const labels = Array.isArray(labelIds) ? labelIds.filter((one) => typeof one === 'string') : []
  const thread = typeof shown === 'string' ? { threadId: shown } : {}
  return { ok: true, body: { id, message: { id: messageId, ...thread, labelIds: labels } } }
}

const UNEXPECTED = {
  code: 'upstream_failed',
  message: 'the provider took the draft but gave an answer that this front does not understand',
  reason: 'unexpected_answer',
} as const
