import { explainDenial } from '../../capabilities/index.ts'
import type { ProviderError } from '../provider.ts'
import type { Refusal, RefusalCode } from '../refusal.ts'

interface Shape {
  readonly status: number
  /** Stripe's kinds of error; stock clients make an exception class of each */
  readonly type: 'invalid_request_error' | 'api_error' | 'idempotency_error'
  readonly code: string
}

const MAX_MESSAGE = 500

/**
 * Stripe's JSON error. INVARIANT: every answer has the `error` key: without it the stock client takes any status for success
 * (stripe-node 23, measured). The code is ours where the refusal is, and reaches the exception as it stands.
 */
export function toStripeError(refusal: Refusal, decisionId: string): ProviderError {
  const { status, type, code } = shapeOf(refusal)
  const { message, more } = explain(refusal)
  const error = {
    type,
    code,
    message: message.slice(0, MAX_MESSAGE),
    ...(refusal.code === 'missing' ? {} : { remit: { ...more, decision_id: decisionId } }),
  }
  // its client sends a POST again by itself, with the same key: what a front refuses stays refused
  const headers = ['request-id', decisionId, 'stripe-should-retry', 'false']
  return { status, body: JSON.stringify({ error }), headers }
}

/** what is missing and what may not be seen are answered with the same bytes */
function explain(refusal: Refusal): { message: string; more: Record<string, string> } {
  if (refusal.code === 'missing') return { message: 'No such resource', more: {} }
  const { decided, approval, reason } = refusal
  if (decided === undefined) return { message: refusal.message, more: { reason } }
  const { operation } = decided.action
  const { refused, allowed, constraint } = explainDenial(decided.denial, decided.action)
  if (approval !== undefined) {
    const more = {
      reason,
      operation,
      constraint,
      refused,
      approval_id: approval.id,
      approval_status: approval.status,
      status_endpoint: approval.statusUrl,
      expires_at: new Date(approval.expiresAt * 1000).toISOString(),
    }
    return { message: refusal.message, more }
  }
  const message =
    refusal.code === 'denied'
      ? `not allowed by this access: ${refused}; allowed: ${allowed}`
      : refusal.message
  return { message, more: { reason, operation, constraint, refused, allowed } }
}

const SHAPES: Readonly<Record<RefusalCode, Shape>> = {
  bad_request: { status: 400, type: 'invalid_request_error', code: 'parameter_invalid' },
  body_too_large: { status: 413, type: 'invalid_request_error', code: 'body_too_large' },
  unsupported_media_type: {
    status: 415,
    type: 'invalid_request_error',
    code: 'unsupported_media_type',
  },
  token_missing: { status: 401, type: 'invalid_request_error', code: 'token_missing' },
  token_invalid: { status: 401, type: 'invalid_request_error', code: 'token_invalid' },
  unknown_operation: { status: 403, type: 'invalid_request_error', code: 'unknown_operation' },
  denied: { status: 403, type: 'invalid_request_error', code: 'capability_denied' },
  approval_required: { status: 403, type: 'invalid_request_error', code: 'approval_required' },
  idempotency_mismatch: {
    status: 400,
    type: 'idempotency_error',
    code: 'idempotency_key_mismatch',
  },
  conflict: { status: 409, type: 'invalid_request_error', code: 'idempotency_key_in_use' },
  missing: { status: 404, type: 'invalid_request_error', code: 'resource_missing' },
  unavailable: { status: 503, type: 'api_error', code: 'unavailable' },
  not_connected: { status: 502, type: 'api_error', code: 'not_connected' },
  upstream_failed: { status: 502, type: 'api_error', code: 'upstream_failed' },
  upstream_timeout: { status: 504, type: 'api_error', code: 'upstream_timeout' },
  upstream_refused: { status: 502, type: 'api_error', code: 'upstream_refused' },
  too_many_requests: { status: 429, type: 'invalid_request_error', code: 'rate_limit' },
  internal: { status: 500, type: 'api_error', code: 'internal' },
}

function shapeOf({ code, reason, upstreamStatus, providerCode }: Refusal): Shape {
  if (code === 'denied' && reason === 'limit') return { ...SHAPES.denied, code: 'limit_reached' }
  if (reason === 'paused') return { ...SHAPES.denied, code: 'grant_paused' }
  if (reason === 'approval_denied') return { ...SHAPES.approval_required, code: 'approval_denied' }
  // what Stripe says about the request itself stays its answer; what it says about the credential is the owner's matter
  if (code === 'upstream_refused' && (upstreamStatus === 400 || upstreamStatus === 402)) {
    return { status: 400, type: 'invalid_request_error', code: providerCode ?? 'upstream_refused' }
  }
  return SHAPES[code]
}
