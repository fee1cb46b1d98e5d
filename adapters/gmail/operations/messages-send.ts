import { z } from 'zod'
import type { Call, Decoded, EffectOperation, Projected, UpstreamCall } from '../../operation.ts'
import type { Snapshot } from '../../snapshot.ts'
import { askForMail } from '../asking/mail-card.ts'
import { NO_MESSAGE } from '../message-facts.ts'
import { isRecord } from '../message.ts'
import { decodeQuery, NO_PARAMETERS, once } from '../parameters.ts'
import { composeMail } from '../sending/compose.ts'
import { NO_MAIL } from '../sending/draft.ts'
import { prepareSending, type PreparedSend } from '../sending/prepare.ts'
import { decodeJsonSend, decodeUploadSend, type SendRequest } from '../upload.ts'

/** 25 MB in base64url, and a little JSON around it */
const MAX_BODY_BYTES = 36 * 1024 * 1024

/**
 * `users.messages.send`: with a thread it is `gmail.messages.reply`, else `gmail.messages.send`. What leaves is written
 * anew from decided values; of the agent's bytes nothing is forwarded.
 */
export const messagesSend: EffectOperation<SendRequest, PreparedSend> = {
  name: 'gmail.users.messages.send',
  effect: 'effect',
  routes: [
    { method: 'POST', template: '/gmail/v1/users/me/messages/send', dialect: 'json' },
    { method: 'POST', template: '/upload/gmail/v1/users/me/messages/send', dialect: 'upload' },
  ],
  maxBodyBytes: MAX_BODY_BYTES,
  gates: [
    {
      operation: 'gmail.messages.reply',
      thread: { participants: [], answered: NO_MESSAGE },
      mail: NO_MAIL,
    },
    { operation: 'gmail.messages.send', mail: NO_MAIL },
  ],
  conceals: false,
  decode,
  toRecord: ({ threadId, message }) => ({ threadId, messageBytes: message.length }),
  prepare: prepareSending,
  plan,
  project,
  approvable: (prepared, chosen) => askForMail(prepared, chosen, 'send'),
}

function decode(
  request: Snapshot,
  _ids: Readonly<Record<string, string>>,
  dialect: string,
): Decoded<SendRequest> {
  if (dialect === 'upload') {
    const query = decodeQuery(request, UPLOAD_PARAMETERS)
    return query.ok ? decodeUploadSend(request, query.params.uploadType) : query
  }
  const query = decodeQuery(request, NO_PARAMETERS)
  return query.ok ? decodeJsonSend(request) : query
}

const UPLOAD_PARAMETERS: z.ZodType<{ uploadType?: string | undefined }> = z.strictObject({
  uploadType: once(z.string()),
})

async function plan(prepared: PreparedSend, chosen: number, call: Call): Promise<UpstreamCall> {
  const { threadId } = prepared
  const raw = await composeMail(prepared, chosen, call, { isDraft: false })
  return {
    method: 'POST',
    path: ['messages', 'send'],
    contentType: 'application/json',
    body: JSON.stringify({ ...(threadId === undefined ? {} : { threadId }), raw }),
  }
}

async function project(
  response: unknown,
  prepared: PreparedSend,
  _chosen: number,
  call: Call,
): Promise<Projected> {
  if (!isRecord(response) || typeof response['id'] !== 'string')
    return { ok: false, refusal: UNEXPECTED }
  const { id, threadId, labelIds } = response
  await rememberSent(id, call)
  if (prepared.threadId !== undefined && threadId !== prepared.threadId) {
    call.log({ event: 'thread_mismatch', decisionId: call.decisionId })
  }
  const labels = Array.isArray(labelIds)
    ? labelIds.filter((label) => typeof label === 'string')
    : []
  return {
    ok: true,
    body: { id, ...(typeof threadId === 'string' ? { threadId } : {}), labelIds: labels },
  }
}

/** the mail is out: a store that fails now is the operator's matter, and the Message-ID is remembered already */
async function rememberSent(id: string, call: Call): Promise<void> {
  try {
    await call.sentMessages.remember(call.grantId, id)
  } catch (error) {
    const text = error instanceof Error ? error.message : 'unknown'
    call.log({ event: 'record_failed', decisionId: call.decisionId, error: text })
  }
}

const UNEXPECTED = {
  code: 'upstream_failed',
  message: 'the provider took the mail but gave an answer that this front does not understand',
  reason: 'unexpected_answer',
} as const
