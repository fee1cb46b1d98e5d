import { z } from 'zod'
import type { HubspotAction, HubspotObject, RecordFacts } from '../../../capabilities/index.ts'
import type { Call, Decoded, EffectOperation, JsonObject, Prepared } from '../../operation.ts'
import { badRequest, missing } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { MAX_INPUTS, toBatch } from '../batch.ts'
import { objectTypeOf, operationOf, type ObjectType } from '../object-types.ts'
import { decodeBody, decodeNoQuery, recordId } from '../parameters.ts'
import { pathOf, readRecords } from '../records/read.ts'
import { objectRoutes } from '../routes.ts'
import { unknownType } from '../unknown-type.ts'
import { askForChanges, askForCreations } from '../writing/card.ts'
import { prepareChange, type Change } from '../writing/changes.ts'
import {
  checkEnds,
  creationFields,
  prepareCreation,
  toNewRecord,
  type Creation,
  type CreationInput,
} from '../writing/creations.ts'
import { valuesSchema, type Values } from '../writing/values.ts'
import { differs, projectWritten, readBatch } from '../writing/written.ts'

/** by which HubSpot lets one input fail without the others, and by which its answer is found */
const trace = z
  .string()
  .regex(/^[\x21-\x7e]{1,100}$/, 'expected up to 100 visible characters')
  .optional()

interface Traced {
  readonly trace: string | undefined
}

function tracePart({ trace: text }: Traced): JsonObject {
  return text === undefined ? {} : { objectWriteTraceId: text }
}

interface CreateParams {
  readonly type: ObjectType
  readonly inputs: readonly (CreationInput & Traced)[]
}

interface CreateFacts {
  readonly type: ObjectType
  readonly creations: readonly (Creation & Traced)[]
}

const createSchema = z.strictObject({
  inputs: z
    .array(z.strictObject({ ...creationFields, objectWriteTraceId: trace }))
    .min(1)
    .max(MAX_INPUTS),
})

/** every record decided, and counted, as if it came alone; one that is denied, and none is made */
export function batchCreate(object: HubspotObject): EffectOperation<CreateParams, CreateFacts> {
  return {
    name: `hubspot.${object}.batchCreate`,
    effect: 'effect',
    routes: objectRoutes(object, 'POST', '/batch/create'),
    maxBodyBytes: 2 * 1024 * 1024,
    gates: [{ operation: operationOf(object, 'create'), crm: {} }],
    conceals: false,
    decode(request, ids) {
      const body = decodeBatch(request, object, ids, createSchema)
      if (!body.ok) return body
      const { type, inputs } = body.params
      const traced = inputs.map(({ objectWriteTraceId, ...one }) => ({
        ...one,
        trace: objectWriteTraceId,
      }))
      return { ok: true, params: { type, inputs: traced } }
    },
    toRecord: ({ type, inputs }) => ({
      type: type.name,
      inputs: inputs.length,
      writes: namesOf(inputs.map(({ properties }) => properties)),
    }),
    async prepare({ type, inputs }, call) {
      const creations: (Creation & Traced)[] = []
      for (const input of inputs) {
        const prepared = prepareCreation(type, input, inputs.length)
        if (!prepared.ok) return prepared
        creations.push({ ...prepared.creation, trace: input.trace })
      }
      const refusal = await checkEnds(
        creations.flatMap(({ links }) => links),
        call,
      )
      if (refusal !== undefined) return { ok: false, refusal }
      return decideAll(
        { type, creations },
        creations.map(({ action }) => action),
      )
    },
    plan: ({ type, creations }) => ({
      method: 'POST',
      path: [...pathOf(type), 'batch', 'create'],
      contentType: 'application/json',
      body: JSON.stringify({
        inputs: creations.map((one) => ({ ...toNewRecord(one), ...tracePart(one) })),
      }),
      mayBePartial: creations.length > 1,
    }),
    project(response, { type, creations }, _chosen, call) {
      const { rows, refused } = readBatch(response)
      if (rows.length > creations.length) return differs(`hubspot.${object}.batchCreate`, call)
      const results = rows.map((row) => ({
        ...projectWritten(type, row.record, undefined, call),
        ...tracePart(row),
      }))
      const failed = refused === 0 ? [] : tracesBeside(creations, rows)
      return toBatch(results, failed, call, REFUSED, 201)
    },
    approvable: ({ type, creations }) => askForCreations(type, creations),
  }
}

/** what HubSpot says of an input may quote anything: that it refused it is what is passed on */
const REFUSED = {
  category: 'VALIDATION_ERROR',
  message: 'the provider refused these',
}

/** by their traces; one that has none is still said to have failed */
function tracesBeside(asked: readonly Traced[], done: readonly Traced[]): string[] {
  const traces = new Set(done.map((one) => one.trace))
  const lost = asked.flatMap((one) =>
    one.trace === undefined || traces.has(one.trace) ? [] : [one.trace],
  )
  return lost.length > 0 ? lost : ['without objectWriteTraceId']
}

interface UpdateInput extends Traced {
  readonly id: string
  readonly properties: Values
}

interface UpdateParams {
  readonly type: ObjectType
  readonly inputs: readonly UpdateInput[]
}

interface UpdateFacts {
  readonly type: ObjectType
  readonly changes: readonly (Change & Traced)[]
}

const updateSchema = z.strictObject({
  inputs: z
    .array(
      z.strictObject({
        id: recordId,
        idProperty: z.literal('hs_object_id').nullish(),
        properties: valuesSchema,
        objectWriteTraceId: trace,
      }),
    )
    .min(1)
    .max(MAX_INPUTS),
})

/** one that is missing, hidden or denied, and nothing is changed */
export function batchUpdate(object: HubspotObject): EffectOperation<UpdateParams, UpdateFacts> {
  const name = `hubspot.${object}.batchUpdate`
  return {
    name,
    effect: 'effect',
    routes: objectRoutes(object, 'POST', '/batch/update'),
    maxBodyBytes: 2 * 1024 * 1024,
    gates: [{ operation: operationOf(object, 'update'), crm: {} }],
    conceals: false,
    decode(request, ids) {
      const body = decodeBatch(request, object, ids, updateSchema)
      if (!body.ok) return body
      const { type, inputs } = body.params
      if (new Set(inputs.map(({ id }) => id)).size < inputs.length) {
        return { ok: false, refusal: badRequest('repeated_input', 'a record stands twice') }
      }
      const traced = inputs.map(({ id, properties, objectWriteTraceId }) => ({
        id,
        properties,
        trace: objectWriteTraceId,
      }))
      return { ok: true, params: { type, inputs: traced } }
    },
    toRecord: ({ type, inputs }) => ({
      type: type.name,
      ids: inputs.map(({ id }) => id),
      writes: namesOf(inputs.map(({ properties }) => properties)),
    }),
    async prepare({ type, inputs }, call) {
      const names = namesOf(inputs.map(({ properties }) => properties))
      const records = await readRecords(
        type,
        inputs.map(({ id }) => id),
        names,
        call,
      )
      const changes: (Change & Traced)[] = []
      for (const input of inputs) {
        const record = records.get(input.id)
        if (record === undefined) return { ok: false, refusal: missing('not_found') }
        const prepared = await prepareChange(type, record, input.properties, inputs.length, call)
        if (!prepared.ok) return prepared
        changes.push({ ...prepared.change, trace: input.trace })
      }
      return decideAll(
        { type, changes },
        changes.map(({ action }) => action),
      )
    },
    plan: ({ type, changes }) => ({
      method: 'POST',
      path: [...pathOf(type), 'batch', 'update'],
      contentType: 'application/json',
      body: JSON.stringify({
        inputs: changes.map((one) => ({
          id: one.record.id,
          properties: one.values,
          ...tracePart(one),
        })),
      }),
      mayBePartial: changes.length > 1,
    }),
    project: (response, facts, _chosen, call) => projectChanges(name, response, facts, call),
    approvable: ({ type, changes }) => askForChanges(type, changes),
  }
}

function projectChanges(
  name: string,
  response: unknown,
  { type, changes }: UpdateFacts,
  call: Call,
): ReturnType<EffectOperation<unknown, unknown>['project']> {
  const { rows } = readBatch(response)
  const before = new Map<string, RecordFacts>(
    changes.map(({ record, facts }) => [record.id, facts]),
  )
  if (!rows.every(({ record }) => before.has(record.id))) return differs(name, call)
  const results = rows.map((row) => ({
    ...projectWritten(type, row.record, before.get(row.record.id), call),
    ...tracePart(row),
  }))
  const done = new Set(rows.map(({ record }) => record.id))
  const lost = [...before.keys()].filter((id) => !done.has(id))
  return toBatch(results, lost, call, REFUSED)
}

export function decideAll<Facts>(
  prepared: Facts,
  actions: readonly HubspotAction[],
): Prepared<Facts> {
  const [first, ...each] = actions
  if (first === undefined) throw new TypeError('a batch has an input')
  return { ok: true, prepared, actions: [first], each }
}

export function namesOf(all: readonly Values[]): string[] {
  return [...new Set(all.flatMap((values) => Object.keys(values)))]
}

export function decodeBatch<Params extends object>(
  request: Snapshot,
  object: HubspotObject,
  ids: Readonly<Record<string, string>>,
  schema: z.ZodType<Params>,
): Decoded<Params & { readonly type: ObjectType }> {
  const type = objectTypeOf(object, ids)
  if (type === undefined) return { ok: false, refusal: unknownType }
  const query = decodeNoQuery(request)
  if (!query.ok) return query
  const body = decodeBody(request, schema)
  return body.ok ? { ok: true, params: { ...body.params, type } } : body
}
