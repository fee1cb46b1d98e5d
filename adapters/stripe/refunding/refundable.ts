import type { StripeTarget } from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import { missing, type Refusal } from '../../refusal.ts'
import {
  ageOf,
  charges,
  idOf,
  parseObject,
  paymentIntents,
  unexpected,
} from '../reading/resource.ts'

/** a charge that something is to be paid back of, as Stripe has it now */
export interface Refundable {
  readonly charge: string
  readonly currency: string
  readonly customer: string | undefined
  /** minor units */
  readonly captured: number
  readonly refunded: number
  readonly ageSeconds: number | undefined
  /** the connected account whose charge it is */
  readonly account: string | undefined
}

type Found =
  | { readonly ok: true; readonly refundable: Refundable }
  | { readonly ok: false; readonly refusal: Refusal }

/** INVARIANT: currency, customer, age and what is left are read from Stripe; the agent only says which charge it means */
export async function readRefundable(
  {
    charge,
    paymentIntent,
  }: { readonly charge: string | undefined; readonly paymentIntent: string | undefined },
  call: Call,
): Promise<Found> {
  const id = charge ?? (await chargeOf(paymentIntent ?? '', call))
  const json = id === undefined ? undefined : await call.reader.read(['charges', id])
  if (json === undefined) return { ok: false, refusal: missing('no_charge') }
  const object = parseObject(json, charges)
  const { currency, amount_captured: captured, amount_refunded: refunded } = object
  if (object.id !== id || typeof currency !== 'string') throw unexpected('another charge')
  if (typeof captured !== 'number' || typeof refunded !== 'number') throw unexpected('no amounts')
  const refundable = {
    charge: object.id,
    currency,
    customer: idOf(object['customer']),
    captured,
    refunded,
    ageSeconds: ageOf(object, call.now),
    account: call.connectedAccount,
  }
  return { ok: true, refundable }
}

async function chargeOf(paymentIntent: string, call: Call): Promise<string | undefined> {
  const json = await call.reader.read(['payment_intents', paymentIntent])
  return json === undefined ? undefined : idOf(parseObject(json, paymentIntents)['latest_charge'])
}

export function targetOf(
  { currency, customer, ageSeconds, account }: Refundable,
  amount: number,
): StripeTarget {
  return { money: { currency, amount }, customer, chargeAgeSeconds: ageSeconds, account }
}
