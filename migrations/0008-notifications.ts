import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // the outbox: one row for each way a message may go; a row that was sent is deleted
    `create table notifications (
      id              text not null,
      channel         text not null check (channel in ('mail', 'webhook')),
      buyer_id        text not null references buyers (id) on delete cascade,
      kind            text not null,
      subject         text not null,
      body            text not null,
      path            text not null,
      created_at      timestamptz not null default now(),
      expires_at      timestamptz not null,
      attempts        integer not null default 0,
      next_attempt_at timestamptz not null default now(),
      last_error      text,
      dead_at         timestamptz,
      primary key (id, channel)
    )`,
    `create index notifications_due on notifications (channel, next_attempt_at) where dead_at is null`,
    `create index notifications_buyer on notifications (buyer_id)`,
    `create index notifications_expiry on notifications (expires_at)`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql`drop table notifications`.execute(db)
}
