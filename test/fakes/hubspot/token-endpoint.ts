import { randomBytes, randomUUID } from 'node:crypto'
import { PORTAL_ID } from './object-types.ts'
import type { Reply } from './replies.ts'

export interface TokenRequest {
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly body: string
}

/** HubSpot's OAuth token endpoint, refresh grant only, and the tokens that the API accepts */
export class TokenEndpoint {
  readonly clientId: string = randomUUID()
  readonly clientSecret: string = randomUUID()
  refreshToken: string = newRefreshToken()
  readonly requests: TokenRequest[] = []
  /** `grant` gives tokens, `rotate` a new refresh token as well; the others answer every request so until told otherwise */
  behaviour: 'grant' | 'rotate' | 'revoked' | 'server_error' = 'grant'
  expiresInSeconds: number = 1800
  readonly #now: () => number
  /** access token to the time in milliseconds when it stops working */
  readonly #accessTokens: Map<string, number> = new Map()

  constructor(now: () => number) {
    this.#now = now
  }

  /** the token of a private app: it does not end */
  issuePrivateAppToken(): string {
    const token = `pat-eu1-${randomUUID()}`
    this.#accessTokens.set(token, Infinity)
    return token
  }

  accepts(accessToken: string): boolean {
    return this.#now() < (this.#accessTokens.get(accessToken) ?? -Infinity)
  }

  /** as when the owner disconnects the app: every access token given so far stops working */
  revokeAccessTokens(): void {
    this.#accessTokens.clear()
  }

  answer(request: TokenRequest): Reply {
    this.requests.push(request)
    if (this.behaviour === 'server_error') return refuse(500, 'INTERNAL_ERROR', 'not now')
    const form = new URLSearchParams(request.body)
    if (form.get('grant_type') !== 'refresh_token') {
      return refuse(400, 'BAD_GRANT_TYPE', 'missing or unknown grant type')
    }
    if (form.get('client_id') !== this.clientId) {
      return refuse(400, 'BAD_CLIENT_ID', 'missing or unknown client id')
    }
    if (form.get('client_secret') !== this.clientSecret) {
      return refuse(400, 'BAD_CLIENT_SECRET', 'missing or invalid client secret')
    }
    if (this.behaviour === 'revoked' || form.get('refresh_token') !== this.refreshToken) {
      return refuse(400, 'BAD_REFRESH_TOKEN', 'missing or invalid refresh token')
    }
    if (this.behaviour === 'rotate') this.refreshToken = newRefreshToken()
    const token = `C${randomBytes(60).toString('base64url')}`
    this.#accessTokens.set(token, this.#now() + this.expiresInSeconds * 1000)
    return {
      status: 200,
      json: {
        token_type: 'bearer',
        access_token: token,
        refresh_token: this.refreshToken,
        expires_in: this.expiresInSeconds,
        hub_id: Number(PORTAL_ID),
        user_id: 9001,
        scopes: ['crm.objects.contacts.read', 'crm.objects.contacts.write'],
      },
    }
  }
}

function newRefreshToken(): string {
  return `na1-${randomBytes(24).toString('base64url')}`
}

/** another shape than the API's errors */
function refuse(status: number, code: string, message: string): Reply {
  const error = status === 500 ? 'server_error' : 'invalid_grant'
  return {
    status,
    json: { status: code, message, correlationId: randomUUID(), error, error_description: message },
  }
}
