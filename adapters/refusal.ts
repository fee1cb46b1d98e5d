import type { Denial, Action } from '../capabilities/index.ts'

/** Why a front answers something else than the provider's answer. Each provider maps every code to its own error shape. */
export type RefusalCode =
  // the request itself
  | 'bad_request'
  | 'body_too_large'
  | 'unsupported_media_type'
  // the token
  | 'token_missing'
  | 'token_invalid'
  // the decision
  | 'unknown_operation'
  | 'denied'
  | 'approval_required'
  // a call that says it is one that was made before
  | 'idempotency_mismatch'
  | 'conflict'
  | 'missing'
  // what the front depends on
  | 'unavailable'
  | 'not_connected'
  | 'upstream_failed'
  | 'upstream_timeout'
  | 'upstream_refused'
  | 'too_many_requests'
  | 'internal'

export interface Refusal {
  readonly code: RefusalCode
  /** safe to show to the agent; lower case, one line, says what to do next where there is something to do */
  readonly message: string
  /** closed word for the record, more exact than the code */
  readonly reason: string
  /** the decision behind a `denied`, or behind a `missing` that hides one. Recorded always, shown only with `denied` */
  readonly decided?: { readonly denial: Denial; readonly action: Action }
  /** of a proof of possession that is not good enough: the error of its challenge (RFC 9449 §7.1, §9) */
  readonly proof?: 'invalid_dpop_proof' | 'use_dpop_nonce'
  /** of what waits for its buyer, or was refused by her */
  readonly approval?: PendingApproval
  /** seconds, where waiting helps */
  readonly retryAfter?: number
  /** the provider's own closed word for what it refused */
  readonly providerCode?: string
  /** the provider's status behind an `upstream_…` code */
  readonly upstreamStatus?: number
  /** of an effect: nobody knows whether it was done, and whoever tries again may do it twice */
  readonly isUnknown?: true
  /** of a list that came to no end: the page token, made for this grant and question, with which it can go on */
  readonly resume?: string
}

/** what an agent is told of an approval */
interface PendingApproval {
  readonly id: string
  readonly status: string
  /** of this front; asked with the same token */
  readonly statusUrl: string
  /** seconds since 1970 */
  readonly expiresAt: number
}

/** A broken dependency met while reading upstream. Carries the refusal that the agent will see; the cause is never shown. */
export class AdapterError extends Error {
  readonly refusal: Refusal
  /** false when the request can not have reached the provider */
  readonly mayHaveExecuted: boolean
  constructor(refusal: Refusal, options?: ErrorOptions & { mayHaveExecuted?: boolean }) {
    super(refusal.message, options)
    this.name = 'AdapterError'
    this.refusal = refusal
    this.mayHaveExecuted = options?.mayHaveExecuted ?? false
  }
}

/** the one answer for what is not there and for what may not be seen: a difference would be an existence oracle */
export function missing(reason: string, decided?: Refusal['decided']): Refusal {
  const refusal = { code: 'missing', message: 'requested entity was not found', reason } as const
  return decided ? { ...refusal, decided } : refusal
}

export function badRequest(reason: string, message: string): Refusal {
  return { code: 'bad_request', message, reason }
}
