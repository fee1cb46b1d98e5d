import { sql, type Kysely } from 'kysely'
import type { SentMessages } from '../../adapters/ports.ts'
import type { Database } from '../database/schema.ts'
import { GatheredWrites } from './gathered-writes.ts'

/**
 * INVARIANT: never forgotten, and known to every grant on the same mailbox, whoever granted it: a message that is not known
 * counts as the owner's, and whom the agent wrote to would become a participant. Not known on other mailboxes: what an
 * agent of one sends to another is there a mail that may be answered.
 */
export function createSentMessages(db: Kysely<Database>): SentMessages {
  const writes = new GatheredWrites<Sent>((sent) => insertSent(db, sent))
  return {
    remember: (grantId, messageId) => writes.add({ grant_id: grantId, message_id: messageId }),
    among: async (grantId, messageIds) => {
      if (messageIds.length === 0) return new Set()
      const rows = await db
        .selectFrom('sent_messages')
        .leftJoin('grants', 'grants.id', 'sent_messages.grant_id')
        .leftJoin('connections', (join) => join.on('connections.id', '=', CONNECTION_ID))
        .select(['sent_messages.message_id'])
        .where('sent_messages.message_id', 'in', [...messageIds])
        .where((where) =>
          where.or([
            where('sent_messages.grant_id', '=', grantId),
            where('connections.account', '=', accountOf(db, grantId)),
          ]),
        )
        .execute()
      return new Set(rows.map((row) => row.message_id))
    },
  }
}

interface Sent {
  readonly grant_id: string
  readonly message_id: string
}

async function insertSent(db: Kysely<Database>, sent: readonly Sent[]): Promise<void> {
  await sql`
    insert into sent_messages (grant_id, message_id)
    select grant_id, message_id
      from jsonb_to_recordset(${JSON.stringify(sent)}::jsonb) as row (grant_id text, message_id text)
    on conflict (message_id, grant_id) do nothing
  `.execute(db)
}

/** only the Gmail front sends */
const CONNECTION_ID = sql<string>`grants.connections ->> 'gmail'`

function accountOf(db: Kysely<Database>, grantId: string): ReturnType<typeof sql<string>> {
  return sql<string>`(${db
    .selectFrom('grants')
    .innerJoin('connections', (join) => join.on('connections.id', '=', CONNECTION_ID))
    .select('connections.account')
    .where('grants.id', '=', grantId)})`
}
