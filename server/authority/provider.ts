import type { webcrypto } from 'node:crypto'
import { importJWK } from 'jose'
import {
  errors,
  Provider,
  type Configuration,
  type KoaContextWithOIDC,
  type ResourceServer,
} from 'oidc-provider'
import { parseCapabilities, parseNarrowing } from '../../capabilities/index.ts'
import { findBuyerAccount } from './account.ts'
import {
  assertProposes,
  createInteractionPolicy,
  detailsForCode,
  loadExistingGrant,
} from './authorization-policy.ts'
import {
  assertClientMetadata,
  extraClientProperties,
  isOwnOrigin,
  mayFetchMetadata,
} from './clients.ts'
import { webKeysPath } from './edge.ts'
import { renderPlainError } from './error-answer.ts'
import type { Fronts } from './fronts.ts'
import { MintHook } from './mint-hook.ts'
import { asOAuthErrors } from './oauth-error.ts'
import { grantSecondsDefault, type AuthorityOptions } from './options.ts'
import { capabilitiesOf, parametersOf, toDetails } from './policy.ts'
import { impliedResources } from './proposal.ts'
import { createStorage } from './storage.ts'
import { findTokenSeconds, toTokenLifetimes, type TokenLifetimes } from './token-lifetime.ts'
import { registerTokenExchange, tokenExchange } from './token-exchange.ts'
import {
  detailsForToken,
  isUsableByAnybody,
  mayIntrospect,
  revokesGrant,
  rotateRefreshToken,
} from './token-policy.ts'

const day = 86_400
const signing = ['ES256', 'Ed25519', 'EdDSA'] as const

export const routes = {
  authorization: '/oauth/authorize',
  token: '/oauth/token',
  pushed_authorization_request: '/oauth/par',
  registration: '/oauth/register',
  revocation: '/oauth/revoke',
  introspection: '/oauth/introspect',
  jwks: '/oauth/jwks',
  userinfo: '/oauth/userinfo',
  challenge: '/oauth/challenge',
} as const

export type SigningKeys = NonNullable<Configuration['jwks']>

/** Wiring only: every rule is a named function of another file. */
export function createProvider(
  options: AuthorityOptions,
  fronts: Fronts,
  jwks: SigningKeys,
): Provider {
  const minting = new MintHook(options.db, fronts, options.keys)
  const provider = new Provider(options.issuer, {
    ...createConfiguration(options, fronts, minting),
    jwks,
  })
  provider.proxy = options.behindProxy ?? false
  // the last address is the one our proxy saw; those before it are whatever the caller wrote
  provider.maxIpsCount = 1
  minting.install(provider)
  registerTokenExchange(provider, options.db, fronts)
  return provider
}

function createConfiguration(
  options: AuthorityOptions,
  fronts: Fronts,
  minting: MintHook,
): Configuration {
  const { db, issuer } = options
  return {
    adapter: createStorage(db, options.keys.rootKeys),
    clients: [...(options.clients ?? [])],
    clientDefaults: {
      authorization_details_types: fronts.list.map(({ provider }) => provider),
      grant_types: ['authorization_code', 'refresh_token', tokenExchange],
      response_types: ['code'],
      id_token_signed_response_alg: 'ES256',
    },
    extraClientMetadata: {
      properties: [...extraClientProperties],
      validator: (_ctx, key, value, metadata) => {
        assertClientMetadata(key, value, metadata)
      },
    },
    responseTypes: ['code'],
    scopes: ['openid', 'offline_access', ...fronts.scopes],
    claims: { openid: ['sub'] },
    clientAuthMethods: clientAuthMethods(options),
    enabledJWA: {
      clientAuthSigningAlgValues: [...signing],
      idTokenSigningAlgValues: [...signing],
      requestObjectSigningAlgValues: [...signing],
      dPoPSigningAlgValues: [...signing],
    },
    pkce: { required: () => true },
    cookies: createCookies(issuer, options.secrets.cookieKeys),
    routes,
    discovery: { biscuit_web_keys_uri: `${issuer}${webKeysPath}` },
    interactions: {
      policy: createInteractionPolicy(fronts),
      url: (_ctx, interaction) => `/consent/${interaction.uid}`,
    },
    findAccount: async (_ctx, id) => findBuyerAccount(db, id),
    loadExistingGrant: async (ctx) => loadExistingGrant(db, fronts, ctx),
    extraTokenClaims: async (ctx, token) => minting.extraTokenClaims(ctx, token),
    // an agent works while its buyer sleeps: the default ties tokens to the browser's session and its latest consent
    expiresWithSession: () => false,
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: async (ctx) => rotateRefreshToken(db, fronts, ctx),
    revokeGrantPolicy: revokesGrant,
    clientBasedCORS: isOwnOrigin,
    renderError: options.renderError ?? renderPlainError,
    ttl: createLifetimes(toTokenLifetimes(options)),
    ...(options.fetch && { fetch: options.fetch }),
    features: createFeatures(options, fronts),
  }
}

function createFeatures(
  options: AuthorityOptions,
  fronts: Fronts,
): NonNullable<Configuration['features']> {
  const operatorsClients = new Set(options.clients?.map(({ client_id: id }) => id))
  return {
    devInteractions: { enabled: false },
    rpInitiatedLogout: { enabled: false },
    userinfo: { enabled: true },
    pushedAuthorizationRequests: { enabled: true },
    requestObjects: { enabled: true },
    dPoP: {
      enabled: true,
      nonceSecret: options.secrets.dpopNonce,
      requireNonce: () => options.dpopNonceRequired ?? false,
    },
    introspection: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => mayIntrospect(operatorsClients, client, token),
    },
    revocation: {
      enabled: true,
      allowedPolicy: (_ctx, client, token) => token.clientId === client.clientId,
    },
    clientIdMetadataDocument: {
      enabled: true,
      ack: 'draft-02',
      allowFetch: (_ctx, id) => mayFetchMetadata(id),
    },
    // no management: what a buyer consented to must not change its name or its addresses afterwards
    registration: { enabled: true, initialAccessToken: false, issueRegistrationAccessToken: false },
    resourceIndicators: createResourceIndicators(options, fronts),
    richAuthorizationRequests: {
      enabled: true,
      types: Object.fromEntries(
        fronts.list.map(({ provider }) => [provider, { validate: assertDetail }]),
      ),
      authorizationDetailsForGrantSource: async (ctx, source) =>
        detailsForCode(fronts, ctx, source),
      authorizationDetailsForAccessToken: (ctx, token, source) =>
        detailsForToken(fronts, ctx, token, source),
      authorizationDetailsForIntrospection: (_ctx, token) => toDetails(capabilitiesOf(token)),
    },
    ...createAttestation(options),
  }
}

type Features = NonNullable<Configuration['features']>

function createResourceIndicators(
  options: AuthorityOptions,
  fronts: Fronts,
): NonNullable<Features['resourceIndicators']> {
  const lifetimes = toTokenLifetimes(options)
  return {
    enabled: true,
    defaultResource: (ctx, _client, oneOf) => {
      // several would burn the code of a grant for several fronts
      if (oneOf) return oneOf[0]
      const implied = impliedResources(fronts, parametersOf(ctx))
      if (implied.length > 0) return implied
      if (ctx.oidc.route !== 'token') assertProposes(fronts, ctx)
      return undefined
    },
    useGrantedResource: () => true,
    getResourceServerInfo: async (ctx, resource): Promise<ResourceServer> => {
      const front = fronts.find(resource)
      if (!front) throw new errors.InvalidTarget('no front of this server is at that resource')
      if (ctx.oidc.route !== 'token') assertProposes(fronts, ctx)
      return {
        scope: fronts.scopesOf(front).join(' '),
        audience: front.resource,
        accessTokenTTL: await findTokenSeconds(options.db, lifetimes, ctx.oidc.entities.Grant?.jti),
        accessTokenFormat: 'opaque',
      }
    },
  }
}

/** a proposal says everything; a token request says what it wants less of */
function assertDetail(ctx: KoaContextWithOIDC, detail: unknown): void {
  const parse = ctx.oidc.route === 'token' ? parseNarrowing : parseCapabilities
  asOAuthErrors(() => parse([detail]))
}

function clientAuthMethods({
  attestors,
}: AuthorityOptions): NonNullable<Configuration['clientAuthMethods']> {
  return [
    'none',
    'private_key_jwt',
    'client_secret_basic',
    'client_secret_post',
    ...(attestors ? (['attest_jwt_client_auth'] as const) : []),
  ]
}

/** who built the agent and what it runs, said by a builder whom the operator named */
function createAttestation({
  attestors,
  secrets,
}: AuthorityOptions): Pick<Features, 'attestClientAuth'> {
  if (!attestors) return {}
  return {
    attestClientAuth: {
      enabled: true,
      ack: 'draft-12',
      additionalSecuritySignal: 'optional',
      challengeSecret: secrets.attestationChallenge,
      getAttestationSignaturePublicKey: async (_ctx, header, payload) => {
        const issuer = payload['iss']
        const jwk =
          typeof issuer === 'string' && Object.hasOwn(attestors, issuer)
            ? attestors[issuer]
            : undefined
        if (!jwk) throw new Error('the attestation is of nobody this server knows')
        return (await importJWK(jwk, String(header['alg']))) as webcrypto.CryptoKey
      },
    },
  }
}

/** `__Host-` and `__Secure-` need TLS; on a loopback address in development there is none */
function createCookies(
  issuer: string,
  keys: readonly string[],
): NonNullable<Configuration['cookies']> {
  const secure = issuer.startsWith('https:')
  const common = { signed: true, httpOnly: true, sameSite: 'lax', secure } as const
  return {
    keys: [...keys],
    names: secure
      ? { session: '__Host-authority', interaction: '__Secure-request', resume: '__Secure-resume' }
      : { session: 'authority', interaction: 'request', resume: 'resume' },
    long: { ...common, path: '/' },
    short: common,
  }
}

function createLifetimes({ usual }: TokenLifetimes): NonNullable<Configuration['ttl']> {
  const withinGrant = (ctx: KoaContextWithOIDC | undefined, seconds: number): number => {
    const left = ctx?.oidc.entities.Grant?.exp
    return left === undefined
      ? seconds
      : Math.max(1, Math.min(seconds, left - Math.floor(Date.now() / 1000)))
  }
  return {
    AccessToken: (ctx, token) => withinGrant(ctx, token.resourceServer?.accessTokenTTL ?? usual),
    AuthorizationCode: 60,
    IdToken: 600,
    Interaction: 900,
    Session: 14 * day,
    Grant: grantSecondsDefault,
    // one that is not rotated must last as long as its grant
    RefreshToken: (ctx, token, client) =>
      withinGrant(ctx, isUsableByAnybody(client, token) ? 30 * day : grantSecondsDefault),
  }
}
