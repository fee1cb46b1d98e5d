import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'

/** many rows in one statement with one parameter: its text never changes, and one commit makes them all durable */
export async function insertRecords(db: Kysely<Database>, rows: readonly string[]): Promise<void> {
  await sql`
    insert into records (id, at, provider, grant_id, client_id, operation, request, facts, decision,
                         reason, caveat, explanation, lineage, outcome, upstream_status, finished_at, spent, buyer_id)
    select id, at, provider, grant_id, client_id, operation, request, facts, decision,
           reason, caveat, explanation, lineage, outcome, upstream_status, finished_at, spent,
           (select grants.buyer_id from grants where grants.id = row.grant_id)
      from jsonb_to_recordset(${toArray(rows)}::jsonb) as row (
        id text, at timestamptz, provider text, grant_id text, client_id text, operation text,
        request jsonb, facts jsonb, decision text, reason text, caveat text, explanation text, lineage text[],
        outcome text, upstream_status integer, finished_at timestamptz, spent jsonb)
  `.execute(db)
}

/** answers the ids that were there; a record gets its outcome once */
export async function finishRecords(
  db: Kysely<Database>,
  outcomes: readonly string[],
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ id: string }>`
    update records
       set facts = row.facts, decision = row.decision, reason = row.reason, caveat = row.caveat,
           explanation = row.explanation,
           outcome = row.outcome, upstream_status = row.upstream_status, finished_at = row.finished_at
      from jsonb_to_recordset(${toArray(outcomes)}::jsonb) as row (
        id text, facts jsonb, decision text, reason text, caveat text, explanation text,
        outcome text, upstream_status integer, finished_at timestamptz)
     where records.id = row.id and records.outcome = 'pending'
    returning records.id
  `.execute(db)
  return new Set(rows.map(({ id }) => id))
}

function toArray(objects: readonly string[]): string {
  return `[${objects.join(',')}]`
}
