/** why a front refused a call, out of the exception that a stock SDK raised */
export interface Denial {
  /** names the decision in the buyer's record, for whoever asks about it */
  readonly decisionId: string
  /** the front's word for the kind: at Gmail `CAVEAT_DENIED`, at Stripe `CAPABILITY_DENIED`, … */
  readonly reason: string
  /** one sentence for a person */
  readonly message: string
  /** what was decoded from the request, as `gmail.messages.reply` */
  readonly operation: string | undefined
  /** the field of the vocabulary that refused, as `recipients` */
  readonly constraint: string | undefined
  /** what was refused, naming the value that offends */
  readonly refused: string | undefined
  /** what would have been allowed */
  readonly allowed: string | undefined
  /** it waits for the buyer, or she said no; undefined: nobody is asked */
  readonly approval: PendingApproval | undefined
}

/** what a call waits for: once it is approved, the same request passes once */
export interface PendingApproval {
  /** names it in the buyer's console */
  readonly id: string
  /** `pending`, or `denied`: then the same request is not asked for again */
  readonly status: string
  /** GET with the same token tells `{ id, status, expires_at }`; once a second is enough */
  readonly statusUrl: string
  /** RFC 3339: when nobody can decide it any more */
  readonly expiresAt: string
}

/** google.rpc.ErrorInfo.domain of what a front decided */
const DOMAIN = 'remit'
const REFUSED = 403

/**
 * The denial inside an exception of Google's or Stripe's client, or undefined for anything else: a network failure, an error of
 * the provider, a front that is not ready, an expired token. What the token may not see is no denial but a 404, exactly like
 * what does not exist.
 *
 * @example
 * try {
 *   await mailbox.users.messages.send({ userId: 'me', requestBody })
 * } catch (error) {
 *   const denial = toDenial(error)
 *   if (denial === undefined) throw error
 *   console.log(denial.refused, denial.allowed, denial.decisionId)
 * }
 */
export function toDenial(error: unknown): Denial | undefined {
  return ofStripe(error) ?? ofGoogle(error)
}

function ofGoogle(error: unknown): Denial | undefined {
  const body = member(member(bodyOf(error), 'error'))
  if (body?.['code'] !== REFUSED) return undefined
  const details: unknown = body['details']
  const info = (Array.isArray(details) ? details : [])
    .map((detail: unknown) => member(detail))
    .find((detail) => detail?.['domain'] === DOMAIN)
  const metadata = member(info, 'metadata')
  const decisionId = textOf(metadata, 'decision_id')
  if (info === undefined || decisionId === undefined) return undefined
  return {
    decisionId,
    reason: textOf(info, 'reason') ?? '',
    message: textOf(body, 'message') ?? '',
    ...detailsOf(metadata),
  }
}

/** Stripe's client keeps the error as it came in `raw` */
function ofStripe(error: unknown): Denial | undefined {
  const raw = member(error, 'raw')
  const metadata = member(raw, 'remit')
  const decisionId = textOf(metadata, 'decision_id')
  if (raw?.['statusCode'] !== REFUSED || decisionId === undefined) return undefined
  return {
    decisionId,
    reason: (textOf(raw, 'code') ?? '').toUpperCase(),
    message: textOf(raw, 'message') ?? '',
    ...detailsOf(metadata),
  }
}

function detailsOf(
  metadata: Record<string, unknown> | undefined,
): Omit<Denial, 'decisionId' | 'reason' | 'message'> {
  return {
    operation: textOf(metadata, 'operation'),
    constraint: textOf(metadata, 'constraint'),
    refused: textOf(metadata, 'refused'),
    allowed: textOf(metadata, 'allowed'),
    approval: approvalOf(metadata),
  }
}

function approvalOf(metadata: Record<string, unknown> | undefined): PendingApproval | undefined {
  const id = textOf(metadata, 'approval_id')
  if (id === undefined) return undefined
  return {
    id,
    status: textOf(metadata, 'approval_status') ?? '',
    statusUrl: textOf(metadata, 'status_endpoint') ?? '',
    expiresAt: textOf(metadata, 'expires_at') ?? '',
  }
}

/** what Google's client keeps of an answer; with `responseType: 'text'` or a stream it has not parsed it */
function bodyOf(error: unknown): unknown {
  const data: unknown = member(error, 'response')?.['data']
  if (typeof data !== 'string') return data
  try {
    return JSON.parse(data)
  } catch {
    return undefined
  }
}

function member(value: unknown, name?: string): Record<string, unknown> | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const found = name === undefined ? value : (value as Record<string, unknown>)[name]
  return typeof found === 'object' && found !== null
    ? (found as Record<string, unknown>)
    : undefined
}

function textOf(value: Record<string, unknown> | undefined, name: string): string | undefined {
  const text = value?.[name]
  return typeof text === 'string' ? text : undefined
}
