import {
  errors,
  type AccessToken,
  type Provider,
  type ResourceServerInstance,
  type TokenEndpointGrantContext,
} from 'oidc-provider'
// made for grant types like this one, but outside the library's semantic versioning: the exact pin and our tests hold it
import * as library from 'oidc-provider/lib/helpers/grants.js'
import { parseBiscuitName } from './biscuit-name.ts'
import type { Fronts } from './fronts.ts'

export const tokenExchange = 'urn:ietf:params:oauth:grant-type:token-exchange'
const accessTokenType = 'urn:ietf:params:oauth:token-type:access_token'

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
type ExchangeContext = TokenEndpointGrantContext<Parameters>

/**
 * RFC 8693, down-scoping only: a client trades its own token for a narrower one. What it may become is inside the subject
 * token and inside the grant as it is now.
 */
export function registerTokenExchange(provider: Provider, fronts: Fronts): void {
  const handler = async (ctx: ExchangeContext): Promise<void> => {
    assertSupported(ctx.oidc.params)
    const proof = await library.validateDpop(provider, ctx)
    library.checkDpopRequired(provider, ctx, proof)

    const subject = await findSubject(provider, ctx)
    if (subject.jkt !== undefined && subject.jkt !== proof?.thumbprint) {
      throw new errors.InvalidGrant('subject_token is bound to another key')
    }
    const grant = await library.validateGrant(provider, ctx, subject.grantId ?? '')
    ctx.oidc.entity('Grant', grant)
    const account = await library.findAccount(provider, ctx, subject.accountId, subject)
    if (!account) throw new errors.InvalidGrant('the buyer of subject_token is gone')
    ctx.oidc.entity('Account', account)

    const resource = await resolveResource(provider, fronts, ctx, subject)
    const token = newToken(provider, ctx, subject)
    token.resourceServer = resource
    token.scope = narrowScope(ctx, subject)
    if (proof) {
      await library.checkDpopReplay(provider, ctx, proof, ctx.oidc.client.clientId)
      token.setThumbprint('jkt', proof.thumbprint)
    }
    // the source is the subject token: nothing that it lost by an earlier exchange comes back
    await library.applyAuthorizationDetails(provider, ctx, token, subject)
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
}

function assertSupported(asked: Parameters): void {
  for (const name of ['subject_token', 'subject_token_type'] as const) {
    if (!asked[name]) throw new errors.InvalidRequest(`missing required parameter ${name}`)
  }
  if (asked.subject_token_type !== accessTokenType) {
    throw new errors.InvalidRequest(`subject_token_type must be ${accessTokenType}`)
  }
  if (asked.requested_token_type && asked.requested_token_type !== accessTokenType) {
    throw new errors.InvalidRequest(`requested_token_type must be ${accessTokenType}`)
  }
  // an actor that is silently ignored would be believed to be in the token
  if (asked.actor_token || asked.actor_token_type) {
    throw new errors.InvalidRequest('actor_token is not supported')
  }
}

async function findSubject(provider: Provider, ctx: ExchangeContext): Promise<IssuedToken> {
  const subject = await provider.AccessToken.find(ctx.oidc.params.subject_token ?? '')
  if (!subject?.isValid || subject.clientId !== ctx.oidc.client.clientId) {
    throw new errors.InvalidGrant('subject_token is invalid, expired or not of this client')
  }
  const name = parseBiscuitName(subject.jti)
  if (!name) throw new errors.InvalidGrant('subject_token is not for a front')
  // the record is that of the token it was narrowed from: exchanging it would undo the narrowing
  if (name.attenuatedTo !== undefined) {
    throw new errors.InvalidGrant(
      'subject_token is attenuated: attenuate it further, or exchange the token it came from',
    )
  }
  return subject as IssuedToken
}

/** RFC 8693 §2.1 has two words for where the token will be used; another front of the grant is the refresh grant's job */
async function resolveResource(
  provider: Provider,
  fronts: Fronts,
  ctx: ExchangeContext,
  subject: IssuedToken,
): Promise<ResourceServerInstance> {
  const { params } = ctx.oidc
  if (params.resource !== undefined && params.audience !== undefined) {
    throw new errors.InvalidRequest('give resource or audience, not both')
  }
  // a list, when it was given twice, and when the library took it from the authorization_details
  const [asked, ...more] = [params.resource ?? params.audience ?? subject.aud].flat()
  const front = fronts.find(asked)
  if (!front || front.resource !== subject.aud || more.length > 0) {
    throw new errors.InvalidTarget('the resource must be the one of subject_token')
  }
  params.resource = front.resource
  const [resource] = await library.resolveRequestedResources(provider, ctx)
  if (!resource) throw new errors.InvalidTarget()
  return resource
}

function narrowScope(ctx: ExchangeContext, subject: IssuedToken): string | undefined {
  const held = subject.scopes
  const asked = ctx.oidc.params.scope?.split(' ')
  const beyond = asked?.filter((scope) => !held.has(scope)) ?? []
  if (beyond.length > 0)
    throw new errors.InvalidScope('subject_token does not have this scope', beyond.join(' '))
  return (asked ?? [...held]).join(' ') || undefined
}

function newToken(provider: Provider, ctx: ExchangeContext, subject: IssuedToken): IssuedToken {
  const properties = {
    client: ctx.oidc.client,
    accountId: subject.accountId,
    grantId: subject.grantId ?? '',
    gty: tokenExchange,
    scope: '',
    expiresWithSession: false,
  }
  return new provider.AccessToken(properties) as IssuedToken
}
