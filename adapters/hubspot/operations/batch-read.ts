import { z } from 'zod'
import type { HubspotObject } from '../../../capabilities/index.ts'
import type { Decoded, ReadOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { objectTypeOf, operationOf, type ObjectType } from '../object-types.ts'
import {
  decodeBody,
  decodeQuery,
  notArchived,
  propertyName,
  propertyNames,
  recordId,
} from '../parameters.ts'
import { readRecords } from '../records/read.ts'
import { viewAll } from '../records/show-rows.ts'
import { projectRecord, type View } from '../records/view.ts'
import { objectRoutes } from '../routes.ts'
import { unknownType } from '../unknown-type.ts'
import { toBatch } from '../batch.ts'

interface Params {
  readonly type: ObjectType
  readonly keys: readonly string[]
  readonly idProperty: string | undefined
  readonly properties: readonly string[]
}

interface Facts {
  readonly views: readonly View[]
  /** what may not be seen, and what is not there */
  readonly lost: readonly string[]
}

const schema = z.strictObject({
  inputs: z
    .array(z.strictObject({ id: z.string().min(1).max(256) }))
    .min(1)
    .max(100),
  properties: propertyNames.default([]),
  propertiesWithHistory: propertyNames.default([]),
  idProperty: propertyName.optional(),
})

/** each record decided as one that is read; unreadable ones stand in the answer as missing ones do */
export function batchRead(object: HubspotObject): ReadOperation<Params, Facts> {
  const operation = operationOf(object, 'read')
  return {
    name: `hubspot.${object}.batchRead`,
    effect: 'read',
    routes: objectRoutes(object, 'POST', '/batch/read'),
    maxBodyBytes: 64 * 1024,
    gates: [{ operation, crm: {} }],
    conceals: true,
    decode: (request, ids) => decode(request, ids, object),
    toRecord: ({ type, keys, idProperty, properties }) => ({
      type: type.name,
      ...(idProperty === undefined ? { ids: keys } : { idProperty, inputs: keys.length }),
      properties,
    }),
    async prepare({ type, keys, idProperty, properties }, call) {
      const records = await readRecords(type, keys, properties, call, idProperty)
      const wanted = {
        properties,
        foundBy: idProperty === undefined ? [] : [idProperty],
        associations: [],
      }
      const seen = await viewAll(
        type,
        keys.map((key) => records.get(key)),
        wanted,
        call,
      )
      const lost = keys.filter((_key, index) => seen[index] === undefined)
      const views = seen.filter((view) => view !== undefined)
      const [first] = views
      if (first === undefined) return { ok: false, refusal: missing('nothing_to_show') }
      return { ok: true, prepared: { views, lost }, actions: [first.actions[0]] }
    },
    project: ({ views, lost }, _chosen, call) => ({
      ...toBatch(views.map(projectRecord), lost, call),
      shows: views.flatMap(({ actions }) => actions),
    }),
  }
}

function decode(
  request: Snapshot,
  ids: Readonly<Record<string, string>>,
  object: HubspotObject,
): Decoded<Params> {
  const type = objectTypeOf(object, ids)
  if (type === undefined) return { ok: false, refusal: unknownType }
  const query = decodeQuery(request, z.strictObject({ archived: notArchived.optional() }))
  if (!query.ok) return query
  const byId = schema.extend({
    inputs: z
      .array(z.strictObject({ id: recordId }))
      .min(1)
      .max(100),
  })
  const body = decodeBody(request, schema)
  if (!body.ok) return body
  const { inputs, idProperty } = body.params
  if (idProperty === undefined || idProperty === 'hs_object_id') {
    const checked = decodeBody(request, byId)
    if (!checked.ok) return checked
  }
  const named = [...new Set([...body.params.properties, ...body.params.propertiesWithHistory])]
  return {
    ok: true,
    params: {
      type,
      keys: [...new Set(inputs.map(({ id }) => id))],
      idProperty: idProperty === 'hs_object_id' ? undefined : idProperty,
      properties: named.length === 0 ? type.defaults : named,
    },
  }
}
