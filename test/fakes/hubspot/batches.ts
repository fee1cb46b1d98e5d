import type { Answer, Call } from './call.ts'
import { badRequest, HubspotError } from './errors.ts'
import { toObject, toObjects, type JsonObject } from './json.ts'

const MOST_INPUTS = 100

/** the `inputs` of a batch, between 1 and 100 of them */
export function inputsOf(call: Call, most: number = MOST_INPUTS): JsonObject[] {
  const inputs = toObjects(call.json['inputs'])
  if (inputs.length === 0) throw badRequest('A batch needs inputs')
  if (inputs.length > most)
    throw badRequest(`A batch may have ${most} inputs, this has ${inputs.length}`)
  return inputs
}

/** HubSpot's answer to a batch: 207 when a part of it failed, and the errors beside what was done */
export function batchAnswer(
  call: Call,
  status: 200 | 201,
  results: readonly unknown[],
  errors: readonly HubspotError[] = [],
): Answer {
  const at = new Date(call.now).toISOString()
  const failed = errors.length > 0 && {
    numErrors: errors.length,
    errors: errors.map(({ entry }) => entry),
  }
  const json = { status: 'COMPLETE', results, startedAt: at, completedAt: at, ...failed }
  return { status: errors.length > 0 ? 207 : status, json }
}

/** one error for everything that is not there, as HubSpot has it: the ids stand in its context */
export function missing(ids: readonly string[]): HubspotError[] {
  if (ids.length === 0) return []
  const message = 'Some of the objects could not be got: they are deleted or never were'
  return [new HubspotError(404, 'OBJECT_NOT_FOUND', message, { context: { ids } })]
}

/**
 * Does each input by itself. Inputs that carry an `objectWriteTraceId` may fail alone (207); without one, the first error is
 * the whole batch's, and what was done before it stays done: HubSpot does not promise that nothing was.
 */
export function eachInput(
  inputs: readonly JsonObject[],
  run: (input: JsonObject) => unknown,
): { readonly results: unknown[]; readonly errors: HubspotError[] } {
  const results: unknown[] = []
  const errors: HubspotError[] = []
  for (const input of inputs) {
    const trace = input['objectWriteTraceId']
    try {
      const view = toObject(run(input))
      results.push(typeof trace === 'string' ? { ...view, objectWriteTraceId: trace } : view)
    } catch (error) {
      if (!(error instanceof HubspotError) || typeof trace !== 'string') throw error
      const context = { ...error.extra.context, objectWriteTraceId: [trace] }
      errors.push(
        new HubspotError(error.status, error.category, error.message, { ...error.extra, context }),
      )
    }
  }
  return { results, errors }
}
