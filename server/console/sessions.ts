import { createHash, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { ReaderChoice } from './reader.ts'

export const sessionLifetimeMs: number = 14 * 24 * 3_600_000

export interface ConsoleSession {
  /** hash of the cookie's value: names the session in form tokens and in the table, and opens nothing */
  readonly idHash: string
  readonly buyerId: string
  readonly email: string
  readonly reads: ReaderChoice
  /** when whoever sits there last proved to be the buyer: at the sign-in, or since */
  readonly verifiedAt: Date
}

export interface Sessions {
  /** a new random id, whatever the browser presented: an id that somebody planted there never becomes a session */
  start(buyerId: string, now: number): Promise<string>
  find(id: string | undefined, now: number): Promise<ConsoleSession | undefined>
  end(id: string | undefined): Promise<void>
  /** whoever sits there has just proved to be the buyer */
  verified(idHash: string, now: number): Promise<void>
}

export function createSessions(db: Kysely<Database>): Sessions {
  return {
    async start(buyerId, now) {
      const id = randomBytes(32).toString('base64url')
      await db
        .insertInto('console_sessions')
        .values({
          id_hash: hashOf(id),
          buyer_id: buyerId,
          expires_at: new Date(now + sessionLifetimeMs),
          verified_at: new Date(now),
        })
        .execute()
      return id
    },
    async find(id, now) {
      if (!id) return undefined
      const row = await db
        .selectFrom('console_sessions')
        .innerJoin('buyers', 'buyers.id', 'console_sessions.buyer_id')
        .select(['id_hash', 'buyer_id', 'email', 'locale', 'time_zone', 'verified_at'])
        .where('id_hash', '=', hashOf(id))
        .where('expires_at', '>', new Date(now))
        .executeTakeFirst()
      return (
        row && {
          idHash: row.id_hash,
          buyerId: row.buyer_id,
          email: row.email,
          reads: { locale: row.locale, zone: row.time_zone },
          verifiedAt: row.verified_at,
        }
      )
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
  }
}

function hashOf(id: string): string {
  return createHash('sha256').update(id).digest('base64url')
}
