import type { ReadOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { isRecord, unexpected } from '../message.ts'
import { decodeQuery, NO_PARAMETERS } from '../parameters.ts'

const ACTION = { operation: 'gmail.labels.list' } as const

/** the counts of a label say how much mail there is that the agent may not see; a search for one value bisects on them */
const SHOWN = ['id', 'name', 'type', 'messageListVisibility', 'labelListVisibility'] as const

export const labelsList: ReadOperation<Record<string, never>, undefined> = {
  effect: 'read',
  name: 'gmail.users.labels.list',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/labels', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: [ACTION],
  conceals: false,
  decode: (request) => decodeQuery(request, NO_PARAMETERS),
  toRecord: () => ({}),
  prepare: () => ({ ok: true, prepared: undefined, actions: [ACTION] }),
  async project(_prepared, _chosen, call) {
    const answer = await call.reader.read(['labels'])
    if (!isRecord(answer)) throw unexpected('labels are not an object')
    const labels = answer['labels'] ?? []
    if (!Array.isArray(labels)) throw unexpected('labels are not a list')
    return { ok: true, body: { labels: labels.map(projectLabel) } }
  },
}

export const labelsGet: ReadOperation<{ readonly id: string }, string> = {
  effect: 'read',
  name: 'gmail.users.labels.get',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/labels/{id}', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: [ACTION],
  conceals: false,
  decode(request, ids) {
    const decoded = decodeQuery(request, NO_PARAMETERS)
    return decoded.ok ? { ok: true, params: { id: ids['id'] ?? '' } } : decoded
  },
  toRecord: ({ id }) => ({ id }),
  prepare: ({ id }) => ({ ok: true, prepared: id, actions: [ACTION] }),
  async project(id, _chosen, call) {
    const answer = await call.reader.read(['labels', id])
    if (answer === undefined) return { ok: false, refusal: missing('not_found') }
    return { ok: true, body: projectLabel(answer) }
  },
}

function projectLabel(label: unknown): Record<string, unknown> {
  if (!isRecord(label) || typeof label['id'] !== 'string') throw unexpected('a label has no id')
  const shown: Record<string, unknown> = {}
  for (const name of SHOWN) {
    if (typeof label[name] === 'string') shown[name] = label[name]
  }
  const { color } = label
  if (isRecord(color)) {
    shown['color'] = Object.fromEntries(
      ['textColor', 'backgroundColor'].flatMap((name) =>
        typeof color[name] === 'string' ? [[name, color[name]]] : [],
      ),
    )
  }
  return shown
}
