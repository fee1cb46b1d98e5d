import { sql, type Kysely } from 'kysely'

/** PostgreSQL ≤ 15 syntax only: the embedded engine is newer than what operators run. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `create table buyers (
      id            text primary key,
      email         text not null unique,
      password_hash text not null,
      created_at    timestamptz not null default now()
    )`,
    `create table console_sessions (
      id_hash    text primary key,
      buyer_id   text not null references buyers (id) on delete cascade,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null
    )`,
    `create index console_sessions_expires on console_sessions (expires_at)`,
    `create table sign_in_attempts (
      key        text primary key,
      failures   integer not null,
      blocked_until timestamptz,
      expires_at timestamptz not null
    )`,
    `create index sign_in_attempts_expires on sign_in_attempts (expires_at)`,
    `create table connections (
      id           text primary key,
      buyer_id     text not null references buyers (id) on delete cascade,
      provider     text not null,
      account      text not null,
      sealed       text not null,
      status       text not null default 'working',
      last_error   text,
      created_at   timestamptz not null default now(),
      changed_at   timestamptz not null default now(),
      unique (buyer_id, provider, account)
    )`,
    `create table grants (
      id                    text primary key,
      buyer_id              text not null,
      client_id             text not null,
      authorization_details jsonb not null,
      payload               jsonb not null,
      connections           jsonb not null default '{}',
      created_at            timestamptz not null default now(),
      expires_at            timestamptz,
      revoked_at            timestamptz,
      revoked_reason        text
    )`,
    `create index grants_buyer on grants (buyer_id, created_at desc, id)`,
    `create index grants_client on grants (buyer_id, client_id, created_at desc)`,
    `create table oidc_payloads (
      model       text        not null,
      id          text        not null,
      payload     jsonb       not null,
      grant_id    text,
      uid         text,
      user_code   text,
      revocation_id text,
      account_id  text,
      client_id   text,
      created_at  timestamptz not null default now(),
      expires_at  timestamptz,
      consumed_at timestamptz,
      primary key (model, id)
    )`,
    `create index oidc_payloads_grant on oidc_payloads (grant_id) where grant_id is not null`,
    `create index oidc_payloads_uid on oidc_payloads (uid) where model = 'Session'`,
    `create unique index oidc_payloads_user_code on oidc_payloads (user_code) where model = 'DeviceCode'`,
    `create unique index oidc_payloads_revocation_id on oidc_payloads (revocation_id) where revocation_id is not null`,
    `create index oidc_payloads_expires on oidc_payloads (expires_at) where expires_at is not null`,
    // kind 'token': id is a Biscuit revocation id (hex); kind 'grant': id is a grant id
    `create table revocations (
      seq        bigint generated always as identity primary key,
      kind       text not null,
      id         text not null,
      grant_id   text,
      reason     text not null,
      revoked_at timestamptz not null default now(),
      expires_at timestamptz not null,
      xid        bigint not null default (pg_current_xact_id()::text::bigint),
      unique (kind, id)
    )`,
    // a feed reads what transactions since its last snapshot wrote; seq alone misses rows that commit out of order
    `create index revocations_xid on revocations (xid)`,
    `create index revocations_expires on revocations (expires_at)`,
    // purpose 'biscuit-root' | 'oidc-signing'; sealed: compact JWE of the private JWK
    `create table signing_keys (
      id           text primary key,
      purpose      text not null,
      root_key_id  integer unique,
      public_jwk   jsonb not null,
      sealed       text not null,
      created_at   timestamptz not null default now(),
      active_from  timestamptz not null,
      retired_at   timestamptz
    )`,
    `create table records (
      id             text primary key,
      at             timestamptz not null,
      provider       text not null,
      grant_id       text,
      client_id      text,
      operation      text,
      request        jsonb not null,
      facts          jsonb,
      decision       text not null,
      reason         text,
      caveat         text,
      explanation    text,
      lineage        text[] not null,
      outcome        text,
      upstream_status integer,
      finished_at    timestamptz
    )`,
    `create index records_grant on records (grant_id, at desc) where grant_id is not null`,
    // what the console shows beside a grant: its last refusals, however many calls were allowed since
    `create index records_refused on records (grant_id, at desc) where decision in ('deny', 'invalid')`,
    `create index records_at on records using brin (at)`,
    // which attachment bytes a grant was shown, and in which message: the ground of "attachments: readable"
    `create table served_attachments (
      grant_id   text not null,
      sha256     text not null,
      message_id text not null,
      served_at  timestamptz not null default now(),
      primary key (grant_id, sha256, message_id)
    )`,
    `create index served_attachments_at on served_attachments (served_at)`,
    // which messages a grant sent itself; looked up by message, since every grant on the mailbox must know
    `create table sent_messages (
      grant_id   text not null,
      message_id text not null,
      sent_at    timestamptz not null default now(),
      primary key (message_id, grant_id)
    )`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const table of [
    'sent_messages',
    'served_attachments',
    'records',
    'signing_keys',
    'revocations',
    'oidc_payloads',
    'grants',
    'connections',
    'sign_in_attempts',
    'console_sessions',
    'buyers',
  ]) {
    await sql.raw(`drop table ${table}`).execute(db)
  }
}
