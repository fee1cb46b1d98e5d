import { randomUUID } from 'node:crypto'
import type { Call, Projected, UpstreamCall } from '../../operation.ts'
import { isRecord } from '../message.ts'
import { writeMail } from '../mime/index.ts'
import type { PreparedSend } from '../sending/prepare.ts'
import { rememberDraft } from './own-draft.ts'

/**
 * The draft as it is saved: written anew from decided values, as if it were sent. Its Message-ID is remembered before, so that
 * whom the agent wrote to there does not take part in a conversation, whoever sends the draft in the end.
 */
export async function planDraft(
  { threadId, ways }: PreparedSend,
  chosen: number,
  call: Call,
): Promise<Pick<UpstreamCall, 'contentType' | 'body'>> {
  const way = ways[chosen]
  if (way === undefined) throw new Error('the decision names no way to write the draft')
  const messageId = `<${randomUUID()}@${call.account.split('@').pop() ?? ''}>`
  const message = await writeMail({
    ...way.draft,
    isDraft: true,
    subject: way.subject,
    messageId,
    date: new Date(call.now * 1000),
    inReplyTo: way.threading?.inReplyTo,
    references: way.threading?.references ?? [],
  })
  await call.sentMessages.remember(call.grantId, messageId)
  await call.shownPassages?.claim(call.grantId, way.own)
  return {
    contentType: 'application/json',
    body: JSON.stringify({
      message: {
        ...(threadId === undefined ? {} : { threadId }),
        raw: message.toString('base64url'),
      },
    }),
  }
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
