import { sql, type Kysely, type Transaction } from 'kysely'
import type { JsonObject } from '../../adapters/operation.ts'
import type { IdempotentCall, KnownCall, RecordOutcome } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'

/** a call that is under way longer than any front waits: its process is gone, and nobody knows what became of it */
const STALE = sql`interval '5 minutes'`
/** providers remember a key for a day; what is older would be done a second time */
const REMEMBERED = sql`interval '20 hours'`

interface Row {
  readonly digest: string
  readonly action: KnownCall['action']
  readonly trace: KnownCall['trace']
  readonly record_id: string
  readonly state: 'open' | 'done' | 'failed' | 'unknown'
  readonly is_stale: boolean
  readonly is_old: boolean
}

const COLUMNS = sql`digest, action, trace, record_id, state, begun_at < now() - ${STALE} as is_stale,
                    begun_at < now() - ${REMEMBERED} as is_old`

/** what is known under this key; undefined: it is new, or what came of it was a definite failure */
export async function findCall(
  db: Kysely<Database>,
  grantId: string,
  key: string,
): Promise<KnownCall | undefined> {
  const { rows } = await sql<Row>`
    select ${COLUMNS} from idempotent_calls where grant_id = ${grantId} and key = ${key}
  `.execute(db)
  return rows[0] && toKnown(rows[0])
}

function toKnown(row: Row): KnownCall | undefined {
  const { digest, action, trace, record_id: recordId } = row
  const known = { digest, action, trace, recordId }
  if (row.is_old) return { ...known, state: 'forgotten' }
  if (row.state === 'failed') return undefined
  if (row.state === 'open' && row.is_stale) return { ...known, state: 'unknown' }
  return { ...known, state: row.state }
}

/** why a call cannot begin under its key */
export type Clash = 'mismatch' | 'in_flight' | 'unsettled'

/**
 * INVARIANT: of any number of calls with one key one begins. Neither does one that says what another said whose outcome nobody
 * knows: under another key it would be done twice.
 */
export async function beginCall(
  transaction: Transaction<Database>,
  { grantId, key, digest, provider, connectionId, action, trace }: IdempotentCall,
  recordId: string,
): Promise<Clash | undefined> {
  const { rows: unsettled } = await sql`
    select 1 from idempotent_calls
     where grant_id = ${grantId} and digest = ${digest} and key <> ${key}
       and (state = 'unknown' or (state = 'open' and begun_at < now() - ${STALE}))
     limit 1
  `.execute(transaction)
  if (unsettled.length > 0) return 'unsettled'
  const { rows } = await sql<{ inserted: boolean }>`
    insert into idempotent_calls as known
           (grant_id, key, digest, provider, connection_id, record_id, action, trace, state)
    values (${grantId}, ${key}, ${digest}, ${provider}, ${connectionId}, ${recordId},
            ${JSON.stringify(action)}::jsonb, ${JSON.stringify(trace)}::jsonb, 'open')
    on conflict (grant_id, key) do update
       set record_id = excluded.record_id, state = 'open', begun_at = now(),
           action = excluded.action, trace = excluded.trace, connection_id = excluded.connection_id
     where known.state = 'failed' and known.digest = excluded.digest
       and known.begun_at >= now() - ${REMEMBERED}
    returning true as inserted
  `.execute(transaction)
  if (rows.length > 0) return undefined
  const known = await findCall(transaction, grantId, key)
  return known === undefined || known.digest !== digest ? 'mismatch' : 'in_flight'
}

/** what became of the call whose record this is; of one that was not found out there is still something to ask */
export async function settleCall(
  db: Kysely<Database>,
  recordId: string,
  outcome: RecordOutcome['outcome'],
): Promise<void> {
  const state = outcome === 'refused' ? 'failed' : outcome
  await sql`
    update idempotent_calls set state = ${state}
     where record_id = ${recordId} and state in ('open', 'unknown')
  `.execute(db)
}

/** a call whose outcome has to be asked for */
export interface UnsettledCall {
  readonly record_id: string
  readonly provider: string
  readonly connection_id: string
  readonly key: string
  readonly trace: JsonObject
  /** too long ago for the provider to be still at it */
  readonly is_over: boolean
}

const OVER = sql`interval '15 minutes'`
/** who claimed it and died asks no more */
const ASKED = sql`interval '20 seconds'`

/** by one replica for a while: whoever asks the provider may not hold a transaction open meanwhile */
export async function claimUnsettled(
  db: Kysely<Database>,
  provider: string,
): Promise<readonly UnsettledCall[]> {
  const { rows } = await sql<UnsettledCall>`
    update idempotent_calls set asked_at = now()
     where (grant_id, key) in (
       select grant_id, key from idempotent_calls
        where provider = ${provider}
          and (state = 'unknown' or (state = 'open' and begun_at < now() - ${STALE}))
          and (asked_at is null or asked_at < now() - ${ASKED})
        order by begun_at limit 20 for update skip locked)
    returning record_id, provider, connection_id, key, trace, begun_at < now() - ${OVER} as is_over
  `.execute(db)
  return rows
}
