import { amount } from '../vocabulary/amount.ts'
import type { Conditions, StripeActionName } from '../vocabulary/capability.ts'
import { chargeAge } from '../vocabulary/charge-age.ts'
import { accounts, destinations } from '../vocabulary/connected-accounts.ts'
import type { Constraint } from '../vocabulary/constraint.ts'
import { customers } from '../vocabulary/customers.ts'
import { expand } from '../vocabulary/expand.ts'
import { fields } from '../vocabulary/fields.ts'
import { definitionOf } from '../vocabulary/vocabularies.ts'
import type { Single } from '../vocabulary/vocabularies.ts'
import { LIMITS_OF_STRIPE } from '../vocabulary/limits.ts'
import type { StripeOperation } from '../vocabulary/stripe-action.ts'
import { ENDING, phrases, sentenceOf, type Row } from './row.ts'

/** how a row begins, and what an answer calls the same */
const WORDS: Readonly<Record<StripeActionName, readonly [opening: string, doing: string]>> = {
  'charges.read': ['See charges', 'seeing charges'],
  'payment_intents.read': ['See payments', 'seeing payments'],
  'customers.read': ['See customers, with their names and addresses', 'seeing customers'],
  'refunds.read': ['See refunds', 'seeing refunds'],
  'invoices.read': ['See invoices', 'seeing invoices'],
  'subscriptions.read': ['See subscriptions', 'seeing subscriptions'],
  'subscription_schedules.read': [
    'See planned changes of subscriptions',
    'seeing planned changes of subscriptions',
  ],
  'credit_notes.read': ['See credit notes', 'seeing credit notes'],
  'prices.read': ['See prices', 'seeing prices'],
  'products.read': ['See products', 'seeing products'],
  'balance.read': ['See the balance of the account', 'seeing the balance'],
  'balance_transactions.read': ['See what moved the balance', 'seeing what moved the balance'],
  'transfers.read': ['See transfers to connected accounts', 'seeing transfers'],
  'disputes.read': ['See disputes', 'seeing disputes'],
  'refunds.create': ['Refund charges', 'refunding'],
  'refunds.cancel': ['Stop refunds that are still waiting', 'stopping refunds'],
  'credit_notes.create': ['Write credit notes, which count as refunds', 'writing credit notes'],
  'customer_balance_transactions.create': [
    'Give customers credit for later invoices, which counts as a refund',
    'giving customers credit',
  ],
  'payment_intents.create': ['Charge customers', 'charging customers'],
  'payment_intents.update': ['Change payments before they are made', 'changing payments'],
  'payment_intents.capture': [
    'Collect payments that customers have authorised',
    'collecting payments',
  ],
  'payment_intents.cancel': [
    'Cancel payments before they are made, which counts as a refund of what was held',
    'cancelling payments',
  ],
  'transfers.create': ['Transfer money to connected accounts', 'transferring money'],
  'invoices.send': ['Send open invoices to their customers', 'sending invoices'],
  'invoices.void': ['Void open invoices, which counts as a refund', 'voiding invoices'],
  'subscriptions.update': ['Change subscriptions', 'changing subscriptions'],
  'subscriptions.cancel': ['End subscriptions at once', 'ending subscriptions'],
  'subscription_schedules.create': [
    'Plan changes of subscriptions',
    'planning changes of subscriptions',
  ],
  'subscription_schedules.update': [
    'Change what is planned for subscriptions',
    'changing what is planned for subscriptions',
  ],
  'customers.update': ['Change what is stored of customers', 'changing customers'],
  'accounts.update': ['Change connected accounts', 'changing connected accounts'],
}

const ABOUT = [customers, chargeAge, amount, destinations, fields]

/** the row of one action of a Stripe account */
export function stripeRows(action: StripeActionName, conditions: Conditions): Row[] {
  const { constraints } = definitionOf('stripe', action)
  // what is the rule is not said
  const expanded = (conditions.expand ?? []).length > 0 ? [expand] : []
  const elsewhere = (conditions.accounts ?? []).length > 0 ? [accounts] : []
  const limits = LIMITS_OF_STRIPE.filter((one) => constraints.includes(one))
  const words = phrases([...elsewhere, ...ABOUT, ...expanded, ...limits, ...ENDING], conditions)
  const [opening] = WORDS[action]
  const isOfOthers = action === 'accounts.update'
  const risk = isOfOthers ? 'high' : riskOf(constraints, conditions)
  return [{ sentence: sentenceOf(opening, words), risk }]
}

/** money that leaves without a limit of its sum, and without asking */
function riskOf(constraints: readonly Constraint[], { approval, limits }: Conditions): Row['risk'] {
  if (!constraints.includes(amount) || approval === 'always') return 'normal'
  const isBounded = limits?.some((limit) => limit.amount !== undefined)
  return isBounded ? 'normal' : 'high'
}

/** how an answer speaks of each operation */
export const STRIPE_OPERATION_WORDS: Readonly<Record<StripeOperation, string>> = {
  ...(Object.fromEntries(
    Object.entries(WORDS).map(([action, [, doing]]) => [`stripe.${action}`, doing]),
  ) as Record<`stripe.${StripeActionName}`, string>),
  'stripe.list': 'listing',
}

/** what is absent unless one of these actions is there, in the order in which it matters */
const ABSENT: readonly (readonly [words: string, unless: readonly StripeActionName[]])[] = [
  ['refund anything', ['refunds.create']],
  [
    'give credit or give up what is owed',
    [
      'credit_notes.create',
      'customer_balance_transactions.create',
      'invoices.void',
      'payment_intents.cancel',
    ],
  ],
  [
    'charge anybody',
    ['payment_intents.create', 'payment_intents.update', 'payment_intents.capture'],
  ],
  ['transfer money', ['transfers.create']],
  ['change customers', ['customers.update']],
  [
    'change subscriptions',
    [
      'subscriptions.update',
      'subscriptions.cancel',
      'subscription_schedules.create',
      'subscription_schedules.update',
    ],
  ],
]

/** no action of this version reaches these */
const NEVER = [
  'pay out money',
  'see card numbers, secrets or links that let anybody in',
  'change the settings of the account',
]

/** what an agent with exactly these still cannot do in the Stripe account */
export function absentFromStripe(singles: readonly Single[]): string[] {
  const granted = singles.map(({ action }) => action)
  const reads = granted.some((action) => action.endsWith('.read'))
  const absent = ABSENT.filter(([, unless]) => !unless.some((one) => granted.includes(one)))
  return [
    ...(reads ? [] : ['see anything of the Stripe account']),
    ...absent.map(([words]) => words),
    ...NEVER,
  ]
}
