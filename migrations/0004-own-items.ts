import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  // what a grant made or moved: kind `draft`, id of the draft; kind `trashed`, id of the message
  await sql`
    create table own_items (
      grant_id   text not null,
      kind       text not null,
      id         text not null,
      detail     jsonb not null default '{}',
      created_at timestamptz not null default now(),
      primary key (grant_id, kind, id)
    )`.execute(db)
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table own_items`.execute(db)
}
