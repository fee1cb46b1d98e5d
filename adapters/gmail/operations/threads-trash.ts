import type { Call, EffectOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { askForTrash } from '../asking/change-card.ts'
import { readChangeableThread, type Changeable } from '../changes/changeable.ts'
import { labelsAfter, planLabels, type LabelIds } from '../changes/label-change.ts'
import {
  forgetTrashed,
  readOwnTrashedThread,
  rememberTrashed,
  toTrashAction,
} from '../changes/trashing.ts'
import { decodeId, TRASH_GATE } from './messages-trash.ts'

interface Params {
  readonly id: string
}

interface Facts {
  readonly id: string
  readonly changeable: readonly Changeable[]
}

/** Gmail would move the whole thread; here the messages that the token shows, named one by one */
export const threadsTrash: EffectOperation<Params, Facts> = move({
  verb: 'trash',
  labels: { add: ['TRASH'], remove: [] },
  find: (id, call) => readChangeableThread(id, toTrashAction, call),
  done: rememberTrashed,
})

export const threadsUntrash: EffectOperation<Params, Facts> = move({
  verb: 'untrash',
  labels: { add: [], remove: ['TRASH'] },
  find: readOwnTrashedThread,
  done: forgetTrashed,
})

function move(way: {
  readonly verb: 'trash' | 'untrash'
  readonly labels: LabelIds
  readonly find: (id: string, call: Call) => Promise<readonly Changeable[]>
  readonly done: typeof rememberTrashed
}): EffectOperation<Params, Facts> {
  const { verb, labels, find, done } = way
  return {
    name: `gmail.users.threads.${verb}`,
    effect: 'effect',
    routes: [
      { method: 'POST', template: `/gmail/v1/users/me/threads/{id}/${verb}`, dialect: 'json' },
    ],
    maxBodyBytes: 0,
    gates: [TRASH_GATE],
    conceals: false,
    decode: decodeId,
    toRecord: ({ id }) => ({ id }),
    async prepare({ id }, call) {
      const changeable = await find(id, call)
      const [first, ...others] = changeable
      if (first === undefined) return { ok: false, refusal: missing('not_found') }
      const also = others.map(({ action }) => action)
      return { ok: true, prepared: { id, changeable }, actions: [first.action], also }
    },
    plan: ({ changeable }) => planLabels(idsOf(changeable), labels),
    project(_response, { id, changeable }) {
      const messages = changeable.map(({ message }) => ({
        id: message.id,
        threadId: message.threadId,
        labelIds: labelsAfter(message, labels),
      }))
      return { ok: true, body: { id, messages } }
    },
    approvable: ({ changeable }) => askForTrash(changeable, verb),
    async afterwards(outcome, { changeable }, call, tidy) {
      if (outcome === 'done') await done(idsOf(changeable), call, tidy)
    },
  }
}

function idsOf(changeable: readonly Changeable[]): string[] {
  return changeable.map(({ message }) => message.id)
}
