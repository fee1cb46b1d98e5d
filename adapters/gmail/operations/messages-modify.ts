import type { GmailAction } from '../../../capabilities/index.ts'
import type { EffectOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { askForLabels } from '../asking/change-card.ts'
import { readChangeable, type Changeable } from '../changes/changeable.ts'
import {
  decodeLabelRequest,
  findFilterLabel,
  labelsAfter,
  MAX_LABEL_BODY,
  planLabels,
  toLabelAction,
  type LabelRequest,
} from '../changes/label-change.ts'
import { NO_MESSAGE } from '../message-facts.ts'

interface Params extends LabelRequest {
  readonly id: string
}

interface Facts {
  readonly request: LabelRequest
  readonly changeable: Changeable
}

export const LABEL_GATE: GmailAction = {
  operation: 'gmail.labels.apply',
  message: NO_MESSAGE,
  change: { added: [], removed: [] },
}

/** labels of one message that the token shows; a message that it does not show is missing here too */
export const messagesModify: EffectOperation<Params, Facts> = {
  name: 'gmail.users.messages.modify',
  effect: 'effect',
  routes: [
    { method: 'POST', template: '/gmail/v1/users/me/messages/{id}/modify', dialect: 'json' },
  ],
  maxBodyBytes: MAX_LABEL_BODY,
  gates: [LABEL_GATE],
  conceals: false,
  decode(request, ids) {
    const decoded = decodeLabelRequest(request, { withIds: false })
    return decoded.ok ? { ok: true, params: { ...decoded.params, id: ids['id'] ?? '' } } : decoded
  },
  toRecord: ({ id, add, remove }) => ({ id, add, remove }),
  async prepare({ id, ...request }, call) {
    const changeable = await readChangeable(id, toLabelAction(request, call), call)
    if (changeable === undefined) return { ok: false, refusal: missing('not_found') }
    const refusal = findFilterLabel(request, call)
    if (refusal !== undefined) return { ok: false, refusal }
    return { ok: true, prepared: { request, changeable }, actions: [changeable.action] }
  },
  plan: ({ request, changeable }) => planLabels([changeable.message.id], request),
  project(_response, { request, changeable: { message } }) {
    const labelIds = labelsAfter(message, request)
    return { ok: true, body: { id: message.id, threadId: message.threadId, labelIds } }
  },
  approvable: ({ request, changeable }, _chosen, { names }) =>
    askForLabels([changeable], request, names),
}
