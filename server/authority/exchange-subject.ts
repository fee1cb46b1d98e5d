import type { Kysely } from 'kysely'
import { errors, type AccessToken, type Provider, type RefreshToken } from 'oidc-provider'
import type { Database } from '../database/schema.ts'
import { parseBiscuitName } from './biscuit-name.ts'
import type { ExchangeContext } from './token-exchange.ts'
import { assertNoStepDown } from './token-policy.ts'

export const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'
export const refreshTokenType = 'urn:ietf:params:oauth:token-type:refresh_token'

/** what is traded in an exchange */
export interface Subject {
  readonly source: AccessToken | RefreshToken
  /** the fronts that it is for */
  readonly audiences: readonly unknown[]
  /** seconds since 1970; nothing that comes of it lasts longer */
  readonly expiresAt: number
}

export async function findAccessToken(provider: Provider, ctx: ExchangeContext): Promise<Subject> {
  const source = await provider.AccessToken.find(ctx.oidc.params.subject_token ?? '')
  if (!source?.isValid || source.clientId !== ctx.oidc.client.clientId) return refuseSubject()
  const name = parseBiscuitName(source.jti)
  if (!name) throw new errors.InvalidGrant('subject_token is not for a front')
  // the record is that of the token it was narrowed from: exchanging it would undo the narrowing
  if (name.attenuatedTo !== undefined) {
    throw new errors.InvalidGrant(
      'subject_token is attenuated: attenuate it further, or exchange the token it came from',
    )
  }
  return { source, audiences: [source.aud].flat(), expiresAt: source.exp ?? 0 }
}

/**
 * For programs that know token exchange and nothing else, and read their subject token from a file that nobody writes again: the
 * one thing of a grant that lasts as long as the grant. So it is only for clients that authenticate, whose refresh token is
 * nothing without them and is not rotated; that of a public client would come back unrotated and unnoticed (RFC 9700 §4.14.2).
 * Everything else that the refresh grant asks for is asked for here too.
 */
export async function findRefreshToken(
  provider: Provider,
  db: Kysely<Database>,
  ctx: ExchangeContext,
  isProven: boolean,
): Promise<Subject> {
  const { client, params } = ctx.oidc
  // the library's refresh grant compares the key of an attested copy, and lends that check to nobody
  if (client.clientAuthMethod === 'none' || client.clientAuthMethod?.startsWith('attest_')) {
    throw new errors.InvalidRequest(
      'a refresh token is a subject_token only for a client with a secret or a key of its own: use the refresh grant',
    )
  }
  const source = await provider.RefreshToken.find(params.subject_token ?? '')
  if (!source?.isValid || source.clientId !== client.clientId) return refuseSubject()
  if (!isProven) await assertNoStepDown(db, source.jti)
  const audiences = [...source.resourceIndicators]
  return { source, audiences, expiresAt: source.exp ?? 0 }
}

/** one sentence for all of them: it tells a program what to do, and a thief not which of them it is */
function refuseSubject(): never {
  const reason =
    'subject_token is invalid, expired, revoked or not of this client: ask the buyer again'
  throw Object.assign(new errors.InvalidGrant(reason), { error_description: reason })
}
