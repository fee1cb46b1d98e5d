import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // null: signs in with passkeys only
    `alter table buyers alter column password_hash drop not null`,
    `alter table console_sessions
      add column device  text not null default '',
      add column seen_at timestamptz not null default now()`,
    `create index console_sessions_of_buyer on console_sessions (buyer_id)`,
    // public_key: COSE, in base64url
    `create table passkeys (
      id            text primary key,
      credential_id text not null unique,
      buyer_id      text not null references buyers (id) on delete cascade,
      public_key    text not null,
      counter       bigint not null,
      transports    text[] not null default '{}',
      device_bound  boolean not null,
      name          text not null,
      created_at    timestamptz not null default now(),
      last_used_at  timestamptz
    )`,
    `create index passkeys_of_buyer on passkeys (buyer_id)`,
    `create table passkey_challenges (
      challenge_hash text primary key,
      bound_to       text not null,
      expires_at     timestamptz not null
    )`,
    `create index passkey_challenges_expiry on passkey_challenges (expires_at)`,
    // email: of a further buyer; buyer_id: of one who lost her means of signing in; neither: the first buyer
    `create table welcome_links (
      token_hash text primary key,
      email      text,
      buyer_id   text references buyers (id) on delete cascade,
      created_at timestamptz not null default now(),
      expires_at timestamptz not null,
      check (email is null or buyer_id is null)
    )`,
    `create index welcome_links_expiry on welcome_links (expires_at)`,
    `create table security_events (
      id       bigint generated always as identity primary key,
      buyer_id text not null references buyers (id) on delete cascade,
      kind     text not null,
      detail   text not null default '',
      at       timestamptz not null
    )`,
    `create index security_events_of_buyer on security_events (buyer_id, id)`,
    `create index security_events_at on security_events (at)`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `drop table security_events`,
    `drop table welcome_links`,
    `drop table passkey_challenges`,
    `drop table passkeys`,
    `drop index console_sessions_of_buyer`,
    `alter table console_sessions drop column device, drop column seen_at`,
    // a well-formed hash that no password has
    `update buyers set password_hash = 'scrypt$32768$8$3$' || repeat('A', 22) || '$' || repeat('A', 43)
      where password_hash is null`,
    `alter table buyers alter column password_hash set not null`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}
