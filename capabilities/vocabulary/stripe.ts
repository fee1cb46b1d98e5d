import { z } from 'zod'
import { amount, amountSchema } from './amount.ts'
import { approval, moneyApprovalSchema } from './approval.ts'
import { STRIPE_ACTIONS, type Narrowing, type StripeActionName } from './capability.ts'
import { chargeAge, chargeAgeSchema } from './charge-age.ts'
import type { Constraint } from './constraint.ts'
import { LIMITS_OF_STRIPE, LIMITS_ON_REFUNDING, LIMITS_ON_STRIPE_READING } from './limits.ts'
import {
  actionsSchema,
  GENERAL,
  generalSchemas,
  type ActionDefinition,
  type Vocabulary,
} from './provider-vocabulary.ts'
import type { StripeOperation } from './stripe-action.ts'
import { customers, customersSchema } from './customers.ts'
import { expand, expandSchema } from './expand.ts'

/** listing comes along, each row of it decided as what it shows */
function reading(
  operation: StripeOperation,
  list: StripeOperation,
  about: readonly Constraint[],
): ActionDefinition {
  const constraints = [...about, expand, ...LIMITS_ON_STRIPE_READING, ...GENERAL]
  return { operation, alongside: [list], constraints }
}

/** which actions exist and which constraints each may carry */
const ACTIONS: Readonly<Record<StripeActionName, ActionDefinition>> = {
  'charges.read': reading('stripe.charges.read', 'stripe.charges.list', [customers, chargeAge]),
  'payment_intents.read': reading('stripe.payment_intents.read', 'stripe.payment_intents.list', [
    customers,
  ]),
  'customers.read': reading('stripe.customers.read', 'stripe.customers.list', [customers]),
  // a refund names its charge, and not whose it was
  'refunds.read': reading('stripe.refunds.read', 'stripe.refunds.list', []),
  'refunds.create': {
    operation: 'stripe.refunds.create',
    alongside: [],
    constraints: [amount, customers, chargeAge, ...LIMITS_ON_REFUNDING, approval, ...GENERAL],
  },
}

const entrySchema: z.ZodType<Narrowing> = z.strictObject({
  type: z.literal('stripe'),
  actions: actionsSchema(STRIPE_ACTIONS),
  amount: amountSchema.optional(),
  charge_age_days: chargeAgeSchema.optional(),
  customers: customersSchema.optional(),
  expand: expandSchema.optional(),
  approval: moneyApprovalSchema.optional(),
  ...generalSchemas,
})

export const stripe: Vocabulary = {
  type: 'stripe',
  names: STRIPE_ACTIONS,
  actions: ACTIONS,
  constraints: [amount, customers, chargeAge, expand, ...LIMITS_OF_STRIPE, approval, ...GENERAL],
  entrySchema,
  adjust: (_action, conditions) => conditions,
}

/** what moves money says how much at most */
export function isMoving(action: string): boolean {
  return isStripeAction(action) && ACTIONS[action].constraints.includes(amount)
}

function isStripeAction(action: string): action is StripeActionName {
  return STRIPE_ACTIONS.some((one) => one === action)
}
