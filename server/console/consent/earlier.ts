import type { Kysely } from 'kysely'
import { describe, parseCapabilities, type Capability } from '../../../capabilities/index.ts'
import type { Database } from '../../database/schema.ts'

/** what the buyer allowed the same client before, and which still stands */
export interface EarlierGrant {
  readonly id: string
  readonly capabilities: readonly Capability[]
  readonly sentences: readonly string[]
  /** kind of account -> connection, as it was chosen then */
  readonly connections: Readonly<Record<string, string>>
  readonly createdAt: Date
  readonly endsAt: Date | undefined
  /** stopped by the buyer or the operator: it allows nothing until it is resumed */
  readonly isPaused: boolean
}

/** more are not compared: a client that has so many is asked about as if it had none of the rest */
const MOST = 20

/** newest first; one that this version cannot read is left out, because nothing can be said about it */
export async function findEarlier(
  db: Kysely<Database>,
  of: { readonly buyerId: string; readonly clientId: string; readonly now: number },
): Promise<EarlierGrant[]> {
  const rows = await db
    .selectFrom('grants')
    .select(['id', 'authorization_details', 'connections', 'created_at', 'expires_at', 'paused_at'])
    .where('buyer_id', '=', of.buyerId)
    .where('client_id', '=', of.clientId)
    .where('revoked_at', 'is', null)
    .where((is) => is.or([is('expires_at', 'is', null), is('expires_at', '>', new Date(of.now))]))
    .orderBy('created_at', 'desc')
    .limit(MOST)
    .execute()
  return rows.flatMap((row) => {
    const capabilities = read(row.authorization_details)
    if (capabilities === undefined) return []
    return [
      {
        id: row.id,
        capabilities,
        sentences: capabilities.flatMap(describe).map(({ sentence }) => sentence),
        connections: row.connections,
        createdAt: row.created_at,
        endsAt: row.expires_at ?? undefined,
        isPaused: row.paused_at !== null,
      },
    ]
  })
}

function read(details: unknown): Capability[] | undefined {
  try {
    return parseCapabilities(details)
  } catch {
    return undefined
  }
}
