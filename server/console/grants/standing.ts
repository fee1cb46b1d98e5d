import { sql, type Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { readReach, type KnownFront } from '../../state/reach.ts'
import type { Reader } from '../reader.ts'
import { describeReach, type ReachWords } from '../reach-text.ts'

/** what is stopped of a buyer's, and who knows */
export interface PausedSummary {
  readonly count: number
  /** when the last of it was stopped */
  readonly at: Date
  readonly reach: ReachWords
}

/** by the index `grants_paused`: undefined when nothing is stopped */
export async function findPaused(
  db: Kysely<Database>,
  buyerId: string,
  issued: readonly KnownFront[],
  reader: Reader,
): Promise<PausedSummary | undefined> {
  const { rows } = await sql<{ count: number; xid: number; at: Date }>`
    select count(*)::integer as count, max(standing_xid) as xid, max(paused_at) as at
      from grants
     where buyer_id = ${buyerId} and paused_at is not null and revoked_at is null
    having count(*) > 0
  `.execute(db)
  const [paused] = rows
  if (paused === undefined) return undefined
  const { count, xid, at } = paused
  return { count, at, reach: describeReach(await readReach(db, xid, issued), at.getTime(), reader) }
}
