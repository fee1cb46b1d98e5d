import { sql, type Kysely } from 'kysely'
import type { Database } from './schema.ts'

/**
 * What may go, and when. A single-use row must outlive whatever could still present it: a pushed request and its
 * attestation are checked after they expired, within the hour of an interaction. What grants sent is never forgotten: the
 * next grant on that mailbox must know it.
 */
const EXPIRED: readonly {
  readonly table: string
  readonly column: string
  readonly grace: string
}[] = [
  { table: 'oidc_payloads', column: 'expires_at', grace: '2 hours' },
  { table: 'console_sessions', column: 'expires_at', grace: '0' },
  { table: 'connecting', column: 'expires_at', grace: '0' },
  { table: 'sign_in_attempts', column: 'expires_at', grace: '0' },
  // a console's clock may be behind this one's: there it must be expired too before it is forgotten that it was used
  { table: 'passkey_challenges', column: 'expires_at', grace: '1 hour' },
  { table: 'welcome_links', column: 'expires_at', grace: '0' },
  { table: 'security_events', column: 'at', grace: '180 days' },
  // a front's clock may be behind this one's: the token must be expired there too
  { table: 'revocations', column: 'expires_at', grace: '1 hour' },
  // ended without a word; until then the console names them
  { table: 'running_fronts', column: 'seen_at', grace: '1 hour' },
  { table: 'front_acknowledgements', column: 'applied_at', grace: '30 days' },
  // expired long after the proof itself
  { table: 'used_proofs', column: 'expires_at', grace: '0' },
  // of windows long past; what grants count in all is kept
  { table: 'budgets', column: 'kept_until', grace: '0' },
  { table: 'budget_members', column: 'kept_until', grace: '0' },
  { table: 'rate_limits', column: 'tat', grace: '0' },
  // the record of the call stays; the card has words of mails in it
  { table: 'approvals', column: 'expires_at', grace: '30 days' },
  // refused for as long as anybody could send the key again
  { table: 'idempotent_calls', column: 'begun_at', grace: '30 days' },
  // an operator looks at what could not be sent; until then nobody has read the words in it
  { table: 'notifications', column: 'expires_at', grace: '7 days' },
  { table: 'served_attachments', column: 'served_at', grace: '90 days' },
  { table: 'shown_passages', column: 'shown_at', grace: '90 days' },
]

/** deletes what has expired, a batch at a time so that nobody waits long for a lock; answers how many rows went */
export async function collectExpired(db: Kysely<Database>, batch = 1_000): Promise<number> {
  let total = 0
  for (const { table, column, grace } of EXPIRED) {
    let deleted = batch
    while (deleted === batch) {
      deleted = await deleteBatch(db, table, column, grace, batch)
      total += deleted
    }
  }
  return total
}

/** `skip locked`: several processes collect at the same time without waiting for each other */
async function deleteBatch(
  db: Kysely<Database>,
  table: string,
  column: string,
  grace: string,
  batch: number,
): Promise<number> {
  const name = sql.table(table)
  const expiry = sql.ref(column)
  const result = await sql`
    delete from ${name} where ctid = any(array(
      select ctid from ${name}
       where ${expiry} < now() - ${grace}::interval
       order by ${expiry} limit ${batch} for update skip locked
    ))
  `.execute(db)
  return Number(result.numAffectedRows ?? 0)
}
