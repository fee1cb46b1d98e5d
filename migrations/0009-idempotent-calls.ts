import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // a call that is done once for each key; key: derived from the grant and the agent's own, digest: of what was asked,
    // action: what was decided on, trace: where the provider tells whether it was done
    `create table idempotent_calls (
      grant_id      text not null,
      key           text not null,
      digest        text not null,
      provider      text not null,
      connection_id text not null,
      record_id     text not null,
      action        jsonb not null,
      trace         jsonb not null,
      state         text not null check (state in ('open', 'done', 'failed', 'unknown')),
      begun_at      timestamptz not null default now(),
      asked_at      timestamptz,
      primary key (grant_id, key)
    )`,
    `create index idempotent_calls_record on idempotent_calls (record_id)`,
    `create index idempotent_calls_begun on idempotent_calls (begun_at)`,
    // what somebody still has to ask the provider about
    `create index idempotent_calls_unsettled on idempotent_calls (grant_id, digest)
      where state in ('open', 'unknown')`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`drop table idempotent_calls`).execute(db)
}
