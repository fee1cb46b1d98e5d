import type { Kysely } from 'kysely'
import type { Client } from 'oidc-provider'
import { mayFetchMetadata } from '../../authority/clients.ts'
import type { Database } from '../../database/schema.ts'

/** how this server came to know a client, and so what is known of who is behind it */
export type ClientOrigin =
  /** its id is an address, and what that address says of the client was fetched from there */
  | { readonly kind: 'document'; readonly host: string }
  /** it registered itself: anybody can, with any name */
  | { readonly kind: 'registration' }
  /** somebody registered it in the developers' corner: the buyer who reads this, or another */
  | { readonly kind: 'own' | 'other_buyer' }
  /** it stands in the server's own settings */
  | { readonly kind: 'operator' }

/** what is not known for certain is `registration`, of which nothing good is said */
export async function findClientOrigin(
  db: Kysely<Database>,
  client: Client,
  buyerId: string,
): Promise<ClientOrigin> {
  const { clientId } = client
  const row = await db
    .selectFrom('oidc_payloads as stored')
    .leftJoin('registered_clients as own', 'own.client_id', 'stored.id')
    .select('own.buyer_id')
    .where('stored.model', '=', 'Client')
    .where('stored.id', '=', clientId)
    .executeTakeFirst()
  if (row === undefined) {
    if (mayFetchMetadata(clientId)) return { kind: 'document', host: new URL(clientId).host }
    // the settings are the only other place that a client can come from
    return { kind: 'operator' }
  }
  if (row.buyer_id === null) return { kind: 'registration' }
  return { kind: row.buyer_id === buyerId ? 'own' : 'other_buyer' }
}
