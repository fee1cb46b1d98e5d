import { typesBetween } from '../association-types.ts'
import { defaultType, readTypes } from '../association-requests.ts'
import { batchAnswer, eachInput, inputsOf, missing } from '../batches.ts'
import { effect, noContent, ok, read, typeOf, type Answer, type Call, type Route } from '../call.ts'
import { toObject, toObjects, toText, type JsonObject } from '../json.ts'
import { defaultViews, labelsView, legacyType, linkViews } from './associations.ts'

/** `/crm/v4/associations/{from}/{to}/…` and its kin: many records at a time */
export const ASSOCIATION_BATCH_ROUTES: readonly Route[] = [
  read('association-batch.read', 'POST {from}/{to}/batch/read', readMany),
  effect('association-batch.create', 'POST {from}/{to}/batch/create', createMany),
  effect('association-batch.archive', 'POST {from}/{to}/batch/archive', archiveMany),
  effect('association-batch.archive-labels', 'POST {from}/{to}/batch/labels/archive', archiveMany, [
    'v4',
    'dated',
  ]),
  effect('association-batch.default', 'POST {from}/{to}/batch/associate/default', associateMany, [
    'v4',
    'dated',
  ]),
  read('association-labels.list', 'GET {from}/{to}/labels', labels),
  read('association-types.list', 'GET {from}/{to}/types', labels, ['v3']),
]

function idOf(value: unknown): string {
  return toText(toObject(value)['id']) ?? ''
}

/** records without any association are passed over; those that are not there are errors */
function readMany(call: Call): Answer {
  const from = typeOf(call, 'from')
  const to = typeOf(call, 'to')
  const ids = inputsOf(call, 1000).map(idOf)
  const isThere = (id: string): boolean =>
    call.crm.find(from, id) !== undefined && call.crm.find(from, id)?.archivedAt === undefined
  const results = ids.filter(isThere).flatMap((id) => {
    const links = call.crm.associations.of(from, id, to)
    const views = links.flatMap((link) => linkViews(call, link.to.id, link.types))
    return views.length > 0 ? [{ from: { id }, to: views }] : []
  })
  return batchAnswer(call, 200, results, missing(ids.filter((id) => !isThere(id))))
}

function createMany(call: Call): Answer {
  const from = typeOf(call, 'from')
  const to = typeOf(call, 'to')
  const { results, errors } = eachInput(inputsOf(call, 2000), (input) => {
    const fromId = call.crm.require(from, idOf(input['from'])).id
    const toId = call.crm.require(to, idOf(input['to'])).id
    const name = toText(input['type'])
    const types =
      call.dialect === 'v3'
        ? [legacyType(from, to, name ?? '')]
        : readTypes(from, to, input['types'])
    for (const type of types) call.crm.associations.add(type, fromId, toId)
    return call.dialect === 'v3'
      ? { from: { id: fromId }, to: { id: toId }, type: name }
      : labelsView({ from, fromId, to, toId }, types)
  })
  return batchAnswer(call, 201, results, errors)
}

function associateMany(call: Call): Answer {
  const type = defaultType(typeOf(call, 'from'), typeOf(call, 'to'))
  const results = inputsOf(call, 2000).flatMap((input) => {
    const fromId = call.crm.require(type.from, idOf(input['from'])).id
    const toId = call.crm.require(type.to, idOf(input['to'])).id
    call.crm.associations.add(type, fromId, toId)
    return defaultViews(type, fromId, toId)
  })
  return batchAnswer(call, 200, results)
}

/** `to` is one record in v3 and many in v4; with `types` or `type` only those labels go */
function archiveMany(call: Call): Answer {
  const from = typeOf(call, 'from')
  const to = typeOf(call, 'to')
  for (const input of inputsOf(call, 2000)) {
    const name = toText(input['type'])
    const named = name === undefined ? [] : [legacyType(from, to, name)]
    const types = [...named, ...readTypes(from, to, input['types'])]
    for (const toId of targetsOf(input)) {
      for (const type of types.length > 0 ? types : [undefined]) {
        call.crm.associations.remove(from, idOf(input['from']), to, toId, type)
      }
    }
  }
  return noContent()
}

function targetsOf(input: JsonObject): string[] {
  const { to } = input
  return Array.isArray(to) ? toObjects(to).map(idOf) : [idOf(to)]
}

function labels(call: Call): Answer {
  const types = typesBetween(typeOf(call, 'from'), typeOf(call, 'to'))
  return ok({ results: types.map(({ category, typeId, label }) => ({ category, typeId, label })) })
}
