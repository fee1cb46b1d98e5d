import type { Kysely } from 'kysely'
import { z } from 'zod'
import { ConnectionError } from '../../adapters/ports.ts'
import { normaliseAddress } from '../../capabilities/index.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/schema.ts'
import { askAccount } from './ask-account.ts'
import { parseCredential } from './credential-format.ts'
import { storeConnection, type StoredConnection, type TriedCredential } from './store-connection.ts'
import { tokenEndpointOf, type TokenSettings } from './token-endpoint.ts'
import { tryOut } from './try-credential.ts'

const profile = z.object({ emailAddress: z.string() })

/**
 * Connects a buyer's Gmail account, or connects it again: the credential is tried, the account is what Gmail says it is,
 * and only then is anything stored.
 */
export async function connectGmail(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  config: Pick<Config, 'gmailUpstream'> & TokenSettings,
  { buyerId, credential }: { readonly buyerId: string; readonly credential: string },
): Promise<StoredConnection> {
  const { stored, accessToken } = await tryOut(
    tokenEndpointOf('gmail', config),
    parseCredential(credential),
  )
  return keepGmail(db, masterKey, config, { buyerId, stored, accessToken, scopes: undefined })
}

/** a credential that gave this access token */
export async function keepGmail(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  { gmailUpstream }: Pick<Config, 'gmailUpstream'>,
  { buyerId, stored, accessToken, scopes }: TriedCredential,
): Promise<StoredConnection> {
  return storeConnection(db, masterKey, {
    key: {
      buyer_id: buyerId,
      provider: 'gmail',
      account: await readMailAddress(gmailUpstream, accessToken),
    },
    credential: stored,
    scopes,
  })
}

export async function readMailAddress(upstream: string, accessToken: string): Promise<string> {
  const url = `${upstream}/gmail/v1/users/me/profile`
  const { status, json } = await askAccount('gmail', url, accessToken)
  if (status === 401 || status === 403) {
    throw new ConnectionError(
      'broken',
      `gmail refuses the credential with ${status}: check its scopes`,
    )
  }
  const answer = profile.safeParse(status === 200 ? json : undefined)
  const account = answer.success ? normaliseAddress(answer.data.emailAddress) : undefined
  if (account === undefined) {
    throw new ConnectionError(
      'provider_unreachable',
      `gmail answered ${status} without an account address`,
    )
  }
  return account
}
