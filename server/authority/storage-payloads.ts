import { createHash } from 'node:crypto'
import type { Kysely, SelectQueryBuilder } from 'kysely'
import { errors, type Adapter, type AdapterPayload } from 'oidc-provider'
import type { Database } from '../database/schema.ts'

/**
 * Models whose id is a bearer secret: only a hash of it is stored, and the id is not repeated in the payload.
 * Session is found by its uid and saved again, so it needs its id in clear; its cookie is signed.
 */
const hashedModels: ReadonlySet<string> = new Set([
  'AccessToken',
  'RefreshToken',
  'AuthorizationCode',
  'PushedAuthorizationRequest',
  'Interaction',
])

/** an open registration that nobody consented to within a day is forgotten */
const unusedClientSeconds = 86_400

export interface PayloadRow {
  model: string
  id: string
  payload: string
  grant_id: string | null
  uid: string | null
  user_code: string | null
  revocation_id: string | null
  account_id: string | null
  client_id: string | null
  expires_at: Date | null
  consumed_at: null
}

export interface FoundRow {
  payload: Record<string, unknown>
  consumed_at: Date | null
}

/** Every model of oidc-provider except Grant, in one table. */
export class PayloadStorage implements Adapter {
  protected readonly db: Kysely<Database>
  protected readonly model: string

  constructor(db: Kysely<Database>, model: string) {
    this.db = db
    this.model = model
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    await this.save(this.db, id, payload, expiresIn)
  }

  protected async save(
    db: Kysely<Database>,
    id: string,
    payload: AdapterPayload,
    expiresIn?: number,
  ): Promise<void> {
    const { consumed_at: _, model, id: key, ...changes } = this.toRow(id, payload, expiresIn)
    await db
      .insertInto('oidc_payloads')
      .values({ model, id: key, ...changes })
      .onConflict((conflict) => conflict.columns(['model', 'id']).doUpdateSet(changes))
      .execute()
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    // PostgreSQL has no such text, so there is no such row; asking would be an error of ours
    if (id.includes('\0')) return undefined
    const row = await this.rows().where('id', '=', this.keyOf(id)).executeTakeFirst()
    return row && this.fromRow(row, id)
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    // not unique: concurrent resumes insert the same uid under a new id, the newest is the one in the cookie
    const row = await this.rows()
      .where('uid', '=', uid)
      .orderBy('created_at', 'desc')
      .executeTakeFirst()
    return row && this.fromRow(row)
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const row = await this.rows().where('user_code', '=', userCode).executeTakeFirst()
    return row && this.fromRow(row)
  }

  /** INVARIANT: of any number of concurrent redemptions exactly one returns; the library itself only looks, then marks */
  async consume(id: string): Promise<void> {
    const { numUpdatedRows } = await this.db
      .updateTable('oidc_payloads')
      .set({ consumed_at: new Date() })
      .where('model', '=', this.model)
      .where('id', '=', this.keyOf(id))
      .where('consumed_at', 'is', null)
      .executeTakeFirst()
    if (numUpdatedRows === 1n) return
    if (this.model === 'PushedAuthorizationRequest') {
      throw new errors.InvalidRequestUri('request_uri is invalid, expired, or was already used')
    }
    throw new errors.InvalidGrant('already consumed')
  }

  async destroy(id: string): Promise<void> {
    await this.db
      .deleteFrom('oidc_payloads')
      .where('model', '=', this.model)
      .where('id', '=', this.keyOf(id))
      .execute()
  }

  /**
   * The library calls this for one model after the other, in parallel, and destroys the Grant beside it, which takes all of
   * them in one statement: no deadlock, no half. The one time it leaves the Grant (RFC 7009 on ONE access token, see
   * `revokesGrant`), the siblings of that token must live on.
   */
  async revokeByGrantId(): Promise<void> {}

  protected toRow(id: string, payload: AdapterPayload, expiresIn?: number): PayloadRow {
    const { jti: _, ...withoutId } = payload
    const isClient = this.model === 'Client'
    return {
      model: this.model,
      id: this.keyOf(id),
      payload: toStorable(hashedModels.has(this.model) ? withoutId : payload),
      grant_id: payload.grantId ?? null,
      uid: payload.uid ?? null,
      user_code: payload.userCode ?? null,
      revocation_id: null,
      account_id: payload.accountId ?? null,
      client_id: isClient ? id : (payload.clientId ?? null),
      expires_at: isClient ? toExpiry(unusedClientSeconds) : endOf(payload, expiresIn),
      consumed_at: null,
    }
  }

  protected keyOf(id: string): string {
    return hashedModels.has(this.model) ? hash(id) : id
  }

  protected rows(): SelectQueryBuilder<Database, 'oidc_payloads', FoundRow> {
    return this.db
      .selectFrom('oidc_payloads')
      .select(['payload', 'consumed_at'])
      .where('model', '=', this.model)
  }

  protected fromRow(row: FoundRow, id?: string): AdapterPayload {
    return {
      ...row.payload,
      ...(id !== undefined && hashedModels.has(this.model) && { jti: id }),
      ...(row.consumed_at && { consumed: Math.floor(row.consumed_at.getTime() / 1000) }),
    }
  }
}

/** U+0000 and half a surrogate pair: JSON can say them, jsonb cannot hold them; what came from outside may contain them */
const unstorable = /(?<!\\)(?:\\\\)*\\u(?:0000|d[89a-f])/i

function toStorable(payload: object): string {
  const json = JSON.stringify(payload)
  if (!unstorable.test(json)) return json
  throw new errors.InvalidRequest('the request contains characters that are no text')
}

export function hash(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}

/** The payload's own end where it names one: seconds counted again from a later now would let the row outlive it. */
export function endOf({ exp }: AdapterPayload, expiresIn: number | undefined): Date | null {
  return exp === undefined ? toExpiry(expiresIn) : new Date(exp * 1000)
}

function toExpiry(seconds: number | undefined): Date | null {
  return seconds === undefined || Number.isNaN(seconds)
    ? null
    : new Date(Date.now() + seconds * 1000)
}
