import { createHash, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { OAuthProvider } from './authorization-server.ts'
import { deriveSecret } from './derive-secret.ts'

const LIFETIME_MS = 10 * 60_000

/** a buyer's way to a provider and back */
export interface Journey {
  readonly provider: OAuthProvider
  /** the console session that it began in; nobody else can end it */
  readonly sessionHash: string
  /** the one that is connected again */
  readonly connectionId: string | undefined
  readonly scopes: readonly string[]
  /** the path of an open request that waits for it */
  readonly wayBack: string | undefined
}

/** answers the `state` that the provider hands back; only its hash is kept */
export async function beginJourney(
  db: Kysely<Database>,
  journey: Journey,
  now: number,
): Promise<string> {
  const state = randomBytes(32).toString('base64url')
  await db
    .insertInto('connecting')
    .values({
      state_hash: hashOf(state),
      session_hash: journey.sessionHash,
      provider: journey.provider,
      connection_id: journey.connectionId ?? null,
      scopes: [...journey.scopes],
      way_back: journey.wayBack ?? null,
      expires_at: new Date(now + LIFETIME_MS),
    })
    .execute()
  return state
}

/** once: the same statement finds it and ends it. Undefined: made up, used, another's, another provider's or too old */
export async function endJourney(
  db: Kysely<Database>,
  {
    state,
    sessionHash,
    provider,
    now,
  }: Pick<Journey, 'sessionHash' | 'provider'> & {
    readonly state: string
    readonly now: number
  },
): Promise<Journey | undefined> {
  const row = await db
    .deleteFrom('connecting')
    .where('state_hash', '=', hashOf(state))
    .where('session_hash', '=', sessionHash)
    .where('provider', '=', provider)
    .returning(['connection_id', 'scopes', 'way_back', 'expires_at'])
    .executeTakeFirst()
  if (row === undefined || row.expires_at.getTime() <= now) return undefined
  return {
    provider,
    sessionHash,
    connectionId: row.connection_id ?? undefined,
    scopes: row.scopes,
    wayBack: row.way_back ?? undefined,
  }
}

/**
 * RFC 7636 §4.1: 43 characters, of the state under the master key. So it is stored nowhere, and whoever sees the state in an address
 * cannot make it.
 */
export function verifierOf(masterKey: Uint8Array, state: string): string {
  return Buffer.from(deriveSecret(masterKey, `connecting/${state}`)).toString('base64url')
}

function hashOf(state: string): string {
  return createHash('sha256').update(state).digest('base64url')
}
