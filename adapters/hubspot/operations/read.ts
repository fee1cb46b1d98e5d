import { z } from 'zod'
import type { HubspotAction, HubspotObject } from '../../../capabilities/index.ts'
import { linkedRecords, type LinkedRecord } from '../associations/linked.ts'
import { findObjectType, objectTypeOf, operationOf, type ObjectType } from '../object-types.ts'
import type { Call, Decoded, Prepared, ReadOperation } from '../../operation.ts'
import { badRequest, missing } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { decodeQuery, notArchived, propertyName, propertyNames, recordId } from '../parameters.ts'
import { readFacts, readRecord, type RecordKey } from '../records/read.ts'
import { projectRecord, viewRecord, type View } from '../records/view.ts'
import { objectRoutes } from '../routes.ts'
import { unknownType } from '../unknown-type.ts'

interface Params extends RecordKey {
  readonly type: ObjectType
  readonly properties: readonly string[]
  readonly associations: readonly ObjectType[]
}

interface Facts {
  readonly params: Params
  readonly view: View
}

const schema = z.strictObject({
  properties: propertyNames.optional(),
  propertiesWithHistory: propertyNames.optional(),
  associations: z.array(z.string().max(60)).max(20).optional(),
  idProperty: propertyName.optional(),
  archived: notArchived.optional(),
})

/** a record by its id, or by a property that no two share and that the token shows: what may not be seen is what is not there */
export function readOne(object: HubspotObject): ReadOperation<Params, Facts> {
  const operation = operationOf(object, 'read')
  return {
    name: `hubspot.${object}.get`,
    effect: 'read',
    routes: objectRoutes(object, 'GET', '/{recordKey}'),
    maxBodyBytes: 0,
    gates: [{ operation, crm: {} }],
    conceals: true,
    decode: (request, ids) => decode(request, ids, object),
    toRecord: ({ type, key, idProperty, properties, associations }) => ({
      type: type.name,
      // the value of a property is none of the record's business
      ...(idProperty === undefined ? { id: key } : { idProperty }),
      properties,
      associations: associations.map(({ name }) => name),
    }),
    prepare,
    async project({ params: { type, associations }, view }, _chosen, call) {
      const links: Record<string, { results: readonly LinkedRecord[] }> = {}
      const shows: HubspotAction[] = [...view.actions]
      for (const to of associations) {
        const { results, actions } = await linkedRecords(type, view.record.id, to, call)
        shows.push(...actions)
        if (results.length > 0) links[to.name] = { results }
      }
      const body = {
        ...projectRecord(view),
        ...(Object.keys(links).length > 0 && { associations: links }),
      }
      return { ok: true, body, shows }
    },
  }
}

async function prepare(params: Params, call: Call): Promise<Prepared<Facts>> {
  const { type, idProperty, properties, associations } = params
  const record = await readRecord(type, params, properties, call)
  if (record === undefined) return { ok: false, refusal: missing('not_found') }
  const wanted = {
    properties,
    foundBy: idProperty === undefined ? [] : [idProperty],
    associations: associations.map(({ name }) => name),
  }
  const viewed = viewRecord(type, record, await readFacts(type, record, call), wanted, call)
  if (viewed.ok) {
    const [first, ...also] = viewed.view.actions
    return { ok: true, prepared: { params, view: viewed.view }, actions: [first], also }
  }
  const decided = { denial: viewed.denial, action: viewed.action }
  const { reason } = viewed.denial
  if (!viewed.isVisible) return { ok: false, refusal: missing(reason, decided) }
  // whoever may see the record is told what of the request is too much
  return { ok: false, refusal: { code: 'denied', message: 'not allowed', reason, decided } }
}

function decode(
  request: Snapshot,
  ids: Readonly<Record<string, string>>,
  object: HubspotObject,
): Decoded<Params> {
  const type = objectTypeOf(object, ids)
  if (type === undefined) return { ok: false, refusal: unknownType }
  const query = decodeQuery(request, schema)
  if (!query.ok) return query
  const { idProperty, associations = [], propertiesWithHistory = [] } = query.params
  const key = readKey(ids, idProperty)
  if (!key.ok) return key
  const linked = associations.map((name) => findObjectType(name))
  if (linked.includes(undefined)) return { ok: false, refusal: unknownType }
  const named = [...(query.params.properties ?? []), ...propertiesWithHistory]
  const properties = named.length === 0 ? type.defaults : [...new Set(named)]
  const types = new Map(linked.flatMap((one) => (one === undefined ? [] : [[one.name, one]])))
  return {
    ok: true,
    params: { type, ...key.params, properties, associations: [...types.values()] },
  }
}

/** the last segment of a path: an id, or with `idProperty` the value of that property */
export function readKey(
  ids: Readonly<Record<string, string>>,
  idProperty: string | undefined,
): Decoded<RecordKey> {
  const key = decodeURIComponent(ids['recordKey'] ?? '')
  if (idProperty !== undefined && idProperty !== 'hs_object_id') {
    if (/^\.{0,2}$/.test(key)) return { ok: false, refusal: invalidId }
    return { ok: true, params: { key, idProperty } }
  }
  if (!recordId.safeParse(key).success) return { ok: false, refusal: invalidId }
  return { ok: true, params: { key, idProperty: undefined } }
}

const invalidId = badRequest('invalid_id', 'expected the id of a record, a number')
