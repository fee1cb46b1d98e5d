import { z } from 'zod'
import type { HubspotObject } from '../../../capabilities/index.ts'
import type { EffectOperation } from '../../operation.ts'
import { objectTypeOf, operationOf, type ObjectType } from '../object-types.ts'
import { decodeBody, decodeNoQuery } from '../parameters.ts'
import { pathOf } from '../records/read.ts'
import { parseRecord } from '../records/record.ts'
import { objectRoutes } from '../routes.ts'
import { unknownType } from '../unknown-type.ts'
import { askForCreations } from '../writing/card.ts'
import {
  checkEnds,
  creationFields,
  prepareCreation,
  toNewRecord,
  type Creation,
  type CreationInput,
} from '../writing/creations.ts'
import { projectWritten } from '../writing/written.ts'

interface Params {
  readonly type: ObjectType
  readonly input: CreationInput
}

interface Facts {
  readonly type: ObjectType
  readonly creation: Creation
}

const schema = z.strictObject({
  ...creationFields,
  objectWriteTraceId: z.string().max(100).optional(),
})

/** a new record, decided as it would be; what it is linked to has to be seen */
export function create(object: HubspotObject): EffectOperation<Params, Facts> {
  const operation = operationOf(object, 'create')
  return {
    name: `hubspot.${object}.create`,
    effect: 'effect',
    routes: objectRoutes(object, 'POST', ''),
    maxBodyBytes: 512 * 1024,
    gates: [{ operation, crm: {} }],
    conceals: false,
    decode(request, ids) {
      const type = objectTypeOf(object, ids)
      if (type === undefined) return { ok: false, refusal: unknownType }
      const query = decodeNoQuery(request)
      if (!query.ok) return query
      const body = decodeBody(request, schema)
      return body.ok ? { ok: true, params: { type, input: body.params } } : body
    },
    toRecord: ({ type, input }) => ({ type: type.name, writes: Object.keys(input.properties) }),
    async prepare({ type, input }, call) {
      const prepared = prepareCreation(type, input, 1)
      if (!prepared.ok) return prepared
      const { creation } = prepared
      const refusal = await checkEnds(creation.links, call)
      if (refusal !== undefined) return { ok: false, refusal }
      return { ok: true, prepared: { type, creation }, actions: [creation.action] }
    },
    plan: ({ type, creation }) => ({
      method: 'POST',
      path: pathOf(type),
      contentType: 'application/json',
      body: JSON.stringify(toNewRecord(creation)),
    }),
    project: (response, { type }, _chosen, call) => ({
      ok: true,
      status: 201,
      body: projectWritten(type, parseRecord(response), undefined, call),
    }),
    approvable: ({ type, creation }) => askForCreations(type, [creation]),
  }
}
