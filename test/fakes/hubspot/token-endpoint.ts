import { randomBytes, randomUUID } from 'node:crypto'
import { ConsentScreen } from '../consent-screen.ts'
import { PORTAL_ID } from './object-types.ts'
import type { Reply } from './replies.ts'

export interface TokenRequest {
  readonly target: string
  readonly rawHeaders: readonly string[]
  readonly body: string
}

interface Issued {
  readonly portal: string
  readonly scopes: readonly string[]
}

export const OTHER_PORTAL = '456'

const SHOP: Issued = {
  portal: PORTAL_ID,
  scopes: ['crm.objects.contacts.read', 'crm.objects.contacts.write'],
}

const KNOWN_SCOPES: readonly string[] = [
  'oauth',
  'tickets',
  'crm.lists.read',
  'crm.objects.owners.read',
  ...['contacts', 'companies', 'deals'].flatMap((one) => [
    `crm.objects.${one}.read`,
    `crm.objects.${one}.write`,
    `crm.schemas.${one}.read`,
  ]),
]

/** HubSpot's OAuth endpoints, and the tokens that the API accepts */
export class TokenEndpoint {
  readonly clientId: string = randomUUID()
  readonly clientSecret: string = randomUUID()
  refreshToken: string = newRefreshToken()
  readonly requests: TokenRequest[] = []
  /** `grant` gives tokens, `rotate` a new refresh token as well; the others answer every request so until told otherwise */
  behaviour: 'grant' | 'rotate' | 'revoked' | 'server_error' = 'grant'
  expiresInSeconds: number = 1800
  readonly consent: ConsentScreen
  readonly #now: () => number
  /** access token to the time in milliseconds when it stops working */
  readonly #accessTokens: Map<string, Issued & { readonly expiresAt: number }> = new Map()
  readonly #refreshTokens: Map<string, Issued> = new Map()

  constructor(now: () => number) {
    this.#now = now
    this.consent = new ConsentScreen({
      name: 'HubSpot',
      path: '/oauth/authorize',
      clientId: this.clientId,
      accounts: [PORTAL_ID, OTHER_PORTAL],
      knownScopes: KNOWN_SCOPES,
      required: ['client_id', 'redirect_uri', 'response_type', 'scope', 'state', 'code_challenge'],
      optional: ['code_challenge_method', 'optional_scope'],
      fixedScopes: ['oauth'],
      makeCode: () => `eu1-${randomUUID()}`,
      now,
    })
  }

  /** the token of a private app: it does not end */
  issuePrivateAppToken(portal: string = PORTAL_ID): string {
    const token = `pat-eu1-${randomUUID()}`
    this.#accessTokens.set(token, { ...SHOP, portal, expiresAt: Infinity })
    return token
  }

  accepts(accessToken: string): boolean {
    return this.#now() < (this.#accessTokens.get(accessToken)?.expiresAt ?? -Infinity)
  }

  portalOf(accessToken: string): string {
    return this.#accessTokens.get(accessToken)?.portal ?? PORTAL_ID
  }

  /** as when the owner disconnects the app: every access token given so far stops working */
  revokeAccessTokens(): void {
    this.#accessTokens.clear()
  }

  reset(): void {
    this.requests.length = 0
    this.behaviour = 'grant'
    this.consent.reset()
    this.#refreshTokens.clear()
  }

  answer(request: TokenRequest): Reply {
    this.requests.push(request)
    if (this.behaviour === 'server_error') return refuse(500, 'INTERNAL_ERROR', 'not now')
    const form = new URLSearchParams(request.body)
    const type = form.get('grant_type')
    if (type !== 'refresh_token' && type !== 'authorization_code') {
      return refuse(400, 'BAD_GRANT_TYPE', 'missing or unknown grant type')
    }
    if (form.get('client_id') !== this.clientId) {
      return refuse(400, 'BAD_CLIENT_ID', 'missing or unknown client id')
    }
    if (form.get('client_secret') !== this.clientSecret) {
      return refuse(400, 'BAD_CLIENT_SECRET', 'missing or invalid client secret')
    }
    return type === 'refresh_token' ? this.#refresh(form) : this.#redeem(form)
  }

  #refresh(form: URLSearchParams): Reply {
    const given = form.get('refresh_token') ?? ''
    const issued = given === this.refreshToken ? SHOP : this.#refreshTokens.get(given)
    if (this.behaviour === 'revoked' || issued === undefined) {
      return refuse(400, 'BAD_REFRESH_TOKEN', 'missing or invalid refresh token')
    }
    if (this.behaviour !== 'rotate') return this.#tokens(issued, given)
    const next = newRefreshToken()
    if (given === this.refreshToken) this.refreshToken = next
    else {
      this.#refreshTokens.delete(given)
      this.#refreshTokens.set(next, issued)
    }
    return this.#tokens(issued, next)
  }

  #redeem(form: URLSearchParams): Reply {
    const granted = this.consent.redeem(form)
    if (granted === undefined || granted === 'replayed' || this.behaviour === 'revoked') {
      return refuse(400, 'BAD_AUTH_CODE', 'missing or unknown auth code')
    }
    const issued = { portal: granted.account, scopes: granted.scopes }
    const refreshToken = newRefreshToken()
    this.#refreshTokens.set(refreshToken, issued)
    return this.#tokens(issued, refreshToken)
  }

  #tokens(issued: Issued, refreshToken: string): Reply {
    const token = `C${randomBytes(60).toString('base64url')}`
    const expiresAt = this.#now() + this.expiresInSeconds * 1000
    this.#accessTokens.set(token, { ...issued, expiresAt })
    return {
      status: 200,
      json: {
        token_type: 'bearer',
        access_token: token,
        refresh_token: refreshToken,
        expires_in: this.expiresInSeconds,
        hub_id: Number(issued.portal),
        user_id: 9001,
        scopes: issued.scopes,
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
