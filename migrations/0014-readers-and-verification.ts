import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // how somebody reads numbers and times; null: as the browser says
    `alter table buyers add column locale text, add column time_zone text`,
    // when whoever sits there last proved to be the buyer: asked again before anything is widened
    `alter table console_sessions add column verified_at timestamptz not null default now()`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `alter table console_sessions drop column verified_at`,
    `alter table buyers drop column locale, drop column time_zone`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}
