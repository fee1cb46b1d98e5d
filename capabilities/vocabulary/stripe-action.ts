/** what there is to read; each is retrieved, and listed where Stripe has a list of it */
export const STRIPE_READABLE = [
  'charges',
  'payment_intents',
  'customers',
  'refunds',
  'invoices',
  'subscriptions',
  'subscription_schedules',
  'credit_notes',
  'prices',
  'products',
  'balance',
  'balance_transactions',
  'transfers',
  'disputes',
] as const
export type StripeReadable = (typeof STRIPE_READABLE)[number]

/** what changes something; by Stripe's own names */
export const STRIPE_EFFECTS = [
  'refunds.create',
  'refunds.cancel',
  'credit_notes.create',
  'customer_balance_transactions.create',
  'payment_intents.create',
  'payment_intents.update',
  'payment_intents.capture',
  'payment_intents.cancel',
  'transfers.create',
  'invoices.send',
  'invoices.void',
  'subscriptions.update',
  'subscriptions.cancel',
  'subscription_schedules.create',
  'subscription_schedules.update',
  'customers.update',
  'accounts.update',
] as const
export type StripeEffect = (typeof STRIPE_EFFECTS)[number]

/**
 * `stripe.list` is asking for many at once, by a list or a search: each row is decided as what it shows. One name for all kinds,
 * so that an access that reads everything is no longer than one that reads a little.
 */
export type StripeOperation =
  `stripe.${StripeReadable}.read` | 'stripe.list' | `stripe.${StripeEffect}`

export interface Money {
  /** ISO 4217 in lower case */
  readonly currency: string
  /** minor units */
  readonly amount: number
}

/**
 * What one Stripe request is about, as the front read it from Stripe: never as the agent says. A member that a thing does not
 * have is left out, and a constraint on it then does not hold.
 */
export interface StripeTarget {
  /** the customer that the thing belongs to, or the customer itself */
  readonly customer?: string | undefined
  /** what would be moved, given up or credited; a credit counts as what it gives */
  readonly money?: Money | undefined
  /** now minus the charge's `created` */
  readonly chargeAgeSeconds?: number | undefined
  /** the connected account that money would go to, or went to */
  readonly destination?: string | undefined
  /** the connected account that it is about; left out: the account itself */
  readonly account?: string | undefined
  /** top-level parameters that would be written */
  readonly fields?: readonly string[] | undefined
  /** paths that would be shown whole instead of as ids */
  readonly expansions?: readonly string[] | undefined
}

export interface StripeAction {
  readonly operation: StripeOperation
  readonly target: StripeTarget
}
