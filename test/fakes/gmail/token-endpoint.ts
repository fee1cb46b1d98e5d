import { randomBytes } from 'node:crypto'
import { ConsentScreen } from '../consent-screen.ts'
import { GMAIL_SCOPES } from './scopes.ts'
import { ACCOUNT } from './seed/people.ts'

export interface TokenRequest {
  readonly rawHeaders: readonly string[]
  readonly body: string
}

export interface TokenAnswer {
  readonly status: number
  readonly json: Readonly<Record<string, unknown>>
}

/** `grant` gives tokens; the others answer every request so until told otherwise */
export type TokenBehaviour = 'grant' | 'invalid_grant' | 'server_error' | 'hang'

/** what an access token or a refresh token stands for; without a consent: the shop's own account, and everything */
export interface Issued {
  readonly account: string
  readonly scopes: readonly string[] | undefined
}

const SHOP: Issued = { account: ACCOUNT, scopes: undefined }
export const OTHER_ACCOUNT = 'privately@northwind-tea.example'

/** Google's OAuth endpoints, and the list of access tokens that the API accepts */
export class TokenEndpoint {
  readonly clientId: string = '480912-remit.apps.googleusercontent.com'
  readonly clientSecret: string = `GOCSPX-${randomBytes(21).toString('base64url')}`
  refreshToken: string = `1//0g${randomBytes(48).toString('base64url')}`
  readonly requests: TokenRequest[] = []
  /** the tokens that somebody asked to withdraw */
  readonly revocations: string[] = []
  behaviour: TokenBehaviour = 'grant'
  expiresInSeconds: number = 3599
  readonly consent: ConsentScreen
  readonly #now: () => number
  /** access token to the time in milliseconds when it stops working */
  readonly #accessTokens: Map<string, Issued & { readonly expiresAt: number }> = new Map()
  readonly #refreshTokens: Map<string, Issued> = new Map()
  /** what an account has consented to so far: asked again without `prompt=consent`, Google gives no second refresh token */
  readonly #consented: Map<string, Set<string>> = new Map()

  constructor(now: () => number) {
    this.#now = now
    this.consent = new ConsentScreen({
      name: 'Google',
      path: '/o/oauth2/v2/auth',
      clientId: this.clientId,
      accounts: [ACCOUNT, OTHER_ACCOUNT],
      knownScopes: GMAIL_SCOPES,
      required: ['client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'code_challenge'],
      optional: [
        'code_challenge_method',
        'access_type',
        'prompt',
        'include_granted_scopes',
        'login_hint',
      ],
      fixedScopes: [],
      makeCode: () => `4/0A${randomBytes(48).toString('base64url')}`,
      now,
    })
  }

  issue(expiresInSeconds: number = this.expiresInSeconds, issued: Issued = SHOP): string {
    const token = `ya29.a0${randomBytes(120).toString('base64url')}`
    const expiresAt = this.#now() + expiresInSeconds * 1000
    this.#accessTokens.set(token, { ...issued, expiresAt })
    return token
  }

  accepts(accessToken: string): boolean {
    return this.find(accessToken) !== undefined
  }

  find(accessToken: string): Issued | undefined {
    const found = this.#accessTokens.get(accessToken)
    return found !== undefined && this.#now() < found.expiresAt ? found : undefined
  }

  get accessTokens(): string[] {
    return [...this.#accessTokens.keys()].filter((token) => this.accepts(token))
  }

  /** refresh tokens that came of a consent and still work */
  get refreshTokens(): string[] {
    return [...this.#refreshTokens.keys()]
  }

  /** as when the owner signs the application out: every access token given so far stops working */
  revokeAccessTokens(): void {
    this.#accessTokens.clear()
  }

  /** as when an account's owner removes the application: what she consented to is over */
  forget(account: string): void {
    this.#consented.delete(account)
    for (const tokens of [this.#accessTokens, this.#refreshTokens]) {
      for (const [token, issued] of tokens) if (issued.account === account) tokens.delete(token)
    }
  }

  reset(): void {
    this.requests.length = 0
    this.revocations.length = 0
    this.behaviour = 'grant'
    this.consent.reset()
    this.#refreshTokens.clear()
    this.#consented.clear()
  }

  answer(request: TokenRequest): TokenAnswer {
    this.requests.push(request)
    if (this.behaviour === 'server_error') {
      return {
        status: 500,
        json: { error: 'internal_failure', error_description: 'Backend Error' },
      }
    }
    const form = new URLSearchParams(request.body)
    const type = form.get('grant_type')
    if (type !== 'refresh_token' && type !== 'authorization_code') {
      return refuse(400, 'unsupported_grant_type')
    }
    if (form.get('client_id') !== this.clientId) {
      return refuse(401, 'invalid_client', 'The OAuth client was not found.')
    }
    if (form.get('client_secret') !== this.clientSecret) {
      return refuse(401, 'invalid_client', 'Unauthorized')
    }
    if (this.behaviour === 'invalid_grant') return withdrawn()
    return type === 'refresh_token' ? this.#refresh(form) : this.#redeem(form)
  }

  /** RFC 7009, as Google does it: one token ends everything that its account allowed this client */
  revoke({ body }: Pick<TokenRequest, 'body'>): TokenAnswer {
    const token = new URLSearchParams(body).get('token') ?? ''
    this.revocations.push(token)
    if (this.behaviour === 'server_error') return refuse(503, 'internal_failure')
    const issued = this.#refreshTokens.get(token) ?? this.find(token)
    if (issued === undefined) return refuse(400, 'invalid_token', 'Token expired or revoked')
    this.forget(issued.account)
    return { status: 200, json: {} }
  }

  #refresh(form: URLSearchParams): TokenAnswer {
    const given = form.get('refresh_token') ?? ''
    const issued = given === this.refreshToken ? SHOP : this.#refreshTokens.get(given)
    return issued === undefined ? withdrawn() : this.#tokens(issued)
  }

  #redeem(form: URLSearchParams): TokenAnswer {
    const granted = this.consent.redeem(form)
    // RFC 6749 §4.1.2: whoever sends a code twice may have stolen it, so nobody keeps what came of it
    if (granted === 'replayed') for (const one of [ACCOUNT, OTHER_ACCOUNT]) this.forget(one)
    if (granted === 'replayed' || granted === undefined) return withdrawn()
    const { account, request } = granted
    const before = this.#consented.get(account) ?? new Set()
    const includes = request.get('include_granted_scopes') === 'true'
    const scopes = [...new Set([...(includes ? before : []), ...granted.scopes])]
    const isFirst = before.size === 0
    this.#consented.set(account, new Set([...before, ...scopes]))
    const issued = { account, scopes }
    const asksAgain = /\bconsent\b/.test(request.get('prompt') ?? '')
    const lasts = request.get('access_type') === 'offline' && (isFirst || asksAgain)
    const refreshToken = `1//0g${randomBytes(48).toString('base64url')}`
    if (lasts) this.#refreshTokens.set(refreshToken, issued)
    const { status, json } = this.#tokens(issued)
    return { status, json: { ...json, ...(lasts && { refresh_token: refreshToken }) } }
  }

  #tokens(issued: Issued): TokenAnswer {
    return {
      status: 200,
      json: {
        access_token: this.issue(this.expiresInSeconds, issued),
        expires_in: this.expiresInSeconds,
        scope: issued.scopes?.join(' ') ?? 'https://www.googleapis.com/auth/gmail.modify',
        token_type: 'Bearer',
      },
    }
  }
}

function withdrawn(): TokenAnswer {
  return refuse(400, 'invalid_grant', 'Token has been expired or revoked.')
}

function refuse(status: number, error: string, description?: string): TokenAnswer {
  return { status, json: { error, ...(description && { error_description: description }) } }
}
