/**
 * HubSpot's own client on a front.
 *
 * @module remit-sdk/hubspot
 */
import type { FrontAccess } from './front-access.ts'

/** the request as HubSpot's client hands it to a middleware */
interface HubspotRequest {
  getUrl(): string
  getHttpMethod(): string
  setHeaderParam(name: string, value: string): void
}

/** constructor options of HubSpot's client */
export interface HubspotOptions {
  /** the front's origin */
  readonly basePath: string
  /** authorises each request before it leaves */
  readonly middleware: {
    pre(context: unknown): Promise<unknown>
    post(context: unknown): Promise<unknown>
  }[]
}

/**
 * The options of HubSpot's client. There is no `accessToken` in them: each request is authorised on its own, and only if it
 * goes to the front. So `client.apiRequest()`, which can be sent anywhere, carries no token; use the typed methods, or
 * `access.fetch`.
 *
 * @example
 * import { Client } from '@hubspot/api-client'
 *
 * const hubspot = new Client(hubspotOptions(access))
 */
export function hubspotOptions(access: FrontAccess): HubspotOptions {
  return {
    basePath: access.front,
    middleware: [
      {
        async pre(context) {
          const request = context as HubspotRequest
          const own = await access.headersFor(request.getHttpMethod(), request.getUrl())
          for (const [name, value] of Object.entries(own)) request.setHeaderParam(name, value)
          return context
        },
        async post(context) {
          return Promise.resolve(context)
        },
      },
    ],
  }
}
