/**
 * Stripe's own client on a front.
 *
 * @module remit-sdk/stripe
 */
import type { FrontAccess } from './front-access.ts'

/** constructor options of Stripe's client */
export interface StripeOptions<Client> {
  /** the front's host */
  readonly host: string
  /** the front's port */
  readonly port: number
  /** `http` for a front on this machine alone */
  readonly protocol: 'http' | 'https'
  /** off: it would be a request that nobody asked for */
  readonly telemetry: false
  /** authorises each request where it leaves */
  readonly httpClient: Client
  /** does nothing, so that no key is sent */
  readonly authenticator: () => Promise<void>
}

/**
 * The options of Stripe's client. The key stays empty: each request is authorised on its own, with a token that is fresh
 * then, and only if it goes to the front. What is stopped raises `StripeConnectionError`, as every failure to connect does.
 *
 * @example
 * import Stripe from 'stripe'
 *
 * const stripe = new Stripe('', stripeOptions(access, Stripe.createFetchHttpClient))
 */
export function stripeOptions<Client>(
  access: FrontAccess,
  createFetchHttpClient: (fetchOfClient: typeof fetch) => Client,
): StripeOptions<Client> {
  const { protocol, hostname, port } = new URL(access.front)
  const isTls = protocol === 'https:'
  return {
    host: hostname,
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
    protocol: isTls ? 'https' : 'http',
    telemetry: false,
    httpClient: createFetchHttpClient(async (input, init) => {
      if (input instanceof Request) throw new TypeError('the client gives an address')
      return access.fetch(input, init)
    }),
    // the request is authorised where it leaves: an authenticator that fails would end the process
    authenticator: async () => Promise.resolve(),
  }
}
