import { sql, type Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { ConsoleServices } from '../services.ts'

/** what a buyer should notice if it was not she */
export type SecurityEventKind =
  | 'new_device'
  | 'passkey_added'
  | 'passkey_removed'
  | 'passkey_refused'
  | 'password_changed'
  | 'password_ended'
  | 'recovered'
  | 'sessions_ended'

export interface SecurityEvent {
  readonly kind: SecurityEventKind
  /** the name of a passkey, or a browser */
  readonly detail: string
  readonly at: Date
}

/** of each buyer; 180 days later they go too (`collect.ts`) */
const KEPT = 100

async function recordSecurityEvent(
  db: Kysely<Database>,
  buyerId: string,
  { kind, detail = '', at }: { kind: SecurityEventKind; detail?: string; at: number },
): Promise<void> {
  await db
    .insertInto('security_events')
    .values({ buyer_id: buyerId, kind, detail, at: new Date(at) })
    .execute()
  await sql`
    delete from security_events where buyer_id = ${buyerId} and id <= (
      select id from security_events where buyer_id = ${buyerId} order by id desc offset ${KEPT} limit 1
    )`.execute(db)
}

/** written down for her, and logged for the operator without what it names */
export async function noteSecurityEvent(
  services: Pick<ConsoleServices, 'options' | 'now'>,
  buyerId: string,
  kind: SecurityEventKind,
  detail = '',
): Promise<void> {
  await recordSecurityEvent(services.options.db, buyerId, { kind, detail, at: services.now() })
  services.options.log({ event: 'security', kind, buyerId })
}

export async function listSecurityEvents(
  db: Kysely<Database>,
  buyerId: string,
  count = 12,
): Promise<SecurityEvent[]> {
  const rows = await db
    .selectFrom('security_events')
    .select(['kind', 'detail', 'at'])
    .where('buyer_id', '=', buyerId)
    .orderBy('id', 'desc')
    .limit(count)
    .execute()
  return rows.map(({ kind, detail, at }) => ({ kind: kind as SecurityEventKind, detail, at }))
}
