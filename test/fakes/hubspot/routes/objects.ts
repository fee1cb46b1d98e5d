import { associateNew, readSpecs } from '../association-requests.ts'
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
import type { Crm, CrmRecord } from '../crm.ts'
import { badRequest, notFound } from '../errors.ts'
import { toText } from '../json.ts'
import type { ObjectType } from '../object-types.ts'
import { definitionsOf } from '../property-definitions.ts'
import { readValues, requireTime } from '../property-values.ts'
import { search } from '../search.ts'
import { BARE, limitOf, pageOf, recordView, shownOf } from '../views.ts'

/** the records of one type, one at a time */
export const OBJECT_ROUTES: readonly Route[] = [
  read('objects.list', 'GET {type}', list),
  effect('objects.create', 'POST {type}', create),
  read('objects.search', 'POST {type}/search', search),
  effect('objects.merge', 'POST {type}/merge', merge),
  effect('objects.gdpr-delete', 'POST {type}/gdpr-delete', erase),
  read('objects.get', 'GET {type}/{id}', get),
  effect('objects.update', 'PATCH {type}/{id}', update),
  effect('objects.archive', 'DELETE {type}/{id}', archive),
]

function list(call: Call): Answer {
  const type = typeOf(call)
  const { query, crm } = call
  const shown = shownOf(query)
  const limit = limitOf(query.get('limit') ?? undefined, shown.withHistory.length > 0 ? 50 : 100)
  const isArchived = query.get('archived') === 'true'
  const rows = crm
    .records(type)
    .filter((record) => (record.archivedAt !== undefined) === isArchived)
    .toSorted((left, right) => Number(left.id) - Number(right.id))
  const after = query.get('after') ?? undefined
  const { results, ...paging } = pageOf(rows, { limit, after, target: call.target })
  return ok({ results: results.map((record) => recordView(crm, record, shown)), ...paging })
}

function get(call: Call): Answer {
  const type = typeOf(call)
  const record = named(call.crm, type, param(call, 'id'), call.query.get('idProperty'))
  const isArchived = call.query.get('archived') === 'true'
  if (!record || (record.archivedAt !== undefined) !== isArchived) {
    throw notFound(param(call, 'id'))
  }
  return ok(recordView(call.crm, record, shownOf(call.query)))
}

function create(call: Call): Answer {
  const type = typeOf(call)
  const values = readValues(type, call.json['properties'])
  requireTime(type, values)
  const links = readSpecs(call.crm, type, call.json['associations'])
  const record = call.crm.create(type, values)
  associateNew(call.crm, record, links)
  return created(recordView(call.crm, record, writtenView(values)))
}

function update(call: Call): Answer {
  const type = typeOf(call)
  const values = readValues(type, call.json['properties'])
  const record = named(call.crm, type, param(call, 'id'), call.query.get('idProperty'))
  if (!record || record.archivedAt !== undefined) throw notFound(param(call, 'id'))
  call.crm.update(record, values)
  return ok(recordView(call.crm, record, writtenView(values)))
}

/** what is not there is archived already */
function archive(call: Call): Answer {
  const record = call.crm.find(typeOf(call), param(call, 'id'))
  if (record && record.archivedAt === undefined) call.crm.archive(record)
  return noContent()
}

function merge({ crm, json, ...call }: Call): Answer {
  const type = typeOf({ crm, json, ...call })
  const primary = crm.require(type, toText(json['primaryObjectId']) ?? '')
  const absorbed = crm.require(type, toText(json['objectIdToMerge']) ?? '')
  return ok(recordView(crm, crm.merge(primary, absorbed), BARE))
}

function erase({ crm, json, ...call }: Call): Answer {
  const type = typeOf({ crm, json, ...call })
  const record = named(crm, type, toText(json['objectId']) ?? '', toText(json['idProperty']))
  if (record) crm.erase(record)
  return noContent()
}

/** the record under one of the names that are unique, or HubSpot's 400 for a name that is none */
export function named(
  crm: Crm,
  type: ObjectType,
  id: string,
  idProperty: string | null | undefined,
): CrmRecord | undefined {
  if (idProperty === null || idProperty === undefined) return crm.find(type, id)
  if (definitionsOf(type.id).get(idProperty)?.isUnique) return crm.find(type, id, idProperty)
  throw badRequest(`Unable to read by non-unique ${type.id} property ${idProperty}`)
}

/** a write is answered with what was written, and with what is always shown */
function writtenView(values: Readonly<Record<string, string>>): Parameters<typeof recordView>[2] {
  return { ...BARE, properties: Object.keys(values) }
}
