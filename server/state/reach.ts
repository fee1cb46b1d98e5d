import { sql, type Kysely } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ProviderType } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'

/** what one front is known to know of one change */
export interface FrontReach {
  readonly provider: string
  readonly resource: string
  /**
   * `knows`: it said so; `running`: it runs and has not said so yet; `silent`: nothing was heard of it lately; `absent`: tokens
   * are issued for it, and no process has said that it runs it
   */
  readonly state: 'knows' | 'running' | 'silent' | 'absent'
  /** since when it knows, in milliseconds since 1970; undefined: it knew when it started, or it does not know */
  readonly since: number | undefined
  /** when it was heard of last */
  readonly seenAt: number | undefined
  /** how long it answers anybody without having asked the database */
  readonly leaseMs: number | undefined
}

export interface Reach {
  /** the database's clock, in milliseconds since 1970: the only one that the times here are to be compared with */
  readonly now: number
  readonly fronts: readonly FrontReach[]
}

export interface KnownFront {
  readonly provider: ProviderType
  readonly resource: string
}

/** three times as long as a front that is well is silent */
const SILENT = '30 seconds'

/**
 * Which fronts have applied what this transaction changed. INVARIANT: no front is said to know what it has not acknowledged.
 * `issued`: the fronts that tokens are made for, so that one that never reported is missed.
 */
export async function readReach(
  db: Kysely<Database>,
  xid: number,
  issued: readonly KnownFront[],
): Promise<Reach> {
  const { rows } = await sql<{
    now: number
    fronts: (Omit<FrontReach, 'state' | 'since'> & {
      knows: boolean | null
      silent: boolean
      since: number | null
    })[]
  }>`
    select ${milliseconds(sql`clock_timestamp()`)} as now,
           coalesce((select json_agg(json_build_object(
             'provider', front.provider, 'resource', front.resource,
             'knows', coalesce(pg_visible_in_snapshot(${String(xid)}::text::xid8, front.applied), false)
                      or exists (select from front_acknowledgements where front_id = front.id and xid = ${xid}),
             'silent', front.seen_at < clock_timestamp() - ${SILENT}::interval,
             'since', (select ${milliseconds(sql`applied_at`)} from front_acknowledgements
                        where front_id = front.id and xid = ${xid}),
             'seenAt', ${milliseconds(sql`front.seen_at`)}, 'leaseMs', front.lease_ms
           ) order by front.provider, front.resource, front.started_at) from running_fronts front), '[]') as fronts
  `.execute(db)
  const { now = Date.now(), fronts = [] } = rows[0] ?? {}
  const reported = fronts.map(({ knows, silent, since, ...front }): FrontReach => ({
    ...front,
    since: since ?? undefined,
    state: knows === true ? 'knows' : silent ? 'silent' : 'running',
  }))
  const absent = issued
    .filter(({ resource }) => !fronts.some((front) => front.resource === resource))
    .map(({ provider, resource }): FrontReach => ({
      provider,
      resource,
      state: 'absent',
      since: undefined,
      seenAt: undefined,
      leaseMs: undefined,
    }))
  return { now, fronts: [...reported, ...absent] }
}

/** looks again until every front that runs knows, or the time is up; answers what is known then */
export async function awaitReach(
  db: Kysely<Database>,
  xid: number,
  issued: readonly KnownFront[],
  patienceMs: number,
): Promise<Reach> {
  const end = performance.now() + patienceMs
  for (;;) {
    const reach = await readReach(db, xid, issued)
    const isWaiting = reach.fronts.some(({ state }) => state === 'running')
    if (!isWaiting || performance.now() >= end) return reach
    await sleep(25)
  }
}

function milliseconds(time: ReturnType<typeof sql>): ReturnType<typeof sql> {
  return sql`(extract(epoch from ${time}) * 1000)::double precision`
}
