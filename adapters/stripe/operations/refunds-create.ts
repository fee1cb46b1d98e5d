import { z } from 'zod'
import { moneyWords } from '../../../capabilities/index.ts'
import type { Call, Decoded, EffectOperation, Projected } from '../../operation.ts'
import type { ApprovalRow } from '../../ports.ts'
import { badRequest, missing, type Refusal } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { CALL_MARK } from '../call-mark.ts'
import { toJson } from '../find-done.ts'
import { encodeForm } from '../form/encode.ts'
import { readIdempotencyKey } from '../headers.ts'
import { amountText, decodeParameters, idText, metadataText } from '../parameters.ts'
import { projectObject } from '../projection/object.ts'
import { isRecord } from '../../is-record.ts'
import { readRefundable, targetOf, type Refundable } from '../refunding/refundable.ts'

interface Params {
  readonly charge: string | undefined
  readonly paymentIntent: string | undefined
  /** minor units; undefined: everything that is left */
  readonly amount: number | undefined
  readonly reason: string | undefined
  readonly metadata: Readonly<Record<string, string>>
  readonly idempotencyKey: string | undefined
}

interface Facts extends Refundable {
  readonly params: Params
  readonly amount: number
  /** under which the call is found again, whatever becomes of its answer */
  readonly key: string
}

const schema = z.strictObject({
  charge: idText('ch', 'py').optional(),
  payment_intent: idText('pi').optional(),
  amount: amountText.optional(),
  // `fraudulent` puts card and address of the customer on Stripe's block lists
  reason: z.enum(['duplicate', 'requested_by_customer']).optional(),
  metadata: metadataText.optional(),
})

/**
 * `POST /v1/refunds`, and the two older spellings below the charge that Stripe still serves: one operation, one budget. The
 * amount is always said to Stripe, so that what was decided on is what is paid back.
 */
export const refundsCreate: EffectOperation<Params, Facts> = {
  name: 'stripe.refunds.create',
  effect: 'effect',
  routes: [
    { method: 'POST', template: '/v1/refunds', dialect: 'form' },
    { method: 'POST', template: '/v1/charges/{charge}/refund', dialect: 'below_charge' },
    { method: 'POST', template: '/v1/charges/{charge}/refunds', dialect: 'below_charge' },
  ],
  maxBodyBytes: 64 * 1024,
  gates: [{ operation: 'stripe.refunds.create', target: {} }],
  conceals: false,
  decode,
  toRecord: ({ charge, paymentIntent, amount, reason }) => ({
    charge,
    paymentIntent,
    amount,
    reason,
  }),
  async prepare(params, call) {
    const found = await readRefundable(params, call)
    if (!found.ok) return found
    const { refundable } = found
    // what is left, of which currency, and that it is there at all, is told of what the token covers
    const left = refundable.captured - refundable.refunded
    const amount = params.amount ?? left
    if (!isCovered(refundable, call))
      return { ok: false, refusal: hidden(refundable, amount, call) }
    if (amount > left || left <= 0) return { ok: false, refusal: nothingLeft(left, refundable) }
    const key = call.deriveIdempotencyKey(params.idempotencyKey ?? call.decisionId)
    return {
      ok: true,
      prepared: { ...refundable, params, amount, key },
      actions: [{ operation: 'stripe.refunds.create', target: targetOf(refundable, amount) }],
    }
  },
  plan: ({ charge, amount, key, params: { reason, metadata } }) => ({
    method: 'POST',
    path: ['refunds'],
    contentType: 'application/x-www-form-urlencoded',
    body: encodeForm({ charge, amount, reason, metadata: { ...metadata, [CALL_MARK]: key } }),
    idempotencyKey: key,
  }),
  project(response, { charge, amount, currency }, _chosen, call) {
    const isAsDecided =
      isRecord(response) &&
      response['object'] === 'refund' &&
      response['amount'] === amount &&
      response['currency'] === currency &&
      response['charge'] === charge
    if (!isAsDecided) {
      call.log({
        event: 'effect_differs',
        decisionId: call.decisionId,
        operation: 'stripe.refunds.create',
      })
      return { ok: false, refusal: differs }
    }
    return show(response)
  },
  idempotency: {
    keyOf: ({ idempotencyKey }) => idempotencyKey,
    toAsked: ({ charge, paymentIntent, amount, reason, metadata }, account) => ({
      account,
      charge,
      paymentIntent,
      amount,
      reason,
      metadata,
    }),
    trace: ({ charge, account }) =>
      toJson({ kind: 'made', path: ['refunds'], query: [['charge', charge]] }, account),
    show,
  },
  approvable: ({ params, charge, currency, amount, captured, refunded, customer, account }) => ({
    action: {
      account,
      charge,
      currency,
      // the sum on the card, also of "everything that is left": that can grow before it is done
      amount,
      reason: params.reason ?? null,
      metadata: params.metadata,
    },
    card: {
      title: `Refund ${moneyWords(amount, currency)} of a charge${customer === undefined ? '' : ` of ${customer}`}`,
      rows: [
        ...(account === undefined ? [] : [row('Of the connected account', account, 'agent')]),
        row('Charge', `${charge}, ${moneyWords(captured, currency)} captured`, 'provider'),
        row('Already refunded', moneyWords(refunded, currency), 'provider'),
        row('To refund now', moneyWords(amount, currency), 'agent'),
        ...(customer === undefined ? [] : [row('Customer', customer, 'provider')]),
        ...(params.reason === undefined ? [] : [row('Reason given', params.reason, 'agent')]),
        ...Object.entries(params.metadata).map(([name, value]) =>
          row(`Note ${name}`, value.slice(0, 200), 'agent'),
        ),
      ],
    },
  }),
}

function row(label: string, value: string, from: ApprovalRow['from']): ApprovalRow {
  return { label, value, from }
}

function show(refund: unknown): Projected {
  const body = projectObject(refund, [])
  return body === undefined ? { ok: false, refusal: differs } : { ok: true, body }
}

/** some refund of this charge could be allowed, were it of a currency that the token speaks of */
function isCovered(refundable: Refundable, call: Call): boolean {
  return [refundable.currency, ...call.currencies].some((currency) =>
    call.couldAllow({
      operation: 'stripe.refunds.create',
      target: targetOf({ ...refundable, currency }, 1),
    }),
  )
}

/** the agent is told that there is no such charge, the buyer what was tried */
function hidden(refundable: Refundable, amount: number, call: Call): Refusal {
  const action = {
    operation: 'stripe.refunds.create',
    target: targetOf(refundable, amount),
  } as const
  const judged = call.judge(action)
  return judged.allowed
    ? missing('not_found')
    : missing(judged.denial.reason, { denial: judged.denial, action })
}

function nothingLeft(left: number, { currency }: Refundable): ReturnType<typeof badRequest> {
  return badRequest(
    'over_refund',
    left <= 0
      ? 'this charge is refunded already'
      : `only ${moneyWords(left, currency)} of this charge is not refunded yet`,
  )
}

const differs = {
  code: 'upstream_failed',
  message: 'the provider answered with another refund than was decided on: look at the charge',
  reason: 'effect_differs',
} as const

function decode(
  request: Snapshot,
  ids: Readonly<Record<string, string>>,
  dialect: string,
): Decoded<Params> {
  const form = decodeParameters(request, schema)
  if (!form.ok) return form
  const key = readIdempotencyKey(request)
  if (!key.ok) return key
  const { payment_intent: paymentIntent, amount, reason, metadata = {} } = form.params
  const below = dialect === 'below_charge' ? ids['charge'] : undefined
  const named = [below, form.params.charge, paymentIntent].filter((one) => one !== undefined)
  if (named.length !== 1) {
    const message = 'name exactly one of `charge` and `payment_intent`'
    return { ok: false, refusal: badRequest('one_charge', message) }
  }
  const charge = below ?? form.params.charge
  if (charge !== undefined && !/^(ch|py)_[A-Za-z0-9_]{1,64}$/.test(charge)) {
    return { ok: false, refusal: badRequest('invalid_id', 'expected the id of a charge') }
  }
  return {
    ok: true,
    params: { charge, paymentIntent, amount, reason, metadata, idempotencyKey: key.params },
  }
}
