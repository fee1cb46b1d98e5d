import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // live: what stands for its action; at most one, until it was used or is over
    `create table approvals (
      id          text primary key,
      grant_id    text not null references grants (id) on delete cascade,
      buyer_id    text not null,
      client_id   text,
      provider    text not null,
      operation   text not null,
      digest      text not null,
      card        jsonb not null,
      decision_id text not null,
      status      text not null check (status in ('pending', 'approved', 'denied', 'cancelled')),
      live        boolean not null,
      asked_at    timestamptz not null default now(),
      expires_at  timestamptz not null,
      decided_at  timestamptz,
      decided_by  text,
      used_by     text,
      check (status <> 'pending' or decided_at is null),
      check (used_by is null or (status = 'approved' and not live))
    )`,
    `create unique index approvals_live on approvals (grant_id, digest) where live`,
    `create index approvals_of_buyer on approvals (buyer_id, asked_at)`,
    `create index approvals_used on approvals (used_by) where used_by is not null`,
    `create index approvals_expiry on approvals (expires_at)`,
    // generic cell rate: the theoretical arrival time of the next request
    `create table rate_limits (
      key text primary key,
      tat timestamptz not null
    )`,
    `create index rate_limits_tat on rate_limits (tat)`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`drop table rate_limits`).execute(db)
  await sql.raw(`drop table approvals`).execute(db)
}
