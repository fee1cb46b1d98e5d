import type { Refusal } from './refusal.ts'
import type { Snapshot } from './snapshot.ts'

export type BearerResult =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly refusal: Refusal }

/** names under which clients put a credential into the URL, where logs and histories keep it (RFC 6750 §5.3) */
const TOKEN_PARAMETERS = new Set([
  'access_token',
  'oauth_token',
  'key',
  'api_key',
  'apikey',
  'token',
])

/** the capability token: `Authorization: Bearer`, exactly once, and nowhere else */
export function readBearer(request: Snapshot): BearerResult {
  for (const [name] of request.query) {
    if (TOKEN_PARAMETERS.has(name.toLowerCase())) {
      return refuse('denied', 'token_in_query', 'send the token in the Authorization header only')
    }
  }
  const [authorization, ...others] = request.headers.authorization
  if (authorization === undefined) {
    return refuse(
      'token_missing',
      'token_missing',
      'send a capability token as `Authorization: Bearer`',
    )
  }
  // Node keeps the first of several and drops the rest; which one another hop keeps is anyone's guess
  if (others.length > 0) {
    return refuse('token_invalid', 'several_authorizations', 'send one Authorization header')
  }
  if (authorization.slice(0, 7).toLowerCase() !== 'bearer ') {
    return refuse(
      'token_invalid',
      'not_bearer',
      'send the capability token as `Authorization: Bearer`',
    )
  }
  const text = authorization.slice(7)
  if (text === '') return refuse('token_invalid', 'malformed', 'the token is empty')
  return { ok: true, text }
}

function refuse(code: Refusal['code'], reason: string, message: string): BearerResult {
  return { ok: false, refusal: { code, reason, message } }
}
