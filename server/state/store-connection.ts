import { randomBytes } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import { connectionPurpose } from './connection-purpose.ts'
import { writeStored, type StoredCredential } from './credential-format.ts'
import { seal } from './seal.ts'

export interface StoredConnection {
  readonly id: string
  /** as the provider calls it */
  readonly account: string
  /** it was connected before: its credential has taken the old one's place */
  readonly isAgain: boolean
}

export interface TriedCredential {
  readonly buyerId: string
  readonly stored: StoredCredential
  readonly accessToken: string
  /** undefined: nobody said what it may do */
  readonly scopes: readonly string[] | undefined
}

/** a credential that was tried; of an account that was connected before it takes the old one's place */
export async function storeConnection(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  {
    key,
    credential,
    scopes,
  }: {
    readonly key: Parameters<typeof connectionPurpose>[0]
    readonly credential: StoredCredential
    readonly scopes: readonly string[] | undefined
  },
): Promise<StoredConnection> {
  const sealed = await seal(masterKey, connectionPurpose(key), writeStored(credential))
  const id = `c_${randomBytes(16).toString('base64url')}`
  const granted = scopes === undefined ? null : [...scopes]
  const row = await db
    .insertInto('connections')
    .values({ id, ...key, sealed, scopes: granted })
    .onConflict((conflict) =>
      conflict.columns(['buyer_id', 'provider', 'account']).doUpdateSet({
        sealed,
        scopes: granted,
        status: 'working',
        last_error: null,
        changed_at: sql<Date>`now()`,
      }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
  return { id: row.id, account: key.account, isAgain: row.id !== id }
}
