import { PROOF_ALGORITHMS } from './dpop-proof.ts'
import { schemeOf } from './presented-token.ts'
import type { Refusal } from './refusal.ts'

/**
 * The WWW-Authenticate lines of a refusal, as names and values in turn: RFC 6750 §3, RFC 9449 §7.1, and RFC 9728 §5.1 for where
 * the client learns who issues tokens for this front. The error stands with the scheme that was tried; where the other one
 * could do, it is offered beside it.
 */
export function challengesFor(
  refusal: Refusal,
  authorization: string | undefined,
  metadataUrl: string,
): string[] {
  if (refusal.code !== 'token_missing' && refusal.code !== 'token_invalid') return []
  const metadata = `resource_metadata="${metadataUrl}"`
  const bearer = `Bearer ${metadata}`
  const dpop = `DPoP ${metadata}, algs="${PROOF_ALGORITHMS.join(' ')}"`
  const toLines = (values: readonly string[]): string[] =>
    values.flatMap((value) => ['www-authenticate', value])
  if (refusal.code === 'token_missing') return toLines([bearer, dpop])
  const error = (code: string): string =>
    `, error="${code}", error_description="${quotable(refusal.message)}"`
  if (refusal.proof !== undefined) return toLines([dpop + error(refusal.proof)])
  return schemeOf(authorization ?? '') === 'dpop'
    ? toLines([dpop + error('invalid_token'), bearer])
    : toLines([bearer + error('invalid_token'), dpop])
}

/** RFC 6750 §3: error_description has no quotes, no backslashes and only printable ASCII */
function quotable(text: string): string {
  return text.replace(/[^\x20-\x7e]|["\\]/g, "'").slice(0, 200)
}
