import type { Decoded } from '../operation.ts'
import { badRequest, type Refusal } from '../refusal.ts'
import type { Snapshot } from '../snapshot.ts'
import type { UpstreamHeaders } from '../upstream.ts'

/** what is said when the client says nothing, and the newest that this front knows the shapes of */
export const KNOWN_VERSION = '2026-10-28.endive'
/** older shapes embed more, and have parameters that this front does not read */
const FLOOR = '2022-11-15'
const VERSION =
  /^(\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01]))(\.(?!preview$|beta$|alpha$)[a-z]+)?$/

/**
 * Stripe's own request headers. The version goes upstream as the client said it, within a window; another account is never
 * reached; everything else is not looked at and not forwarded.
 */
export function readStripeHeaders({ headers: { named = {} } }: Snapshot): Decoded<UpstreamHeaders> {
  const accounts = [...(named['stripe-account'] ?? []), ...(named['stripe-context'] ?? [])]
  if (accounts.length > 0) return refuse(otherAccount)
  const [version = KNOWN_VERSION, ...others] = named['stripe-version'] ?? []
  const day = VERSION.exec(version)?.[1]
  if (others.length > 0 || day === undefined) {
    return refuse(badRequest('bad_version', 'send one Stripe-Version such as 2026-10-28.endive'))
  }
  if (day < FLOOR || day > KNOWN_VERSION.slice(0, 10)) {
    const message = `this front speaks the versions from ${FLOOR} to ${KNOWN_VERSION}`
    return refuse(badRequest('unknown_version', message))
  }
  return { ok: true, params: [['stripe-version', version]] }
}

const otherAccount: Refusal = {
  code: 'denied',
  message:
    'another account than the connected one is not reached: leave Stripe-Account and Stripe-Context out',
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
