import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { RecordedRequest } from './recorded-request.ts'
import { StripeRefusal } from './refusal.ts'
import { route } from './routes.ts'
import { Shop } from './shop.ts'

export { SHOP } from './shop.ts'

/** of one request; `executes`: only after it was done */
type StripeFailure =
  | {
      readonly kind: 'status'
      readonly status: number
      readonly code?: string
      readonly executes?: boolean
    }
  | { readonly kind: 'reset'; readonly executes?: boolean }
  | { readonly kind: 'redirect'; readonly location: string }
  | { readonly kind: 'echo_credential' }
  | { readonly kind: 'not_json' }
  /** the answer to what was asked, with these members said otherwise */
  | { readonly kind: 'differs'; readonly members: Readonly<Record<string, unknown>> }
  | { readonly kind: 'slow'; readonly milliseconds: number }
  | { readonly kind: 'oversized'; readonly bytes: number }

export interface FakeStripe {
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

interface Reply {
  readonly status: number
  readonly body: unknown
  readonly isReplayed?: true
}

/** Stripe as a front meets it: stateful, with its error shapes, and recording every request. See README.md */
export async function startFakeStripe(options: { now?: () => number } = {}): Promise<FakeStripe> {
  // oxlint-disable-next-line node/no-process-env -- a stand-in that somebody pays with would be a disaster
  if (process.env['NODE_ENV'] === 'production') throw new Error('a stand-in is not for production')
  const apiKey = `rk_test_${randomBytes(24).toString('base64url').replaceAll(/[-_]/g, 'x')}`
  const shop = new Shop(options.now ?? Date.now)
  const requests: RecordedRequest[] = []
  const saved = new Map<string, { readonly asked: string; readonly reply: Reply }>()
  const failures: { effect: StripeFailure[]; read: StripeFailure[] } = { effect: [], read: [] }

  const perform = (request: RecordedRequest): Reply => {
    try {
      if (request.headers['authorization'] !== `Bearer ${apiKey}`) {
        throw new StripeRefusal(401, 'invalid_request_error', undefined, 'Invalid API Key provided')
      }
      return { status: 200, body: route(shop, request) }
    } catch (error) {
      if (!(error instanceof StripeRefusal)) throw error
      const { status, type, code, message } = error
      return { status, body: { error: { type, ...(code && { code }), message } } }
    }
  }
  /** Stripe answers a key that it has seen with what it answered then, also a failure of its own */
  const performOnce = (request: RecordedRequest): Reply => {
    const key = request.headers['idempotency-key']
    const isKnown = request.headers['authorization'] === `Bearer ${apiKey}`
    if (request.method !== 'POST' || key === undefined || !isKnown) return perform(request)
    const known = saved.get(key)
    const asked = `${request.method} ${request.path}\n${request.body}`
    if (known !== undefined && known.asked !== asked) {
      const message = 'Keys for idempotent requests can only be used with the same parameters'
      return { status: 400, body: { error: { type: 'idempotency_error', message } } }
    }
    const reply = known?.reply ?? perform(request)
    saved.set(key, { asked, reply })
    return known === undefined ? reply : { ...reply, isReplayed: true }
  }

  const server = createServer((incoming, response) => {
    const read = readRequest(incoming)
    // whoever hangs up half-way has sent nothing
    read.catch(() => response.destroy())
    void read.then((request) => {
      requests.push(request)
      const kind = request.method === 'GET' ? 'read' : 'effect'
      const failure = failures[kind].shift()
      if (failure === undefined) return send(response, performOnce(request))
      return fail(failure, response, () => performOnce(request), apiKey)
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
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
      saved.clear()
      failures.effect.length = 0
      failures.read.length = 0
      shop.reset()
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

async function readRequest(incoming: IncomingMessage): Promise<RecordedRequest> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk)
  // the path as it came: a dot segment that a front forwards must be seen
  const [path = '', query = ''] = (incoming.url ?? '/').split('?')
  const headers = Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
  )
  return {
    method: incoming.method ?? '',
    path,
    query: new URLSearchParams(query),
    headers,
    body: Buffer.concat(chunks).toString(),
  }
}

function fail(
  failure: StripeFailure,
  response: ServerResponse,
  execute: () => Reply,
  apiKey: string,
): void {
  if ('executes' in failure && failure.executes) execute()
  switch (failure.kind) {
    case 'status': {
      const error = { type: 'api_error', code: failure.code, message: `said of ${apiKey.length}` }
      send(response, { status: failure.status, body: { error } })
      break
    }
    case 'reset':
      response.destroy()
      break
    case 'redirect':
      response.writeHead(302, { location: failure.location }).end()
      break
    case 'echo_credential': {
      const error = { type: 'invalid_request_error', message: `No such key: ${apiKey}` }
      send(response, { status: 400, body: { error } })
      break
    }
    case 'differs': {
      const { status, body } = execute()
      send(response, { status, body: { ...(body as object), ...failure.members } })
      break
    }
    case 'slow':
      setTimeout(() => send(response, execute()), failure.milliseconds)
      break
    case 'oversized':
      send(response, { status: 200, body: { padding: 'x'.repeat(failure.bytes) } })
      break
    case 'not_json':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>busy</html>')
      break
  }
}

function send(response: ServerResponse, { status, body, isReplayed }: Reply): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'request-id': 'req_fake',
    ...(isReplayed === true && { 'idempotent-replayed': 'true' }),
  })
  response.end(JSON.stringify(body))
}
