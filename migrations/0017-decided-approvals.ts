import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // what was decided or ended lately, newest first, however much was ever asked
  await sql`
    create index approvals_lately on approvals (buyer_id, (coalesce(decided_at, expires_at)) desc)
  `.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop index approvals_lately`.execute(db)
}
