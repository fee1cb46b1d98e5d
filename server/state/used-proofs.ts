import { createHash } from 'node:crypto'
import type { Kysely } from 'kysely'
import type { UsedProofs } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import { within } from './within.ts'

/** a proof is good for three minutes at most, by its nonce; the rest is for clocks that differ */
const KEPT_MS = 5 * 60_000
/** the call waits for it */
const PATIENCE_MS = 5_000

/**
 * INVARIANT: of any number of requests with one proof, at any number of replicas, one INSERT inserts. A table of its own beside
 * the authority's: one row for every call of a bound token, gone in minutes, where those of the authority stay for hours.
 */
export function createUsedProofs(db: Kysely<Database>): UsedProofs {
  return {
    claim: async (keyThumbprint, jti) => {
      const id = createHash('sha256').update(`${keyThumbprint} ${jti}`).digest('base64url')
      const insert = db
        .insertInto('used_proofs')
        .values({ id, expires_at: new Date(Date.now() + KEPT_MS) })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .executeTakeFirst()
      const { numInsertedOrUpdatedRows } = await within(PATIENCE_MS, insert)
      return numInsertedOrUpdatedRows === 1n
    },
  }
}
