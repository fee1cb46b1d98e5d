import { createHash } from 'node:crypto'
import { sql, type Kysely } from 'kysely'
import type { Database } from '../database/schema.ts'

const windowMs = 15 * 60_000
/** an account allows few; an address more, because an office shares one */
const allowed = { account: 10, address: 50 } as const

export interface SignInAttempts {
  /**
   * Counts one attempt before its password is looked at, so that parallel guesses cannot pass together.
   * Returns the time from which the next one may pass when this one may not. `account`: what the guesses are at; undefined
   * for a proof that nobody can guess, of which only the address is counted.
   */
  begin(
    account: string | undefined,
    address: string,
    now: number,
  ): Promise<{ blockedUntil: Date } | undefined>
  /** the proof was right: the account's count ends, and the address gets its attempt back */
  succeeded(account: string | undefined, address: string): Promise<void>
}

export function createSignInAttempts(db: Kysely<Database>): SignInAttempts {
  return {
    async begin(account, address, now) {
      // the address goes first: once it is blocked it cannot use up the account's attempts
      const blocked = await count(db, addressKey(address), allowed.address, now)
      if (blocked || account === undefined) return blocked
      return count(db, accountKey(account), allowed.account, now)
    },
    async succeeded(account, address) {
      if (account !== undefined) {
        await db.deleteFrom('sign_in_attempts').where('key', '=', accountKey(account)).execute()
      }
      await db
        .updateTable('sign_in_attempts')
        .set({ failures: sql`greatest(failures - 1, 0)` })
        .where('key', '=', addressKey(address))
        .execute()
    },
  }
}

/** one statement: the row's lock makes the count exact over all processes. A blocked attempt does not prolong the block */
async function count(
  db: Kysely<Database>,
  key: string,
  limit: number,
  now: number,
): Promise<{ blockedUntil: Date } | undefined> {
  const at = new Date(now)
  const end = new Date(now + windowMs)
  const { rows } = await sql<{ blocked_until: Date | null }>`
    insert into sign_in_attempts as a (key, failures, blocked_until, expires_at) values (${key}, 1, null, ${end})
    on conflict (key) do update set
      failures = case when a.expires_at <= ${at} then 1 else a.failures + 1 end,
      blocked_until = case when a.expires_at <= ${at} then null
        when a.blocked_until is not null then a.blocked_until
        when a.failures >= ${limit} then ${end}::timestamptz end,
      expires_at = case when a.expires_at <= ${at} then ${end}
        when a.blocked_until is null and a.failures >= ${limit} then ${end} else a.expires_at end
    returning blocked_until`.execute(db)
  const blockedUntil = rows[0]?.blocked_until
  return blockedUntil ? { blockedUntil } : undefined
}

/** hashed: what people type into the e-mail field by mistake is often their password */
function accountKey(account: string): string {
  return `account:${createHash('sha256').update(account).digest('base64url')}`
}

/** one home or office holds a whole /64 of IPv6 addresses */
function addressKey(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/iu.exec(address)?.[1]
  return `address:${mapped ?? (address.includes(':') ? toNetwork(address) : address)}`
}

function toNetwork(address: string): string {
  const [head = '', tail] = address.toLowerCase().split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: Math.max(0, 8 - left.length - right.length) }, () => '0')
  return [...left, ...zeros, ...right]
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/u, ''))
    .join(':')
}
