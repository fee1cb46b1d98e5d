import type { GmailAction } from '../../../capabilities/index.ts'
import type { Call, Decoded, EffectOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { askForTrash } from '../asking/change-card.ts'
import { readChangeable, type Changeable } from '../changes/changeable.ts'
import {
  forgetTrashed,
  projectBrief,
  readOwnTrashed,
  rememberTrashed,
  toTrashAction,
} from '../changes/trashing.ts'
import { NO_MESSAGE } from '../message-facts.ts'
import { decodeQuery, NO_PARAMETERS } from '../parameters.ts'

interface Params {
  readonly id: string
}

export const TRASH_GATE: GmailAction = toTrashAction(NO_MESSAGE)

export function decodeId(
  request: Snapshot,
  ids: Readonly<Record<string, string>>,
): Decoded<Params> {
  const decoded = decodeQuery(request, NO_PARAMETERS)
  return decoded.ok ? { ok: true, params: { id: ids['id'] ?? '' } } : decoded
}

export const messagesTrash: EffectOperation<Params, Changeable> = move({
  verb: 'trash',
  find: (id, call) => readChangeable(id, toTrashAction, call),
  done: rememberTrashed,
})

export const messagesUntrash: EffectOperation<Params, Changeable> = move({
  verb: 'untrash',
  find: readOwnTrashed,
  done: forgetTrashed,
})

function move(way: {
  readonly verb: 'trash' | 'untrash'
  readonly find: (id: string, call: Call) => Promise<Changeable | undefined>
  readonly done: typeof rememberTrashed
}): EffectOperation<Params, Changeable> {
  const { verb, find, done } = way
  return {
    name: `gmail.users.messages.${verb}`,
    effect: 'effect',
    routes: [
      { method: 'POST', template: `/gmail/v1/users/me/messages/{id}/${verb}`, dialect: 'json' },
    ],
    maxBodyBytes: 0,
    gates: [TRASH_GATE],
    conceals: false,
    decode: decodeId,
    toRecord: ({ id }) => ({ id }),
    async prepare({ id }, call) {
      const changeable = await find(id, call)
      if (changeable === undefined) return { ok: false, refusal: missing('not_found') }
      return { ok: true, prepared: changeable, actions: [changeable.action] }
    },
    plan: ({ message }) => ({ method: 'POST', path: ['messages', message.id, verb] }),
    project: (response, { message }) => projectBrief(response, message),
    approvable: (changeable) => askForTrash([changeable], verb),
    async afterwards(outcome, { message }, call, tidy) {
      if (outcome === 'done') await done([message.id], call, tidy)
    },
  }
}
