import { sql, type Kysely } from 'kysely'
import { PROVIDERS } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import { withdraw } from './authorization-code.ts'
import { authorizationServerOf, type OAuthSettings } from './authorization-server.ts'
import { connectionPurpose } from './connection-purpose.ts'
import { MOST_COUNTED } from './most-counted.ts'
import { readStored, type StoredCredential } from './credential-format.ts'
import { unsealText } from './seal.ts'

export interface Disconnected {
  readonly provider: string
  readonly account: string
  /** how many live grants stop working by it, as `countLiveGrants` counts */
  readonly grants: number
  /** at the provider; `impossible`: it has no way to say so, or the credential is no such token */
  readonly withdrawn: 'done' | 'failed' | 'impossible'
}

/**
 * Deletes the credential, and then tells the provider. Undefined: this buyer has no such connection.
 * INVARIANT: it is gone here whatever the provider answers; the fronts know within the five seconds of their cache.
 */
export async function disconnect(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  settings: OAuthSettings,
  { id, buyerId }: { readonly id: string; readonly buyerId: string },
): Promise<Disconnected | undefined> {
  const grants = (await countLiveGrants(db, buyerId)).get(id) ?? 0
  const row = await db
    .deleteFrom('connections')
    .where('id', '=', id)
    .where('buyer_id', '=', buyerId)
    .returning(['buyer_id', 'provider', 'account', 'sealed'])
    .executeTakeFirst()
  if (row === undefined) return undefined
  const { provider, account } = row
  const done = { provider, account, grants }
  if (provider !== 'gmail') return { ...done, withdrawn: 'impossible' }
  // Google ends what the account allowed this server, not this one token: a colleague's connection would end with it
  if (await isSharedAccount(db, row)) return { ...done, withdrawn: 'failed' }
  const credential = await open(masterKey, row)
  if (credential === undefined) return { ...done, withdrawn: 'failed' }
  if (credential.type === 'access_token') return { ...done, withdrawn: 'impossible' }
  const server = authorizationServerOf('gmail', settings)
  const isDone = await withdraw(server, credential.clientId, credential.refreshToken)
  return { ...done, withdrawn: isDone ? 'done' : 'failed' }
}

/**
 * By connection id, and one more than `MOST_COUNTED` for all that are more; paused ones count: they can be resumed. By the indexes
 * `grants_live_*`, which need the provider's name in the statement itself.
 */
export async function countLiveGrants(
  db: Kysely<Database>,
  buyerId: string,
): Promise<ReadonlyMap<string, number>> {
  const counts = PROVIDERS.map(
    (provider) => sql`
      select connections.id, (
        select count(*)::integer from (
          select from grants
           where grants.connections ->> ${sql.lit(provider)} = connections.id
             and grants.buyer_id = connections.buyer_id
             and grants.revoked_at is null
             and coalesce(grants.expires_at, 'infinity'::timestamptz) > now()
           limit ${sql.lit(MOST_COUNTED + 1)}
        ) as counted
      ) as grants
      from connections
     where connections.buyer_id = ${buyerId} and connections.provider = ${sql.lit(provider)}`,
  )
  const { rows } = await sql<{ id: string; grants: number }>`
    ${sql.join(counts, sql` union all `)}
  `.execute(db)
  return new Map(rows.map(({ id, grants }) => [id, grants]))
}

async function isSharedAccount(
  db: Kysely<Database>,
  { provider, account }: { readonly provider: string; readonly account: string },
): Promise<boolean> {
  const other = await db
    .selectFrom('connections')
    .select('id')
    .where('provider', '=', provider)
    .where('account', '=', account)
    .executeTakeFirst()
  return other !== undefined
}

/** undefined: nobody can open it any more, which must not keep it here */
async function open(
  masterKey: Uint8Array,
  row: Parameters<typeof connectionPurpose>[0] & { readonly sealed: string },
): Promise<StoredCredential | undefined> {
  try {
    return readStored(await unsealText(masterKey, connectionPurpose(row), row.sealed))
  } catch {
    return undefined
  }
}
