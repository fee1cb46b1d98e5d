import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'
import type { Channel, Notification, NotificationKind } from './notification.ts'

/** how long a message belongs to the process that took it; longer than any delivery takes */
const LEASE = '3 minutes'
const BATCH = 5

/** a message that this process has taken; `attempts` says which taking it was */
export interface TakenNotification extends Notification {
  readonly attempts: number
  readonly expiresAt: Date
}

/**
 * Takes what is due. INVARIANT: of any number of processes one takes a message, and keeps it for the lease: no transaction
 * stays open while a mail server thinks (the embedded database has one for everybody). A process that dies gives it back by
 * the lease's end; then it may be sent twice, under the same id.
 */
export async function takeDue(
  db: Kysely<Database>,
  channel: Channel,
): Promise<TakenNotification[]> {
  const { rows } = await sql<Row>`
    update notifications as taken
       set attempts = taken.attempts + 1, next_attempt_at = now() + ${LEASE}::interval
      from (
        select id from notifications
         where channel = ${channel} and dead_at is null and next_attempt_at <= now()
           and expires_at > now()
         order by next_attempt_at limit ${BATCH} for update skip locked
      ) as due, buyers
     where taken.id = due.id and taken.channel = ${channel} and buyers.id = taken.buyer_id
    returning taken.id, taken.buyer_id, taken.kind, taken.subject, taken.body, taken.path,
              taken.created_at, taken.expires_at, taken.attempts, buyers.email
  `.execute(db)
  return rows.map(toTaken)
}

interface Row {
  readonly id: string
  readonly buyer_id: string
  readonly kind: NotificationKind
  readonly subject: string
  readonly body: string
  readonly path: string
  readonly created_at: Date
  readonly expires_at: Date
  readonly attempts: number
  readonly email: string
}

function toTaken(row: Row): TakenNotification {
  return {
    id: row.id,
    buyerId: row.buyer_id,
    kind: row.kind,
    subject: row.subject,
    text: row.body,
    path: row.path,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    attempts: row.attempts,
    email: row.email,
  }
}

type Key = Pick<TakenNotification, 'id' | 'attempts'>

/** the words have been read where they belong; nothing of them is kept here */
export async function dropSent(db: Kysely<Database>, channel: Channel, { id }: Key): Promise<void> {
  await db.deleteFrom('notifications').where('id', '=', id).where('channel', '=', channel).execute()
}

/** a process whose lease ran out changes nothing: the message is another's */
export async function postpone(
  db: Kysely<Database>,
  channel: Channel,
  { id, attempts }: Key,
  { delaySeconds, reason }: { readonly delaySeconds: number; readonly reason: string },
): Promise<void> {
  await sql`
    update notifications
       set next_attempt_at = now() + make_interval(secs => ${delaySeconds}::double precision),
           last_error = ${reason}
     where id = ${id} and channel = ${channel} and attempts = ${attempts} and dead_at is null
  `.execute(db)
}

export async function bury(
  db: Kysely<Database>,
  channel: Channel,
  { id, attempts }: Key,
  reason: string,
): Promise<void> {
  await sql`
    update notifications set dead_at = now(), last_error = ${reason}
     where id = ${id} and channel = ${channel} and attempts = ${attempts} and dead_at is null
  `.execute(db)
}

/** what nobody sent in time, for instance because no process was up; answers how many */
export async function buryLate(db: Kysely<Database>, channel: Channel): Promise<number> {
  const { numAffectedRows } = await sql`
    update notifications set dead_at = now(), last_error = coalesce(last_error, 'too late')
     where channel = ${channel} and dead_at is null and expires_at <= now()
       and next_attempt_at <= now()
  `.execute(db)
  return Number(numAffectedRows ?? 0)
}
