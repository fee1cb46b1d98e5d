import { createHash, randomBytes } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'

/** what a challenge was given to; an answer to one that somebody else was given is worth nothing */
export type ChallengeBinding =
  | { readonly for: 'sign-in'; readonly visitor: string }
  | { readonly for: 'consent-sign-in'; readonly interaction: string }
  | { readonly for: 'welcome'; readonly visitor: string; readonly link: string }
  | { readonly for: 'confirmation'; readonly session: string }
  | { readonly for: 'registration'; readonly session: string }

export interface PasskeyChallenges {
  /** 256 random bits, good for five minutes */
  issue(binding: ChallengeBinding, now: number): Promise<string>
  /** INVARIANT: true at most once for each challenge, however many answers race over all processes */
  use(challenge: string, binding: ChallengeBinding, now: number): Promise<boolean>
}

const LIFETIME_MS = 5 * 60_000

export function createPasskeyChallenges(db: Kysely<Database>): PasskeyChallenges {
  return {
    async issue(binding, now) {
      const challenge = randomBytes(32).toString('base64url')
      await db
        .insertInto('passkey_challenges')
        .values({
          challenge_hash: hashOf(challenge),
          bound_to: toBound(binding),
          expires_at: new Date(now + LIFETIME_MS),
        })
        .execute()
      return challenge
    },
    async use(challenge, binding, now) {
      const used = await db
        .deleteFrom('passkey_challenges')
        .where('challenge_hash', '=', hashOf(challenge))
        .where('bound_to', '=', toBound(binding))
        .where('expires_at', '>', new Date(now))
        .executeTakeFirst()
      return used.numDeletedRows === 1n
    },
  }
}

function toBound(binding: ChallengeBinding): string {
  const parts = Object.entries(binding).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return hashOf(JSON.stringify(parts))
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
