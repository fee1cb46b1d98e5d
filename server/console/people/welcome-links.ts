import { createHash, randomBytes } from 'node:crypto'
import { sql, type Kysely, type Transaction } from 'kysely'
import type { Database } from '../../database/schema.ts'

/** what a one-time link is for */
export type WelcomePurpose =
  | { readonly for: 'first' }
  | { readonly for: 'further'; readonly email: string }
  | { readonly for: 'recovery'; readonly buyerId: string; readonly email: string }

export type WelcomeLink = WelcomePurpose & {
  /** names the link in form tokens and challenges, and opens nothing */
  readonly tokenHash: string
}

/** time to walk to another desk, and no more: it lies in terminals and mails */
export const WELCOME_LINK_HOURS = 24

/**
 * 256 random bits, stored as a hash. A new link for the same purpose ends the one before, so that only what was printed
 * last is worth anything.
 */
export async function createWelcomeLink(
  db: Kysely<Database>,
  issuer: string,
  purpose: WelcomePurpose,
  now: number = Date.now(),
): Promise<string> {
  const token = randomBytes(32).toString('base64url')
  await db.transaction().execute(async (transaction) => {
    await endLinks(transaction, purpose)
    await transaction
      .insertInto('welcome_links')
      .values({
        token_hash: hashOf(token),
        email: purpose.for === 'further' ? purpose.email : null,
        buyer_id: purpose.for === 'recovery' ? purpose.buyerId : null,
        created_at: new Date(now),
        expires_at: new Date(now + WELCOME_LINK_HOURS * 3_600_000),
      })
      .execute()
  })
  return new URL(`/welcome/${token}`, issuer).href
}

async function endLinks(db: Kysely<Database>, purpose: WelcomePurpose): Promise<void> {
  const links = db.deleteFrom('welcome_links')
  if (purpose.for === 'further') await links.where('email', '=', purpose.email).execute()
  else if (purpose.for === 'recovery') await endRecoveryLinks(db, purpose.buyerId)
  else await links.where('email', 'is', null).where('buyer_id', 'is', null).execute()
}

/** who has found another way in needs none any more; it may lie in a mail that others read */
export async function endRecoveryLinks(db: Kysely<Database>, buyerId: string): Promise<void> {
  await db.deleteFrom('welcome_links').where('buyer_id', '=', buyerId).execute()
}

/** Found by its hash: how long the look-up takes says nothing about the token. Looking uses nothing up. */
export async function findWelcomeLink(
  db: Kysely<Database>,
  token: string,
  now: number,
): Promise<WelcomeLink | undefined> {
  if (!/^[\w-]{43}$/u.test(token)) return undefined
  const row = await db
    .selectFrom('welcome_links as l')
    .leftJoin('buyers as b', 'b.id', 'l.buyer_id')
    .select(['l.token_hash', 'l.email', 'l.buyer_id', 'b.email as buyer_email'])
    .where('l.token_hash', '=', hashOf(token))
    .where('l.expires_at', '>', new Date(now))
    .executeTakeFirst()
  if (!row) return undefined
  const tokenHash = row.token_hash
  if (row.email !== null) return { for: 'further', email: row.email, tokenHash }
  if (row.buyer_id !== null) {
    return { for: 'recovery', buyerId: row.buyer_id, email: row.buyer_email ?? '', tokenHash }
  }
  const taken = await db.selectFrom('buyers').select('id').limit(1).executeTakeFirst()
  return taken ? undefined : { for: 'first', tokenHash }
}

/**
 * INVARIANT: true at most once for each link, and for the first one only while there is no buyer. Runs in the transaction
 * of what the link is for: if that fails, the link stays as it was.
 */
export async function useWelcomeLink(
  transaction: Transaction<Database>,
  link: WelcomeLink,
  now: number,
): Promise<boolean> {
  const used = await transaction
    .deleteFrom('welcome_links')
    .where('token_hash', '=', link.tokenHash)
    .where('expires_at', '>', new Date(now))
    .executeTakeFirst()
  if (used.numDeletedRows !== 1n) return false
  if (link.for !== 'first') return true
  // a buyer whom the command line adds at this moment waits, or is seen
  await sql`lock table buyers in share row exclusive mode`.execute(transaction)
  const taken = await transaction.selectFrom('buyers').select('id').limit(1).executeTakeFirst()
  return taken === undefined
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url')
}
