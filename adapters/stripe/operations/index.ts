import type { Operation } from '../../operation.ts'
import { list } from '../reading/list.ts'
import { charges, customersResource, paymentIntents, refunds } from '../reading/resource.ts'
import { retrieve } from '../reading/retrieve.ts'
import { refundsCreate } from './refunds-create.ts'

const READABLE = [charges, paymentIntents, customersResource, refunds]

/** the whole of what this front does; a method that is not here is refused, and nothing reaches Stripe */
export const STRIPE_OPERATIONS: readonly Operation[] = [
  ...READABLE.map(retrieve),
  ...READABLE.map(list),
  refundsCreate,
]
