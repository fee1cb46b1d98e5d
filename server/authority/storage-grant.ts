import type { Kysely } from 'kysely'
import type { Adapter, AdapterPayload } from 'oidc-provider'
import type { Database } from '../database/schema.ts'
import { revokeGrant } from '../state/revoke.ts'
import { toExpiry } from './storage-payloads.ts'

/**
 * oidc-provider's Grant is the inventory's row: there is one truth about what a buyer consented to. What was granted stands
 * in `authorization_details` alone, so a grant that is tightened there is tighter at the next refresh.
 */
export class GrantStorage implements Adapter {
  readonly #db: Kysely<Database>

  constructor(db: Kysely<Database>) {
    this.#db = db
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { rar, ...rest } = payload
    const { accountId, clientId } = payload
    if (!accountId || !clientId) throw new Error('a grant is of one buyer for one client')
    const changes = {
      authorization_details: JSON.stringify(rar ?? []),
      payload: JSON.stringify(rest),
      expires_at: toExpiry(expiresIn),
    }
    await this.#db
      .insertInto('grants')
      .values({ id, buyer_id: accountId, client_id: clientId, ...changes })
      // a revoked grant does not come back because somebody held an old copy of it
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(changes).where('grants.revoked_at', 'is', null),
      )
      .execute()
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const row = await this.#db
      .selectFrom('grants')
      .select(['payload', 'authorization_details'])
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    if (!row) return undefined
    return { ...row.payload, rar: row.authorization_details as NonNullable<AdapterPayload['rar']> }
  }

  async destroy(id: string): Promise<void> {
    await revokeGrant(this.#db, id, 'ended by the agent or its server')
  }

  async consume(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
}
