import Stripe from 'stripe'
import { startFakeStripe, type FakeStripe } from './stripe/index.ts'

/** the stand-in, and the stock client straight at it */
export interface DirectStripe {
  readonly stripe: FakeStripe
  readonly client: Stripe
  /** the raw form, for what the stock client would not write */
  raw(
    method: string,
    target: string,
    more?: { body?: string; headers?: Record<string, string> },
  ): Promise<{ status: number; code: string; headers: Headers }>
}

export async function openDirectStripe(): Promise<DirectStripe> {
  const stripe = await startFakeStripe()
  const { hostname: host, port } = new URL(stripe.url)
  return {
    stripe,
    client: new Stripe(stripe.apiKey, {
      host,
      port,
      protocol: 'http',
      telemetry: false,
      maxNetworkRetries: 0,
    }),
    async raw(method, target, { body, headers = {} } = {}) {
      const response = await fetch(stripe.url + target, {
        method,
        ...(body !== undefined && { body }),
        headers: {
          authorization: `Bearer ${stripe.apiKey}`,
          ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
          ...headers,
        },
      })
      const { error } = (await response.json()) as { error?: { code?: string; type: string } }
      const code = error === undefined ? 'done' : (error.code ?? error.type)
      return { status: response.status, code, headers: response.headers }
    },
  }
}

/** `done`, or the code (else the type) of what the stock client raised */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (error) {
    const { code, rawType } = error as { code?: string; rawType?: string }
    return code ?? rawType ?? String(error)
  }
}
