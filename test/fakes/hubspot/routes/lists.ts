import { effect, ok, param, read, typeOf, type Answer, type Call, type Route } from '../call.ts'
import { notFound } from '../errors.ts'
import { toText } from '../json.ts'

/** who is in which list: whoever adds somebody starts what hangs on the list, mails too */
export const LIST_ROUTES: readonly Route[] = [
  read('lists.of-record', 'GET records/{type}/{id}/memberships', ofRecord),
  read('lists.members', 'GET {list}/memberships', (call) =>
    ok({ results: [...members(call)].map((recordId) => ({ recordId })) }),
  ),
  effect('lists.add', 'PUT {list}/memberships/add', (call) => {
    for (const id of idsOf(call)) members(call).add(id)
    return ok({ recordIdsAdded: idsOf(call), recordIdsRemoved: [], recordIdsMissing: [] })
  }),
  effect('lists.remove', 'PUT {list}/memberships/remove', (call) => {
    for (const id of idsOf(call)) members(call).delete(id)
    return ok({ recordIdsAdded: [], recordIdsRemoved: idsOf(call), recordIdsMissing: [] })
  }),
]

function ofRecord(call: Call): Answer {
  const { id } = call.crm.require(typeOf(call), param(call, 'id'))
  const isContact = typeOf(call).plural === 'contacts'
  const found = [...call.crm.lists].filter(([, ids]) => isContact && ids.has(id))
  const at = new Date(call.now).toISOString()
  const view = { listVersion: 1, firstAddedTimestamp: at, lastAddedTimestamp: at }
  return ok({ total: found.length, results: found.map(([listId]) => ({ listId, ...view })) })
}

function members(call: Call): Set<string> {
  const found = call.crm.lists.get(param(call, 'list'))
  if (found) return found
  throw notFound(param(call, 'list'))
}

/** the body is the list itself */
function idsOf(call: Call): string[] {
  return Array.isArray(call.body) ? call.body.flatMap((id) => toText(id) ?? []) : []
}
