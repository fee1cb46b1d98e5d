import { sql, type Kysely } from 'kysely'

const PROVIDERS = ['gmail', 'hubspot', 'stripe'] as const

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // what was decided or ended lately, newest first, however much was ever asked
    `create index approvals_lately on approvals (buyer_id, (coalesce(decided_at, expires_at)) desc)`,
    // the live grants of one account
    ...PROVIDERS.map(
      (provider) => `create index grants_${provider}_account
        on grants ((connections->>'${provider}'), (coalesce(expires_at, 'infinity')))
        where revoked_at is null`,
    ),
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    ...PROVIDERS.map((provider) => `drop index grants_${provider}_account`),
    `drop index approvals_lately`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}
