import { z } from 'zod'
import { amount, amountSchema } from './amount.ts'
import { approval, moneyApprovalSchema } from './approval.ts'
import { STRIPE_ACTIONS, type Narrowing, type StripeActionName } from './capability.ts'
import { chargeAge, chargeAgeSchema } from './charge-age.ts'
import type { Constraint } from './constraint.ts'
import {
  LIMITS_OF_STRIPE,
  LIMITS_ON_PAYMENTS,
  LIMITS_ON_REFUNDING,
  LIMITS_ON_STRIPE_READING,
  LIMITS_ON_TRANSFERS,
} from './limits.ts'
import {
  actionsSchema,
  GENERAL,
  generalSchemas,
  type ActionDefinition,
  type Vocabulary,
} from './provider-vocabulary.ts'
import type { StripeOperation } from './stripe-action.ts'
import { accounts, accountsSchema, customers, customersSchema, destinations } from './stripe-ids.ts'
import { expand, expandSchema, fields, fieldsSchema } from './stripe-names.ts'

/** listing comes along, each row of it decided as what it shows */
function reading(
  operation: StripeOperation,
  list: StripeOperation,
  about: readonly Constraint[],
): ActionDefinition {
  const constraints = [...about, expand, ...LIMITS_ON_STRIPE_READING, ...GENERAL]
  return { operation, alongside: [list], constraints }
}

function effect(operation: StripeOperation, about: readonly Constraint[]): ActionDefinition {
  return { operation, alongside: [], constraints: [...about, approval, ...GENERAL] }
}

/** which actions exist and which constraints each may carry */
const ACTIONS: Readonly<Record<StripeActionName, ActionDefinition>> = {
  'charges.read': reading('stripe.charges.read', 'stripe.charges.list', [customers, chargeAge]),
  'payment_intents.read': reading('stripe.payment_intents.read', 'stripe.payment_intents.list', [
    customers,
  ]),
  'customers.read': reading('stripe.customers.read', 'stripe.customers.list', [customers]),
  'refunds.read': reading('stripe.refunds.read', 'stripe.refunds.list', []),
  'invoices.read': reading('stripe.invoices.read', 'stripe.invoices.list', [customers]),
  'subscriptions.read': reading('stripe.subscriptions.read', 'stripe.subscriptions.list', [
    customers,
  ]),
  'subscription_schedules.read': reading(
    'stripe.subscription_schedules.read',
    'stripe.subscription_schedules.list',
    [customers],
  ),
  'prices.read': reading('stripe.prices.read', 'stripe.prices.list', []),
  'products.read': reading('stripe.products.read', 'stripe.products.list', []),
  'balance.read': {
    operation: 'stripe.balance.read',
    alongside: [],
    constraints: [...LIMITS_ON_STRIPE_READING, ...GENERAL],
  },
  'balance_transactions.read': reading(
    'stripe.balance_transactions.read',
    'stripe.balance_transactions.list',
    [],
  ),
  'transfers.read': reading('stripe.transfers.read', 'stripe.transfers.list', [destinations]),
  'disputes.read': reading('stripe.disputes.read', 'stripe.disputes.list', []),
  'refunds.create': effect('stripe.refunds.create', [
    amount,
    customers,
    chargeAge,
    ...LIMITS_ON_REFUNDING,
  ]),
  'refunds.cancel': effect('stripe.refunds.cancel', [customers]),
  'customer_balance_transactions.create': effect('stripe.customer_balance_transactions.create', [
    amount,
    customers,
    ...LIMITS_ON_REFUNDING,
  ]),
  'transfers.create': effect('stripe.transfers.create', [
    amount,
    destinations,
    ...LIMITS_ON_TRANSFERS,
  ]),
  'payment_intents.create': effect('stripe.payment_intents.create', [
    amount,
    customers,
    ...LIMITS_ON_PAYMENTS,
  ]),
  'payment_intents.update': effect('stripe.payment_intents.update', [amount, customers, fields]),
  'payment_intents.capture': effect('stripe.payment_intents.capture', [
    amount,
    customers,
    ...LIMITS_ON_PAYMENTS,
  ]),
  'payment_intents.cancel': effect('stripe.payment_intents.cancel', [customers]),
  'customers.update': effect('stripe.customers.update', [customers, fields]),
  'accounts.update': effect('stripe.accounts.update', [accounts, fields]),
  'subscriptions.update': effect('stripe.subscriptions.update', [customers, fields]),
  'subscriptions.cancel': effect('stripe.subscriptions.cancel', [customers]),
  'subscription_schedules.create': effect('stripe.subscription_schedules.create', [
    customers,
    fields,
  ]),
  'subscription_schedules.update': effect('stripe.subscription_schedules.update', [
    customers,
    fields,
  ]),
  'invoices.send': effect('stripe.invoices.send', [customers]),
  'invoices.void': effect('stripe.invoices.void', [amount, customers, ...LIMITS_ON_REFUNDING]),
}

const entrySchema: z.ZodType<Narrowing> = z.strictObject({
  type: z.literal('stripe'),
  actions: actionsSchema(STRIPE_ACTIONS),
  amount: amountSchema.optional(),
  charge_age_days: chargeAgeSchema.optional(),
  customers: customersSchema.optional(),
  destinations: accountsSchema.optional(),
  accounts: accountsSchema.optional(),
  fields: fieldsSchema.optional(),
  expand: expandSchema.optional(),
  approval: moneyApprovalSchema.optional(),
  ...generalSchemas,
})

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
  adjust: (_action, conditions) => conditions,
}

/** what moves money says how much at most */
export function isMoving(action: string): boolean {
  return isStripeAction(action) && ACTIONS[action].constraints.includes(amount)
}

/** what changes a thing says which of its parameters */
export function isUpdating(action: string): boolean {
  return isStripeAction(action) && ACTIONS[action].constraints.includes(fields)
}

function isStripeAction(action: string): action is StripeActionName {
  return STRIPE_ACTIONS.some((one) => one === action)
}
