import type { Kysely } from 'kysely'
import {
  errors,
  type AccessToken,
  type AuthorizationDetail,
  type Client,
  type ClientCredentials,
  type KoaContextWithOIDC,
} from 'oidc-provider'
import type { Database } from '../database/schema.ts'
import { scopesBacked, type Fronts } from './fronts.ts'
import { assertBearerGranted } from './key-binding.ts'
import { assertMintable } from './mint.ts'
import { asOAuthErrors } from './oauth-error.ts'
import { issuableCapabilities, parametersOf, toDetails } from './policy.ts'
import { wasFirstTokenBound } from './storage-refresh-token.ts'

/** what an access token and its response carry; the scope says no more than that */
export function detailsForToken(
  fronts: Fronts,
  ctx: KoaContextWithOIDC,
  token: AccessToken | ClientCredentials,
  source: object | undefined,
): AuthorizationDetail[] | undefined {
  if (token.aud === undefined) return undefined
  const issued = issuableCapabilities(fronts, {
    source,
    grant: ctx.oidc.entities.Grant,
    audience: token.aud,
    parameters: parametersOf(ctx),
  })
  const scopes = token.scope?.split(' ') ?? []
  Object.assign(token, { scope: scopesBacked(scopes, issued).join(' ') || undefined })
  return toDetails(issued)
}

/**
 * The library consumes the old refresh token before it looks at what the request asks for: a mistake would cost the agent its
 * grant. This runs just before, so everything that can still be refused is refused here.
 *
 * Only an unbound refresh token of a public client is rotated: it is the only one that whoever holds it can use (RFC 9700
 * §4.14.2), and a rotation that two requests race for ends the whole grant.
 */
export async function rotateRefreshToken(
  db: Kysely<Database>,
  fronts: Fronts,
  ctx: KoaContextWithOIDC,
): Promise<boolean> {
  const { RefreshToken: refreshToken, Grant: grant, Client: client } = ctx.oidc.entities
  if (!refreshToken || !client) throw new Error('a refresh without a refresh token')
  const parameters = parametersOf(ctx)
  const [resource] = [parameters['resource'] ?? refreshToken.resource].flat()
  if (resource !== undefined) {
    if (typeof resource !== 'string' || !refreshToken.resourceIndicators.has(resource)) {
      throw new errors.InvalidTarget()
    }
    const audience = fronts.find(resource)?.resource
    if (audience === undefined) throw new errors.InvalidTarget()
    const issuance = { source: refreshToken, grant, audience, parameters }
    asOAuthErrors(() => assertMintable(audience, issuableCapabilities(fronts, issuance)))
  }
  if (ctx.get('DPoP') === '') {
    await assertBearerGranted(db, refreshToken.grantId)
    await assertNoStepDown(db, refreshToken.jti)
  }
  return isUsableByAnybody(client, refreshToken)
}

export function isUsableByAnybody(
  client: Client,
  token: { isSenderConstrained(): boolean },
): boolean {
  return client.clientAuthMethod === 'none' && !token.isSenderConstrained()
}

/** @throws errors.InvalidGrant when the grant has been used with a key */
export async function assertNoStepDown(db: Kysely<Database>, refreshToken: string): Promise<void> {
  if (!(await wasFirstTokenBound(db, refreshToken))) return
  throw new errors.InvalidGrant('this grant is used with DPoP: send a proof')
}

/**
 * RFC 7009 on one access token ends that token. On a refresh token, and wherever the library suspects theft (a code or a
 * rotated refresh token that comes twice), the grant ends with everything issued from it.
 */
export function revokesGrant(ctx: KoaContextWithOIDC): boolean {
  return !(ctx.oidc.route === 'revocation' && ctx.oidc.entities.AccessToken !== undefined)
}

/** whoever finds a token somewhere must not learn from us what it opens: only its client, and who the operator registered */
export function mayIntrospect(
  operatorsClients: ReadonlySet<string>,
  client: Client,
  token: { clientId?: string | undefined },
): boolean {
  if (token.clientId === client.clientId) return true
  return client.clientAuthMethod !== 'none' && operatorsClients.has(client.clientId)
}
