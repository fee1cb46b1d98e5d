import { explainDenial } from '../../capabilities/index.ts'
import type { ProviderError } from '../provider.ts'
import type { Refusal, RefusalCode } from '../refusal.ts'

interface Shape {
  readonly status: number
  /** HubSpot's closed word for the kind; where HubSpot has none for it, ours */
  readonly category: string
}

const MAX_MESSAGE = 500

/**
 * HubSpot's JSON error. What is missing and what may not be seen are the same bytes, so that answer has neither our decision id
 * nor a reason; every other carries the id where HubSpot's carries the one to quote to its support.
 */
export function toHubspotError(refusal: Refusal, decisionId: string): ProviderError {
  const { status, category } = shapeOf(refusal)
  if (refusal.code === 'missing') {
    const message = 'resource not found'
    return { status, body: JSON.stringify({ status: 'error', message, category }) }
  }
  const { message, context } = explain(refusal)
  const body = {
    status: 'error',
    message: message.slice(0, MAX_MESSAGE),
    correlationId: decisionId,
    category,
    context: { ...context, decision_id: [decisionId] },
  }
  return { status, body: JSON.stringify(body) }
}

/** HubSpot's context is lists of texts by name */
type Context = Readonly<Record<string, readonly string[]>>

function explain(refusal: Refusal): { message: string; context: Context } {
  const { decided, approval, reason } = refusal
  if (decided === undefined) return { message: refusal.message, context: { reason: [reason] } }
  const { operation } = decided.action
  const { refused, allowed, constraint } = explainDenial(decided.denial, decided.action)
  if (approval !== undefined) {
    const context = {
      reason: [reason],
      operation: [operation],
      constraint: [constraint],
      refused: [refused],
      approval_id: [approval.id],
      approval_status: [approval.status],
      status_endpoint: [approval.statusUrl],
      expires_at: [new Date(approval.expiresAt * 1000).toISOString()],
    }
    return { message: refusal.message, context }
  }
  const message =
    refusal.code === 'denied'
      ? `not allowed by this access: ${refused}; allowed: ${allowed}`
      : refusal.message
  const context = {
    reason: [reason],
    operation: [operation],
    constraint: [constraint],
    refused: [refused],
    allowed: [allowed],
  }
  return { message, context }
}

const SHAPES: Readonly<Record<RefusalCode, Shape>> = {
  bad_request: { status: 400, category: 'VALIDATION_ERROR' },
  body_too_large: { status: 413, category: 'VALIDATION_ERROR' },
  unsupported_media_type: { status: 415, category: 'VALIDATION_ERROR' },
  token_missing: { status: 401, category: 'INVALID_AUTHENTICATION' },
  token_invalid: { status: 401, category: 'INVALID_AUTHENTICATION' },
  unknown_operation: { status: 403, category: 'UNKNOWN_OPERATION' },
  denied: { status: 403, category: 'MISSING_SCOPES' },
  approval_required: { status: 403, category: 'APPROVAL_REQUIRED' },
  idempotency_mismatch: { status: 400, category: 'VALIDATION_ERROR' },
  conflict: { status: 409, category: 'CONFLICT' },
  missing: { status: 404, category: 'OBJECT_NOT_FOUND' },
  unavailable: { status: 503, category: 'UNAVAILABLE' },
  not_connected: { status: 502, category: 'NOT_CONNECTED' },
  upstream_failed: { status: 502, category: 'UPSTREAM_FAILED' },
  upstream_timeout: { status: 504, category: 'UPSTREAM_TIMEOUT' },
  upstream_refused: { status: 502, category: 'UPSTREAM_REFUSED' },
  too_many_requests: { status: 429, category: 'RATE_LIMITS' },
  internal: { status: 500, category: 'INTERNAL_ERROR' },
}

function shapeOf({ code, reason, upstreamStatus, providerCode, isUnknown }: Refusal): Shape {
  // stock clients send a POST again by themselves after a 409 or a 5xx, and HubSpot has no key that would tell it so
  if (isUnknown === true) return { status: 424, category: 'OUTCOME_UNKNOWN' }
  if (code === 'denied' && reason === 'limit')
    return { ...SHAPES.denied, category: 'LIMIT_REACHED' }
  if (reason === 'approval_denied')
    return { ...SHAPES.approval_required, category: 'APPROVAL_DENIED' }
  // what HubSpot says about the request itself stays its answer; what it says about the credential is the owner's matter
  if (code === 'upstream_refused' && (upstreamStatus === 400 || upstreamStatus === 409)) {
    return { status: upstreamStatus, category: providerCode ?? 'VALIDATION_ERROR' }
  }
  return SHAPES[code]
}
