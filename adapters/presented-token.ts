import type { Refusal } from './refusal.ts'
import type { Snapshot } from './snapshot.ts'

/** how a token was presented: RFC 6750 §2.1 or RFC 9449 §7.1 */
type Scheme = 'bearer' | 'dpop'

export type PresentedToken =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly refusal: Refusal }

/** names under which clients put a credential into the URL, where logs and histories keep it (RFC 6750 §5.3) */
const TOKEN_PARAMETERS = new Set([
  'access_token',
  'oauth_token',
  'key',
  'api_key',
  'apikey',
  'token',
  'hapikey',
])

/** the capability token: `Authorization: Bearer` or `Authorization: DPoP`, exactly once, and nowhere else. `prefix` may stand before it */
export function readPresentedToken(request: Snapshot, prefix = ''): PresentedToken {
  const misplaced = refuseTokenInQuery(request)
  if (misplaced) return { ok: false, refusal: misplaced }
  const [authorization, ...others] = request.headers.authorization
  if (authorization === undefined) {
    return refuse(
      'token_missing',
      'token_missing',
      'send a capability token as `Authorization: Bearer`, or as `Authorization: DPoP` with a proof',
    )
  }
  // Node keeps the first of several and drops the rest; which one another hop keeps is anyone's guess
  if (others.length > 0) {
    return refuse('token_invalid', 'several_authorizations', 'send one Authorization header')
  }
  const scheme = schemeOf(authorization)
  if (scheme === undefined) {
    return refuse(
      'token_invalid',
      'unknown_scheme',
      'send the capability token as `Authorization: Bearer`, or as `Authorization: DPoP` with a proof',
    )
  }
  const given = authorization.slice(scheme.length + 1)
  const text = given.startsWith(prefix) ? given.slice(prefix.length) : given
  if (text === '') return refuse('token_invalid', 'malformed', 'the token is empty')
  return { ok: true, text }
}

export function refuseTokenInQuery({ query }: Snapshot): Refusal | undefined {
  if (!query.some(([name]) => TOKEN_PARAMETERS.has(name.toLowerCase()))) return undefined
  return {
    code: 'denied',
    message: 'send the token in the Authorization header only',
    reason: 'token_in_query',
  }
}

export function schemeOf(authorization: string): Scheme | undefined {
  if (authorization.slice(0, 7).toLowerCase() === 'bearer ') return 'bearer'
  return authorization.slice(0, 5).toLowerCase() === 'dpop ' ? 'dpop' : undefined
}

function refuse(code: Refusal['code'], reason: string, message: string): PresentedToken {
  return { ok: false, refusal: { code, reason, message } }
}
