import type { Kysely } from 'kysely'
import { z } from 'zod'
import { ConnectionError } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import { askAccount } from './ask-account.ts'
import { parseCredential } from './credential-format.ts'
import { storeConnection, type StoredConnection, type TriedCredential } from './store-connection.ts'
import { tokenEndpointOf, type TokenSettings } from './token-endpoint.ts'
import { tryOut } from './try-credential.ts'

const account = z.object({ portalId: z.int().positive() })

/**
 * Connects a buyer's HubSpot account, or connects it again: the token of a private app, or an OAuth client with a refresh token,
 * is tried, and the account is the portal that HubSpot says it is of.
 */
export async function connectHubspot(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  config: TokenSettings,
  { buyerId, credential }: { readonly buyerId: string; readonly credential: string },
): Promise<StoredConnection> {
  const endpoint = tokenEndpointOf('hubspot', config)
  const { stored, accessToken } = await tryOut(endpoint, parseCredential(credential))
  return keepHubspot(db, masterKey, config, { buyerId, stored, accessToken, scopes: undefined })
}

/** a credential that gave this access token */
export async function keepHubspot(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  { hubspotUpstream }: Pick<TokenSettings, 'hubspotUpstream'>,
  { buyerId, stored, accessToken, scopes }: TriedCredential,
): Promise<StoredConnection> {
  return storeConnection(db, masterKey, {
    key: {
      buyer_id: buyerId,
      provider: 'hubspot',
      account: await readPortal(hubspotUpstream, accessToken),
    },
    credential: stored,
    scopes,
  })
}

/** the one call that every token may make, whatever its scopes */
export async function readPortal(upstream: string, accessToken: string): Promise<string> {
  const url = `${upstream}/account-info/v3/details`
  const { status, json } = await askAccount('hubspot', url, accessToken)
  if (status === 401) {
    throw new ConnectionError('broken', 'hubspot does not know this token, or it has ended')
  }
  if (status === 403) {
    throw new ConnectionError(
      'broken',
      'hubspot lets this token not see its account: give the app the scope `oauth`',
    )
  }
  const answer = account.safeParse(status === 200 ? json : undefined)
  if (answer.success) return String(answer.data.portalId)
  throw new ConnectionError(
    'provider_unreachable',
    `hubspot answered ${status} without the id of a portal`,
  )
}
