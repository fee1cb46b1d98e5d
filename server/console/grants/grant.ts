import { sql, type Kysely, type RawBuilder, type Selectable } from 'kysely'
import {
  describe,
  parseCapabilities,
  PROVIDERS,
  type Capability,
  type ProviderType,
} from '../../../capabilities/index.ts'
import type { Database } from '../../database/schema.ts'
import { PROVIDER_NAMES } from '../consent/accounts.ts'

/** a grant as its buyer sees it */
export interface ShownGrant {
  readonly id: string
  readonly clientId: string
  /** as the agent registered it; a client whose metadata lives elsewhere has none here */
  readonly clientName: string | undefined
  /** undefined: it was made by another version and cannot be read; it must still be listed, so that it can be revoked */
  readonly capabilities: readonly Capability[] | undefined
  readonly sentences: readonly { readonly sentence: string; readonly risk: 'normal' | 'high' }[]
  /** of each kind that it was given an account of: `Gmail: support@shop.example` */
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
  readonly revokedReason: string | undefined
}

type Row = Pick<Selectable<Database['grants']>, (typeof COLUMNS)[number]> & {
  readonly client_name: string | null
}

const COLUMNS = [
  'id',
  'client_id',
  'authorization_details',
  'connections',
  'dpop_bound',
  'access_token_seconds',
  'created_at',
  'expires_at',
  'revoked_at',
  'revoked_reason',
  'paused_at',
  'paused_by',
] as const

/** `which`: what follows `from grants` */
export async function readGrants(
  db: Kysely<Database>,
  buyerId: string,
  which: RawBuilder<unknown>,
  now: number,
): Promise<ShownGrant[]> {
  const { rows } = await sql<Row>`
    select ${sql.join(COLUMNS.map((name) => sql.ref(`grants.${name}`)))},
           (select client.payload->>'client_name' from oidc_payloads client
             where client.model = 'Client' and client.id = grants.client_id) as client_name
      from grants ${which}
  `.execute(db)
  const accounts = await findAccounts(db, buyerId)
  return rows.map((row) => toShown(row, accounts, now))
}

/** `accounts`: the buyer's, by the connection's id */
function toShown(row: Row, accounts: ReadonlyMap<string, string>, now: number): ShownGrant {
  const capabilities = readDetails(row.authorization_details)
  return {
    id: row.id,
    clientId: row.client_id,
    clientName: row.client_name ?? undefined,
    capabilities,
    sentences: capabilities?.flatMap((one) => describe(one)) ?? [UNREADABLE],
    accounts: Object.values(row.connections).flatMap((id) => accounts.get(id) ?? []),
    dpopBound: row.dpop_bound,
    accessTokenSeconds: row.access_token_seconds ?? undefined,
    createdAt: row.created_at,
    endsAt: row.expires_at ?? undefined,
    state: stateOf(row, now),
    pausedAt: row.paused_at ?? undefined,
    pausedBy: row.paused_by ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    revokedReason: row.revoked_reason ?? undefined,
  }
}

/** undefined for none, and for another buyer's: nobody learns which of the two it is */
export async function findGrant(
  db: Kysely<Database>,
  buyerId: string,
  grantId: string,
  now: number,
): Promise<ShownGrant | undefined> {
  const which = sql`where grants.id = ${grantId} and grants.buyer_id = ${buyerId}`
  const [grant] = await readGrants(db, buyerId, which, now)
  return grant
}

async function findAccounts(
  db: Kysely<Database>,
  buyerId: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('connections')
    .select(['id', 'provider', 'account'])
    .where('buyer_id', '=', buyerId)
    .execute()
  return new Map(rows.map((row) => [row.id, `${providerName(row.provider)}: ${row.account}`]))
}

function providerName(provider: string): string {
  return PROVIDERS.includes(provider as ProviderType)
    ? PROVIDER_NAMES[provider as ProviderType]
    : provider
}

function stateOf(
  row: Pick<Row, 'revoked_at' | 'expires_at' | 'paused_at'>,
  now: number,
): ShownGrant['state'] {
  if (row.revoked_at !== null) return 'revoked'
  if (row.expires_at !== null && row.expires_at.getTime() <= now) return 'ended'
  return row.paused_at === null ? 'active' : 'paused'
}

function readDetails(details: unknown): readonly Capability[] | undefined {
  try {
    return parseCapabilities(details)
  } catch {
    return undefined
  }
}

const UNREADABLE = {
  sentence: 'This grant was made by another version of Remit and cannot be put into words here.',
  risk: 'high',
} as const
