import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // RFC 9449 proofs that a front has seen; id: a hash of the key's thumbprint and the jti
    `create table used_proofs (
      id         text primary key,
      expires_at timestamptz not null
    )`,
    `create index used_proofs_expires on used_proofs (expires_at)`,
    // true: no access token of this grant that its agent's key is not bound to
    `alter table grants add column dpop_bound boolean not null default false`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table grants drop column dpop_bound`).execute(db)
  await sql.raw(`drop table used_proofs`).execute(db)
}
