import { sql, type Kysely } from 'kysely'
import type { ServedAttachments } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'

export function createServedAttachments(db: Kysely<Database>): ServedAttachments {
  return {
    remember: async (grantId, sha256, messageId) => {
      await db
        .insertInto('served_attachments')
        .values({ grant_id: grantId, sha256, message_id: messageId })
        // shown again is shown later: the row then lives longer; once a day is often enough
        .onConflict((conflict) =>
          conflict
            .columns(['grant_id', 'sha256', 'message_id'])
            .doUpdateSet({ served_at: sql<Date>`now()` })
            .where('served_attachments.served_at', '<', sql<Date>`now() - interval '1 day'`),
        )
        .execute()
    },
    messagesWith: async (grantId, sha256) => {
      const rows = await db
        .selectFrom('served_attachments')
        .select(['message_id'])
        .where('grant_id', '=', grantId)
        .where('sha256', '=', sha256)
        .orderBy('served_at', 'desc')
        .limit(MAX_MESSAGES)
        .execute()
      return rows.map((row) => row.message_id)
    },
  }
}

/** the front reads each of them again; a widely forwarded attachment must not become a thousand requests */
const MAX_MESSAGES = 20
