import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'

export const REVOCATIONS_CHANNEL = 'remit_revocations'

/** for what has no known end: PostgreSQL's `infinity` would reach JavaScript as a number */
const FOR_EVER = sql`timestamptz '9999-12-31'`

/**
 * What waits is cancelled, and a yes that nobody used stays a yes but is good for nothing. Grants are locked first: whoever asks
 * for an approval, changes the grant or issues of it locks in that order too.
 */
const WITHDRAWN = sql`
  live = false, decided_at = coalesce(decided_at, now()),
  status = case when approvals.status = 'pending' then 'cancelled' else approvals.status end
`

/**
 * Withdraws a grant: deletes what could still be redeemed, publishes the revocation ids of its tokens and the grant
 * itself, marks it, and wakes every front. One statement, so that no crash leaves a part of it. Answers how many access
 * tokens were live.
 */
export async function revokeGrant(
  db: Kysely<Database>,
  grantId: string,
  reason: string,
): Promise<number> {
  const { rows } = await sql<{ tokens: number }>`
    with held as (
      select id from grants where id = ${grantId} for update
    ), gone as (
      -- a grant that is not known has tokens too; the count only makes this wait for the lock
      delete from oidc_payloads where grant_id = ${grantId} and (select count(*) from held) >= 0
      returning revocation_id, expires_at
    ), tokens as (
      insert into revocations (kind, id, grant_id, reason, expires_at)
      select 'token', revocation_id, ${grantId}, ${reason},
             coalesce(expires_at, ${FOR_EVER})
        from gone
       where revocation_id is not null and (expires_at is null or expires_at > now())
      on conflict (kind, id) do nothing
      returning 1
    ), whole as (
      insert into revocations (kind, id, grant_id, reason, expires_at)
      values ('grant', ${grantId}, ${grantId}, ${reason}, greatest(
        coalesce((select expires_at from grants where id = ${grantId}), ${FOR_EVER}),
        (select max(coalesce(expires_at, ${FOR_EVER})) from gone)
      ))
      on conflict (kind, id) do nothing
      returning 1
    ), marked as (
      update grants set revoked_at = now(), revoked_reason = ${reason}
       where id = ${grantId} and revoked_at is null
      returning id
    ), unasked as (
      update approvals set ${WITHDRAWN}
        from marked where approvals.grant_id = marked.id and approvals.live
    )
    select (select count(*) from tokens) as tokens,
           pg_notify(${REVOCATIONS_CHANNEL}, ${grantId})
  `.execute(db)
  return rows[0]?.tokens ?? 0
}

/** withdraws one token and everything attenuated from it; its siblings live on */
export async function revokeToken(
  db: Kysely<Database>,
  revocationId: string,
  reason: string,
): Promise<void> {
  await sql`
    with gone as (
      delete from oidc_payloads where revocation_id = ${revocationId}
      returning grant_id, expires_at
    ), revoked as (
      insert into revocations (kind, id, grant_id, reason, expires_at)
      select 'token', ${revocationId}, (select grant_id from gone), ${reason},
             coalesce((select expires_at from gone), ${FOR_EVER})
      on conflict (kind, id) do nothing
    )
    select pg_notify(${REVOCATIONS_CHANNEL}, ${revocationId})
  `.execute(db)
}

/** withdraws every live grant of a buyer, or of everybody; answers how many */
export async function revokeAll(
  db: Kysely<Database>,
  reason: string,
  buyerId?: string,
): Promise<number> {
  const whose = buyerId === undefined ? sql`` : sql`and buyer_id = ${buyerId}`
  const { rows } = await sql<{ grants: number }>`
    with marked as (
      update grants set revoked_at = now(), revoked_reason = ${reason}
       where revoked_at is null ${whose}
      returning id, expires_at
    ), gone as (
      delete from oidc_payloads using marked where oidc_payloads.grant_id = marked.id
      returning oidc_payloads.grant_id, oidc_payloads.revocation_id, oidc_payloads.expires_at
    ), tokens as (
      insert into revocations (kind, id, grant_id, reason, expires_at)
      select 'token', revocation_id, grant_id, ${reason}, coalesce(expires_at, ${FOR_EVER})
        from gone
       where revocation_id is not null and (expires_at is null or expires_at > now())
      on conflict (kind, id) do nothing
    ), whole as (
      insert into revocations (kind, id, grant_id, reason, expires_at)
      select 'grant', marked.id, marked.id, ${reason}, greatest(
               coalesce(marked.expires_at, ${FOR_EVER}),
               (select max(coalesce(gone.expires_at, ${FOR_EVER})) from gone where gone.grant_id = marked.id)
             )
        from marked
      on conflict (kind, id) do nothing
    ), unasked as (
      update approvals set ${WITHDRAWN}
        from marked where approvals.grant_id = marked.id and approvals.live
    )
    select (select count(*) from marked) as grants, pg_notify(${REVOCATIONS_CHANNEL}, '')
  `.execute(db)
  return rows[0]?.grants ?? 0
}
