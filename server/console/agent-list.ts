import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'

export interface ListedAgent {
  readonly clientId: string
  /** as it registered it; one whose metadata lives elsewhere has none here */
  readonly clientName: string | undefined
}

/** every agent that a grant was given to, in the order of their ids: by `grants_client`, one step an agent */
export async function listAgents(
  db: Kysely<Database>,
  buyerId: string,
  limit: number,
): Promise<readonly ListedAgent[]> {
  const { rows } = await sql<{ client_id: string; client_name: string | null }>`
    with recursive agents (client_id, place) as (
      (select client_id, 1 from grants where buyer_id = ${buyerId} order by client_id limit 1)
      union all
      select (select grants.client_id from grants
               where grants.buyer_id = ${buyerId} and grants.client_id > agents.client_id
               order by grants.client_id limit 1), agents.place + 1
        from agents where agents.client_id is not null and agents.place < ${limit}::integer
    )
    select agents.client_id,
           (select client.payload->>'client_name' from oidc_payloads client
             where client.model = 'Client' and client.id = agents.client_id) as client_name
      from agents
     where agents.client_id is not null
     order by agents.place
  `.execute(db)
  return rows.map((row) => ({ clientId: row.client_id, clientName: row.client_name ?? undefined }))
}
