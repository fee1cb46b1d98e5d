import type { Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'

/** how far a buyer has come, read from what is there */
export interface Progress {
  readonly passkey: boolean
  readonly connected: boolean
  readonly granted: boolean
}

export async function findProgress(db: Kysely<Database>, buyerId: string): Promise<Progress> {
  const has = async (table: 'passkeys' | 'connections' | 'grants'): Promise<boolean> =>
    (await db
      .selectFrom(table)
      .select('id')
      .where('buyer_id', '=', buyerId)
      // in the order of an index: a scan could meet hers last
      .orderBy('created_at', 'desc')
      .limit(1)
      .executeTakeFirst()) !== undefined
  const [passkey, connected, granted] = await Promise.all([
    has('passkeys'),
    has('connections'),
    has('grants'),
  ])
  return { passkey, connected, granted }
}
