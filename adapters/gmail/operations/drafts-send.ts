import type { Decoded, EffectOperation, UpstreamCall } from '../../operation.ts'
import { AdapterError, missing } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { askForMail } from '../asking/mail-card.ts'
import {
  mayWrite,
  messageOf,
  readOwnDraft,
  rememberDraft,
  type OwnDraft,
} from '../drafts/own-draft.ts'
import { decoding, fail, readJsonBody } from '../json-body.ts'
import { decodeQuery, NO_PARAMETERS } from '../parameters.ts'
import { prepareSending, type PreparedSend } from '../sending/prepare.ts'
import { messagesSend } from './messages-send.ts'

interface Facts {
  readonly draft: OwnDraft
  /** whether this very request is the one that sends the draft */
  readonly claim: { isMine: boolean }
  readonly sending: PreparedSend
}

/**
 * Sending a draft is sending a mail: it is decided as one, on the bytes that were read, and those bytes, written anew, are what
 * leaves through `messages.send`. Gmail's own `drafts.send` would send whatever stands there by then.
 */
export const draftsSend: EffectOperation<{ readonly id: string }, Facts> = {
  name: 'gmail.users.drafts.send',
  effect: 'effect',
  routes: [{ method: 'POST', template: '/gmail/v1/users/me/drafts/send', dialect: 'json' }],
  maxBodyBytes: 64 * 1024,
  gates: messagesSend.gates,
  conceals: false,
  decode,
  toRecord: ({ id }) => ({ id }),
  async prepare({ id }, call) {
    const draft = await readOwnDraft(id, call)
    if (draft === undefined || !(await mayWrite(draft, call))) {
      return { ok: false, refusal: missing('no_own_draft') }
    }
    const prepared = await prepareSending(draft.request, call)
    return prepared.ok
      ? { ...prepared, prepared: { draft, claim: { isMine: false }, sending: prepared.prepared } }
      : prepared
  },
  async plan({ draft, claim, sending }, chosen, call) {
    // of two that send one draft at the same time, one sends it
    claim.isMine = await call.ownItems.take(call.grantId, 'draft', draft.id)
    if (!claim.isMine) throw new AdapterError(missing('no_own_draft'))
    return messagesSend.plan(sending, chosen, call)
  },
  project: (response, { sending }, chosen, call) =>
    messagesSend.project(response, sending, chosen, call),
  approvable: ({ sending }, chosen) => askForMail(sending, chosen, 'send'),
  async afterwards(outcome, { draft, claim }, call, tidy) {
    if (!claim.isMine) return
    const { id, messageId, request } = draft
    // changed meanwhile, by whomever: it is another draft than the one that was sent, and whoever wrote it keeps it
    if (outcome === 'done' && isStill(draft, await tidy(lookAt(id)))) {
      await tidy({ method: 'DELETE', path: ['drafts', id] })
    }
    // nothing was sent, so it is still there and still the agent's. An unknown outcome leaves it to the owner
    if (outcome === 'failed')
      await rememberDraft({ id, messageId, threadId: request.threadId }, call)
  },
}

function lookAt(id: string): UpstreamCall {
  return { method: 'GET', path: ['drafts', id], query: [['format', 'minimal']] }
}

function isStill({ id, messageId }: OwnDraft, answer: unknown): boolean {
  return answer !== undefined && messageOf(answer, id)['id'] === messageId
}

const ID = /^[A-Za-z0-9_-]{1,128}$/

function decode(request: Snapshot): Decoded<{ readonly id: string }> {
  const query = decodeQuery(request, NO_PARAMETERS)
  if (!query.ok) return query
  return decoding(() => {
    const { id, message } = readJsonBody(request, ['id', 'message'])
    if (message !== undefined) {
      return fail('send the `id` of the draft alone, or the message itself with messages.send')
    }
    if (typeof id !== 'string' || !ID.test(id)) return fail('id must be the id of a draft')
    return { id }
  })
}
