import { randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Client, ClientMetadata, Provider } from 'oidc-provider'
import type { Database } from '../database/schema.ts'
import { revokeGrant } from '../state/revoke.ts'
import { PayloadStorage } from './storage-payloads.ts'

export interface ClientRegistration {
  readonly name: string
  readonly redirectUris: readonly string[]
  /** it can keep a secret: it runs on a server of its publisher's */
  readonly isConfidential: boolean
}

export interface RegisteredClient {
  readonly clientId: string
  /** known to whoever registers it and to nobody after that */
  readonly clientSecret: string | undefined
}

/** of one buyer; somebody who needs more has the registration endpoint */
export const MAX_CLIENTS = 20

/** this buyer has registered as many as one may */
export class TooManyClients extends Error {}

interface Registrar {
  readonly provider: Provider
  readonly db: Kysely<Database>
  readonly buyerId: string
}

/** what the library's registration endpoint does; its published types leave the constructor out */
type ClientClass = new (metadata: ClientMetadata) => Client

/**
 * A client as the registration endpoint would make it (RFC 7591), kept until its buyer deletes it.
 *
 * INVARIANT: nothing is stored that the library's own reading of the metadata refuses.
 *
 * @throws errors.InvalidClientMetadata, with the library's reason
 * @throws TooManyClients
 */
export async function registerClient(
  { provider, db, buyerId }: Registrar,
  registration: ClientRegistration,
): Promise<RegisteredClient> {
  const clientId = randomBytes(16).toString('base64url')
  const clientSecret = registration.isConfidential
    ? randomBytes(48).toString('base64url')
    : undefined
  const Model = provider.Client as unknown as ClientClass
  const client = new Model(toMetadata(registration, clientId, clientSecret))
  await claim(db, buyerId, clientId)
  await new PayloadStorage(db, 'Client').upsert(clientId, { ...client.metadata() })
  await db
    .updateTable('oidc_payloads')
    .set({ expires_at: null })
    .where('model', '=', 'Client')
    .where('id', '=', clientId)
    .execute()
  return { clientId, clientSecret }
}

function toMetadata(
  { name, redirectUris }: ClientRegistration,
  clientId: string,
  clientSecret: string | undefined,
): ClientMetadata {
  const isApp = redirectUris.some((uri) => !/^https?:/iu.test(uri))
  return {
    client_id: clientId,
    client_id_issued_at: Math.floor(Date.now() / 1000),
    client_name: name,
    redirect_uris: [...redirectUris],
    application_type: isApp ? 'native' : 'web',
    token_endpoint_auth_method: clientSecret === undefined ? 'none' : 'client_secret_basic',
    ...(clientSecret !== undefined && { client_secret: clientSecret, client_secret_expires_at: 0 }),
  }
}

/** counted behind a lock on the buyer: two forms at once do not both find the last place free */
async function claim(db: Kysely<Database>, buyerId: string, clientId: string): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    await transaction
      .selectFrom('buyers')
      .select('id')
      .where('id', '=', buyerId)
      .forUpdate()
      .execute()
    const { count } = await transaction
      .selectFrom('registered_clients')
      .select((one) => one.fn.countAll<string>().as('count'))
      .where('buyer_id', '=', buyerId)
      .executeTakeFirstOrThrow()
    if (Number(count) >= MAX_CLIENTS) throw new TooManyClients()
    await transaction
      .insertInto('registered_clients')
      .values({ client_id: clientId, buyer_id: buyerId })
      .execute()
  })
}

/** Removes a client of this buyer's, and ends every grant that anybody gave it; false: she has none of that id. */
export async function deleteClient(
  db: Kysely<Database>,
  buyerId: string,
  clientId: string,
): Promise<boolean> {
  const own = await db
    .selectFrom('registered_clients')
    .select('client_id')
    .where('client_id', '=', clientId)
    .where('buyer_id', '=', buyerId)
    .executeTakeFirst()
  if (own === undefined) return false
  // first the client, so that no new grant comes in between; last what lists it, so that a crash can be finished
  await new PayloadStorage(db, 'Client').destroy(clientId)
  const grants = await db
    .selectFrom('grants')
    .select('id')
    .where('client_id', '=', clientId)
    .where('revoked_at', 'is', null)
    .execute()
  for (const { id } of grants) await revokeGrant(db, id, 'the agent was removed by its publisher')
  await db.deleteFrom('registered_clients').where('client_id', '=', clientId).execute()
  return true
}
