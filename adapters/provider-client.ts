import { readOutline } from './json-outline.ts'
import type { Lifetime } from './lifetime.ts'
import type { JsonObject, QueryPairs, Reader, UpstreamCall, UpstreamOutline } from './operation.ts'
import type { Connection, ConnectionError, Credential } from './ports.ts'
import { AdapterError, type Refusal } from './refusal.ts'
import type { Provider } from './provider.ts'
import type { Upstream, UpstreamHeaders, UpstreamResponse } from './upstream.ts'

/** no JSON writer escapes these */
const UNESCAPED = /^[A-Za-z0-9._~-]+$/

/** of many things at once: who asks is refused, or how often, before any of them is looked at */
const REFUSED_WHOLE = new Set([401, 403, 429])

/** one request's way to the provider: with the real credential, which never leaves this file except towards the provider */
export class ProviderClient implements Reader {
  readonly #upstream: Upstream
  readonly #connection: Connection
  readonly #lifetime: Lifetime
  readonly #onLeak: () => void
  readonly #headers: UpstreamHeaders
  readonly #readErrorCode: Provider['readErrorCode']
  readonly #isQuestion: Provider['isQuestion']
  readonly #refusesWith409: boolean
  /** the credential that was last used; the answer that leaves the front is scanned for it too */
  #credential: Credential | undefined
  /** the last body that was found clean, and of which credential */
  #clean: { readonly body: Buffer; readonly of: Credential } | undefined
  /** status of the last answer, for the record */
  lastStatus: number | undefined
  /** the request with an effect went out; what became of it may be unknown */
  isEffectSent = false
  /** the provider said that it did it */
  isEffectDone = false

  constructor(options: {
    upstream: Upstream
    connection: Connection
    lifetime: Lifetime
    onLeak: () => void
    headers?: UpstreamHeaders
    readErrorCode?: Provider['readErrorCode']
    isQuestion?: Provider['isQuestion']
    refusesWith409?: Provider['refusesWith409']
  }) {
    this.#upstream = options.upstream
    this.#connection = options.connection
    this.#lifetime = options.lifetime
    this.#onLeak = options.onLeak
    this.#headers = options.headers ?? []
    this.#readErrorCode = options.readErrorCode
    this.#isQuestion = options.isQuestion
    this.#refusesWith409 = options.refusesWith409 === true
  }

  get connectionId(): string {
    return this.#connection.id
  }

  get account(): string {
    return this.#connection.account
  }

  get remembersShown(): boolean {
    return this.#connection.remembersShown
  }

  async read(path: readonly string[], query?: QueryPairs): Promise<unknown> {
    const response = await this.#get(path, query)
    return response.status === 404 ? undefined : this.#parse(response)
  }

  async ask(path: readonly string[], question: JsonObject): Promise<unknown> {
    if (this.#isQuestion?.(path) !== true) throw new TypeError('a POST that may change something')
    const call: UpstreamCall = {
      method: 'POST',
      path,
      contentType: 'application/json',
      body: JSON.stringify(question),
    }
    const response = await this.#send(call, this.#lifetime)
    return response.status === 404 ? undefined : this.#parse(response)
  }

  async readOutline(
    path: readonly string[],
    query?: QueryPairs,
  ): Promise<UpstreamOutline | undefined> {
    const response = await this.#get(path, query)
    if (response.status === 404) return undefined
    const outline = this.#parse(response, readOutline)
    const whole = (): unknown => this.#parse(response)
    return { outline, whole, bytes: this.#isScanned() ? response.body : undefined }
  }

  #get(path: readonly string[], query: QueryPairs | undefined): Promise<UpstreamResponse> {
    const call: UpstreamCall =
      query === undefined ? { method: 'GET', path } : { method: 'GET', path, query }
    return this.#send(call, this.#lifetime)
  }

  #parse(response: UpstreamResponse, parse = parseWhole): unknown {
    return parseAnswer(response, parse, this.#readErrorCode, this.#refusesWith409)
  }

  /** a credential of these characters stands in JSON as itself, so the scan of the bytes would have found it */
  #isScanned(): boolean {
    return this.#credential !== undefined && UNESCAPED.test(this.#credential.reveal())
  }

  /** the one request with an effect */
  async perform(call: UpstreamCall, lifetime: Lifetime): Promise<unknown> {
    this.isEffectSent = true
    this.lastStatus = undefined
    const response = await this.#send(call, lifetime)
    this.isEffectDone = response.status >= 200 && response.status <= 299
    try {
      return response.status === 204 ? undefined : this.#parse(response)
    } catch (error) {
      const isUndone = call.mayBePartial !== true || REFUSED_WHOLE.has(response.status)
      if (isUndone || !(error instanceof AdapterError)) throw error
      throw new AdapterError(error.refusal, { cause: error.cause, mayHaveExecuted: true })
    }
  }

  /** what clears away after the effect; the record is about the effect alone */
  async tidy(call: UpstreamCall, lifetime: Lifetime): Promise<unknown> {
    const status = this.lastStatus
    try {
      const response = await this.#send(call, lifetime)
      return response.status === 204 || response.status === 404 ? undefined : this.#parse(response)
    } finally {
      this.lastStatus = status
    }
  }

  /** whatever leaves the front, once more: an escape in the provider's JSON could have hidden the credential from the scan */
  assertClean(answer: string | Buffer): void {
    // the very bytes that were just searched for the very credential
    if (answer === this.#clean?.body && this.#credential === this.#clean.of) return
    if (this.#credential !== undefined && answer.includes(this.#credential.reveal()))
      this.#refuseLeak()
  }

  /** a 401 means that nothing was executed: one more try with a fresh credential, then the owner has to reconnect */
  async #send(call: UpstreamCall, lifetime: Lifetime): Promise<UpstreamResponse> {
    const credential = await this.#connection.credential()
    const response = await this.#sendOnce(call, credential, lifetime)
    if (response.status !== 401) return response
    await this.#connection.rejected(credential)
    const fresh = await this.#sendOnce(call, await this.#connection.credential(), lifetime)
    if (fresh.status !== 401) return fresh
    throw new AdapterError(notConnected('credential_rejected'))
  }

  async #sendOnce(
    call: UpstreamCall,
    credential: Credential,
    lifetime: Lifetime,
  ): Promise<UpstreamResponse> {
    this.#credential = credential
    const response = await this.#upstream.send(call, credential, lifetime, this.#headers)
    this.lastStatus = response.status
    if (response.body.includes(credential.reveal())) this.#refuseLeak()
    this.#clean = { body: response.body, of: credential }
    return response
  }

  #refuseLeak(): never {
    this.#onLeak()
    throw new AdapterError(
      {
        code: 'upstream_failed',
        message: 'the provider gave an answer that can not be passed on',
        reason: 'credential_in_answer',
      },
      { mayHaveExecuted: true },
    )
  }
}

/** an error body is never forwarded: it may quote anything. The status, and a closed word of the provider's, say enough */
function parseAnswer(
  response: UpstreamResponse,
  parse: (body: Buffer) => unknown,
  readErrorCode: Provider['readErrorCode'],
  refusesWith409: boolean,
): unknown {
  const { status } = response
  if (status < 200 || status > 299) {
    const refusal = toUpstreamRefusal(status)
    const word = readErrorCode?.(status, tryParse(response))
    // 409: the same call is under way, and nobody knows yet what becomes of it
    throw new AdapterError(word === undefined ? refusal : { ...refusal, providerCode: word }, {
      mayHaveExecuted: status >= 500 || (status === 409 && !refusesWith409),
    })
  }
  try {
    if (response.encoded) throw new TypeError('content-encoding')
    return parse(response.body)
  } catch (cause) {
    const refusal = {
      code: 'upstream_failed',
      message: 'the provider gave an answer that this front does not understand',
      reason: 'unexpected_answer',
    } as const
    throw new AdapterError(refusal, { cause, mayHaveExecuted: true })
  }
}

function tryParse({ body, encoded }: UpstreamResponse): unknown {
  try {
    return encoded ? undefined : parseWhole(body)
  } catch {
    return undefined
  }
}

function parseWhole(body: Buffer): unknown {
  return JSON.parse(body.toString('utf8')) as unknown
}

function toUpstreamRefusal(status: number): Refusal {
  const reason = `upstream_${status}`
  if (status === 429) {
    return {
      code: 'too_many_requests',
      message: 'the provider asks to slow down',
      reason,
      upstreamStatus: status,
    }
  }
  if (status >= 400 && status < 500) {
    return {
      code: 'upstream_refused',
      message: `the provider refused the request with status ${status}`,
      reason,
      upstreamStatus: status,
    }
  }
  // a redirect is not followed: the credential would go wherever it points
  return {
    code: 'upstream_failed',
    message: status < 400 ? 'the provider answered with a redirect' : 'the provider failed',
    reason,
    upstreamStatus: status,
  }
}

/** the connection itself refused: the agent can only ask the owner */
export function toConnectionRefusal(error: ConnectionError): Refusal {
  if (error.code === 'provider_unreachable') {
    return {
      code: 'upstream_failed',
      message: 'the provider could not be reached for a credential: try again later',
      reason: error.code,
    }
  }
  return notConnected(error.code)
}

function notConnected(reason: string): Refusal {
  return {
    code: 'not_connected',
    message: 'the account behind this grant is not connected any more: its owner must reconnect it',
    reason,
  }
}
