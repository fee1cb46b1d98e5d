import { createHash, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { ReaderChoice } from './reader.ts'

const DAY_MS = 24 * 3_600_000
/** a session ends by then, however busy it is */
export const sessionLifetimeMs: number = 14 * DAY_MS
/** and when nobody has used it for so long: a long weekend, and no more */
const idleLifetimeMs: number = 4 * DAY_MS
/** how exactly it is known when a session was last used: a row is not written for every page */
const SEEN_MS = 5 * 60_000

export interface ConsoleSession {
  /** hash of the cookie's value: names the session in form tokens and in the table, and opens nothing */
  readonly idHash: string
  readonly buyerId: string
  readonly email: string
  readonly reads: ReaderChoice
  /** when whoever sits there last proved to be the buyer: at the sign-in, or since */
  readonly verifiedAt: Date
}

export interface ListedSession {
  readonly idHash: string
  readonly device: string
  readonly startedAt: Date
  readonly seenAt: Date
}

export interface Sessions {
  /** a new random id, whatever the browser presented: an id that somebody planted there never becomes a session */
  start(buyerId: string, device: string, now: number): Promise<string>
  /** `byHand`: somebody sits there; a script that asks by itself keeps no session alive */
  find(id: string | undefined, now: number, byHand: boolean): Promise<ConsoleSession | undefined>
  end(id: string | undefined): Promise<void>
  /** of one buyer, the one used last first */
  list(buyerId: string, now: number): Promise<ListedSession[]>
  /** INVARIANT: the buyer's own or none. Answers whether there was one */
  endOne(buyerId: string, idHash: string): Promise<boolean>
  /** whoever sits there has just proved to be the buyer */
  verified(idHash: string, now: number): Promise<void>
}

export function createSessions(db: Kysely<Database>): Sessions {
  return {
    async start(buyerId, device, now) {
      const id = randomBytes(32).toString('base64url')
      await db
        .insertInto('console_sessions')
        .values({
          id_hash: hashOf(id),
          buyer_id: buyerId,
          device,
          created_at: new Date(now),
          expires_at: new Date(now + sessionLifetimeMs),
          verified_at: new Date(now),
          seen_at: new Date(now),
        })
        .execute()
      return id
    },
    async find(id, now, byHand) {
      if (!id) return undefined
      const row = await db
        .selectFrom('console_sessions')
        .innerJoin('buyers', 'buyers.id', 'console_sessions.buyer_id')
        .select(['id_hash', 'buyer_id', 'email', 'locale', 'time_zone', 'verified_at', 'seen_at'])
        .where('id_hash', '=', hashOf(id))
        .where('expires_at', '>', new Date(now))
        .where('seen_at', '>', new Date(now - idleLifetimeMs))
        .executeTakeFirst()
      if (!row) return undefined
      if (byHand && now - row.seen_at.getTime() >= SEEN_MS) await seen(db, row.id_hash, now)
      return {
        idHash: row.id_hash,
        buyerId: row.buyer_id,
        email: row.email,
        reads: { locale: row.locale, zone: row.time_zone },
        verifiedAt: row.verified_at,
      }
    },
    async verified(idHash, now) {
      await db
        .updateTable('console_sessions')
        .set({ verified_at: new Date(now) })
        .where('id_hash', '=', idHash)
        .execute()
    },
    async end(id) {
      if (id) await db.deleteFrom('console_sessions').where('id_hash', '=', hashOf(id)).execute()
    },
    async list(buyerId, now) {
      const rows = await db
        .selectFrom('console_sessions')
        .select(['id_hash', 'device', 'created_at', 'seen_at'])
        .where('buyer_id', '=', buyerId)
        .where('expires_at', '>', new Date(now))
        .where('seen_at', '>', new Date(now - idleLifetimeMs))
        .orderBy('seen_at', 'desc')
        .limit(LISTED_MAX)
        .execute()
      return rows.map((row) => ({
        idHash: row.id_hash,
        device: row.device,
        startedAt: row.created_at,
        seenAt: row.seen_at,
      }))
    },
    async endOne(buyerId, idHash) {
      const ended = await db
        .deleteFrom('console_sessions')
        .where('id_hash', '=', idHash)
        .where('buyer_id', '=', buyerId)
        .executeTakeFirst()
      return ended.numDeletedRows > 0n
    },
  }
}

const LISTED_MAX = 50

async function seen(db: Kysely<Database>, idHash: string, now: number): Promise<void> {
  await db
    .updateTable('console_sessions')
    .set({ seen_at: new Date(now) })
    .where('id_hash', '=', idHash)
    .execute()
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
