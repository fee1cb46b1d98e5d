import { randomUUID } from 'node:crypto'
import { sql, type Transaction } from 'kysely'
import type { Database } from '../database/schema.ts'
import { createRateLimits } from '../state/rate-limits.ts'
import type { Channel, NewNotification } from './notification.ts'

const CHANNELS: readonly Channel[] = ['mail', 'webhook']
/** as long as an approval can be decided: later the message would speak of nothing */
const KEPT = '24 hours'
/** of one buyer and one kind; an agent must not fill a mailbox, the console has them all */
const RATE = { perMinute: 20 / 60, burst: 20 } as const
const MAX_SUBJECT = 150
const MAX_TEXT = 4_000

/**
 * Writes a message into the outbox, in the transaction of what it speaks of: both are there or neither. Whoever writes does
 * not know which ways are set up; what nobody sends is collected. `too_many`: not written, the console shows it all the same.
 */
export async function enqueue(
  trx: Transaction<Database>,
  notification: NewNotification,
): Promise<'queued' | 'too_many'> {
  const { buyerId, kind, path } = notification
  assertConsolePath(path)
  const wait = await createRateLimits(trx).take(`notifications/${kind}/${buyerId}`, RATE)
  if (wait !== undefined) return 'too_many'
  const id = `ntf_${randomUUID()}`
  const subject = toLine(notification.subject)
  const body = toPlainText(notification.text)
  await trx
    .insertInto('notifications')
    .values(
      CHANNELS.map((channel) => ({
        id,
        channel,
        buyer_id: buyerId,
        kind,
        subject,
        body,
        path,
        expires_at: sql<Date>`now() + ${KEPT}::interval`,
      })),
    )
    .execute()
  return 'queued'
}

/** a link that leaves the console is a bug of the writer, and would be a phisher's gift */
function assertConsolePath(path: string): void {
  const base = 'https://console.invalid'
  const url = /^\/(?!\/)[\w./~?=&%-]*$/.test(path) ? URL.parse(path, base) : null
  if (url?.origin !== base) throw new TypeError(`\`${path}\` is no path of the console`)
}

// what reorders or hides text, and every control but the line feed: a line break in a subject is another header
const unprintable = /[^\P{C}\n]|[\p{Zl}\p{Zp}]/gu

function toPlainText(text: string): string {
  return cut(text.slice(0, MAX_TEXT * 4).replaceAll(unprintable, ' '), MAX_TEXT)
}

function toLine(text: string): string {
  const line = text.slice(0, MAX_SUBJECT * 4).replaceAll(unprintable, ' ')
  return cut(line.replaceAll(/\s+/gu, ' ').trim(), MAX_SUBJECT)
}

function cut(text: string, maxLength: number): string {
  const letters = Array.from(text)
  return letters.length > maxLength ? `${letters.slice(0, maxLength - 1).join('')}…` : text
}
