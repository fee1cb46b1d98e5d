import type { Kysely } from 'kysely'
import { errors, type AdapterFactory, type AdapterPayload } from 'oidc-provider'
import type { RootKeys } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import { AccessTokenStorage } from './storage-access-token.ts'
import { AuthorizationCodeStorage } from './storage-authorization-code.ts'
import { GrantStorage } from './storage-grant.ts'
import { PayloadStorage } from './storage-payloads.ts'
import { RefreshTokenStorage } from './storage-refresh-token.ts'

/** oidc-provider's models on our tables: Grant is the inventory's `grants`, everything else is `oidc_payloads`. */
export function createStorage(db: Kysely<Database>, rootKeys: RootKeys): AdapterFactory {
  return (model) => {
    switch (model) {
      case 'Grant':
        return new GrantStorage(db)
      case 'AccessToken':
        return new AccessTokenStorage(db, rootKeys)
      case 'AuthorizationCode':
        return new AuthorizationCodeStorage(db)
      case 'RefreshToken':
        return new RefreshTokenStorage(db)
      case 'ReplayDetection':
        return new ReplayStorage(db, model)
      default:
        return new PayloadStorage(db, model)
    }
  }
}

/** INVARIANT: a jti is inserted once while it lives; the library looks first and saves after, which two requests can both do */
class ReplayStorage extends PayloadStorage {
  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const row = this.toRow(id, payload, expiresIn)
    const { numInsertedOrUpdatedRows } = await this.db
      .insertInto('oidc_payloads')
      .values(row)
      .onConflict((conflict) =>
        conflict
          .columns(['model', 'id'])
          .doUpdateSet({ payload: row.payload, expires_at: row.expires_at })
          .where('oidc_payloads.expires_at', '<', new Date()),
      )
      .executeTakeFirst()
    if (numInsertedOrUpdatedRows === 1n) return
    throw new errors.InvalidRequest('this proof or assertion was already used')
  }
}
