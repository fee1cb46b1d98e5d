import { randomBytes } from 'node:crypto'

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

/** Google's OAuth token endpoint, refresh grant only, and the list of access tokens that the API accepts */
export class TokenEndpoint {
  readonly clientId: string = '480912-remit.apps.googleusercontent.com'
  readonly clientSecret: string = `GOCSPX-${randomBytes(21).toString('base64url')}`
  refreshToken: string = `1//0g${randomBytes(48).toString('base64url')}`
  readonly requests: TokenRequest[] = []
  behaviour: TokenBehaviour = 'grant'
  expiresInSeconds: number = 3599
  readonly #now: () => number
  /** access token to the time in milliseconds when it stops working */
  readonly #accessTokens: Map<string, number> = new Map()

  constructor(now: () => number) {
    this.#now = now
  }

  issue(expiresInSeconds: number = this.expiresInSeconds): string {
    const token = `ya29.a0${randomBytes(120).toString('base64url')}`
    this.#accessTokens.set(token, this.#now() + expiresInSeconds * 1000)
    return token
  }

  accepts(accessToken: string): boolean {
    const expiresAt = this.#accessTokens.get(accessToken)
    return expiresAt !== undefined && this.#now() < expiresAt
  }

  get accessTokens(): string[] {
    return [...this.#accessTokens.keys()].filter((token) => this.accepts(token))
  }

  /** as when the owner signs the application out: every access token given so far stops working */
  revokeAccessTokens(): void {
    this.#accessTokens.clear()
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
    if (form.get('grant_type') !== 'refresh_token') return refuse(400, 'unsupported_grant_type')
    if (form.get('client_id') !== this.clientId) {
      return refuse(401, 'invalid_client', 'The OAuth client was not found.')
    }
    if (form.get('client_secret') !== this.clientSecret) {
      return refuse(401, 'invalid_client', 'Unauthorized')
    }
    if (this.behaviour === 'invalid_grant' || form.get('refresh_token') !== this.refreshToken) {
      return refuse(400, 'invalid_grant', 'Token has been expired or revoked.')
    }
    return {
      status: 200,
      json: {
        access_token: this.issue(),
        expires_in: this.expiresInSeconds,
        scope: 'https://www.googleapis.com/auth/gmail.modify',
        token_type: 'Bearer',
      },
    }
  }
}

function refuse(status: number, error: string, description?: string): TokenAnswer {
  return { status, json: { error, ...(description && { error_description: description }) } }
}
