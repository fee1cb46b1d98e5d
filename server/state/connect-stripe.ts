import type { Kysely } from 'kysely'
import { z } from 'zod'
import { ConnectionError } from '../../adapters/ports.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/schema.ts'
import { askAccount } from './ask-account.ts'
import { storeConnection, type StoredConnection } from './store-connection.ts'

const account = z.object({ object: z.literal('account'), id: z.string().regex(/^acct_\w{1,64}$/) })
const KEY = /^(?<kind>[rs])k_(?:live|test)_[A-Za-z0-9]{10,240}$/

export interface ConnectedStripe extends StoredConnection {
  /** the key can do everything: a restricted one would do */
  readonly isUnrestricted: boolean
}

/** Connects a buyer's Stripe account, or connects it again: the key is tried, and the account is what Stripe says it is. */
export async function connectStripe(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  { stripeUpstream }: Pick<Config, 'stripeUpstream'>,
  { buyerId, credential }: { readonly buyerId: string; readonly credential: string },
): Promise<ConnectedStripe> {
  const key = readKey(credential)
  const accountId = await readStripeAccount(stripeUpstream, key)
  const stored = await storeConnection(db, masterKey, {
    key: { buyer_id: buyerId, provider: 'stripe', account: accountId },
    credential: { type: 'access_token', accessToken: key },
    scopes: isUnrestrictedKey(key) ? ['*'] : undefined,
  })
  return { ...stored, isUnrestricted: isUnrestrictedKey(key) }
}

/** it can do everything in the account */
function isUnrestrictedKey(key: string): boolean {
  return KEY.exec(key)?.groups?.['kind'] === 's'
}

/** the key alone, or `{"api_key": …}` */
function readKey(text: string): string {
  const trimmed = text.trim()
  const key = trimmed.startsWith('{') ? keyIn(trimmed) : trimmed
  if (key.startsWith('pk_')) throw unusable('is a publishable key: give a restricted one (rk_…)')
  if (!KEY.test(key)) throw unusable('is no key of Stripe: give a restricted one (rk_…)')
  return key
}

function keyIn(text: string): string {
  try {
    const parsed = z.object({ api_key: z.string() }).safeParse(JSON.parse(text))
    if (parsed.success) return parsed.data.api_key
  } catch {
    // without the cause: a parser quotes the text it stumbled over
  }
  throw unusable('is not valid JSON with an `api_key`')
}

export async function readStripeAccount(upstream: string, key: string): Promise<string> {
  const { status, json } = await askAccount('stripe', `${upstream}/v1/account`, key)
  if (status === 401) throw new ConnectionError('broken', 'stripe does not know this key')
  if (status === 403) {
    const advice =
      'let it read the account (Connect: Account, read), charges, payments and customers'
    throw new ConnectionError('broken', `stripe lets this key not see its account: ${advice}`)
  }
  const answer = account.safeParse(status === 200 ? json : undefined)
  if (answer.success) return answer.data.id
  throw new ConnectionError('provider_unreachable', `stripe answered ${status} without an account`)
}

function unusable(why: string): ConnectionError {
  return new ConnectionError('not_connected', `the credential ${why}`)
}
