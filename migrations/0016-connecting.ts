import { sql, type Kysely } from 'kysely'

const PROVIDERS = ['gmail', 'hubspot', 'stripe']

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // as the provider named them; null: nobody said what the credential may do
    `alter table connections add column scopes text[], add column last_used_at timestamptz`,
    // a buyer who is on her way to a provider and back
    `create table connecting (
      state_hash    text primary key,
      session_hash  text not null references console_sessions (id_hash) on delete cascade,
      provider      text not null,
      connection_id text,
      scopes        text[] not null,
      way_back      text,
      expires_at    timestamptz not null
    )`,
    `create index connecting_expires on connecting (expires_at)`,
    `create index connecting_session on connecting (session_hash)`,
    // how many live grants use a connection, of any number of grants
    ...PROVIDERS.map(
      (provider) => `create index grants_live_${provider} on grants
        ((connections ->> '${provider}'), (coalesce(expires_at, 'infinity'::timestamptz)))
        where revoked_at is null and connections ->> '${provider}' is not null`,
    ),
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    ...PROVIDERS.map((provider) => `drop index grants_live_${provider}`),
    `drop table connecting`,
    `alter table connections drop column scopes, drop column last_used_at`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}
