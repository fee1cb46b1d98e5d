import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expansions, Shop, StripeRefusal } from './shop.ts'

export { SHOP } from './shop.ts'

interface RecordedRequest {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

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
}

/** Stripe as a front meets it: stateful, with its error shapes, and recording every request. See README.md */
export async function startFakeStripe(options: { now?: () => number } = {}): Promise<FakeStripe> {
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
    return reply
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
    case 'not_json':
      response.writeHead(200, { 'content-type': 'text/html' }).end('<html>busy</html>')
      break
  }
}

function send(response: ServerResponse, { status, body }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json', 'request-id': 'req_fake' })
  response.end(JSON.stringify(body))
}

/** as lenient as the real one is said to be: any prefix of a route, aliases that no document shows any more */
function route(shop: Shop, { method, path, query, body }: RecordedRequest): unknown {
  const [version, resource = '', id, verb] = path.split('/').slice(1)
  if (version !== 'v1') throw notFound(path)
  const form = new URLSearchParams(body)
  if (method === 'GET' && path === '/v1/account') {
    return { id: 'acct_Shop00000000001', object: 'account', email: 'owner@shop.example' }
  }
  if (method === 'GET' && id === undefined) return shop.list(resource, query)
  if (method === 'GET' && verb === undefined) {
    return shop.expand(shop.find(resource, id ?? ''), expansions(query))
  }
  const isAlias = resource === 'charges' && (verb === 'refund' || verb === 'refunds')
  if (method === 'POST' && resource === 'refunds' && id === undefined) return shop.refund(form)
  if (method === 'POST' && isAlias) {
    form.set('charge', id ?? '')
    return shop.refund(form)
  }
  if (method === 'POST' && resource === 'customers' && id !== undefined) {
    return shop.update('customers', id, form)
  }
  throw notFound(path)
}

function notFound(path: string): StripeRefusal {
  const message = `Unrecognized request URL (${path})`
  return new StripeRefusal(404, 'invalid_request_error', undefined, message)
}
