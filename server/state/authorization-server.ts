import type * as oauth from 'oauth4webapi'
import type { Config, OAuthClient } from '../config.ts'
import { tokenEndpointOf, type TokenSettings } from './token-endpoint.ts'

/** the providers that a buyer can be sent to */
export type OAuthProvider = 'gmail' | 'hubspot'

export type OAuthSettings = TokenSettings &
  Pick<
    Config,
    | 'googleClient'
    | 'googleAuthorizeUrl'
    | 'googleRevokeUrl'
    | 'hubspotClient'
    | 'hubspotAuthorizeUrl'
  >

export type KnownServer = oauth.AuthorizationServer & {
  readonly authorization_endpoint: string
  readonly token_endpoint: string
}

/**
 * By hand and not by discovery: HubSpot publishes no metadata, and whom we send the buyer to is the operator's word alone. The
 * issuer is the origin of the page that she consents on, which is what Google's `iss` says (RFC 9207).
 */
export function authorizationServerOf(
  provider: OAuthProvider,
  settings: OAuthSettings,
): KnownServer {
  const page = provider === 'gmail' ? settings.googleAuthorizeUrl : settings.hubspotAuthorizeUrl
  return {
    issuer: new URL(page).origin,
    authorization_endpoint: page,
    token_endpoint: tokenEndpointOf(provider, settings).url,
    ...(provider === 'gmail' && { revocation_endpoint: settings.googleRevokeUrl }),
  }
}

/** undefined: the operator has registered this server nowhere */
export function clientOf(
  provider: OAuthProvider,
  { googleClient, hubspotClient }: OAuthSettings,
): OAuthClient | undefined {
  return provider === 'gmail' ? googleClient : hubspotClient
}
