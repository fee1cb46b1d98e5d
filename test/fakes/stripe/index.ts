import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { StripeRefusal } from './errors.ts'
import { fail, send, toReply, type Reply, type StripeFailure } from './failures.ts'
import { IdempotentReplies } from './idempotency.ts'
import { assertWellFormed, readRequest, type RecordedRequest } from './request.ts'
import { findRoute } from './route.ts'
import { ROUTES } from './routes.ts'
import { Shop } from './shop.ts'

export { SHOP } from './shop.ts'

export interface FakeStripe extends AsyncDisposable {
  readonly url: string
  readonly apiKey: string
  readonly shop: Shop
  readonly requests: readonly RecordedRequest[]
  /** the requests that change something */
  readonly effects: readonly RecordedRequest[]
  /** the next request that changes something fails so */
  failNextEffect(failure: StripeFailure): void
  failNextRead(failure: StripeFailure): void
  reset(): void
  close(): Promise<void>
}

/** Stripe as a front meets it: stateful, with its error shapes, and recording every request. See README.md */
export async function startFakeStripe(
  options: {
    now?: () => number
    production?: boolean
    /** another than a restricted one of its own making */
    apiKey?: string
    /** accounts that may be asked for by `Stripe-Account`; all have one shop, so what was asked for is told by the record */
    connected?: readonly string[]
  } = {},
): Promise<FakeStripe> {
  if (options.production) throw new Error('a stand-in moves no money: it is not for production')
  const apiKey =
    options.apiKey ?? `rk_test_${randomBytes(24).toString('base64url').replaceAll(/[-_]/g, 'x')}`
  const shop = new Shop(options.now ?? Date.now)
  const requests: RecordedRequest[] = []
  const replies = new IdempotentReplies()
  const failures: { effect: StripeFailure[]; read: StripeFailure[] } = { effect: [], read: [] }

  const server = createServer((incoming, response) => {
    const read = readRequest(incoming)
    // whoever hangs up half-way has sent nothing
    read.catch(() => response.destroy())
    void read.then(async (request) => {
      requests.push(request)
      const failure = failures[request.method === 'GET' ? 'read' : 'effect'].shift()
      // a key is of an account: without a credential there is none
      const isKnown = request.headers['authorization'] === `Bearer ${apiKey}`
      const once = (act: () => Reply): Reply => (isKnown ? replies.once(request, act) : act())
      const execute = (asked = request): Reply =>
        once(() => perform(shop, apiKey, asked, options.connected))
      const keep = (reply: Reply, executes: boolean): Reply =>
        once(() => {
          if (executes) perform(shop, apiKey, request, options.connected)
          return reply
        })
      if (failure === undefined) return send(response, execute())
      return fail(failure, { response, request, apiKey, execute, keep })
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
  return {
    url: `http://127.0.0.1:${port}`,
    apiKey,
    shop,
    requests,
    get effects() {
      return requests.filter(({ method }) => method !== 'GET')
    },
    failNextEffect: (failure) => void failures.effect.push(failure),
    failNextRead: (failure) => void failures.read.push(failure),
    reset: () => {
      requests.length = 0
      replies.clear()
      failures.effect.length = 0
      failures.read.length = 0
      shop.reset()
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

function perform(
  shop: Shop,
  apiKey: string,
  request: RecordedRequest,
  connected: readonly string[] = [],
): Reply {
  try {
    const form = assertWellFormed(request, apiKey, connected)
    const { route, ids } = findRoute(ROUTES, request.method, request.path)
    return toReply(200, route.run(shop, request.path, ids, form))
  } catch (error) {
    if (!(error instanceof StripeRefusal)) throw error
    return toReply(error.status, error.toBody())
  }
}
