import { z } from 'zod'
import { amount, amountSchema } from './amount.ts'
import { approval, moneyApprovalSchema } from './approval.ts'
import { STRIPE_ACTIONS, type Narrowing, type StripeActionName } from './capability.ts'
import { chargeAge, chargeAgeSchema } from './charge-age.ts'
import type { Constraint } from './constraint.ts'
import { accounts, accountsSchema, destinations, destinationsSchema } from './connected-accounts.ts'
import { fields, fieldsSchema, WRITABLE } from './fields.ts'
import {
  LIMITS_OF_STRIPE,
  LIMITS_ON_CAPTURING,
  LIMITS_ON_CHARGING,
  LIMITS_ON_REFUNDING,
  LIMITS_ON_STRIPE_CHANGING,
  LIMITS_ON_STRIPE_READING,
  LIMITS_ON_TRANSFERRING,
} from './limits.ts'
import {
  actionsSchema,
  GENERAL,
  generalSchemas,
  type ActionDefinition,
  type Vocabulary,
} from './provider-vocabulary.ts'
import type { StripeEffect, StripeReadable } from './stripe-action.ts'
import { customers, customersSchema } from './customers.ts'
import { expand, expandSchema } from './expand.ts'
import { list, quote } from './words.ts'

/** listing comes along, each row of it decided as what it shows */
function reading(of: StripeReadable, about: readonly Constraint[]): ActionDefinition {
  const constraints = [...about, accounts, expand, ...LIMITS_ON_STRIPE_READING, ...GENERAL]
  return { operation: `stripe.${of}.read`, alongside: ['stripe.list'], constraints }
}

function changing(
  effect: StripeEffect,
  about: readonly Constraint[],
  limits: readonly Constraint[],
): ActionDefinition {
  const constraints = [...about, accounts, ...limits, approval, ...GENERAL]
  return { operation: `stripe.${effect}`, alongside: [], constraints }
}

/** which actions exist and which constraints each may carry */
const ACTIONS: Readonly<Record<StripeActionName, ActionDefinition>> = {
  'charges.read': reading('charges', [customers, chargeAge]),
  'payment_intents.read': reading('payment_intents', [customers]),
  'customers.read': reading('customers', [customers]),
  // a refund names its charge, and not whose it was; a dispute too
  'refunds.read': reading('refunds', []),
  'disputes.read': reading('disputes', []),
  'invoices.read': reading('invoices', [customers]),
  'subscriptions.read': reading('subscriptions', [customers]),
  'subscription_schedules.read': reading('subscription_schedules', [customers]),
  'credit_notes.read': reading('credit_notes', [customers]),
  'prices.read': reading('prices', []),
  'products.read': reading('products', []),
  'balance.read': reading('balance', []),
  'balance_transactions.read': reading('balance_transactions', []),
  'transfers.read': reading('transfers', [destinations]),

  // whatever gives something back is counted as one: who is refused a refund finds no other door to the same money
  'refunds.create': changing('refunds.create', [amount, customers, chargeAge], LIMITS_ON_REFUNDING),
  'credit_notes.create': changing('credit_notes.create', [amount, customers], LIMITS_ON_REFUNDING),
  'customer_balance_transactions.create': changing(
    'customer_balance_transactions.create',
    [amount, customers],
    LIMITS_ON_REFUNDING,
  ),
  'invoices.void': changing('invoices.void', [amount, customers], LIMITS_ON_REFUNDING),
  'payment_intents.cancel': changing(
    'payment_intents.cancel',
    [amount, customers],
    LIMITS_ON_REFUNDING,
  ),

  'payment_intents.create': changing(
    'payment_intents.create',
    [amount, customers],
    LIMITS_ON_CHARGING,
  ),
  'payment_intents.update': changing(
    'payment_intents.update',
    [amount, customers, fields],
    LIMITS_ON_CHARGING,
  ),
  'payment_intents.capture': changing(
    'payment_intents.capture',
    [amount, customers],
    LIMITS_ON_CAPTURING,
  ),
  'transfers.create': changing('transfers.create', [amount, destinations], LIMITS_ON_TRANSFERRING),

  'refunds.cancel': changing('refunds.cancel', [customers, chargeAge], LIMITS_ON_STRIPE_CHANGING),
  'invoices.send': changing('invoices.send', [customers], LIMITS_ON_STRIPE_CHANGING),
  'subscriptions.update': changing(
    'subscriptions.update',
    [customers, fields],
    LIMITS_ON_STRIPE_CHANGING,
  ),
  'subscriptions.cancel': changing('subscriptions.cancel', [customers], LIMITS_ON_STRIPE_CHANGING),
  'subscription_schedules.create': changing(
    'subscription_schedules.create',
    [customers, fields],
    LIMITS_ON_STRIPE_CHANGING,
  ),
  'subscription_schedules.update': changing(
    'subscription_schedules.update',
    [customers, fields],
    LIMITS_ON_STRIPE_CHANGING,
  ),
  'customers.update': changing('customers.update', [customers, fields], LIMITS_ON_STRIPE_CHANGING),
  'accounts.update': changing('accounts.update', [fields], LIMITS_ON_STRIPE_CHANGING),
}

const entryObject = z.strictObject({
  type: z.literal('stripe'),
  actions: actionsSchema(STRIPE_ACTIONS),
  amount: amountSchema.optional(),
  charge_age_days: chargeAgeSchema.optional(),
  customers: customersSchema.optional(),
  destinations: destinationsSchema.optional(),
  accounts: accountsSchema.optional(),
  fields: fieldsSchema.optional(),
  expand: expandSchema.optional(),
  approval: moneyApprovalSchema.optional(),
  ...generalSchemas,
})

/** a field that none of the entry's actions can write would be read as something that is granted */
const entrySchema: z.ZodType<Narrowing> = entryObject.superRefine(
  ({ actions, fields: said = [] }, context) => {
    const writable = actions.flatMap((action) => WRITABLE[action as StripeEffect] ?? [])
    const stray = said.find((field) => !writable.includes(field))
    if (stray === undefined || writable.length === 0) return
    const message = `${quote(stray)} cannot be written by ${list(actions, 'or')}`
    context.addIssue({ code: 'custom', path: ['fields'], message })
  },
)

export const stripe: Vocabulary = {
  type: 'stripe',
  names: STRIPE_ACTIONS,
  actions: ACTIONS,
  constraints: [
    amount,
    customers,
    chargeAge,
    destinations,
    accounts,
    fields,
    expand,
    ...LIMITS_OF_STRIPE,
    approval,
    ...GENERAL,
  ],
  entrySchema,
  // whose settings these are decides where other people's money goes: a person looks at each, whatever was granted
  adjust: (action, conditions) =>
    action === 'accounts.update' ? { ...conditions, approval: 'always' } : conditions,
}

/** what a grant has to say of an action, because saying nothing would allow anything */
export function demandsOf(
  action: string,
): readonly ('amount' | 'destinations' | 'accounts' | 'fields')[] {
  if (!isStripeAction(action) || isReading(action)) return []
  const { constraints } = ACTIONS[action]
  const demanded = DEMANDED.filter(([, one]) => constraints.includes(one)).map(([name]) => name)
  return action === 'accounts.update' ? ['accounts', ...demanded] : demanded
}

const DEMANDED = [
  ['amount', amount],
  ['destinations', destinations],
  ['fields', fields],
] as const

/** what shows something, and may be asked to show what is linked too */
export function isReading(action: string): boolean {
  return action.endsWith('.read')
}

function isStripeAction(action: string): action is StripeActionName {
  return STRIPE_ACTIONS.some((one) => one === action)
}
