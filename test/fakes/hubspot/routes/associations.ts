import { legacyName, typesBetween, type AssociationType } from '../association-types.ts'
import { defaultType, readTypes } from '../association-requests.ts'
import { batchAnswer } from '../batches.ts'
import {
  created,
  effect,
  noContent,
  ok,
  param,
  read,
  typeOf,
  type Answer,
  type Call,
  type Route,
} from '../call.ts'
import { badRequest } from '../errors.ts'
import type { ObjectType } from '../object-types.ts'
import { BARE, limitOf, pageOf, recordView } from '../views.ts'

const PATH = '{from}/{fromId}/associations/{to}'

/** what one record belongs to, and making it so */
export const ASSOCIATION_ROUTES: readonly Route[] = [
  read('associations.list', `GET ${PATH}`, list),
  effect(
    'associations.put-default',
    'PUT {from}/{fromId}/associations/default/{to}/{toId}',
    putDefault,
    ['v4', 'dated'],
  ),
  effect('associations.put', `PUT ${PATH}/{toId}`, put, ['v4', 'dated']),
  effect('associations.delete', `DELETE ${PATH}/{toId}`, removeAll, ['v4', 'dated']),
  effect('associations.put-legacy', `PUT ${PATH}/{toId}/{name}`, putLegacy, ['v3']),
  effect('associations.delete-legacy', `DELETE ${PATH}/{toId}/{name}`, removeLegacy, ['v3']),
]

interface Ends {
  readonly from: ObjectType
  readonly fromId: string
  readonly to: ObjectType
  readonly toId: string
}

function endsOf(call: Call): Ends {
  const from = typeOf(call, 'from')
  const to = typeOf(call, 'to')
  const fromId = call.crm.require(from, param(call, 'fromId')).id
  return { from, fromId, to, toId: call.crm.require(to, param(call, 'toId')).id }
}

function list(call: Call): Answer {
  const from = typeOf(call, 'from')
  const to = typeOf(call, 'to')
  const { id } = call.crm.require(from, param(call, 'fromId'))
  const rows = call.crm.associations.of(from, id, to)
  const limit = limitOf(call.query.get('limit') ?? undefined, 500, 500)
  const after = call.query.get('after') ?? undefined
  const { results, ...paging } = pageOf(rows, { limit, after, target: call.target })
  const views = results.flatMap((link) => linkViews(call, link.to.id, link.types))
  return ok({ results: views, ...paging })
}

/** v3 has a row for each label, the others one with all of them; v4 alone writes the id as a number */
export function linkViews(
  call: Pick<Call, 'dialect'>,
  toId: string,
  types: ReadonlySet<AssociationType>,
): unknown[] {
  if (call.dialect === 'v3') return [...types].map((type) => ({ id: toId, type: legacyName(type) }))
  const associationTypes = [...types].map(({ category, typeId, label }) => ({
    category,
    typeId,
    label,
  }))
  return [{ toObjectId: call.dialect === 'v4' ? Number(toId) : toId, associationTypes }]
}

function put(call: Call): Answer {
  const { from, fromId, to, toId } = endsOf(call)
  const types = readTypes(from, to, call.body)
  if (types.length === 0) throw badRequest('An association needs a type')
  for (const type of types) call.crm.associations.add(type, fromId, toId)
  return created(labelsView({ from, fromId, to, toId }, types))
}

export function labelsView(ends: Ends, types: readonly AssociationType[]): unknown {
  return {
    fromObjectTypeId: ends.from.id,
    fromObjectId: ends.fromId,
    toObjectTypeId: ends.to.id,
    toObjectId: ends.toId,
    labels: types.flatMap(({ label }) => label ?? []),
  }
}

function putDefault(call: Call): Answer {
  const { from, fromId, to, toId } = endsOf(call)
  const type = defaultType(from, to)
  call.crm.associations.add(type, fromId, toId)
  return batchAnswer(call, 200, defaultViews(type, fromId, toId))
}

/** both directions are told, the twin too */
export function defaultViews(type: AssociationType, fromId: string, toId: string): unknown[] {
  const spec = (typeId: number): unknown => ({
    associationCategory: type.category,
    associationTypeId: typeId,
  })
  return [
    { from: { id: fromId }, to: { id: toId }, associationSpec: spec(type.typeId) },
    { from: { id: toId }, to: { id: fromId }, associationSpec: spec(type.reverse) },
  ]
}

function removeAll(call: Call): Answer {
  const from = typeOf(call, 'from')
  const to = typeOf(call, 'to')
  call.crm.associations.remove(from, param(call, 'fromId'), to, param(call, 'toId'))
  return noContent()
}

/** v3 answers with the whole record that the association starts from */
function putLegacy(call: Call): Answer {
  const { from, fromId, to, toId } = endsOf(call)
  call.crm.associations.add(legacyType(from, to, param(call, 'name')), fromId, toId)
  const shown = { ...BARE, associations: [to.plural] }
  return ok(recordView(call.crm, call.crm.require(from, fromId), shown))
}

function removeLegacy(call: Call): Answer {
  const from = typeOf(call, 'from')
  const to = typeOf(call, 'to')
  const type = legacyType(from, to, param(call, 'name'))
  call.crm.associations.remove(from, param(call, 'fromId'), to, param(call, 'toId'), type)
  return noContent()
}

/** by v3's name or by the number */
export function legacyType(from: ObjectType, to: ObjectType, name: string): AssociationType {
  const found = typesBetween(from, to).find(
    (type) => legacyName(type) === name || String(type.typeId) === name,
  )
  if (found) return found
  throw badRequest(`There is no association type ${name}`)
}
