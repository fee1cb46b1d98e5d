import { amount } from '../vocabulary/amount.ts'
import type { Conditions, StripeActionName } from '../vocabulary/capability.ts'
import { chargeAge } from '../vocabulary/charge-age.ts'
import { customers } from '../vocabulary/customers.ts'
import { expand } from '../vocabulary/expand.ts'
import { LIMITS_ON_REFUNDING, LIMITS_ON_STRIPE_READING } from '../vocabulary/limits.ts'
import type { StripeOperation } from '../vocabulary/stripe-action.ts'
import type { Single } from '../vocabulary/vocabularies.ts'
import { ENDING, phrases, sentenceOf, type Row } from './row.ts'

const OPENINGS: Readonly<Record<StripeActionName, string>> = {
  'charges.read': 'See charges',
  'payment_intents.read': 'See payments',
  'customers.read': 'See customers, with their names and addresses',
  'refunds.read': 'See refunds',
  'refunds.create': 'Refund charges',
}

const ABOUT = [customers, chargeAge, amount]

/** the row of one action of a Stripe account */
export function stripeRows(action: StripeActionName, conditions: Conditions): Row[] {
  const expanded = (conditions.expand ?? []).length > 0 ? [expand] : []
  const limits = action === 'refunds.create' ? LIMITS_ON_REFUNDING : LIMITS_ON_STRIPE_READING
  const words = phrases([...ABOUT, ...expanded, ...limits, ...ENDING], conditions)
  return [{ sentence: sentenceOf(OPENINGS[action], words), risk: riskOf(action, conditions) }]
}

/** money that leaves without a limit of its sum, and without asking */
function riskOf(action: StripeActionName, { approval, limits }: Conditions): Row['risk'] {
  if (action !== 'refunds.create' || approval === 'always') return 'normal'
  const isBounded = limits?.some((limit) => limit.amount !== undefined)
  return isBounded ? 'normal' : 'high'
}

/** how an answer speaks of each operation */
export const STRIPE_OPERATION_WORDS: Readonly<Record<StripeOperation, string>> = {
  'stripe.charges.read': 'seeing charges',
  'stripe.charges.list': 'listing charges',
  'stripe.payment_intents.read': 'seeing payments',
  'stripe.payment_intents.list': 'listing payments',
  'stripe.customers.read': 'seeing customers',
  'stripe.customers.list': 'listing customers',
  'stripe.refunds.read': 'seeing refunds',
  'stripe.refunds.list': 'listing refunds',
  'stripe.refunds.create': 'refunding',
}

/** no action of this version reaches these */
const NEVER = [
  'charge anybody, transfer or pay out money, or give credit',
  'see card numbers, secrets or links that let anybody in',
  'change customers, subscriptions, invoices or the settings of the account',
]

/** what an agent with exactly these still cannot do in the Stripe account */
export function absentFromStripe(singles: readonly Single[]): string[] {
  const refunds = singles.some(({ action }) => action === 'refunds.create')
  const reads = singles.some(({ action }) => action.endsWith('.read'))
  return [
    ...(reads ? [] : ['see anything of the Stripe account']),
    ...(refunds ? [] : ['refund anything']),
    ...NEVER,
  ]
}
