import type { StripeAction, StripeTarget } from '../../../capabilities/index.ts'
import { AdapterError } from '../../refusal.ts'
import { isRecord } from '../../is-record.ts'

/** one kind of thing that can be listed and retrieved */
export interface Resource {
  /** as in the path and in the names of operations */
  readonly name: 'charges' | 'payment_intents' | 'customers' | 'refunds'
  /** Stripe's `object` of one of them */
  readonly object: string
  readonly prefixes: readonly string[]
  /** by what a list may be narrowed, besides `created` */
  readonly filters: Readonly<Record<string, readonly string[]>>
  /** what a decision asks about one of them, from Stripe's own answer */
  targetOf(object: StripeObject, now: number): StripeTarget
}

export type StripeObject = Readonly<Record<string, unknown>> & { readonly id: string }

export function parseObject(json: unknown, { object }: Pick<Resource, 'object'>): StripeObject {
  if (isRecord(json) && json['object'] === object && typeof json['id'] === 'string') {
    return json as StripeObject
  }
  throw unexpected(`the answer is no ${object}`)
}

/** an id where Stripe gives an id or, expanded, the thing itself */
export function idOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return isRecord(value) && typeof value['id'] === 'string' ? value['id'] : undefined
}

export function ageOf({ created }: StripeObject, now: number): number | undefined {
  return typeof created === 'number' ? Math.max(0, now - created) : undefined
}

export function readAction(
  resource: Resource,
  object: StripeObject,
  expansions: readonly string[],
  now: number,
): StripeAction {
  return {
    operation: `stripe.${resource.name}.read`,
    target: { ...resource.targetOf(object, now), expansions },
  }
}

export function unexpected(what: string): AdapterError {
  return new AdapterError(
    {
      code: 'upstream_failed',
      message: 'the provider gave an answer that this front does not understand',
      reason: 'unexpected_answer',
    },
    { cause: new TypeError(what), mayHaveExecuted: true },
  )
}

export const charges: Resource = {
  name: 'charges',
  object: 'charge',
  prefixes: ['ch', 'py'],
  filters: { customer: ['cus'], payment_intent: ['pi'] },
  targetOf: (charge, now) => ({
    customer: idOf(charge['customer']),
    chargeAgeSeconds: ageOf(charge, now),
  }),
}

export const paymentIntents: Resource = {
  name: 'payment_intents',
  object: 'payment_intent',
  prefixes: ['pi'],
  filters: { customer: ['cus'] },
  targetOf: (intent) => ({ customer: idOf(intent['customer']) }),
}

export const customersResource: Resource = {
  name: 'customers',
  object: 'customer',
  prefixes: ['cus'],
  filters: {},
  targetOf: ({ id }) => ({ customer: id }),
}

/** a refund names its charge, and not whose it was */
export const refunds: Resource = {
  name: 'refunds',
  object: 'refund',
  prefixes: ['re', 'pyr'],
  filters: { charge: ['ch', 'py'], payment_intent: ['pi'] },
  targetOf: () => ({}),
}
