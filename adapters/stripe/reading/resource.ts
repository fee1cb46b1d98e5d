import { z } from 'zod'
import type { StripeAction, StripeReadable, StripeTarget } from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import { AdapterError } from '../../refusal.ts'
import { isRecord } from '../../is-record.ts'
import { idText } from '../parameters.ts'

/** one kind of thing that can be retrieved, listed and searched */
export interface Resource {
  /** as in the path and in the names of operations */
  readonly name: Exclude<StripeReadable, 'balance'>
  /** Stripe's `object` of one of them */
  readonly object: string
  /** how its ids begin; none: their owner may have chosen them, and they are any */
  readonly prefixes: readonly string[]
  /** by what a list may be narrowed, besides `created` */
  readonly filters: Readonly<Record<string, z.ZodType<string, string>>>
  /** by what Stripe searches these; absent: it does not, or no search of them is safe */
  readonly searchable?: readonly string[]
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
  resource: Pick<Resource, 'targetOf'> & { readonly name: StripeReadable },
  object: StripeObject,
  expansions: readonly string[],
  { now, connectedAccount: account }: Pick<Call, 'now' | 'connectedAccount'>,
): StripeAction {
  return {
    operation: `stripe.${resource.name}.read`,
    target: { ...resource.targetOf(object, now), account, expansions },
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

/** whose it is, of everything that says so itself */
function ofCustomer(object: StripeObject): StripeTarget {
  return { customer: idOf(object['customer']) }
}

const customer = idText('cus')
const text = (pattern: RegExp, expected: string): z.ZodType<string, string> =>
  z.string().regex(pattern, `expected ${expected}`)
const word = text(/^[a-z][a-z_]{0,39}$/, 'a word such as active')
const truth = text(/^(true|false)$/, 'true or false')

export const charges: Resource = {
  name: 'charges',
  object: 'charge',
  prefixes: ['ch', 'py'],
  filters: { customer, payment_intent: idText('pi') },
  searchable: [
    'amount',
    'created',
    'currency',
    'customer',
    'disputed',
    'metadata',
    'refunded',
    'status',
  ],
  targetOf: (charge, now) => ({
    customer: idOf(charge['customer']),
    chargeAgeSeconds: ageOf(charge, now),
  }),
}

export const paymentIntents: Resource = {
  name: 'payment_intents',
  object: 'payment_intent',
  prefixes: ['pi'],
  filters: { customer },
  searchable: ['amount', 'created', 'currency', 'customer', 'metadata', 'status'],
  targetOf: ofCustomer,
}

const customersResource: Resource = {
  name: 'customers',
  object: 'customer',
  prefixes: ['cus'],
  filters: { email: text(/^[^\s@]{1,256}@[^\s@]{1,256}$/, 'an e-mail address') },
  searchable: ['created', 'email', 'metadata', 'name', 'phone'],
  targetOf: ({ id }) => ({ customer: id }),
}

/** a refund names its charge, and not whose it was */
export const refunds: Resource = {
  name: 'refunds',
  object: 'refund',
  prefixes: ['re', 'pyr'],
  filters: { charge: idText('ch', 'py'), payment_intent: idText('pi') },
  targetOf: () => ({}),
}

export const invoices: Resource = {
  name: 'invoices',
  object: 'invoice',
  prefixes: ['in'],
  filters: { customer, subscription: idText('sub'), status: word },
  searchable: [
    'created',
    'currency',
    'customer',
    'metadata',
    'number',
    'status',
    'subscription',
    'total',
  ],
  targetOf: ofCustomer,
}

export const subscriptions: Resource = {
  name: 'subscriptions',
  object: 'subscription',
  prefixes: ['sub'],
  filters: { customer, price: idText(), status: word },
  searchable: ['created', 'metadata', 'status'],
  targetOf: ofCustomer,
}

const subscriptionSchedules: Resource = {
  name: 'subscription_schedules',
  object: 'subscription_schedule',
  prefixes: ['sub_sched'],
  filters: { customer },
  targetOf: ofCustomer,
}

const creditNotes: Resource = {
  name: 'credit_notes',
  object: 'credit_note',
  prefixes: ['cn'],
  filters: { customer, invoice: idText('in') },
  targetOf: ofCustomer,
}

const prices: Resource = {
  name: 'prices',
  object: 'price',
  prefixes: [],
  filters: { active: truth, product: idText(), type: word },
  searchable: ['active', 'currency', 'metadata', 'product', 'type'],
  targetOf: () => ({}),
}

const products: Resource = {
  name: 'products',
  object: 'product',
  prefixes: [],
  filters: { active: truth },
  searchable: ['active', 'description', 'metadata', 'name'],
  targetOf: () => ({}),
}

const balanceTransactions: Resource = {
  name: 'balance_transactions',
  object: 'balance_transaction',
  prefixes: ['txn'],
  filters: {
    type: word,
    source: text(/^[a-z]{2,10}_[A-Za-z0-9_]{1,64}$/, 'an id such as ch_1Nffr'),
  },
  targetOf: () => ({}),
}

const transfers: Resource = {
  name: 'transfers',
  object: 'transfer',
  prefixes: ['tr'],
  filters: { destination: idText('acct') },
  targetOf: (transfer) => ({ destination: idOf(transfer['destination']) }),
}

/** a dispute names its charge, and not whose it was */
const disputes: Resource = {
  name: 'disputes',
  object: 'dispute',
  prefixes: ['dp', 'du'],
  filters: { charge: idText('ch', 'py'), payment_intent: idText('pi') },
  targetOf: () => ({}),
}

export const RESOURCES: readonly Resource[] = [
  charges,
  paymentIntents,
  customersResource,
  refunds,
  invoices,
  subscriptions,
  subscriptionSchedules,
  creditNotes,
  prices,
  products,
  balanceTransactions,
  transfers,
  disputes,
]
