import type { Provider } from '../provider.ts'
import { toStripeError } from './errors.ts'
import { findDone } from './find-done.ts'
import { headersForTrace, readStripeHeaders } from './headers.ts'
import { STRIPE_OPERATIONS } from './operations/index.ts'
import { isRecord } from '../is-record.ts'

/** the API's v1, in form encoding; of v2 nothing is available here */
export const stripeProvider: Provider = {
  name: 'stripe',
  basePath: '/v1',
  operations: STRIPE_OPERATIONS,
  tokenPrefix: 'rk_cap_',
  readHeaders: readStripeHeaders,
  headersFor: headersForTrace,
  readErrorCode,
  findDone,
  readNames: () => undefined,
  toError: toStripeError,
}

/** Stripe's word for what it refused; its sentence may quote anything, the word is one of a closed list */
function readErrorCode(status: number, body: unknown): string | undefined {
  const error = isRecord(body) ? body['error'] : undefined
  const code = isRecord(error) ? error['code'] : undefined
  if (status < 400 || status > 499 || typeof code !== 'string') return undefined
  return /^[a-z][a-z_]{1,63}$/.test(code) ? code : undefined
}
