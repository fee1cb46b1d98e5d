/** what there is to read; each is retrieved and listed */
type Readable = 'charges' | 'payment_intents' | 'customers' | 'refunds'

export type StripeOperation =
  `stripe.${Readable}.read` | `stripe.${Readable}.list` | 'stripe.refunds.create'

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
  /** what would be moved */
  readonly money?: Money | undefined
  /** now minus the charge's `created` */
  readonly chargeAgeSeconds?: number | undefined
  /** paths that would be shown whole instead of as ids */
  readonly expansions?: readonly string[] | undefined
}

export interface StripeAction {
  readonly operation: StripeOperation
  readonly target: StripeTarget
}
