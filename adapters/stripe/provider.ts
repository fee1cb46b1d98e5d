import type { Provider } from '../provider.ts'
import { toStripeError } from './errors.ts'
import { STRIPE_OPERATIONS } from './operations/index.ts'

/** the API's v1, in form encoding; of v2 nothing is available here */
export const stripeProvider: Provider = {
  name: 'stripe',
  basePath: '/v1',
  operations: STRIPE_OPERATIONS,
  tokenPrefix: 'rk_cap_',
  readNames: () => undefined,
  toError: toStripeError,
}
