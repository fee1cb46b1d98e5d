/** what there is to read: each is listed and retrieved, but for the balance */
type Readable =
  | 'charges'
  | 'payment_intents'
  | 'customers'
  | 'refunds'
  | 'invoices'
  | 'subscriptions'
  | 'subscription_schedules'
  | 'prices'
  | 'products'
  | 'balance_transactions'
  | 'transfers'
  | 'disputes'

type Effect =
  | 'refunds.create'
  | 'refunds.cancel'
  | 'customer_balance_transactions.create'
  | 'transfers.create'
  | 'payment_intents.create'
  | 'payment_intents.update'
  | 'payment_intents.capture'
  | 'payment_intents.cancel'
  | 'customers.update'
  | 'accounts.update'
  | 'subscriptions.update'
  | 'subscriptions.cancel'
  | 'subscription_schedules.create'
  | 'subscription_schedules.update'
  | 'invoices.send'
  | 'invoices.void'

export type StripeOperation =
  `stripe.${Readable}.read` | `stripe.${Readable}.list` | 'stripe.balance.read' | `stripe.${Effect}`

export interface Money {
  /** ISO 4217 in lower case */
  readonly currency: string
  /** minor units; of a credit its absolute value */
  readonly amount: number
}

/**
 * What one Stripe request is about, as the front read it from Stripe: never as the agent says. A member that a thing does not
 * have is left out, and a constraint on it then does not hold.
 */
export interface StripeTarget {
  /** the customer that the thing belongs to, or the customer itself */
  readonly customer?: string | undefined
  /** what would be moved */
  readonly money?: Money | undefined
  /** now minus the charge's `created` */
  readonly chargeAgeSeconds?: number | undefined
  /** of a transfer */
  readonly destination?: string | undefined
  /** the connected account that is changed */
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
