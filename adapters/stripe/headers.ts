import { accountsGranted, type VerifiedToken } from '../../capabilities/index.ts'
import type { Decoded, JsonObject } from '../operation.ts'
import type { ReadHeaders } from '../provider.ts'
import { badRequest, type Refusal } from '../refusal.ts'
import type { Snapshot } from '../snapshot.ts'
import type { UpstreamHeaders } from '../upstream.ts'

/** what is said when the client says nothing, and the newest that this front knows the shapes of */
const KNOWN_VERSION = '2026-10-28.endive'
/** older shapes embed more, and have parameters that this front does not read */
const FLOOR = '2022-11-15'
const VERSION =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(\.(?!preview$|beta$|alpha$)[a-z]+)?$/

const ACCOUNT = /^acct_[A-Za-z0-9]{1,64}$/

/**
 * Stripe's own request headers. The version goes upstream as the client said it, within a window; a connected account only if
 * the grant names it, and each action then is of that account; everything else is not looked at and not forwarded.
 */
export function readStripeHeaders(
  { headers: { named = {} } }: Snapshot,
  token: VerifiedToken,
): Decoded<ReadHeaders> {
  const [account, ...otherAccounts] = named['stripe-account'] ?? []
  if (otherAccounts.length > 0 || named['stripe-context'] !== undefined) return refuse(otherAccount)
  // asked here too, so that nothing is read of an account that nobody has granted
  if (account !== undefined && !(ACCOUNT.test(account) && accountsGranted(token).includes(account)))
    return refuse(otherAccount)
  const [version = KNOWN_VERSION, ...others] = named['stripe-version'] ?? []
  const day = VERSION.exec(version)?.[1]
  if (others.length > 0 || day === undefined) {
    return refuse(badRequest('bad_version', 'send one Stripe-Version such as 2026-10-28.endive'))
  }
  if (day < FLOOR || day > KNOWN_VERSION.slice(0, 10)) {
    const message = `this front speaks the versions from ${FLOOR} to ${KNOWN_VERSION}`
    return refuse(badRequest('unknown_version', message))
  }
  const upstream = [['stripe-version', version] as const, ...accountHeader(account)]
  return { ok: true, params: { upstream, connectedAccount: account } }
}

/** what became of a call is asked in the shapes that are known here, and of the account that it was for */
export function headersForTrace({ account }: JsonObject): UpstreamHeaders {
  const connected = typeof account === 'string' ? account : undefined
  return [['stripe-version', KNOWN_VERSION], ...accountHeader(connected)]
}

function accountHeader(account: string | undefined): UpstreamHeaders {
  return account === undefined ? [] : [['stripe-account', account]]
}

const otherAccount: Refusal = {
  code: 'denied',
  message:
    'only the account itself is reached, and those connected to it that the grant names: leave Stripe-Account and Stripe-Context out',
  reason: 'other_account',
}

function refuse(refusal: Refusal): Decoded<never> {
  return { ok: false, refusal }
}

/** the agent's own key, if it sent one; several, or one that Stripe would not take, are a mistake */
export function readIdempotencyKey({
  headers: { named = {} },
}: Snapshot): Decoded<string | undefined> {
  const [key, ...others] = named['idempotency-key'] ?? []
  if (key === undefined) return { ok: true, params: undefined }
  if (others.length === 0 && /^[\x21-\x7e]{1,255}$/.test(key)) return { ok: true, params: key }
  return refuse(
    badRequest('bad_idempotency_key', 'send one Idempotency-Key of 1 to 255 visible characters'),
  )
}
