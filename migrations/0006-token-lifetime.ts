import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // how long one access token of this grant is good for; null: what the authority gives by default
  await sql`
    alter table grants add column access_token_seconds integer check (access_token_seconds > 0)
  `.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`alter table grants drop column access_token_seconds`.execute(db)
}
