import { z } from 'zod'
import type { HubspotObject } from '../../../capabilities/index.ts'
import type { EffectOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import { objectTypeOf, operationOf, type ObjectType } from '../object-types.ts'
import { decodeBody, decodeQuery, propertyName } from '../parameters.ts'
import { pathOf, readFacts, readRecord, type RecordKey } from '../records/read.ts'
import { parseRecord } from '../records/record.ts'
import { viewRecord } from '../records/view.ts'
import { objectRoutes } from '../routes.ts'
import { unknownType } from '../unknown-type.ts'
import { askForChanges } from '../writing/card.ts'
import { prepareChange, type Change } from '../writing/changes.ts'
import { valuesSchema, type Values } from '../writing/values.ts'
import { differs, projectWritten } from '../writing/written.ts'
import { readKey } from './read.ts'

interface Params extends RecordKey {
  readonly type: ObjectType
  readonly values: Values
}

interface Facts {
  readonly type: ObjectType
  readonly change: Change
}

const querySchema = z.strictObject({ idProperty: propertyName.optional() })
const bodySchema = z.strictObject({
  properties: valuesSchema,
  objectWriteTraceId: z.string().max(100).optional(),
})

/** a record is read, decided as it is, and written by the id that was read */
export function update(object: HubspotObject): EffectOperation<Params, Facts> {
  const operation = operationOf(object, 'update')
  const name = `hubspot.${object}.update`
  return {
    name,
    effect: 'effect',
    routes: objectRoutes(object, 'PATCH', '/{recordKey}'),
    maxBodyBytes: 512 * 1024,
    gates: [{ operation, crm: {} }],
    conceals: false,
    decode(request, ids) {
      const type = objectTypeOf(object, ids)
      if (type === undefined) return { ok: false, refusal: unknownType }
      const query = decodeQuery(request, querySchema)
      if (!query.ok) return query
      const key = readKey(ids, query.params.idProperty)
      if (!key.ok) return key
      const body = decodeBody(request, bodySchema)
      if (!body.ok) return body
      return { ok: true, params: { type, ...key.params, values: body.params.properties } }
    },
    toRecord: ({ type, key, idProperty, values }) => ({
      type: type.name,
      ...(idProperty === undefined ? { id: key } : { idProperty }),
      writes: Object.keys(values),
    }),
    async prepare(params, call) {
      const { type, values, idProperty } = params
      const record = await readRecord(type, params, Object.keys(values), call)
      if (record === undefined) return { ok: false, refusal: missing('not_found') }
      if (idProperty !== undefined) {
        // that a value is somebody's is only told of what may be seen by it
        const wanted = { properties: [], foundBy: [idProperty], associations: [] }
        const facts = await readFacts(type, record, call)
        const viewed = viewRecord(type, record, facts, wanted, call)
        if (!viewed.ok) return { ok: false, refusal: missing(viewed.denial.reason, viewed) }
      }
      const prepared = await prepareChange(type, record, values, 1, call)
      if (!prepared.ok) return prepared
      const { change } = prepared
      return { ok: true, prepared: { type, change }, actions: [change.action] }
    },
    plan: ({ type, change: { record, values } }) => ({
      method: 'PATCH',
      path: [...pathOf(type), record.id],
      contentType: 'application/json',
      body: JSON.stringify({ properties: values }),
    }),
    project(response, { type, change }, _chosen, call) {
      const record = parseRecord(response)
      if (record.id !== change.record.id) return differs(name, call)
      return { ok: true, body: projectWritten(type, record, change.facts, call) }
    },
    approvable: ({ type, change }) => askForChanges(type, [change]),
  }
}
