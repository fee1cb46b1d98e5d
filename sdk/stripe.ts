/**
 * Stripe's own client on a front.
 *
 * @module remit-sdk/stripe
 */
import type { FrontAccess } from './front-access.ts'

/** what Stripe's client hands to an authenticator: the request as it will leave */
interface StripeRequest {
  readonly host: string
  readonly port: string | number
  readonly path: string
  readonly method: string
  readonly protocol: string
  readonly headers: Record<string, string | number | string[]>
}

/** constructor options of Stripe's client */
export interface StripeOptions {
  readonly host: string
  readonly port: number
  readonly protocol: 'http' | 'https'
  readonly telemetry: false
  readonly authenticator: (request: StripeRequest) => Promise<void>
}

/**
 * The options of Stripe's client. The key stays empty: each request is authorised on its own, with a token that is fresh
 * then, and only if it goes to the front.
 *
 * @example
 * import Stripe from 'stripe'
 *
 * const stripe = new Stripe('', stripeOptions(access))
 */
export function stripeOptions(access: FrontAccess): StripeOptions {
  const { protocol, hostname, port } = new URL(access.front)
  const isTls = protocol === 'https:'
  return {
    host: hostname,
    port: port === '' ? (isTls ? 443 : 80) : Number(port),
    protocol: isTls ? 'https' : 'http',
    telemetry: false,
    authenticator: async (request) => {
      const url = `${request.protocol}://${request.host}:${request.port}${request.path}`
      const own = await access.headersFor(request.method, url)
      const { authorization, dpop } = own
      request.headers['Authorization'] = authorization ?? ''
      if (dpop !== undefined) request.headers['DPoP'] = dpop
    },
  }
}
