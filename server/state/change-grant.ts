import { sql, type Kysely, type Transaction } from 'kysely'
import { parseCapabilities, within, type Capability } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'
import { REVOCATIONS_CHANNEL } from './revoke.ts'

export interface GrantChange {
  readonly grantId: string
  readonly buyerId: string
  /** as `parseCapabilities` gave them when the buyer decided; what changed meanwhile is not overwritten */
  readonly from: readonly Capability[]
  readonly to: readonly Capability[]
  /** milliseconds since 1970; undefined: it ends when it did */
  readonly expiresAt: number | undefined
  /** the buyer has read what becomes possible, and is sure to be the buyer */
  readonly mayWiden: boolean
}

export type ChangeResult =
  | {
      readonly ok: true
      /** the transaction that made it */
      readonly xid: number
      /** access tokens that ended by it */
      readonly tokens: number
    }
  /** gone, over, another buyer's, or changed by somebody else meanwhile */
  | { readonly ok: false }

/**
 * Gives a grant other terms. What was issued under the old ones ends at once, with everything that was attenuated from it; the
 * agent's refresh token stays, and what it gets by it is the new grant's.
 *
 * INVARIANT: without `mayWiden` nothing becomes possible that was not. A refresh token that was narrower than its grant, because
 * the agent asked for less, stays as narrow.
 */
export async function changeGrant(
  db: Kysely<Database>,
  change: GrantChange,
): Promise<ChangeResult> {
  const { from, to, mayWiden } = change
  if (to.length === 0) throw new TypeError('a grant of nothing is revoked, not changed')
  const widens = !within(to, from)
  if (widens && !mayWiden) throw new TypeError('this change would widen the grant')
  return db.transaction().execute(async (transaction) => {
    if (!(await setTerms(transaction, change))) return { ok: false }
    await followWithRefreshTokens(transaction, change)
    return { ok: true, ...(await endAccessTokens(transaction, change.grantId)) }
  })
}

async function setTerms(db: Transaction<Database>, change: GrantChange): Promise<boolean> {
  const { grantId, buyerId, from, to, expiresAt } = change
  const row = await db
    .selectFrom('grants')
    .select('authorization_details')
    .where('id', '=', grantId)
    .where('buyer_id', '=', buyerId)
    .where('revoked_at', 'is', null)
    .where((where) =>
      where.or([where('expires_at', 'is', null), where('expires_at', '>', sql<Date>`now()`)]),
    )
    .forUpdate()
    .executeTakeFirst()
  if (row === undefined || !isSame(row.authorization_details, from)) return false
  const seconds = expiresAt === undefined ? undefined : Math.floor(expiresAt / 1000)
  await db
    .updateTable('grants')
    .set({
      authorization_details: JSON.stringify(to),
      // the library reads the end of a grant from its own payload
      ...(seconds !== undefined && {
        expires_at: sql<Date>`least(expires_at, to_timestamp(${seconds}))`,
        payload: sql<string>`jsonb_set(payload, '{exp}', to_jsonb(least((payload->>'exp')::bigint, ${seconds}::bigint)))`,
      }),
    })
    .where('id', '=', grantId)
    .execute()
  return true
}

/**
 * A token is source ∩ live grant: what the grant gains is of no use as long as the source does not gain it too. A source that was as
 * wide as its grant stays so, in both directions; one that was not is left alone, however narrow the grant was in between.
 */
async function followWithRefreshTokens(
  db: Transaction<Database>,
  { grantId, from, to }: GrantChange,
): Promise<void> {
  const rows = await db
    .selectFrom('oidc_payloads')
    .select(['id', 'payload'])
    .where('grant_id', '=', grantId)
    .where('model', '=', 'RefreshToken')
    .forUpdate()
    .execute()
  for (const { id, payload } of rows) {
    const held = (payload['rar'] ?? []) as Capability[]
    if (!within(from, held) || !within(held, from)) continue
    await db
      .updateTable('oidc_payloads')
      .set({ payload: JSON.stringify({ ...payload, rar: to }) })
      .where('model', '=', 'RefreshToken')
      .where('id', '=', id)
      .execute()
  }
}

async function endAccessTokens(
  db: Transaction<Database>,
  grantId: string,
): Promise<{ xid: number; tokens: number }> {
  const { rows } = await sql<{ xid: number; tokens: number }>`
    with gone as (
      delete from oidc_payloads where grant_id = ${grantId} and model = 'AccessToken'
      returning revocation_id, expires_at
    ), published as (
      insert into revocations (kind, id, grant_id, reason, expires_at)
      select 'token', revocation_id, ${grantId}, 'its grant was changed',
             coalesce(expires_at, timestamptz '9999-12-31')
        from gone
       where revocation_id is not null and (expires_at is null or expires_at > now())
      on conflict (kind, id) do nothing
      returning 1
    )
    select pg_current_xact_id()::text::bigint as xid, (select count(*) from published)::integer as tokens,
           pg_notify(${REVOCATIONS_CHANNEL}, ${grantId})
  `.execute(db)
  const [ended] = rows
  return { xid: ended?.xid ?? 0, tokens: ended?.tokens ?? 0 }
}

/** as they are read: an older version may have left out what is the same unsaid */
function isSame(stored: unknown, seen: readonly Capability[]): boolean {
  return JSON.stringify(parseCapabilities(stored)) === JSON.stringify(seen)
}
