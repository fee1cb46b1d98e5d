import type { Config } from '../config.ts'

/** where a refresh token is exchanged, and whose it is */
export interface TokenEndpoint {
  readonly url: string
  /** as errors call it */
  readonly owner: string
}

export type TokenSettings = Pick<Config, 'gmailTokenUrl' | 'hubspotUpstream'>

/** of the other providers nothing is refreshed: they have keys */
export function tokenEndpointOf(
  provider: string,
  { gmailTokenUrl, hubspotUpstream }: TokenSettings,
): TokenEndpoint {
  return provider === 'hubspot'
    ? { url: `${hubspotUpstream}/oauth/v3/token`, owner: 'hubspot' }
    : { url: gmailTokenUrl, owner: 'google' }
}
