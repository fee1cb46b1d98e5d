import type { Kysely } from 'kysely'
import {
  errors,
  type AccessToken,
  type Provider,
  type ResourceServerInstance,
  type TokenEndpointGrantContext,
} from 'oidc-provider'
// made for grant types like this one, but outside the library's semantic versioning: the exact pin and our tests hold it
import * as library from 'oidc-provider/lib/helpers/grants.js'
import type { Database } from '../database/schema.ts'
import {
  accessTokenType,
  findAccessToken,
  findRefreshToken,
  refreshTokenType,
  type Subject,
} from './exchange-subject.ts'
import { scopesBacked, type Front, type Fronts } from './fronts.ts'
import { isGoogleScope, readGoogleScopes } from './google-scopes.ts'
import { issuableCapabilities } from './policy.ts'

export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'

const parameters = [
  'subject_token',
  'subject_token_type',
  'actor_token',
  'actor_token_type',
  'requested_token_type',
  'resource',
  'audience',
  'scope',
  'authorization_details',
] as const
type Parameters = Partial<Record<(typeof parameters)[number], string>>
export type ExchangeContext = TokenEndpointGrantContext<Parameters>

/**
 * RFC 8693, down-scoping only: a client trades what it holds for a narrower token. What it may become is inside the subject
 * token and inside the grant as it is now.
 */
export function registerTokenExchange(
  provider: Provider,
  db: Kysely<Database>,
  fronts: Fronts,
): void {
  const handler = async (ctx: ExchangeContext): Promise<void> => {
    assertSupported(ctx.oidc.params)
    const proof = await library.validateDpop(provider, ctx)
    library.checkDpopRequired(provider, ctx, proof)

    const subject =
      ctx.oidc.params.subject_token_type === refreshTokenType
        ? await findRefreshToken(provider, db, ctx, proof !== undefined)
        : await findAccessToken(provider, ctx)
    const { source } = subject
    if (source.jkt !== undefined && source.jkt !== proof?.thumbprint) {
      throw new errors.InvalidGrant('subject_token is bound to another key')
    }
    const grant = await library.validateGrant(provider, ctx, source.grantId ?? '')
    ctx.oidc.entity('Grant', grant)
    const account = await library.findAccount(provider, ctx, source.accountId, source)
    if (!account) throw new errors.InvalidGrant('the buyer of subject_token is gone')
    ctx.oidc.entity('Account', account)

    const front = resolveFront(fronts, ctx, subject)
    const token = newToken(provider, ctx, subject)
    token.resourceServer = await toResourceServer(provider, ctx, front)
    limitToSubject(token, subject)
    token.scope = narrowScope(fronts, front, ctx, subject)
    if (proof) {
      await library.checkDpopReplay(provider, ctx, proof, ctx.oidc.client.clientId)
      token.setThumbprint('jkt', proof.thumbprint)
    }
    // the source is the subject token: nothing that it lost by an earlier exchange comes back
    await library.applyAuthorizationDetails(provider, ctx, token, source)
    ctx.oidc.entity('AccessToken', token)
    const accessToken = await token.save()
    ctx.body = library.buildTokenResponse(provider, {
      accessToken,
      issuedTokenType: accessTokenType,
      tokenType: token.tokenType,
      expiresIn: token.expiration,
      scope: token.scope,
      authorizationDetails: token.rar,
    })
  }
  provider.registerGrantType(tokenExchange, handler, parameters, ['resource', 'audience'])
}

/** an access token as the library has it at run time */
type IssuedToken = AccessToken & {
  rar?: NonNullable<library.AuthorizationDetailsSource['rar']>
  resourceServer: ResourceServerInstance
  scope: string | undefined
  expiresIn: number
}

function assertSupported(asked: Parameters): void {
  for (const name of ['subject_token', 'subject_token_type'] as const) {
    if (!asked[name]) throw new errors.InvalidRequest(`missing required parameter ${name}`)
  }
  if (
    asked.subject_token_type !== accessTokenType &&
    asked.subject_token_type !== refreshTokenType
  ) {
    throw new errors.InvalidRequest(
      `subject_token_type must be ${accessTokenType} or ${refreshTokenType}`,
    )
  }
  if (asked.requested_token_type && asked.requested_token_type !== accessTokenType) {
    throw new errors.InvalidRequest(`requested_token_type must be ${accessTokenType}`)
  }
  // an actor that is silently ignored would be believed to be in the token
  if (asked.actor_token || asked.actor_token_type) {
    throw new errors.InvalidRequest('actor_token is not supported')
  }
}

/**
 * RFC 8693 §2.1 has two words for where the token will be used. An access token stays at its front; another front of the grant
 * is the refresh token's job.
 */
function resolveFront(
  fronts: Fronts,
  { oidc: { params } }: ExchangeContext,
  { audiences }: Subject,
): Front {
  if (params.resource !== undefined && params.audience !== undefined) {
    throw new errors.InvalidRequest('give resource or audience, not both')
  }
  // a list, when it was given twice, and when the library took it from the authorization_details
  const [asked, ...more] = [params.resource ?? params.audience ?? audiences].flat()
  const front = fronts.find(asked)
  const isHeld = audiences.some((audience) => front && fronts.find(audience) === front)
  if (!front || !isHeld || more.length > 0) {
    throw new errors.InvalidTarget('the resource must be the one of subject_token')
  }
  return front
}

/**
 * A short-lived token that could renew itself would be as good as the grant, for whoever got hold of it. The end is fixed here:
 * the library would count seconds again when it saves, and win one by every exchange that runs across a second.
 */
function limitToSubject(token: IssuedToken, { expiresAt }: Subject): void {
  const now = Math.floor(Date.now() / 1000)
  token.exp = Math.min(now + token.expiration, expiresAt)
  token.expiresIn = Math.max(1, token.exp - now)
}

async function toResourceServer(
  provider: Provider,
  ctx: ExchangeContext,
  front: Front,
): Promise<ResourceServerInstance> {
  ctx.oidc.params.resource = front.resource
  const [resource] = await library.resolveRequestedResources(provider, ctx)
  if (!resource) throw new errors.InvalidTarget()
  return resource
}

function narrowScope(
  fronts: Fronts,
  front: Front,
  ctx: ExchangeContext,
  { source }: Subject,
): string | undefined {
  const { params, entities } = ctx.oidc
  const { scope = '' } = params
  const asked = params.scope?.split(' ')
  const google = asked && readGoogleScopes(front, asked)
  const own = asked?.filter((one) => !isGoogleScope(one))
  const beyond = own?.filter((one) => !source.scopes.has(one)) ?? []
  if (beyond.length > 0)
    throw new errors.InvalidScope('subject_token does not have this scope', beyond.join(' '))
  if (google === undefined) return (own ?? [...source.scopes]).join(' ') || undefined

  // the details alone would say what is asked then, and the scopes would narrow nothing
  if (params.authorization_details !== undefined) {
    throw new errors.InvalidScope('give authorization_details or scopes of Google, not both', scope)
  }
  const issuance = { source, grant: entities.Grant, audience: front.resource, parameters: {} }
  const named = google.whole ? fronts.scopesOf(front) : [...(own ?? []), ...google.covered]
  const issued = scopesBacked(named, issuableCapabilities(fronts, issuance))
  // a scope that names nothing of the subject's is no scope, and no scope would be everything
  if (issued.length === 0 && !google.whole) {
    throw new errors.InvalidScope('subject_token has nothing that these scopes name', scope)
  }
  // from here on it is asked in our words: the capabilities are narrowed by them, and the answer says them
  if (google.whole) delete params.scope
  else params.scope = issued.join(' ')
  return issued.join(' ') || undefined
}

function newToken(provider: Provider, ctx: ExchangeContext, { source }: Subject): IssuedToken {
  const properties = {
    client: ctx.oidc.client,
    accountId: source.accountId,
    grantId: source.grantId ?? '',
    gty: tokenExchange,
    scope: '',
    expiresWithSession: false,
  }
  return new provider.AccessToken(properties) as IssuedToken
}
