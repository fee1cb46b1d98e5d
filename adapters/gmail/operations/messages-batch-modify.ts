import type { EffectOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { askForLabels } from '../asking/change-card.ts'
import { readChangeable, type Changeable } from '../changes/changeable.ts'
import {
  decodeLabelRequest,
  findFilterLabel,
  MAX_LABEL_BODY,
  planLabels,
  toLabelAction,
  type LabelRequest,
} from '../changes/label-change.ts'
import { mapLimited } from '../filtered-page.ts'
import { LABEL_GATE } from './messages-modify.ts'

const CONCURRENT_READS = 8

interface Facts {
  readonly request: LabelRequest
  readonly changeable: readonly Changeable[]
}

/** all or nothing: one message that the token does not show, and nothing is changed */
export const messagesBatchModify: EffectOperation<LabelRequest, Facts> = {
  name: 'gmail.users.messages.batchModify',
  effect: 'effect',
  routes: [
    { method: 'POST', template: '/gmail/v1/users/me/messages/batchModify', dialect: 'json' },
  ],
  maxBodyBytes: MAX_LABEL_BODY,
  gates: [LABEL_GATE],
  conceals: false,
  decode: (request) => decodeLabelRequest(request, { withIds: true }),
  toRecord: ({ ids, add, remove }) => ({ ids, add, remove }),
  async prepare(request, call) {
    const toAction = toLabelAction(request, call)
    const found = await mapLimited(request.ids, CONCURRENT_READS, (id) =>
      readChangeable(id, toAction, call),
    )
    const [first, ...others] = found.filter((one): one is Changeable => one !== undefined)
    if (first === undefined || others.length + 1 < request.ids.length) {
      return { ok: false, refusal: missing('not_found') }
    }
    const refusal = findFilterLabel(request, call)
    if (refusal !== undefined) return { ok: false, refusal }
    const also = others.map(({ action }) => action)
    const prepared = { request, changeable: [first, ...others] }
    return { ok: true, prepared, actions: [first.action], also }
  },
  plan: ({ request }) => planLabels(request.ids, request),
  project: () => ({ ok: true, body: undefined }),
  approvable: ({ request, changeable }, _chosen, { names }) =>
    askForLabels(changeable, request, names),
}
