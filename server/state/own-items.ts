import { sql, type Kysely } from 'kysely'
import type { OwnItem, OwnItems } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'

/** INVARIANT: an item belongs to the grant that made it; no other grant, on the same mailbox or not, comes to it this way */
export function createOwnItems(db: Kysely<Database>): OwnItems {
  const items = (grantId: string, kind: string): ReturnType<typeof selectItems> =>
    selectItems(db, grantId, kind)
  return {
    remember: async (grantId, kind, remembered) => {
      if (remembered.length === 0) return
      await sql`
        insert into own_items (grant_id, kind, id, detail)
        select ${grantId}, ${kind}, id, detail
          from jsonb_to_recordset(${JSON.stringify(remembered)}::jsonb) as row (id text, detail jsonb)
        on conflict (grant_id, kind, id) do update set detail = excluded.detail
      `.execute(db)
    },
    among: async (grantId, kind, ids) => {
      if (ids.length === 0) return []
      return (
        await items(grantId, kind)
          .where('id', 'in', [...ids])
          .execute()
      ).map(toItem)
    },
    list: async (grantId, kind) => {
      const newestFirst = items(grantId, kind).orderBy('created_at', 'desc').orderBy('id')
      return (await newestFirst.limit(MAX_LISTED).execute()).map(toItem)
    },
    take: async (grantId, kind, id) => {
      const { numDeletedRows } = await db
        .deleteFrom('own_items')
        .where('grant_id', '=', grantId)
        .where('kind', '=', kind)
        .where('id', '=', id)
        .executeTakeFirst()
      return numDeletedRows === 1n
    },
  }
}

const MAX_LISTED = 1000

// oxlint-disable-next-line typescript/explicit-function-return-type -- Kysely's type of a query is not for writing out
function selectItems(db: Kysely<Database>, grantId: string, kind: string) {
  return db
    .selectFrom('own_items')
    .select(['id', 'detail'])
    .where('grant_id', '=', grantId)
    .where('kind', '=', kind)
}

function toItem({ id, detail }: { id: string; detail: Record<string, string> }): OwnItem {
  return { id, detail }
}
