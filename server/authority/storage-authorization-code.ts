import type { Kysely } from 'kysely'
import { Provider } from 'oidc-provider'
import type { Database } from '../database/schema.ts'
import { assertBearerGranted } from './key-binding.ts'
import { PayloadStorage } from './storage-payloads.ts'

/** A code of a grant that wants a key is not spent by a request that forgot its proof: the agent may send it again with one. */
export class AuthorizationCodeStorage extends PayloadStorage {
  constructor(db: Kysely<Database>) {
    super(db, 'AuthorizationCode')
  }

  override async consume(id: string): Promise<void> {
    // a proof that is there was verified before
    if (Provider.ctx?.get('DPoP') === '') {
      const row = await this.db
        .selectFrom('oidc_payloads')
        .select('grant_id')
        .where('model', '=', this.model)
        .where('id', '=', this.keyOf(id))
        .executeTakeFirst()
      await assertBearerGranted(this.db, row?.grant_id ?? undefined)
    }
    await super.consume(id)
  }
}
