import { AsyncLocalStorage } from 'node:async_hooks'
import type { Kysely } from 'kysely'
import { errors, Provider, type Adapter, type AdapterPayload } from 'oidc-provider'
import type { Database } from '../database/schema.ts'
import { revokeGrant } from '../state/revoke.ts'
import { endOf } from './storage-payloads.ts'

/** what a buyer decides beside the capabilities */
interface Terms {
  readonly connections: Readonly<Record<string, string>>
  /** only tokens with the agent's key bound to them (RFC 9449) */
  readonly dpopBound: boolean
  /** of each access token; undefined: as long as the authority gives by default */
  readonly accessTokenSeconds: number | undefined
}

const termsOfSave = new AsyncLocalStorage<Terms>()

/**
 * The library writes its Grant itself and knows nothing of these. What is saved within `save` has them by the same INSERT: a
 * grant without an account behind it, or one that forgot the key, would be a consent half done.
 */
export function withTerms<T>(terms: Terms, save: () => Promise<T>): Promise<T> {
  return termsOfSave.run(terms, save)
}

/** not `invalid_grant`: a client throws its refresh token away at that, and nothing would be left to resume */
const PAUSED =
  'this grant is paused by the person who gave it: keep the token, and try again when it is resumed'

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
      expires_at: endOf(payload, expiresIn),
    }
    const terms = termsOfSave.getStore()
    const connections = JSON.stringify(terms?.connections ?? {})
    const dpopBound = terms?.dpopBound ?? false
    await this.#db
      .insertInto('grants')
      .values({
        id,
        buyer_id: accountId,
        client_id: clientId,
        connections,
        dpop_bound: dpopBound,
        access_token_seconds: terms?.accessTokenSeconds ?? null,
        ...changes,
      })
      // a revoked grant does not come back because somebody held an old copy of it
      .onConflict((conflict) =>
        conflict.column('id').doUpdateSet(changes).where('grants.revoked_at', 'is', null),
      )
      .execute()
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const row = await this.#db
      .selectFrom('grants')
      .select(['payload', 'authorization_details', 'paused_at'])
      .where('id', '=', id)
      .where('revoked_at', 'is', null)
      .executeTakeFirst()
    if (!row) return undefined
    if (row.paused_at !== null) {
      const route = Provider.ctx?.oidc.route
      if (route === 'token') throw new errors.AccessDenied(PAUSED)
      if (route === 'introspection') return undefined
    }
    return { ...row.payload, rar: row.authorization_details as NonNullable<AdapterPayload['rar']> }
  }

  async destroy(id: string): Promise<void> {
    await revokeGrant(this.#db, id, reasonOf(Provider.ctx?.oidc.route))
  }

  async consume(): Promise<void> {}
  async revokeByGrantId(): Promise<void> {}
  async findByUid(): Promise<undefined> {}
  async findByUserCode(): Promise<undefined> {}
}

/** for the buyer to read: the library ends a grant when its agent asks, and when it sees one credential twice */
function reasonOf(route: string | undefined): string {
  if (route === 'revocation') return 'given back by the agent'
  if (route === 'token') return 'a code or refresh token came twice: it may have been stolen'
  return 'ended by the authority'
}
