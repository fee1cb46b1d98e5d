import { sql, type Kysely } from 'kysely'
import { describe, parseCapabilities } from '../../capabilities/index.ts'
import type { Database } from '../database/schema.ts'

export interface ListedGrant {
  readonly id: string
  readonly clientId: string
  /** as the agent registered it; a client whose metadata lives elsewhere has none here */
  readonly clientName: string | undefined
  readonly sentences: readonly { readonly sentence: string; readonly risk: 'normal' | 'high' }[]
  /** of each kind that it was given an account of, by the provider's name */
  readonly accounts: readonly string[]
  /** no token of it works without the agent's own key */
  readonly dpopBound: boolean
  /** how long each access token of it lasts; undefined: as long as the authority gives by default */
  readonly accessTokenSeconds: number | undefined
  readonly createdAt: Date
  readonly endsAt: Date | undefined
  readonly state: 'active' | 'paused' | 'ended' | 'revoked'
  readonly pausedAt: Date | undefined
  readonly pausedBy: 'buyer' | 'operator' | undefined
  readonly revokedAt: Date | undefined
  /** the last things that were tried under it and refused, newest first */
  readonly refusals: readonly RefusedCall[]
}

interface RefusedCall {
  readonly at: Date
  readonly explanation: string
}

export interface GrantPage {
  readonly grants: readonly ListedGrant[]
  /** id to go on after, when there are more */
  readonly next: string | undefined
}

const pageSize = 20
const refusalsShown = 5

/** newest first, by the index `grants_buyer`: a page costs the same however many grants there are */
export async function listGrants(
  db: Kysely<Database>,
  buyerId: string,
  options: { now: number; after?: string | undefined },
): Promise<GrantPage> {
  const { now, after } = options
  const rows = await db
    .selectFrom('grants as g')
    .leftJoin('oidc_payloads as c', (join) =>
      join.on('c.model', '=', 'Client').onRef('c.id', '=', 'g.client_id'),
    )
    .select([
      'g.id',
      'g.client_id',
      'g.authorization_details',
      'g.connections',
      'g.dpop_bound',
      'g.access_token_seconds',
      'g.created_at',
      'g.expires_at',
      'g.revoked_at',
      'g.paused_at',
      'g.paused_by',
    ])
    .select(sql<string | null>`c.payload->>'client_name'`.as('client_name'))
    .where('g.buyer_id', '=', buyerId)
    .$if(after !== undefined, (query) =>
      // the row itself is the mark: a time that went through JavaScript would have lost its microseconds
      query.where(
        sql<boolean>`(g.created_at < (select created_at from grants where id = ${after} and buyer_id = ${buyerId})
          or (g.created_at = (select created_at from grants where id = ${after} and buyer_id = ${buyerId}) and g.id > ${after}))`,
      ),
    )
    .orderBy('g.created_at', 'desc')
    .orderBy('g.id')
    .limit(pageSize + 1)
    .execute()
  const accounts = await findAccounts(db, buyerId)
  const shown = rows.slice(0, pageSize)
  const refusals = await findRefusals(
    db,
    shown.map(({ id }) => id),
  )
  return {
    grants: shown.map((row) => ({
      id: row.id,
      clientId: row.client_id,
      clientName: row.client_name ?? undefined,
      sentences: toSentences(row.authorization_details),
      accounts: Object.values(row.connections).flatMap((id) => accounts.get(id) ?? []),
      dpopBound: row.dpop_bound,
      accessTokenSeconds: row.access_token_seconds ?? undefined,
      createdAt: row.created_at,
      endsAt: row.expires_at ?? undefined,
      revokedAt: row.revoked_at ?? undefined,
      pausedAt: row.paused_at ?? undefined,
      pausedBy: row.paused_by ?? undefined,
      refusals: refusals.get(row.id) ?? [],
      state: stateOf(row, now),
    })),
    next: rows.length > pageSize ? shown.at(-1)?.id : undefined,
  }
}

function stateOf(
  row: { revoked_at: Date | null; expires_at: Date | null; paused_at: Date | null },
  now: number,
): ListedGrant['state'] {
  if (row.revoked_at !== null) return 'revoked'
  if (row.expires_at !== null && row.expires_at.getTime() <= now) return 'ended'
  return row.paused_at === null ? 'active' : 'paused'
}

export async function ownsGrant(
  db: Kysely<Database>,
  buyerId: string,
  grantId: string,
): Promise<boolean> {
  const row = await db
    .selectFrom('grants')
    .select('id')
    .where('id', '=', grantId)
    .where('buyer_id', '=', buyerId)
    .executeTakeFirst()
  return row !== undefined
}

async function findAccounts(db: Kysely<Database>, buyerId: string): Promise<Map<string, string>> {
  const rows = await db
    .selectFrom('connections')
    .select(['id', 'account'])
    .where('buyer_id', '=', buyerId)
    .execute()
  return new Map(rows.map((row) => [row.id, row.account]))
}

/** by the index `records_refused`: a few rows a grant, whatever else was recorded */
async function findRefusals(
  db: Kysely<Database>,
  grantIds: readonly string[],
): Promise<Map<string, RefusedCall[]>> {
  const { rows } = await sql<{ grant_id: string; at: Date; explanation: string }>`
    select shown.id as grant_id, refused.at, refused.explanation
      from jsonb_array_elements_text(${JSON.stringify(grantIds)}::jsonb) as shown (id)
     cross join lateral (
       select at, explanation from records
        where grant_id = shown.id and decision in ('deny', 'invalid') and explanation is not null
        order by at desc limit ${refusalsShown}
     ) as refused
  `.execute(db)
  const byGrant = new Map<string, RefusedCall[]>()
  for (const { grant_id: id, at, explanation } of rows) {
    byGrant.set(id, [...(byGrant.get(id) ?? []), { at, explanation }])
  }
  return byGrant
}

/** a grant that this version cannot read must still be listed, so that it can be revoked */
function toSentences(details: unknown): ListedGrant['sentences'] {
  try {
    return parseCapabilities(details).flatMap((capability) => describe(capability))
  } catch {
    return [
      {
        sentence:
          'This grant was made by another version of Remit and cannot be put into words here.',
        risk: 'high',
      },
    ]
  }
}
