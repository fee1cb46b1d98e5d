import type { Kysely } from 'kysely'
import type { SentMessages } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'

/**
 * INVARIANT: remembered for as long as the grant lives: a forgotten message would count as the owner's, and whom the agent
 * wrote to would become a participant.
 */
export function createSentMessages(db: Kysely<Database>): SentMessages {
  return {
    remember: async (grantId, messageId) => {
      await db
        .insertInto('sent_messages')
        .values({ grant_id: grantId, message_id: messageId })
        .onConflict((conflict) => conflict.columns(['grant_id', 'message_id']).doNothing())
        .execute()
    },
    among: async (grantId, messageIds) => {
      if (messageIds.length === 0) return new Set()
      const rows = await db
        .selectFrom('sent_messages')
        .select(['message_id'])
        .where('grant_id', '=', grantId)
        .where('message_id', 'in', [...messageIds])
        .execute()
      return new Set(rows.map((row) => row.message_id))
    },
  }
}
