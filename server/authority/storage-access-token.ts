import { isDeepStrictEqual } from 'node:util'
import { sql, type Kysely } from 'kysely'
import { Provider, type AdapterPayload } from 'oidc-provider'
import type { RootKeys } from '../../adapters/ports.ts'
import { findDelegate, verifyToken, type VerifiedToken } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import { revokeToken, REVOCATIONS_CHANNEL } from '../state/revoke.ts'
import { parseBiscuitName, toBiscuitName } from './biscuit-name.ts'
import { PayloadStorage, type PayloadRow } from './storage-payloads.ts'

const reason = 'revoked by the client'

/** Access tokens: what leaves for a front is a Biscuit, and is found by the revocation id of its authority block. */
export class AccessTokenStorage extends PayloadStorage {
  readonly #rootKeys: RootKeys

  constructor(db: Kysely<Database>, rootKeys: RootKeys) {
    super(db, 'AccessToken')
    this.#rootKeys = rootKeys
  }

  /**
   * INVARIANT: what is issued of a grant that is changed at this moment does not outlive the change. Either the change sees the
   * row and ends it, or this sees the change: the agent then has a token that is over, and renews it as any other that is over.
   */
  override async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { grantId } = payload
    const seen = Provider.ctx?.oidc.entities.Grant?.rar
    if (grantId === undefined) return super.upsert(id, payload, expiresIn)
    await this.db.transaction().execute(async (transaction) => {
      const grant = await transaction
        .selectFrom('grants')
        .select('authorization_details')
        .where('id', '=', grantId)
        .forShare()
        .executeTakeFirst()
      await this.save(transaction, id, payload, expiresIn)
      const revocationId = payload.extra?.['revocation_id']
      if (typeof revocationId !== 'string') return
      if (isDeepStrictEqual(grant?.authorization_details, seen)) return
      await revokeToken(transaction, revocationId, 'its grant was changed')
    })
  }

  override async find(value: string): Promise<AdapterPayload | undefined> {
    const verified = verifyToken(value, this.#rootKeys)
    if (verified.ok) return this.#findBiscuit(verified.token)
    // INVARIANT: the opaque value of a record that left as a Biscuit is no credential, it never left
    const row = await this.rows()
      .where('id', '=', this.keyOf(value))
      .where('revocation_id', 'is', null)
      .executeTakeFirst()
    return row && this.fromRow(row, value)
  }

  async #findBiscuit(token: VerifiedToken): Promise<AdapterPayload | undefined> {
    const [root, ...narrower] = token.revocationIds
    if (root === undefined || (await this.#isRevoked(token.revocationIds))) return undefined
    const row = await this.rows().where('revocation_id', '=', root).executeTakeFirst()
    if (!row) return undefined
    const payload = this.fromRow(row, toBiscuitName(token))
    if (narrower.length === 0) return payload
    const delegate = findDelegate(token.blocks)
    return {
      ...payload,
      // RFC 7662 with RFC 9449 §6.2: the key that it takes now, which the record knows nothing of
      ...(delegate !== undefined && { jkt: delegate }),
      // what the later blocks take away cannot be said in authorization_details: whoever introspects must be told
      extra: { ...payload.extra, attenuated: true },
      ...(token.expiresAt !== undefined && {
        exp: Math.min(payload.exp ?? token.expiresAt, token.expiresAt),
      }),
    }
  }

  async #isRevoked(revocationIds: readonly string[]): Promise<boolean> {
    const row = await this.db
      .selectFrom('revocations')
      .select('seq')
      .where('kind', '=', 'token')
      .where('id', 'in', revocationIds)
      .limit(1)
      .executeTakeFirst()
    return row !== undefined
  }

  override async destroy(id: string): Promise<void> {
    const name = parseBiscuitName(id)
    if (!name) return super.destroy(id)
    if (name.attenuatedTo !== undefined) return this.#revokeAttenuated(name.root, name.attenuatedTo)
    await revokeToken(this.db, name.root, reason)
  }

  protected override toRow(id: string, payload: AdapterPayload, expiresIn?: number): PayloadRow {
    const revocationId = payload.extra?.['revocation_id']
    return {
      ...super.toRow(id, payload, expiresIn),
      revocation_id: typeof revocationId === 'string' ? revocationId : null,
    }
  }

  /** the narrowed copy ends, the token it was narrowed from lives on */
  async #revokeAttenuated(root: string, leaf: string): Promise<void> {
    await sql`
      with published as (
        insert into revocations (kind, id, grant_id, reason, expires_at)
        select 'token', ${leaf}, grant_id, ${reason}, expires_at from oidc_payloads
        where model = 'AccessToken' and revocation_id = ${root} and expires_at > now()
        on conflict (kind, id) do nothing
      )
      select pg_notify(${REVOCATIONS_CHANNEL}, ${leaf})`.execute(this.db)
  }
}
