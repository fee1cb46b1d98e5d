import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // which passages a grant was shown, in which thread; an empty thread: its agent wrote them before it was shown them
    `create table shown_passages (
      grant_id  text not null,
      passage   bigint not null,
      thread_id text not null,
      shown_at  timestamptz not null default now(),
      primary key (grant_id, passage, thread_id)
    )`,
    `create index shown_passages_at on shown_passages (shown_at)`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table shown_passages`.execute(db)
}
