import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'

/** as the agents registered themselves, by client id; one whose metadata lives elsewhere has no name here */
export async function nameClients(
  db: Kysely<Database>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const { rows } = await sql<{ id: string; name: string | null }>`
    select id, payload->>'client_name' as name from oidc_payloads
     where model = 'Client'
       and id in (select jsonb_array_elements_text(${JSON.stringify([...new Set(ids)])}::jsonb))
  `.execute(db)
  return new Map(rows.flatMap(({ id, name }) => (name === null ? [] : [[id, name]])))
}
