import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HubspotApi } from './api.ts'
import { Crm } from './crm.ts'
import { executes, type HubspotFailure } from './failures.ts'
import { otherRecord } from './other-record.ts'
import { RecordedRequest } from './recorded-request.ts'
import { writeReply, type Reply } from './replies.ts'
import { TokenEndpoint } from './token-endpoint.ts'

export type { HubspotFailure } from './failures.ts'
export { SPOILS } from './routes/dangerous.ts'
export { SEED } from './seed.ts'

export interface FakeHubspot {
  /** origin; API paths and the token endpoint (`/oauth/v1/token`, `/oauth/v3/token`) are below it */
  readonly url: string
  /** of a private app, accepted from the start */
  readonly accessToken: string
  readonly crm: Crm
  /** in order of arrival; those to the token endpoint are in `tokenEndpoint.requests` */
  readonly requests: readonly RecordedRequest[]
  /** the requests that change something, or would if they were let: searches and batch reads are none */
  readonly effects: readonly RecordedRequest[]
  readonly tokenEndpoint: TokenEndpoint
  readonly tokenUrl: string
  /** the page on which an account's owner consents */
  readonly authorizeUrl: string
  /** the next request that changes something fails so */
  failNextEffect(failure: HubspotFailure): void
  failNextRead(failure: HubspotFailure): void
  /** called with each request just before it is carried out: what it changes is seen by that request */
  onRequest: ((request: RecordedRequest) => void) | undefined
  /** the state after the start: CRM, records, failures; the credentials stay valid */
  reset(): void
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const MAX_BODY_BYTES = 60_000_000

/** a HubSpot of our own on 127.0.0.1: see README.md for where it is stricter and stranger than the real one */
export async function startFakeHubspot(
  options: { readonly now?: () => number } = {},
): Promise<FakeHubspot> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error('the stand-in for HubSpot does not run in production: unset NODE_ENV')
  }
  const fake = new RunningFake(options.now ?? Date.now)
  await fake.listen()
  return fake
}

class RunningFake implements FakeHubspot {
  readonly tokenEndpoint: TokenEndpoint
  readonly accessToken: string
  readonly requests: RecordedRequest[] = []
  readonly #now: () => number
  readonly #failures: { readonly effect: HubspotFailure[]; readonly read: HubspotFailure[] } = {
    effect: [],
    read: [],
  }
  readonly #server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 })
  url = ''
  onRequest: FakeHubspot['onRequest']
  crm: Crm
  #api: HubspotApi

  constructor(now: () => number) {
    this.#now = now
    this.tokenEndpoint = new TokenEndpoint(now)
    this.accessToken = this.tokenEndpoint.issuePrivateAppToken()
    this.crm = new Crm({ now })
    this.#api = this.#createApi()
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#receive(request, response).catch((error: unknown) => {
        console.error('the stand-in for HubSpot failed:', error)
        response.destroy()
      })
    })
  }

  async listen(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    const { port } = this.#server.address() as AddressInfo
    this.url = `http://127.0.0.1:${port}`
  }

  get tokenUrl(): string {
    return `${this.url}/oauth/v1/token`
  }

  get authorizeUrl(): string {
    return `${this.url}${this.tokenEndpoint.consent.rules.path}`
  }

  get effects(): RecordedRequest[] {
    return this.requests.filter(({ isEffect }) => isEffect)
  }

  failNextEffect(failure: HubspotFailure): void {
    this.#failures.effect.push(failure)
  }

  failNextRead(failure: HubspotFailure): void {
    this.#failures.read.push(failure)
  }

  reset(): void {
    this.requests.length = 0
    this.tokenEndpoint.reset()
    this.#failures.effect.length = 0
    this.#failures.read.length = 0
    this.onRequest = undefined
    this.crm = new Crm({ now: this.#now })
    this.#api = this.#createApi()
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve())
    })
    this.#server.closeAllConnections()
    await closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #createApi(): HubspotApi {
    return new HubspotApi({ crm: this.crm, tokenEndpoint: this.tokenEndpoint, now: this.#now })
  }

  async #receive(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: target = '', rawHeaders } = incoming
    const request = new RecordedRequest(method, target, rawHeaders)
    const isToken = method === 'POST' && /^\/oauth\/(?:v\d|20\d\d-\d\d)\/token(?:\?|$)/.test(target)
    const { consent } = this.tokenEndpoint
    const isConsent = consent.handles(target)
    if (!isToken && !isConsent) this.requests.push(request)
    const body = await readBody(incoming)
    if (!body) return
    request.body = body
    request.isComplete = true
    if (isConsent) {
      const shown = consent.answer(method, target, body.toString(), this.url)
      response.writeHead(shown.status, shown.headers).end(shown.body)
      return
    }
    if (!isToken) return this.#answer(request, response)
    const reply = this.tokenEndpoint.answer({ target, rawHeaders, body: body.toString() })
    await writeReply(response, reply, undefined, { authorization: '', other: undefined })
  }

  async #answer(request: RecordedRequest, response: ServerResponse): Promise<void> {
    const matched = this.#api.recognise(request)
    this.onRequest?.(request)
    const failure = this.#failures[request.isEffect ? 'effect' : 'read'].shift()
    const skips = failure !== undefined && !executes(failure)
    const reply: Reply = skips ? { status: 200, json: {} } : this.#api.handle(request, matched)
    response.once('finish', () => {
      request.status = response.statusCode
    })
    await writeReply(response, reply, failure, {
      authorization: request.headers('authorization').join(', '),
      other:
        failure?.kind === 'other_record' && matched
          ? otherRecord(this.crm, request, matched, failure.id)
          : {},
    })
  }
}

/** undefined when the client left before the end, or would not stop */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > MAX_BODY_BYTES) {
        request.destroy()
        return undefined
      }
      chunks.push(chunk)
    }
  } catch {
    return undefined
  }
  return Buffer.concat(chunks)
}
