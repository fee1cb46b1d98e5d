import { sql, type Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { MOST_COUNTED } from '../../state/most-counted.ts'

/** a client that the buyer registered, as it stands in its metadata */
export interface ListedClient {
  readonly clientId: string
  readonly name: string
  readonly redirectUris: readonly string[]
  readonly isConfidential: boolean
  readonly createdAt: Date
  /** how many grants of whomever end when it is deleted; one more than `MOST_COUNTED`: more than that */
  readonly grants: number
}

/** newest first; few enough for one page */
export async function listClients(db: Kysely<Database>, buyerId: string): Promise<ListedClient[]> {
  const { rows } = await sql<{
    client_id: string
    created_at: Date
    payload: Record<string, unknown> | null
    grants: number
  }>`
    select own.client_id, own.created_at,
           (select payload from oidc_payloads where model = 'Client' and id = own.client_id) as payload,
           (select count(*)::integer from (
              select from grants
               where grants.client_id = own.client_id and grants.revoked_at is null
                 and coalesce(grants.expires_at, 'infinity'::timestamptz) > now()
               limit ${MOST_COUNTED + 1}) as live) as grants
      from registered_clients own
     where own.buyer_id = ${buyerId}
     order by own.created_at desc, own.client_id
  `.execute(db)
  return rows.map(({ client_id: clientId, created_at: createdAt, payload, grants }) => ({
    clientId,
    name: textOf(payload?.['client_name']),
    redirectUris: listOf(payload?.['redirect_uris']),
    isConfidential: payload?.['token_endpoint_auth_method'] !== 'none',
    createdAt,
    grants,
  }))
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}
