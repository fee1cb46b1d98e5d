import type { Kysely } from 'kysely'
import { Provider, type AdapterPayload } from 'oidc-provider'
import type { Database } from '../database/schema.ts'
import { hash, PayloadStorage, type PayloadRow } from './storage-payloads.ts'

/**
 * RFC 9449 §5 binds the refresh token of a public client only. So that a confidential one cannot step down from DPoP to
 * Bearer later, its refresh token remembers that the first access token was bound.
 */
export class RefreshTokenStorage extends PayloadStorage {
  constructor(db: Kysely<Database>) {
    super(db, 'RefreshToken')
  }

  protected override toRow(id: string, payload: AdapterPayload, expiresIn?: number): PayloadRow {
    const bound = Provider.ctx?.oidc.entities.AccessToken?.jkt !== undefined
    return super.toRow(id, bound ? { ...payload, first_token_bound: true } : payload, expiresIn)
  }
}

export async function wasFirstTokenBound(
  db: Kysely<Database>,
  refreshToken: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('oidc_payloads')
    .select('payload')
    .where('model', '=', 'RefreshToken')
    .where('id', '=', hash(refreshToken))
    .executeTakeFirst()
  return row?.payload['first_token_bound'] === true
}
