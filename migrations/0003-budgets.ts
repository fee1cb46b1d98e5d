import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // one counter of one period; holder: a grant's id, or the revocation id of the block that declares the limit.
    // Half of each page stays free: a hot counter is then updated in place
    `create table budgets (
      holder      text not null,
      dimension   text not null,
      time_window text not null,
      period      text not null,
      used        bigint not null check (used >= 0),
      kept_until  timestamptz,
      primary key (holder, dimension, time_window, period)
    ) with (fillfactor = 50)`,
    `create index budgets_kept on budgets (kept_until) where kept_until is not null`,
    // what a counter of different things has counted, as hashes; sure: one call with it has certainly happened
    `create table budget_members (
      holder      text not null,
      dimension   text not null,
      time_window text not null,
      member      text not null,
      period      text not null,
      uses        integer not null check (uses >= 0),
      sure        boolean not null,
      kept_until  timestamptz,
      primary key (holder, dimension, time_window, member, period)
    )`,
    `create index budget_members_kept on budget_members (kept_until) where kept_until is not null`,
    // what a call with an effect took, for whoever has to give it back
    `alter table records add column spent jsonb`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  await sql.raw(`alter table records drop column spent`).execute(db)
  await sql.raw(`drop table budget_members`).execute(db)
  await sql.raw(`drop table budgets`).execute(db)
}
