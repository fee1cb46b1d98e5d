import type { EffectOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { askForLabels } from '../asking/change-card.ts'
import { readChangeableThread, type Changeable } from '../changes/changeable.ts'
import {
  decodeLabelRequest,
  findFilterLabel,
  labelsAfter,
  MAX_LABEL_BODY,
  planLabels,
  toLabelAction,
  type LabelRequest,
} from '../changes/label-change.ts'
import { LABEL_GATE } from './messages-modify.ts'

interface Params extends LabelRequest {
  readonly id: string
}

interface Facts {
  readonly id: string
  readonly request: LabelRequest
  readonly changeable: readonly Changeable[]
}

/** Gmail would change every message of the thread; here those that the token shows, named one by one */
export const threadsModify: EffectOperation<Params, Facts> = {
  name: 'gmail.users.threads.modify',
  effect: 'effect',
  routes: [{ method: 'POST', template: '/gmail/v1/users/me/threads/{id}/modify', dialect: 'json' }],
  maxBodyBytes: MAX_LABEL_BODY,
  gates: [LABEL_GATE],
  conceals: false,
  decode(request, ids) {
    const decoded = decodeLabelRequest(request, { withIds: false })
    return decoded.ok ? { ok: true, params: { ...decoded.params, id: ids['id'] ?? '' } } : decoded
  },
  toRecord: ({ id, add, remove }) => ({ id, add, remove }),
  async prepare({ id, ...request }, call) {
    const shown = await readChangeableThread(id, toLabelAction(request, call), call)
    const [first, ...others] = shown
    if (first === undefined) return { ok: false, refusal: missing('not_found') }
    const refusal = findFilterLabel(request, call)
    if (refusal !== undefined) return { ok: false, refusal }
    const also = others.map(({ action }) => action)
    return { ok: true, prepared: { id, request, changeable: shown }, actions: [first.action], also }
  },
  plan: ({ request, changeable }) =>
    planLabels(
      changeable.map(({ message }) => message.id),
      request,
    ),
  project: (_response, { id, request, changeable }) => ({
    ok: true,
    body: {
      id,
      messages: changeable.map(({ message }) => ({
        id: message.id,
        threadId: message.threadId,
        labelIds: labelsAfter(message, request),
      })),
    },
  }),
  approvable: ({ request, changeable }, _chosen, { names }) =>
    askForLabels(changeable, request, names),
}
