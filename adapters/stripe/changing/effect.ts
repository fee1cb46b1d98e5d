import type { z } from 'zod'
import type { StripeEffect, StripeTarget } from '../../../capabilities/index.ts'
import type {
  Call,
  Decoded,
  EffectOperation,
  JsonObject,
  Operation,
  Projected,
  Route,
} from '../../operation.ts'
import type { ApprovalCard } from '../../ports.ts'
import { badRequest, missing, type Refusal } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { CALL_MARK } from '../call-mark.ts'
import { toJson, type Trace } from '../find-done.ts'
import { fromAgent } from './card.ts'
import { encodeForm, pairsOf, type Encodable } from '../form/encode.ts'
import { readIdempotencyKey } from '../headers.ts'
import { decodeParameters, decodeQuery, idGrammar } from '../parameters.ts'
import { projectObject } from '../projection/object.ts'
import type { StripeObject } from '../reading/resource.ts'
import { isRecord } from '../../is-record.ts'

/** one request, read */
export interface Asked<Form> {
  /** of the thing in the path; of what is made there is none */
  readonly id: string
  readonly form: Form
  readonly idempotencyKey: string | undefined
}

/**
 * What one changing method of Stripe's says of itself. What all of them do alike is below: the form has one reading, the thing is
 * read from Stripe before anything is decided, what may not be seen is missing, a call is done once for its key, its answer must
 * be what was decided on, and its buyer is asked with a card that the front computed.
 */
export interface Change<Form extends object, Found extends object> {
  readonly effect: StripeEffect
  readonly routes: readonly [Route, ...Route[]]
  /** how the id in the path begins */
  readonly prefixes?: readonly string[]
  readonly schema: z.ZodType<Form>
  /** what it is about, as Stripe has it now; undefined: nothing there */
  find(asked: Asked<Form>, call: Call): Promise<Found | undefined>
  /** INVARIANT: of what `find` read, wherever Stripe knows better than the agent */
  targetOf(found: Found, asked: Asked<Form>): StripeTarget
  /** the agent named nothing whose being there it could learn from a denial */
  readonly isOpen?: (asked: Asked<Form>) => boolean
  /** what makes it impossible as things are */
  obstacle?(found: Found, asked: Asked<Form>): Refusal | undefined
  readonly path: (found: Found, asked: Asked<Form>) => readonly string[]
  /** what goes to Stripe, all of it */
  readonly values: (found: Found, asked: Asked<Form>) => Readonly<Record<string, Encodable>>
  /** it takes metadata, in which the call is found again */
  readonly takesMark: boolean
  readonly trace: (found: Found, asked: Asked<Form>, call: Call) => Trace
  /** Stripe's `object` of the answer */
  readonly answers: string
  readonly isAsDecided: (answer: StripeObject, found: Found, asked: Asked<Form>) => boolean
  readonly card: (found: Found, asked: Asked<Form>) => ApprovalCard
}

interface Facts<Form, Found> {
  readonly asked: Asked<Form>
  readonly found: Found
  readonly target: StripeTarget
  readonly trace: Trace
  /** the connected account that it is asked for */
  readonly account: string | undefined
  /** under which the call is found again, whatever becomes of its answer */
  readonly key: string
}

export function change<Form extends object, Found extends object>(
  definition: Change<Form, Found>,
): Operation {
  const { effect, routes } = definition
  const operation = `stripe.${effect}` as const
  const isDelete = routes.some(({ method }) => method === 'DELETE')
  const made: EffectOperation<Asked<Form>, Facts<Form, Found>> = {
    name: operation,
    effect: 'effect',
    routes,
    maxBodyBytes: isDelete ? 0 : 64 * 1024,
    gates: [{ operation, target: {} }],
    conceals: false,
    decode: (request, { id = '' }) => decode(definition, request, id),
    toRecord: ({ id, form }) => ({
      ...(id !== '' && { id }),
      parameters: Object.keys(form),
      ...Object.fromEntries(Object.entries(form).filter(([name]) => RECORDED.has(name))),
    }),
    async prepare(asked, call) {
      const found = await definition.find(asked, call)
      if (found === undefined) return { ok: false, refusal: missing('not_found') }
      const { connectedAccount: account } = call
      const target = { account, ...definition.targetOf(found, asked) }
      // a connected account's own accounts are no matter of a grant for it
      if (account !== undefined && target.account !== account) return { ok: false, refusal: nested }
      const action = { operation, target } as const
      const isOpen = definition.isOpen?.(asked) === true
      if (!isOpen && !isCovered(operation, target, call)) {
        return { ok: false, refusal: hidden(operation, target, call) }
      }
      const refusal = definition.obstacle?.(found, asked)
      if (refusal !== undefined) return { ok: false, refusal }
      const key = call.deriveIdempotencyKey(asked.idempotencyKey ?? call.decisionId)
      const trace = definition.trace(found, asked, call)
      const prepared = { asked, found, target, trace, key, account }
      return { ok: true, prepared, actions: [action] }
    },
    plan({ asked, found, key }) {
      const values = definition.takesMark
        ? withMark(definition.values(found, asked), key)
        : definition.values(found, asked)
      const path = definition.path(found, asked)
      // Stripe's clients send the parameters of a DELETE in its query, and a key means nothing there
      if (isDelete) return { method: 'DELETE', path, query: pairsOf(values) }
      return {
        method: 'POST',
        path,
        contentType: 'application/x-www-form-urlencoded',
        body: encodeForm(values),
        idempotencyKey: key,
      }
    },
    project(response, { asked, found }, _chosen, call) {
      const isAsDecided =
        isRecord(response) &&
        response['object'] === definition.answers &&
        typeof response['id'] === 'string' &&
        definition.isAsDecided(response as StripeObject, found, asked)
      if (isAsDecided) return show(response)
      call.log({ event: 'effect_differs', decisionId: call.decisionId, operation })
      return { ok: false, refusal: differs }
    },
    idempotency: {
      keyOf: ({ idempotencyKey }) => idempotencyKey,
      toAsked: ({ id, form }, account) => ({ account, id, form: toPlain(form) }),
      trace: ({ trace, account }) => toJson(trace, account),
      show,
    },
    approvable: ({ asked, found, target: { money }, account }) => ({
      action: {
        account,
        id: asked.id,
        form: toPlain(asked.form),
        // the sum on the card, also where Stripe computes it: that can grow before it is done
        ...(money !== undefined && { amount: money.amount, currency: money.currency }),
      },
      card: withAccount(definition.card(found, asked), account),
    }),
  }
  return made
}

/** values that say what was done, and nothing about a person */
const RECORDED = new Set([
  'amount',
  'amount_to_capture',
  'cancellation_reason',
  'capture_method',
  'confirm',
  'credit_amount',
  'currency',
  'customer',
  'destination',
  'from_subscription',
  'invoice',
  'out_of_band_amount',
  'reason',
  'refund_amount',
])

function decode<Form extends object, Found extends object>(
  { prefixes, schema, routes }: Change<Form, Found>,
  request: Snapshot,
  id: string,
): Decoded<Asked<Form>> {
  if (prefixes !== undefined && !idGrammar(prefixes).test(id)) {
    return {
      ok: false,
      refusal: badRequest('invalid_id', `expected an id such as ${prefixes[0]}_1Nffr`),
    }
  }
  const isDelete = routes.some(({ method }) => method === 'DELETE')
  const form = isDelete ? decodeQuery(request, schema) : decodeParameters(request, schema)
  if (!form.ok) return form
  const key = readIdempotencyKey(request)
  if (!key.ok) return key
  return { ok: true, params: { id, form: form.params, idempotencyKey: key.params } }
}

function withMark(
  values: Readonly<Record<string, Encodable>>,
  key: string,
): Readonly<Record<string, Encodable>> {
  const metadata = values['metadata'] as Readonly<Record<string, string>> | undefined
  return { ...values, metadata: { ...metadata, [CALL_MARK]: key } }
}

/** something of the kind could be allowed with this thing, were it smaller, of a currency that the token speaks of, or less of it */
function isCovered(operation: `stripe.${StripeEffect}`, target: StripeTarget, call: Call): boolean {
  const currencies = target.money === undefined ? [] : [target.money.currency, ...call.currencies]
  const variants =
    target.money === undefined
      ? [target]
      : currencies.map((currency) => ({ ...target, money: { currency, amount: 0 } }))
  return variants.some((variant) =>
    call.couldAllow({
      operation,
      target: { ...variant, ...(target.fields !== undefined && { fields: [] }) },
    }),
  )
}

/** the agent is told that there is no such thing, the buyer what was tried */
function hidden(operation: `stripe.${StripeEffect}`, target: StripeTarget, call: Call): Refusal {
  const action = { operation, target } as const
  const judged = call.judge(action)
  if (judged.allowed) return missing('not_found')
  return missing(judged.denial.reason, { denial: judged.denial, action })
}

function show(object: unknown): Projected {
  const body = projectObject(object, [])
  return body === undefined ? { ok: false, refusal: differs } : { ok: true, body }
}

function withAccount(card: ApprovalCard, account: string | undefined): ApprovalCard {
  return { ...card, rows: [...fromAgent('Of the connected account', account), ...card.rows] }
}

const nested = badRequest(
  'other_account',
  'leave Stripe-Account out: the account is in the address',
)

const differs: Refusal = {
  code: 'upstream_failed',
  message: 'the provider answered with something else than was decided on: look what was done',
  reason: 'effect_differs',
}

/** decoded forms are texts, numbers and plain objects; some have no prototype */
export function toPlain(form: object): JsonObject {
  return JSON.parse(JSON.stringify(form)) as JsonObject
}

/** the parameters that a request writes, by their names at the top; `about`: those that only say what it is about */
export function writtenIn(form: object, about: readonly string[] = []): string[] {
  return Object.keys(form).filter((name) => !about.includes(name))
}
