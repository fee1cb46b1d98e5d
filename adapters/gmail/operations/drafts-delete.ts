import type { EffectOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { prepareAsDraft, readOwnDraft } from '../drafts/own-draft.ts'
import { decodeQuery, NO_PARAMETERS } from '../parameters.ts'
import { WRITE_GATE } from './drafts-create.ts'

/** a draft that the agent wrote and nobody changed since: all that is deleted for good by any operation here */
export const draftsDelete: EffectOperation<{ readonly id: string }, string> = {
  name: 'gmail.users.drafts.delete',
  effect: 'effect',
  routes: [{ method: 'DELETE', template: '/gmail/v1/users/me/drafts/{id}', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: [WRITE_GATE],
  conceals: true,
  assumesApproval: true,
  decode(request, ids) {
    const decoded = decodeQuery(request, NO_PARAMETERS)
    return decoded.ok ? { ok: true, params: { id: ids['id'] ?? '' } } : decoded
  },
  toRecord: ({ id }) => ({ id }),
  async prepare({ id }, call) {
    const draft = await readOwnDraft(id, call)
    const prepared = draft && (await prepareAsDraft(draft, call))
    if (!prepared?.ok) return { ok: false, refusal: missing('no_own_draft') }
    return { ok: true, prepared: id, actions: prepared.actions }
  },
  plan: (id) => ({ method: 'DELETE', path: ['drafts', id] }),
  project: () => ({ ok: true, body: undefined }),
  async afterwards(outcome, id, call) {
    if (outcome === 'done') await call.ownItems.take(call.grantId, 'draft', id)
  },
}
