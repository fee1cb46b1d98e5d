import { z } from 'zod'
import type { HubspotObject } from '../../../capabilities/index.ts'
import type { Call, EffectOperation, Prepared } from '../../operation.ts'
import { badRequest, missing } from '../../refusal.ts'
import { MAX_INPUTS, toBatch } from '../batch.ts'
import { operationOf, type ObjectType } from '../object-types.ts'
import { propertyName } from '../parameters.ts'
import { pathOf, readFacts, readRecords } from '../records/read.ts'
import { seesEvery, viewRecord } from '../records/view.ts'
import { objectRoutes } from '../routes.ts'
import { askForChanges, askForCreations } from '../writing/card.ts'
import { prepareChange, type Change } from '../writing/changes.ts'
import { prepareCreation, toNewRecord, type Creation } from '../writing/creations.ts'
import { valuesSchema, type Values } from '../writing/values.ts'
import { differs, projectWritten, readBatch } from '../writing/written.ts'
import { decideAll, decodeBatch, namesOf } from './batch-write.ts'

interface Input {
  readonly id: string
  readonly properties: Values
}

interface Params {
  readonly type: ObjectType
  readonly idProperty: string
  readonly inputs: readonly Input[]
}

/** of one sort: HubSpot has no call that does the one and the other, and nothing besides */
interface Facts {
  readonly type: ObjectType
  readonly changes: readonly Change[]
  readonly creations: readonly Creation[]
}

const schema = z.strictObject({
  inputs: z
    .array(
      z.strictObject({
        id: z.string().min(1).max(256),
        idProperty: propertyName,
        properties: valuesSchema,
      }),
    )
    .min(1)
    .max(MAX_INPUTS),
})

/**
 * A record by the value of a property, changed if it is there and made if it is not. Which of the two it is tells whether a record
 * is there, so only a token from which none is hidden makes one in this way; for any other, what it may not see is not there, and
 * what is not there is not made.
 */
export function batchUpsert(object: HubspotObject): EffectOperation<Params, Facts> {
  const name = `hubspot.${object}.batchUpsert`
  return {
    name,
    effect: 'effect',
    routes: objectRoutes(object, 'POST', '/batch/upsert'),
    maxBodyBytes: 2 * 1024 * 1024,
    gates: [{ operation: operationOf(object, 'update'), crm: {} }],
    conceals: false,
    decode(request, ids) {
      const body = decodeBatch(request, object, ids, schema)
      if (!body.ok) return body
      const { type, inputs } = body.params
      const [idProperty = '', ...others] = new Set(inputs.map((one) => one.idProperty))
      const keys = new Set(inputs.map(({ id }) => id.toLowerCase()))
      if (others.length > 0 || idProperty === 'hs_object_id' || keys.size < inputs.length) {
        const message = 'name one `idProperty`, not hs_object_id, and each value of it once'
        return { ok: false, refusal: badRequest('bad_upsert', message) }
      }
      return {
        ok: true,
        params: {
          type,
          idProperty,
          inputs: inputs.map(({ id, properties }) => ({ id, properties })),
        },
      }
    },
    toRecord: ({ type, idProperty, inputs }) => ({
      type: type.name,
      idProperty,
      inputs: inputs.length,
      writes: namesOf(inputs.map(({ properties }) => properties)),
    }),
    prepare,
    // never as an upsert: by the ids that were read, or as new ones, so that nothing that came meanwhile is met by its value
    plan: ({ type, changes, creations }) => ({
      method: 'POST',
      path: [...pathOf(type), 'batch', creations.length > 0 ? 'create' : 'update'],
      contentType: 'application/json',
      body: JSON.stringify({
        inputs:
          creations.length > 0
            ? creations.map(toNewRecord)
            : changes.map(({ record, values }) => ({ id: record.id, properties: values })),
      }),
      mayBePartial: changes.length + creations.length > 1,
    }),
    project(response, facts, _chosen, call) {
      const { type, changes, creations } = facts
      const { rows } = readBatch(response)
      const before = new Map(changes.map(({ record, facts: known }) => [record.id, known]))
      const isAsDecided =
        rows.length <= changes.length + creations.length &&
        (creations.length > 0 || rows.every(({ record }) => before.has(record.id)))
      if (!isAsDecided) return differs(name, call)
      const results = rows.map(({ record }) => ({
        ...projectWritten(type, record, before.get(record.id), call),
        new: creations.length > 0,
      }))
      return toBatch(results, [], call)
    },
    approvable: ({ type, changes, creations }) =>
      creations.length > 0 ? askForCreations(type, creations) : askForChanges(type, changes),
  }
}

async function prepare({ type, idProperty, inputs }: Params, call: Call): Promise<Prepared<Facts>> {
  const keys = inputs.map(({ id }) => id)
  const names = namesOf(inputs.map(({ properties }) => properties))
  const records = await readRecords(type, keys, names, call, idProperty)
  const mayMake = seesEvery(idProperty, type, call)
  const changes: Change[] = []
  const creations: Creation[] = []
  for (const { id: key, properties } of inputs) {
    const record = records.get(key)
    if (record === undefined) {
      if (!mayMake) return { ok: false, refusal: missing('nothing_to_upsert') }
      const values = { ...properties, [idProperty]: key }
      const prepared = prepareCreation(
        type,
        { properties: values, associations: [] },
        inputs.length,
      )
      if (!prepared.ok) return prepared
      creations.push(prepared.creation)
      continue
    }
    const wanted = { properties: [], foundBy: [idProperty], associations: [] }
    const viewed = viewRecord(type, record, await readFacts(type, record, call), wanted, call)
    if (!viewed.ok) return { ok: false, refusal: missing(viewed.denial.reason, viewed) }
    const prepared = await prepareChange(type, record, properties, inputs.length, call)
    if (!prepared.ok) return prepared
    changes.push(prepared.change)
  }
  if (changes.length > 0 && creations.length > 0) return { ok: false, refusal: mixed }
  const actions = [...changes, ...creations].map(({ action }) => action)
  return decideAll({ type, changes, creations }, actions)
}

const mixed = badRequest(
  'mixed_upsert',
  'some of these are there and some are not: send those to be changed and those to be made apart',
)
