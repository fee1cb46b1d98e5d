import type { Kysely } from 'kysely'
import type { Account } from 'oidc-provider'
import type { Database } from '../database/schema.ts'

/** an agent learns of its buyer nothing but an id */
export async function findBuyerAccount(
  db: Kysely<Database>,
  id: string,
): Promise<Account | undefined> {
  const row = await db.selectFrom('buyers').select('id').where('id', '=', id).executeTakeFirst()
  return row && { accountId: row.id, claims: () => ({ sub: row.id }) }
}
