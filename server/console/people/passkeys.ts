import { randomBytes } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'

/** what a browser made and we have verified */
export interface NewPasskey {
  readonly credentialId: string
  readonly publicKey: Uint8Array
  readonly counter: number
  readonly transports: readonly string[]
  readonly deviceBound: boolean
}

export interface Passkey {
  readonly id: string
  readonly buyerId: string
  readonly email: string
  readonly credentialId: string
  readonly publicKey: Uint8Array<ArrayBuffer>
  readonly counter: number
  readonly deviceBound: boolean
  readonly name: string
}

export interface ListedPasskey {
  readonly id: string
  readonly credentialId: string
  readonly transports: readonly string[]
  readonly name: string
  readonly createdAt: Date
  readonly lastUsedAt: Date | undefined
}

/** more would make a list that nobody looks through */
const PASSKEYS_MAX = 20

/** `taken`: this very passkey stands here already, in this account or another */
export async function addPasskey(
  db: Kysely<Database>,
  buyerId: string,
  passkey: NewPasskey,
  name: string,
  now: number,
): Promise<'added' | 'taken' | 'too_many'> {
  const own = db.selectFrom('passkeys').select('id').where('buyer_id', '=', buyerId)
  if ((await own.execute()).length >= PASSKEYS_MAX) return 'too_many'
  const row = await db
    .insertInto('passkeys')
    .values({
      id: `pk_${randomBytes(12).toString('base64url')}`,
      credential_id: passkey.credentialId,
      buyer_id: buyerId,
      public_key: Buffer.from(passkey.publicKey).toString('base64url'),
      counter: passkey.counter,
      transports: [...passkey.transports],
      device_bound: passkey.deviceBound,
      name,
      created_at: new Date(now),
      last_used_at: null,
    })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returning('id')
    .executeTakeFirst()
  return row ? 'added' : 'taken'
}

export async function findPasskey(
  db: Kysely<Database>,
  credentialId: string,
): Promise<Passkey | undefined> {
  const row = await db
    .selectFrom('passkeys')
    .innerJoin('buyers', 'buyers.id', 'passkeys.buyer_id')
    .select([
      'passkeys.id',
      'buyer_id',
      'email',
      'credential_id',
      'public_key',
      'counter',
      'device_bound',
      'name',
    ])
    .where('credential_id', '=', credentialId)
    .executeTakeFirst()
  return (
    row && {
      id: row.id,
      buyerId: row.buyer_id,
      email: row.email,
      credentialId: row.credential_id,
      publicKey: new Uint8Array(Buffer.from(row.public_key, 'base64url')),
      counter: row.counter,
      deviceBound: row.device_bound,
      name: row.name,
    }
  )
}

export async function listPasskeys(
  db: Kysely<Database>,
  buyerId: string,
): Promise<ListedPasskey[]> {
  const rows = await db
    .selectFrom('passkeys')
    .select(['id', 'credential_id', 'transports', 'name', 'created_at', 'last_used_at'])
    .where('buyer_id', '=', buyerId)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    credentialId: row.credential_id,
    transports: row.transports,
    name: row.name,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at ?? undefined,
  }))
}

/**
 * WebAuthn §6.1.1: a counter that does not go up says that somebody else has a copy of the key. Those that never count
 * always say 0. One statement, so that of two answers with one number the second is refused.
 */
export async function countUse(
  db: Kysely<Database>,
  passkeyId: string,
  counter: number,
  now: number,
): Promise<boolean> {
  const used = await db
    .updateTable('passkeys')
    .set({ counter, last_used_at: new Date(now) })
    .where('id', '=', passkeyId)
    .where(sql<boolean>`(counter < ${counter} or (counter = 0 and ${counter} = 0))`)
    .executeTakeFirst()
  return used.numUpdatedRows === 1n
}

/** INVARIANT: somebody without a password keeps one passkey; the row of the buyer is locked, so two removals cannot race */
export async function removePasskey(
  db: Kysely<Database>,
  buyerId: string,
  passkeyId: string,
): Promise<'none' | 'last' | { readonly removed: string }> {
  return db.transaction().execute(async (transaction) => {
    const buyer = await transaction
      .selectFrom('buyers')
      .select('password_hash')
      .where('id', '=', buyerId)
      .forUpdate()
      .executeTakeFirst()
    const own = await listPasskeys(transaction, buyerId)
    const gone = own.find(({ id }) => id === passkeyId)
    if (!buyer || !gone) return 'none'
    if (buyer.password_hash === null && own.length === 1) return 'last'
    await transaction.deleteFrom('passkeys').where('id', '=', gone.id).execute()
    return { removed: gone.name }
  })
}

/** INVARIANT: only with two passkeys, so that one lost device locks nobody out */
export async function endPassword(db: Kysely<Database>, buyerId: string): Promise<boolean> {
  return db.transaction().execute(async (transaction) => {
    const buyer = transaction.selectFrom('buyers').select('id').where('id', '=', buyerId)
    await buyer.forUpdate().executeTakeFirst()
    if ((await listPasskeys(transaction, buyerId)).length < 2) return false
    await transaction
      .updateTable('buyers')
      .set({ password_hash: null })
      .where('id', '=', buyerId)
      .execute()
    return true
  })
}
