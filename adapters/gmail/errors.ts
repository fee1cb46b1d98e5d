import { explainDenial } from '../../capabilities/index.ts'
import type { ProviderError } from '../provider.ts'
import type { Refusal, RefusalCode } from '../refusal.ts'

interface Shape {
  readonly code: number
  /** google.rpc.Code */
  readonly status: string
  readonly reason: string
}

const NOT_FOUND = 'Requested entity was not found.'
const MAX_MESSAGE = 500
const DENIED_REASONS: Readonly<Record<string, string>> = {
  limit: 'limitReached',
  paused: 'grantPaused',
}

/**
 * Google's JSON error, with everything Google's own clients look at. A 404 carries nothing of ours: it has to be the same
 * bytes for what is missing and for what may not be seen.
 */
export function toGmailError(refusal: Refusal, decisionId: string): ProviderError {
  const { code, status, reason } = shapeOf(refusal)
  if (refusal.code === 'missing') {
    const errors = [{ message: NOT_FOUND, domain: 'global', reason }]
    return {
      status: code,
      body: JSON.stringify({ error: { code, message: NOT_FOUND, errors, status } }),
    }
  }
  const { message, metadata } = explain(refusal)
  const error = {
    code,
    message: message.slice(0, MAX_MESSAGE),
    errors: [{ message: message.slice(0, MAX_MESSAGE), domain: domainOf(refusal.code), reason }],
    status,
    details: [
      {
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
        reason: toErrorReason(reason),
        domain: 'remit',
        metadata: { ...metadata, decision_id: decisionId },
      },
    ],
  }
  return { status: code, body: JSON.stringify({ error }) }
}

/** one sentence of what was refused and what would be allowed; both come from the one renderer of the vocabulary */
function explain(refusal: Refusal): { message: string; metadata: Record<string, string> } {
  if (refusal.resume !== undefined) {
    return { message: refusal.message, metadata: { page_token: refusal.resume } }
  }
  if (refusal.decided === undefined) return { message: refusal.message, metadata: {} }
  const { denial, action } = refusal.decided
  const { refused, allowed, constraint } = explainDenial(denial, action)
  if (refusal.approval !== undefined) {
    const { id, status, statusUrl, expiresAt } = refusal.approval
    const approval = {
      approval_id: id,
      approval_status: status,
      status_endpoint: statusUrl,
      expires_at: new Date(expiresAt * 1000).toISOString(),
    }
    const metadata = { operation: action.operation, constraint, refused, ...approval }
    return { message: refusal.message, metadata }
  }
  if (refusal.code !== 'denied') return { message: refusal.message, metadata: {} }
  const message = `not allowed by this access: ${refused}; allowed: ${allowed}`
  return { message, metadata: { operation: action.operation, constraint, refused, allowed } }
}

function domainOf(code: RefusalCode): string {
  return ['denied', 'unknown_operation', 'approval_required'].includes(code) ? 'remit' : 'global'
}

/** google.rpc.ErrorInfo.reason is UPPER_SNAKE_CASE */
function toErrorReason(reason: string): string {
  return reason.replace(/([a-z])([A-Z])/g, '$1_$2').toUpperCase()
}

function shapeOf(refusal: Refusal): Shape {
  switch (refusal.code) {
    case 'bad_request':
      if (refusal.resume !== undefined) {
        return { code: 400, status: 'FAILED_PRECONDITION', reason: 'listUnfinished' }
      }
      return { code: 400, status: 'INVALID_ARGUMENT', reason: 'badRequest' }
    case 'body_too_large':
      return { code: 413, status: 'INVALID_ARGUMENT', reason: 'uploadTooLarge' }
    case 'unsupported_media_type':
      return { code: 415, status: 'INVALID_ARGUMENT', reason: 'unsupportedMediaType' }
    case 'token_missing':
      return { code: 401, status: 'UNAUTHENTICATED', reason: 'required' }
    case 'token_invalid':
      return { code: 401, status: 'UNAUTHENTICATED', reason: 'authError' }
    case 'unknown_operation':
      return { code: 403, status: 'PERMISSION_DENIED', reason: 'unknownOperation' }
    case 'denied':
      return {
        code: 403,
        status: 'PERMISSION_DENIED',
        reason: DENIED_REASONS[refusal.reason] ?? 'caveatDenied',
      }
    case 'approval_required':
      return {
        code: 403,
        status: 'PERMISSION_DENIED',
        reason: refusal.reason === 'approval_denied' ? 'approvalDenied' : 'approvalPending',
      }
    case 'idempotency_mismatch':
      return { code: 400, status: 'INVALID_ARGUMENT', reason: 'badRequest' }
    case 'conflict':
      return { code: 409, status: 'ABORTED', reason: 'conflict' }
    case 'missing':
      return { code: 404, status: 'NOT_FOUND', reason: 'notFound' }
    case 'unavailable':
      return { code: 503, status: 'UNAVAILABLE', reason: 'backendError' }
    case 'not_connected':
      return { code: 502, status: 'UNAVAILABLE', reason: 'notConnected' }
    case 'upstream_failed':
      return { code: 502, status: 'UNAVAILABLE', reason: 'backendError' }
    case 'upstream_timeout':
      return { code: 504, status: 'DEADLINE_EXCEEDED', reason: 'backendTimeout' }
    case 'upstream_refused':
      return upstreamShape(refusal.upstreamStatus)
    case 'too_many_requests':
      return { code: 429, status: 'RESOURCE_EXHAUSTED', reason: 'rateLimitExceeded' }
    case 'internal':
      return { code: 500, status: 'INTERNAL', reason: 'internalError' }
  }
}

/** what Gmail says about the request itself stays its answer; what it says about the credential is the owner's matter */
function upstreamShape(status = 0): Shape {
  switch (status) {
    case 400:
      return { code: 400, status: 'INVALID_ARGUMENT', reason: 'failedPrecondition' }
    case 413:
      return { code: 413, status: 'INVALID_ARGUMENT', reason: 'uploadTooLarge' }
    default:
      return { code: 502, status: 'UNAVAILABLE', reason: 'upstreamRefused' }
  }
}
