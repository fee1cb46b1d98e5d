import { createHash, randomBytes } from 'node:crypto'
import { Browser } from './oauth-browser.ts'
import type { Decide, TestAuthority, TestBuyer } from './oauth-authority.ts'

export const redirectUri = 'https://agent.test/callback'
export const exchangeGrant = 'urn:ietf:params:oauth:grant-type:token-exchange'
export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

export interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
  readonly body: Record<string, unknown>
}

export type Fields = Readonly<Record<string, string | undefined>>
export type Authentication = () => Promise<Fields> | Fields

/** An agent that speaks raw HTTP, for what stock clients are too well-behaved to send. */
export class RawAgent {
  readonly clientId: string
  readonly #server: TestAuthority
  readonly #authenticate: Authentication
  readonly #fetch: typeof fetch

  constructor(
    server: TestAuthority,
    clientId: string,
    authenticate: Authentication = () => ({}),
    options: { fetch?: typeof fetch } = {},
  ) {
    this.#server = server
    this.clientId = clientId
    this.#authenticate = authenticate
    this.#fetch = options.fetch ?? fetch
  }

  async post(path: string, fields: Fields, headers: Record<string, string> = {}): Promise<Answer> {
    const all = { client_id: this.clientId, ...(await this.#authenticate()), ...fields }
    const present = Object.entries(all).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    )
    const response = await this.#fetch(`${this.#server.issuer}${path}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(present),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text === '' ? {} : (JSON.parse(text) as Record<string, unknown>),
      headers: response.headers,
    }
  }

  /** pushes a request and answers the address to open in the buyer's browser, with what is needed afterwards */
  async propose(
    details: unknown,
    fields: Fields = {},
    headers: Record<string, string> = {},
  ): Promise<{ url: string; verifier: string; pushed: Answer }> {
    const verifier = randomBytes(32).toString('base64url')
    const pushed = await this.post(
      '/oauth/par',
      {
        response_type: 'code',
        redirect_uri: redirectUri,
        state: 'the state',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        ...(details !== undefined && { authorization_details: JSON.stringify(details) }),
        ...fields,
      },
      headers,
    )
    const query = new URLSearchParams({
      client_id: this.clientId,
      request_uri: String(pushed.body['request_uri']),
    })
    return { url: `${this.#server.issuer}/oauth/authorize?${query.toString()}`, verifier, pushed }
  }

  async redeem(
    code: string,
    verifier: string,
    fields: Fields = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.post(
      '/oauth/token',
      {
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirectUri,
        code_verifier: verifier,
        ...fields,
      },
      headers,
    )
  }

  async refresh(
    refreshToken: string,
    fields: Fields = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.post(
      '/oauth/token',
      { grant_type: 'refresh_token', refresh_token: refreshToken, ...fields },
      headers,
    )
  }

  async exchange(
    subjectToken: string,
    fields: Fields = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> {
    return this.post(
      '/oauth/token',
      {
        grant_type: exchangeGrant,
        subject_token: subjectToken,
        subject_token_type: accessTokenType,
        ...fields,
      },
      headers,
    )
  }

  async introspect(token: string): Promise<Record<string, unknown>> {
    return (await this.post('/oauth/introspect', { token })).body
  }

  async revoke(token: string): Promise<number> {
    return (await this.post('/oauth/revoke', { token })).status
  }

  /** the whole flow up to a code */
  async obtainCode(
    buyer: TestBuyer,
    details: unknown,
    options: {
      decide?: Decide
      fields?: Fields
      browser?: Browser
      headers?: Record<string, string>
    } = {},
  ): Promise<{ code: string; verifier: string; arrivedAt: URL }> {
    const { url, verifier, pushed } = await this.propose(details, options.fields, options.headers)
    if (pushed.status !== 201)
      throw new Error(`the request was refused: ${JSON.stringify(pushed.body)}`)
    const browser = options.browser ?? new Browser(buyer, options.decide, { fetch: this.#fetch })
    const arrivedAt = await browser.arrive(url)
    const code = arrivedAt.searchParams.get('code')
    if (code === null) throw new Error(`no code: ${arrivedAt.search}`)
    return { code, verifier, arrivedAt }
  }

  async obtainTokens(
    buyer: TestBuyer,
    details: unknown,
    options: { decide?: Decide; fields?: Fields; headers?: Record<string, string> } = {},
  ): Promise<Tokens> {
    const { code, verifier } = await this.obtainCode(buyer, details, options)
    return toTokens(await this.redeem(code, verifier, {}, options.headers))
  }
}

export function toTokens({ status, body }: Answer): Tokens {
  if (status !== 200) throw new Error(`no tokens: ${JSON.stringify(body)}`)
  return {
    accessToken: String(body['access_token']),
    refreshToken: String(body['refresh_token']),
    body,
  }
}

export async function register(
  server: TestAuthority,
  metadata: Record<string, unknown> = {},
): Promise<Answer> {
  const response = await fetch(`${server.issuer}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Support Agent',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      ...metadata,
    }),
  })
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  }
}

/** a public client; `none` proves nothing but PKCE */
export async function addPublicAgent(
  server: TestAuthority,
  metadata: Record<string, unknown> = {},
): Promise<RawAgent> {
  const { status, body } = await register(server, metadata)
  if (status !== 201) throw new Error(JSON.stringify(body))
  return new RawAgent(server, String(body['client_id']))
}

/** a client with a secret, which is enough to be confidential */
export async function addConfidentialAgent(
  server: TestAuthority,
  metadata: Record<string, unknown> = {},
): Promise<RawAgent> {
  const { status, body } = await register(server, {
    token_endpoint_auth_method: 'client_secret_post',
    ...metadata,
  })
  if (status !== 201) throw new Error(JSON.stringify(body))
  return new RawAgent(server, String(body['client_id']), () => ({
    client_secret: String(body['client_secret']),
  }))
}

export type Entry = Readonly<Record<string, unknown>>
export const readAcme: Entry = {
  type: 'gmail',
  actions: ['messages.read'],
  from: { domains: ['acme.com'] },
}
export const readAll: Entry = { type: 'gmail', actions: ['messages.read'] }
export const replyAcme: Entry = {
  type: 'gmail',
  actions: ['messages.reply'],
  from: { domains: ['acme.com'] },
}
