import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { GmailApi, type IncomingRequest } from './api.ts'
import { AttachmentIds } from './attachment-ids.ts'
import { handleBatch, isBatch } from './batch.ts'
import { executes, FailurePlan, type Failure, type FailureOptions } from './failures.ts'
import { Mailbox } from './mailbox.ts'
import { headerValue, headerValues, type RecordedRequest } from './recorded-request.ts'
import { jsonReply, writeReply, type Reply } from './reply.ts'
import { ACCOUNT } from './seed/people.ts'
import { seedShop } from './seed/index.ts'
import type { SentMail } from './sent-mail.ts'
import { TokenEndpoint } from './token-endpoint.ts'

export type { Failure } from './failures.ts'
export type { StoredMessage } from './mailbox.ts'
export type { SentMail } from './sent-mail.ts'
export { headerValue } from './recorded-request.ts'
export { composeMail, type MailSource } from './seed/compose.ts'
export { SEED, type SeedMessage } from './seed/index.ts'

export interface FakeGmailOptions {
  /** `shop` (the default) is a small tea shop's mailbox, `empty` has no messages; a function fills it otherwise */
  readonly seed?: 'shop' | 'empty' | ((mailbox: Mailbox, now: number) => void)
  readonly now?: () => number
  /** false keeps no requests and no sent mail, for long measurements */
  readonly record?: boolean
}

export interface FakeGmail {
  /** origin; API paths and the token endpoint (`/token`) are below it */
  readonly url: string
  readonly account: string
  readonly mailbox: Mailbox
  /** requests to the API, in order of arrival; those to the token endpoint are in `tokenEndpoint.requests` */
  readonly requests: readonly RecordedRequest[]
  readonly sent: readonly SentMail[]
  readonly tokenEndpoint: TokenEndpoint
  readonly tokenUrl: string
  readonly revokeUrl: string
  /** the page on which an account's owner consents */
  readonly authorizeUrl: string
  /** an access token that the API accepts from the start, without the token endpoint */
  readonly accessToken: string
  /** every access token that the API accepts now */
  readonly accessTokens: readonly string[]
  readonly attachmentIds: AttachmentIds
  failNext(failure: Failure, options?: FailureOptions): void
  /** called with each request to the API just before it is carried out: what it changes is seen by that request */
  onRequest: ((request: RecordedRequest) => void) | undefined
  /** connections that clients hold open now */
  openSockets(): number
  /** requests that have arrived and are neither answered nor abandoned */
  pendingRequests(): number
  /** the state after the start: mailbox, records, failures; the credentials stay valid */
  reset(): void
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const MAX_BODY_BYTES = 60_000_000

/** a Gmail of our own on 127.0.0.1: see README.md for where it is stricter and stranger than the real one */
export async function startFakeGmail(options: FakeGmailOptions = {}): Promise<FakeGmail> {
  if (process.env['NODE_ENV'] === 'production') {
    throw new Error('the stand-in for Gmail does not run in production: unset NODE_ENV')
  }
  const fake = new RunningFake(options)
  await fake.listen()
  return fake
}

class RunningFake implements FakeGmail {
  readonly account: string = ACCOUNT
  readonly tokenEndpoint: TokenEndpoint
  readonly accessToken: string
  readonly requests: RecordedRequest[] = []
  readonly sent: SentMail[] = []
  readonly attachmentIds: AttachmentIds = new AttachmentIds()
  mailbox: Mailbox
  url = ''
  readonly #options: FakeGmailOptions
  readonly #now: () => number
  readonly #failures = new FailurePlan()
  readonly #sockets: Set<Socket> = new Set()
  readonly #server = createServer({ keepAliveTimeout: 60_000, requestTimeout: 0 })
  onRequest: FakeGmail['onRequest']
  #pending = 0
  #api: GmailApi

  constructor(options: FakeGmailOptions) {
    this.#options = options
    this.#now = options.now ?? Date.now
    this.tokenEndpoint = new TokenEndpoint(this.#now)
    this.accessToken = this.tokenEndpoint.issue(10 * 365 * 86_400)
    this.mailbox = this.#createMailbox()
    this.#api = this.#createApi()
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#receive(request, response).catch((error: unknown) => {
        console.error('the stand-in for Gmail failed:', error)
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
    return `${this.url}/token`
  }

  get revokeUrl(): string {
    return `${this.url}/revoke`
  }

  get authorizeUrl(): string {
    return `${this.url}${this.tokenEndpoint.consent.rules.path}`
  }

  get accessTokens(): readonly string[] {
    return this.tokenEndpoint.accessTokens
  }

  failNext(failure: Failure, options?: FailureOptions): void {
    this.#failures.add(failure, options)
  }

  openSockets(): number {
    return this.#sockets.size
  }

  pendingRequests(): number {
    return this.#pending
  }

  reset(): void {
    this.requests.length = 0
    this.sent.length = 0
    this.tokenEndpoint.reset()
    this.#failures.clear()
    this.onRequest = undefined
    this.mailbox = this.#createMailbox(this.mailbox.historyId)
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

  #createMailbox(historyId?: number): Mailbox {
    const mailbox = new Mailbox(ACCOUNT, this.#now, historyId)
    const seed = this.#options.seed ?? 'shop'
    if (seed === 'shop') seedShop(mailbox, this.#now())
    else if (seed !== 'empty') seed(mailbox, this.#now())
    return mailbox
  }

  #createApi(): GmailApi {
    const { mailbox, attachmentIds, tokenEndpoint } = this
    return new GmailApi({ mailbox, attachmentIds, tokenEndpoint, now: this.#now })
  }

  async #receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#pending++
    response.once('close', () => this.#pending--)
    const recorded: RecordedRequest = {
      method: request.method ?? '',
      target: request.url ?? '',
      rawHeaders: request.rawHeaders,
      body: Buffer.alloc(0),
      complete: false,
      route: undefined,
      status: undefined,
      mail: undefined,
    }
    const isToken = /^\/(?:token|revoke)(?:\?|$)/.test(recorded.target)
    const isConsent = this.tokenEndpoint.consent.handles(recorded.target)
    if (!isToken && !isConsent && this.#options.record !== false) this.requests.push(recorded)
    const body = await readBody(request)
    if (!body) return
    recorded.body = body
    recorded.complete = true
    if (isConsent) this.#answerConsent(recorded, response)
    else if (isToken) await this.#answerToken(recorded, response)
    else await this.#answer(recorded, response)
  }

  async #answer(request: RecordedRequest, response: ServerResponse): Promise<void> {
    request.route = this.#api.findRoute(request)
    this.onRequest?.(request)
    const failure = this.#failures.take(request.route, request.target)
    const reply = failure && !executes(failure) ? jsonReply(200, {}) : await this.#execute(request)
    response.once('finish', () => {
      request.status = response.statusCode
    })
    await writeReply(response, reply, {
      gzip: /\bgzip\b/.test(headerValue(request.rawHeaders, 'accept-encoding') ?? ''),
      failure,
      authorization: headerValues(request.rawHeaders, 'authorization').join(', '),
    })
  }

  async #execute(request: RecordedRequest): Promise<Reply> {
    const deliver = (mail: SentMail): void => {
      request.mail = mail
      if (this.#options.record !== false) this.sent.push(mail)
    }
    const incoming: IncomingRequest = request
    return isBatch(incoming)
      ? handleBatch(this.#api, incoming, deliver)
      : this.#api.handle(incoming, deliver)
  }

  #answerConsent(request: RecordedRequest, response: ServerResponse): void {
    const { method, target } = request
    const body = request.body.toString()
    const reply = this.tokenEndpoint.consent.answer(method, target, body, this.url)
    response.writeHead(reply.status, reply.headers).end(reply.body)
  }

  async #answerToken(request: RecordedRequest, response: ServerResponse): Promise<void> {
    const failure = this.#failures.take('token', request.target)
    const asked = { rawHeaders: request.rawHeaders, body: request.body.toString() }
    const answer = request.target.startsWith('/revoke')
      ? this.tokenEndpoint.revoke(asked)
      : this.tokenEndpoint.answer(asked)
    if (this.tokenEndpoint.behaviour === 'hang') return
    await writeReply(response, jsonReply(answer.status, answer.json), {
      gzip: false,
      failure,
      authorization: request.body.toString(),
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
