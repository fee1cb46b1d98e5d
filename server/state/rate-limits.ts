import { sql, type Kysely } from 'kysely'
import type { RateLimits } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import { within } from './within.ts'

/** the call waits for it */
const PATIENCE_MS = 5_000

/**
 * Generic cell rate (GCRA) in one statement on the database's clock, so that replicas whose clocks differ still share one rate.
 * A denial writes nothing: who is refused does not wait longer for having asked.
 */
export function createRateLimits(db: Kysely<Database>): RateLimits {
  return {
    take: async (key, { perMinute, burst }) => {
      const spacing = 60 / perMinute
      const room = spacing * burst
      const taken = await within(PATIENCE_MS, take(db, key, spacing, room))
      return taken ? undefined : within(PATIENCE_MS, readWait(db, key, spacing, room))
    },
  }
}

async function take(
  db: Kysely<Database>,
  key: string,
  spacing: number,
  room: number,
): Promise<boolean> {
  const { rows } = await sql`
    insert into rate_limits as known (key, tat)
    values (${key}, clock_timestamp() + make_interval(secs => ${spacing}::double precision))
    on conflict (key) do update
       set tat = greatest(known.tat, clock_timestamp())
               + make_interval(secs => ${spacing}::double precision)
     where greatest(known.tat, clock_timestamp()) + make_interval(secs => ${spacing}::double precision)
           <= clock_timestamp() + make_interval(secs => ${room}::double precision)
    returning 1
  `.execute(db)
  return rows.length === 1
}

/** seconds until the next one fits */
async function readWait(
  db: Kysely<Database>,
  key: string,
  spacing: number,
  room: number,
): Promise<number> {
  const { rows } = await sql<{ wait: number }>`
    select extract(epoch from tat - clock_timestamp())::double precision + ${spacing}::double precision
           - ${room}::double precision as wait
      from rate_limits where key = ${key}
  `.execute(db)
  return Math.max(1, rows[0]?.wait ?? 1)
}
