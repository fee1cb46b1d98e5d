import type { EffectOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { askForMail } from '../asking/mail-card.ts'
import { mayWrite, readOwnDraft, type OwnDraft } from '../drafts/own-draft.ts'
import { planDraft, projectDraft } from '../drafts/save-draft.ts'
import { prepareSending, type PreparedSend } from '../sending/prepare.ts'
import type { SendRequest } from '../upload.ts'
import { decodeDraft, MAX_DRAFT_BYTES, WRITE_GATE } from './drafts-create.ts'

interface Params {
  readonly id: string
  readonly request: SendRequest
}

interface Facts {
  readonly id: string
  readonly sending: PreparedSend
}

/** the draft that is written over must be one that the token could have written, and so must the new one */
export const draftsUpdate: EffectOperation<Params, Facts> = {
  name: 'gmail.users.drafts.update',
  effect: 'effect',
  routes: [
    { method: 'PUT', template: '/gmail/v1/users/me/drafts/{id}', dialect: 'json' },
    { method: 'PUT', template: '/upload/gmail/v1/users/me/drafts/{id}', dialect: 'upload' },
  ],
  maxBodyBytes: MAX_DRAFT_BYTES,
  gates: [WRITE_GATE],
  conceals: false,
  decode(request, ids, dialect) {
    const decoded = decodeDraft(request, dialect)
    return decoded.ok
      ? { ok: true, params: { id: ids['id'] ?? '', request: decoded.params } }
      : decoded
  },
  toRecord: ({ id, request }) => ({
    id,
    threadId: request.threadId,
    messageBytes: request.message.length,
  }),
  async prepare({ id, request }, call) {
    const old = await readOwnDraft(id, call)
    if (old === undefined || !(await mayWrite(old, call))) {
      return { ok: false, refusal: missing('no_own_draft') }
    }
    const threadId = threadOf(request, old)
    const prepared = await prepareSending({ ...request, threadId }, call, 'drafting')
    return prepared.ok ? { ...prepared, prepared: { id, sending: prepared.prepared } } : prepared
  },
  async plan({ id, sending }, chosen, call) {
    return { method: 'PUT', path: ['drafts', id], ...(await planDraft(sending, chosen, call)) }
  },
  project: (response, { sending }, _chosen, call) => projectDraft(response, sending, call),
  approvable: ({ id, sending }, chosen) => {
    const asked = askForMail(sending, chosen, 'draft')
    return { ...asked, action: { ...asked.action, draft: id } }
  },
}

/**
 * Gmail leaves a draft in its conversation when the change does not name one, and gives a draft of a new mail a thread of its
 * own, which clients send back: that one answers nothing.
 */
function threadOf({ threadId }: SendRequest, old: OwnDraft): string | undefined {
  return threadId === undefined || threadId === old.threadId ? old.request.threadId : threadId
}
