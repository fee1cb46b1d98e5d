import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'

/** a front of this process, as everybody may know it */
export interface RunningFront {
  readonly id: string
  readonly provider: string
  /** its public origin */
  readonly resource: string
}

/**
 * Everything that the snapshot sees is in these fronts' memory, and with it what the transactions changed. Written after it was
 * applied, never before. A row that was collected while the process slept comes back by it.
 */
export async function acknowledge(
  db: Kysely<Database>,
  fronts: readonly RunningFront[],
  applied: {
    readonly snapshot: string
    readonly xids: readonly number[]
    readonly leaseMs: number
  },
): Promise<void> {
  const { snapshot, xids, leaseMs } = applied
  await sql`
    with here as (
      insert into running_fronts as known (id, provider, resource, applied, lease_ms)
      select id, provider, resource, ${snapshot}::pg_snapshot, ${leaseMs}
        from jsonb_to_recordset(${JSON.stringify(fronts)}::jsonb)
             as row (id text, provider text, resource text)
      on conflict (id) do update set applied = excluded.applied, seen_at = clock_timestamp()
      returning known.id
    )
    insert into front_acknowledgements (front_id, xid)
    select here.id, changed.xid::bigint
      from here, jsonb_array_elements_text(${JSON.stringify(xids)}::jsonb) as changed (xid)
    on conflict (front_id, xid) do nothing
  `.execute(db)
}

/** it answers nobody any more */
export async function withdrawFront(db: Kysely<Database>, id: string): Promise<void> {
  await sql`delete from running_fronts where id = ${id}`.execute(db)
}
