import { z } from 'zod'
import type { StripeAction } from '../../../capabilities/index.ts'
import type { Call, Decoded, Prepared, ReadOperation } from '../../operation.ts'
import { badRequest, missing } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { decodeQuery, expandText, idGrammar } from '../parameters.ts'
import { projectObject } from '../projection/object.ts'
import {
  parseObject,
  readAction,
  unexpected,
  type Resource,
  type StripeObject,
} from './resource.ts'

interface Params {
  readonly id: string
  readonly expand: readonly string[]
}

interface Facts {
  readonly object: StripeObject
  readonly expand: readonly string[]
}

const schema = z.strictObject({ expand: expandText.optional() })

/** what may not be seen is answered as what is not there, but for an `expand` that is not granted: that is of the request */
export function retrieve(resource: Resource): ReadOperation<Params, Facts> {
  const { name, prefixes } = resource
  const grammar = idGrammar(prefixes)
  return {
    name: `stripe.${name}.retrieve`,
    effect: 'read',
    routes: [{ method: 'GET', template: `/v1/${name}/{id}`, dialect: 'form' }],
    maxBodyBytes: 0,
    gates: [{ operation: `stripe.${name}.read`, target: {} }],
    conceals: true,
    decode(request: Snapshot, ids): Decoded<Params> {
      const { id = '' } = ids
      if (!grammar.test(id)) {
        return {
          ok: false,
          refusal: badRequest('invalid_id', `expected an id such as ${prefixes[0] ?? name}_1Nffr`),
        }
      }
      const query = decodeQuery(request, schema)
      return query.ok ? { ok: true, params: { id, expand: query.params.expand ?? [] } } : query
    },
    toRecord: ({ id, expand }) => ({ id, expand }),
    async prepare({ id, expand }, call) {
      const json = await call.reader.read([name, id], expandPairs(expand))
      if (json === undefined) return { ok: false, refusal: missing('not_found') }
      const object = parseObject(json, resource)
      if (object.id !== id) throw unexpected('another object was answered')
      const action = readAction(resource, object, expand, call)
      return prepared(resource, { object, expand }, action, call)
    },
    project({ object, expand }) {
      const body = projectObject(object, expand)
      if (body === undefined) throw unexpected('an object of a type that is not shown')
      return { ok: true, body }
    },
  }
}

function prepared(
  resource: Resource,
  facts: Facts,
  action: StripeAction,
  call: Call,
): Prepared<Facts> {
  const bare = readAction(resource, facts.object, [], call)
  const denied = call.judge(action)
  // whoever may see the thing is told what of the request is too much
  if (!denied.allowed && facts.expand.length > 0 && call.judge(bare).allowed) {
    const { denial } = denied
    return {
      ok: false,
      refusal: {
        code: 'denied',
        message: 'not allowed',
        reason: denial.reason,
        decided: { denial, action },
      },
    }
  }
  return { ok: true, prepared: facts, actions: [action] }
}

export function expandPairs(expand: readonly string[]): (readonly [string, string])[] {
  return expand.map((path, index) => [`expand[${index}]`, path] as const)
}
