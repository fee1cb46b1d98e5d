import type { Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'

/**
 * Ends what was begun with means of signing in that are no longer trusted: her sessions but `keep`, and those that
 * oidc-provider keeps beside them.
 */
export async function endSignIns(
  db: Kysely<Database>,
  buyerId: string,
  keep = '',
): Promise<number> {
  const ended = await db
    .deleteFrom('console_sessions')
    .where('buyer_id', '=', buyerId)
    .where('id_hash', '<>', keep)
    .executeTakeFirst()
  await db
    .deleteFrom('oidc_payloads')
    .where('model', '=', 'Session')
    .where('account_id', '=', buyerId)
    .execute()
  return Number(ended.numDeletedRows)
}
