import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import { REVOCATIONS_CHANNEL } from './revoke.ts'

/** a change of standing that is in the database; which fronts know it, `readReach` tells by this */
export interface StandingChange {
  /** the transaction that made it */
  readonly xid: number
  /** when, in milliseconds since 1970 by the database's clock */
  readonly at: number
  /** how many grants it changed */
  readonly grants: number
}

type Actor = 'buyer' | 'operator'

/**
 * Refused by every front until it is resumed; its tokens stay what they are, and no new ones are given meanwhile. Undefined:
 * there is nothing to pause.
 */
export async function pauseGrant(
  db: Kysely<Database>,
  grantId: string,
  by: Actor,
): Promise<StandingChange | undefined> {
  return change(
    db,
    sql`paused_at = clock_timestamp(), paused_by = ${by}`,
    sql`id = ${grantId} and paused_at is null`,
  )
}

export async function resumeGrant(
  db: Kysely<Database>,
  grantId: string,
): Promise<StandingChange | undefined> {
  return change(
    db,
    sql`paused_at = null, paused_by = null`,
    sql`id = ${grantId} and paused_at is not null`,
  )
}

/** stop everything: every grant of this buyer that stands, in one statement, so that no crash leaves a part of it running */
export async function pauseAll(
  db: Kysely<Database>,
  buyerId: string,
  by: Actor,
): Promise<StandingChange | undefined> {
  return change(
    db,
    sql`paused_at = clock_timestamp(), paused_by = ${by}`,
    sql`buyer_id = ${buyerId} and paused_at is null and (expires_at is null or expires_at > now())`,
  )
}

async function change(
  db: Kysely<Database>,
  to: ReturnType<typeof sql>,
  which: ReturnType<typeof sql>,
): Promise<StandingChange | undefined> {
  const { rows } = await sql<StandingChange>`
    with changed as (
      update grants set ${to}, standing_xid = pg_current_xact_id()::text::bigint
       where ${which} and revoked_at is null
      returning standing_xid
    )
    select min(standing_xid) as xid, (extract(epoch from clock_timestamp()) * 1000)::double precision as at,
           count(*)::integer as grants, pg_notify(${REVOCATIONS_CHANNEL}, '')
      from changed having count(*) > 0
  `.execute(db)
  const [changed] = rows
  return changed && { xid: changed.xid, at: changed.at, grants: changed.grants }
}
