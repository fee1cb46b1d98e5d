import { sql } from 'kysely'
import type { OpenDatabase } from '../../../server/database/open.ts'

export interface AddedRecord {
  readonly id: string
  readonly grantId: string
  readonly buyerId: string
  readonly at?: Date
  readonly clientId?: string
  readonly operation?: string | null
  readonly request?: object
  readonly facts?: object
  readonly decision?: 'allow' | 'deny' | 'invalid' | 'undecided'
  readonly reason?: string
  readonly caveat?: string
  readonly explanation?: string
  readonly outcome?: 'pending' | 'done' | 'failed' | 'unknown' | 'refused'
  readonly upstreamStatus?: number
}

/** as a front leaves it behind */
export async function addRecord({ db }: OpenDatabase, record: AddedRecord): Promise<void> {
  const decision = record.decision ?? 'allow'
  await db
    .insertInto('records')
    .values({
      id: record.id,
      at: record.at ?? new Date(),
      provider: 'gmail',
      grant_id: record.grantId,
      buyer_id: record.buyerId,
      client_id: record.clientId ?? 'agent-1',
      operation: record.operation === undefined ? 'gmail.messages.get' : record.operation,
      request: JSON.stringify(record.request ?? {}),
      ...(record.facts && { facts: JSON.stringify(record.facts) }),
      decision,
      reason: record.reason ?? null,
      caveat: record.caveat ?? null,
      explanation: record.explanation ?? null,
      outcome: record.outcome ?? (decision === 'allow' ? 'done' : 'refused'),
      upstream_status: record.upstreamStatus ?? null,
      lineage: [],
    })
    .execute()
}

/** a shop's busy months: one call a minute, of which one in a hundred was refused */
export async function addManyRecords(
  { db }: OpenDatabase,
  { grantId, buyerId, count }: { grantId: string; buyerId: string; count: number },
): Promise<void> {
  await sql`
    insert into records (id, at, provider, grant_id, buyer_id, client_id, operation, request, facts,
                         decision, outcome, lineage)
    select 'many_' || ${grantId}::text || '_' || n, timestamptz '2026-01-01' + n * interval '1 minute', 'gmail',
           ${grantId}, ${buyerId}, 'agent-1', 'gmail.messages.get', '{"id":"m"}'::jsonb,
           '{"operation":"gmail.messages.read"}'::jsonb,
           case when n % 100 = 0 then 'deny' else 'allow' end,
           case when n % 100 = 0 then 'refused' else 'done' end, '{}'
      from generate_series(1, ${count}::integer) as n
  `.execute(db)
  await sql`analyze records`.execute(db)
}
