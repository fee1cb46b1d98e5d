import { sql, type Kysely } from 'kysely'

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    // standing_xid: the transaction that paused or resumed it last; the feeds read what is new to them by it
    `alter table grants
       add column paused_at timestamptz,
       add column paused_by text check (paused_by in ('buyer', 'operator')),
       add column standing_xid bigint`,
    `create index grants_standing on grants (standing_xid) where standing_xid is not null`,
    `create index grants_paused on grants (buyer_id) where paused_at is not null`,
    // a front that runs, one row for each process; applied: everything that this snapshot sees stands in its memory
    `create table running_fronts (
      id         text primary key,
      provider   text not null,
      resource   text not null,
      applied    pg_snapshot,
      lease_ms   integer not null,
      started_at timestamptz not null default clock_timestamp(),
      seen_at    timestamptz not null default clock_timestamp()
    )`,
    `create index running_fronts_seen on running_fronts (seen_at)`,
    // when it had applied what one transaction changed
    `create table front_acknowledgements (
      front_id   text not null references running_fronts (id) on delete cascade,
      xid        bigint not null,
      applied_at timestamptz not null default clock_timestamp(),
      primary key (front_id, xid)
    )`,
    `create index front_acknowledgements_at on front_acknowledgements (applied_at)`,
    // whose call it was, written with the call: her list is read by it, newest first, however many others there are
    `alter table records add column buyer_id text`,
    `update records set buyer_id = grants.buyer_id from grants where grants.id = records.grant_id`,
    `create index records_buyer on records (buyer_id, at desc, id desc) where buyer_id is not null`,
    `create index records_buyer_refused on records (buyer_id, at desc, id desc)
      where decision in ('deny', 'invalid')`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}

export async function down(db: Kysely<unknown>): Promise<void> {
  for (const statement of [
    `drop index records_buyer`,
    `drop index records_buyer_refused`,
    `alter table records drop column buyer_id`,
    `drop table front_acknowledgements`,
    `drop table running_fronts`,
    `drop index grants_standing`,
    `drop index grants_paused`,
    `alter table grants drop column paused_at, drop column paused_by, drop column standing_xid`,
  ]) {
    await sql.raw(statement).execute(db)
  }
}
