import type { Operation } from '../../operation.ts'

/** the whole of what this front does; a method that is not here is refused, and nothing reaches Stripe */
export const STRIPE_OPERATIONS: readonly Operation[] = []
