import { amount } from '../vocabulary/amount.ts'
import type { Conditions, StripeActionName } from '../vocabulary/capability.ts'
import { chargeAge } from '../vocabulary/charge-age.ts'
import type { StripeOperation } from '../vocabulary/stripe-action.ts'
import {
  LIMITS_ON_PAYMENTS,
  LIMITS_ON_REFUNDING,
  LIMITS_ON_STRIPE_READING,
  LIMITS_ON_TRANSFERS,
} from '../vocabulary/limits.ts'
import { accounts, customers, destinations } from '../vocabulary/stripe-ids.ts'
import { expand, fields } from '../vocabulary/stripe-names.ts'
import type { Single } from '../vocabulary/vocabularies.ts'
import { ENDING, phrases, sentenceOf, type Row } from './row.ts'

/** an action in words, and how an answer speaks of doing it */
const WORDS: Readonly<Record<StripeActionName, readonly [opening: string, doing: string]>> = {
  'charges.read': ['See charges', 'seeing charges'],
  'payment_intents.read': ['See payments', 'seeing payments'],
  'customers.read': ['See customers', 'seeing customers'],
  'refunds.read': ['See refunds', 'seeing refunds'],
  'invoices.read': ['See invoices', 'seeing invoices'],
  'subscriptions.read': ['See subscriptions', 'seeing subscriptions'],
  'subscription_schedules.read': ['See planned subscriptions', 'seeing planned subscriptions'],
  'prices.read': ['See prices', 'seeing prices'],
  'products.read': ['See products', 'seeing products'],
  'balance.read': ['See the balance of the account', 'seeing the balance'],
  'balance_transactions.read': [
    'See the movements of the balance',
    'seeing the balance’s movements',
  ],
  'transfers.read': ['See transfers to connected accounts', 'seeing transfers'],
  'disputes.read': ['See disputes', 'seeing disputes'],
  'refunds.create': ['Refund charges', 'refunding'],
  'refunds.cancel': ['Cancel refunds that are not paid out yet', 'cancelling refunds'],
  'customer_balance_transactions.create': [
    'Credit or debit the balance of customers',
    'changing the balance of customers',
  ],
  'transfers.create': ['Transfer money to connected accounts', 'transferring money'],
  'payment_intents.create': ['Start payments', 'starting payments'],
  'payment_intents.update': ['Change payments that are not made yet', 'changing payments'],
  'payment_intents.capture': ['Capture payments that were authorised', 'capturing payments'],
  'payment_intents.cancel': ['Cancel payments that are not made yet', 'cancelling payments'],
  'customers.update': ['Change customers', 'changing customers'],
  'accounts.update': ['Change connected accounts', 'changing connected accounts'],
  'subscriptions.update': ['Change subscriptions', 'changing subscriptions'],
  'subscriptions.cancel': ['Cancel subscriptions', 'cancelling subscriptions'],
  'subscription_schedules.create': ['Plan subscriptions', 'planning subscriptions'],
  'subscription_schedules.update': [
    'Change planned subscriptions',
    'changing planned subscriptions',
  ],
  'invoices.send': ['Send invoices to their customers', 'sending invoices'],
  'invoices.void': ['Void invoices', 'voiding invoices'],
}

const ABOUT = [customers, destinations, accounts, chargeAge, fields, amount]
const LIMITS = [
  ...LIMITS_ON_REFUNDING,
  ...LIMITS_ON_TRANSFERS,
  ...LIMITS_ON_PAYMENTS,
  ...LIMITS_ON_STRIPE_READING,
]

/** the row of one action of a Stripe account */
export function stripeRows(action: StripeActionName, conditions: Conditions): Row[] {
  const expanded = (conditions.expand ?? []).length > 0 ? [expand] : []
  const words = phrases([...ABOUT, ...expanded], conditions)
  const ending = [...limitWords(action, conditions), ...phrases(ENDING, conditions)]
  return [
    {
      sentence: sentenceOf(WORDS[action][0], [...words, ...ending]),
      risk: riskOf(action, conditions),
    },
  ]
}

/** an entry's limits are of what its action is counted with */
function limitWords(action: StripeActionName, conditions: Conditions): string[] {
  return phrases(LIMITS_OF[action] ?? [], conditions)
}

const LIMITS_OF: Partial<Readonly<Record<StripeActionName, typeof LIMITS>>> = {
  'refunds.create': [...LIMITS_ON_REFUNDING],
  'customer_balance_transactions.create': [...LIMITS_ON_REFUNDING],
  'invoices.void': [...LIMITS_ON_REFUNDING],
  'transfers.create': [...LIMITS_ON_TRANSFERS],
  'payment_intents.create': [...LIMITS_ON_PAYMENTS],
  'payment_intents.capture': [...LIMITS_ON_PAYMENTS],
}

/** what moves money without a limit of its sum and without asking, or changes whom it goes to */
function riskOf(
  action: StripeActionName,
  { approval, limits, destinations: to }: Conditions,
): Row['risk'] {
  if (action.endsWith('.read')) return 'normal'
  if (approval === 'always') return action === 'accounts.update' ? 'high' : 'normal'
  const isBounded = limits?.some((limit) => limit.amount !== undefined && limit.over !== 'ask')
  if (action === 'transfers.create') return to === undefined || !isBounded ? 'high' : 'normal'
  return LIMITS_OF[action] !== undefined && !isBounded ? 'high' : 'normal'
}

/** how an answer speaks of each operation */
export const STRIPE_OPERATION_WORDS: Readonly<Record<StripeOperation, string>> = Object.fromEntries(
  Object.entries(WORDS).flatMap(([action, [, doing]]) => [
    [`stripe.${action}`, doing],
    [`stripe.${action.replace(/\.read$/, '.list')}`, doing.replace(/^seeing/, 'listing')],
  ]),
) as Record<StripeOperation, string>

/** no action of this version reaches these */
const NEVER = [
  'pay out to a bank account, or change where payouts go',
  'see card numbers, secrets or links that let anybody in',
  'charge a saved card on its own, create coupons, or change the settings of the account',
]

/** what an agent with exactly these still cannot do in the Stripe account */
export function absentFromStripe(singles: readonly Single[]): string[] {
  const has = (...actions: StripeActionName[]): boolean =>
    singles.some(({ action }) => actions.some((one) => one === action))
  const readings = singles.filter(({ action }) => action.endsWith('.read'))
  return [
    ...(readings.length === 0 ? ['see anything of the Stripe account'] : []),
    ...(has('refunds.create') ? [] : ['refund anything']),
    ...(has('customer_balance_transactions.create') ? [] : ['give credit']),
    ...(has('transfers.create') ? [] : ['transfer money']),
    ...(has('payment_intents.create', 'payment_intents.capture')
      ? []
      : ['start or capture payments']),
    ...NEVER,
  ]
}
