import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { deriveSecret } from '../../state/derive-secret.ts'

/** what a challenge was given to; an answer to one that somebody else was given is worth nothing */
export type ChallengeBinding =
  | { readonly for: 'sign-in'; readonly visitor: string }
  | { readonly for: 'consent-sign-in'; readonly interaction: string }
  | { readonly for: 'welcome'; readonly visitor: string; readonly link: string }
  | { readonly for: 'confirmation'; readonly session: string }
  | { readonly for: 'registration'; readonly session: string }

export interface PasskeyChallenges {
  /** 96 random bits, its end, and our mark on both and on the binding; good for five minutes */
  issue(binding: ChallengeBinding, now: number): string
  /** INVARIANT: true at most once for each challenge, however many answers race over all processes */
  use(challenge: string, binding: ChallengeBinding, now: number): Promise<boolean>
}

const LIFETIME_MS = 5 * 60_000
const RANDOM_BYTES = 12
/** seconds since 1970, after the random bytes */
const END_BYTES = 4
const MARK_BYTES = 16

/** Only what was answered is stored: whoever opens the sign-in page without end must not fill the table. */
export function createPasskeyChallenges(db: Kysely<Database>, key: Uint8Array): PasskeyChallenges {
  const secret = deriveSecret(key, 'console-passkey-challenges')
  const markOf = (body: Uint8Array, bound: string): Buffer =>
    createHmac('sha256', secret).update(bound).update(body).digest().subarray(0, MARK_BYTES)
  return {
    issue(binding, now) {
      const body = Buffer.alloc(RANDOM_BYTES + END_BYTES, randomBytes(RANDOM_BYTES))
      body.writeUInt32BE(Math.floor((now + LIFETIME_MS) / 1000), RANDOM_BYTES)
      return Buffer.concat([body, markOf(body, toBound(binding))]).toString('base64url')
    },
    async use(challenge, binding, now) {
      const given = Buffer.from(challenge, 'base64url')
      if (given.length !== RANDOM_BYTES + END_BYTES + MARK_BYTES) return false
      const body = given.subarray(0, RANDOM_BYTES + END_BYTES)
      const bound = toBound(binding)
      if (!timingSafeEqual(given.subarray(body.length), markOf(body, bound))) return false
      const end = body.readUInt32BE(RANDOM_BYTES) * 1000
      if (end <= now) return false
      const used = await db
        .insertInto('passkey_challenges')
        // of the bytes, which have one hash however they are written
        .values({ challenge_hash: hashOf(given), bound_to: bound, expires_at: new Date(end) })
        .onConflict((conflict) => conflict.column('challenge_hash').doNothing())
        .executeTakeFirst()
      return used.numInsertedOrUpdatedRows === 1n
    },
  }
}

function toBound(binding: ChallengeBinding): string {
  const parts = Object.entries(binding).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hashOf(JSON.stringify(parts))
}

function hashOf(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('base64url')
}
