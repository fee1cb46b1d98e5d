import { createHash } from 'node:crypto'
import canonicalize from 'canonicalize'
import { explainDenial, type VerifiedToken } from '../capabilities/index.ts'
import type { Approvable } from './operation.ts'
import type { Approval, ApprovalCard, ApprovalRow } from './ports.ts'
import { acceptedToken, operationName, type Progress } from './progress.ts'
import { orUnavailable } from './recording.ts'
import type { Refusal } from './refusal.ts'

const PREDICATE = 'approval'

/** some check of the token speaks of the buyer's approval: what is denied may be allowed once she was asked */
export function knowsApproval({ program }: VerifiedToken): boolean {
  return program.names.has(PREDICATE)
}

/**
 * What an approval is bound to: the decoded action as canonical JSON (RFC 8785) under the operation's name. Never bytes as they
 * came, which differ at every try, and never an idempotency key, which the agent chooses.
 */
export function digestOf(operation: string, { action }: Pick<Approvable, 'action'>): string {
  const text = canonicalize({ operation, action })
  if (text === undefined) throw new TypeError('an action is JSON')
  return createHash('sha256').update(text).digest('base64url')
}

/** the buyer has said yes to this very action, and nobody has used it */
export async function findGiven(
  progress: Progress,
  approvable: Approvable,
): Promise<Approval | undefined> {
  const { grantId } = acceptedToken(progress).token
  const digest = digestOf(operationName(progress), approvable)
  const looking = progress.pipeline.ports.approvals.findGiven(grantId, digest)
  return orUnavailable(progress, looking, unavailable)
}

/** asks the buyer, unless she was asked; what the agent is told meanwhile. INVARIANT: never a yes */
export async function askBuyer(
  progress: Progress,
  approvable: Approvable,
  decided: NonNullable<Refusal['decided']>,
): Promise<Refusal> {
  const { ports, provider } = progress.pipeline
  const { grantId, clientId } = acceptedToken(progress).token
  const wait = await orUnavailable(
    progress,
    ports.rateLimits.take(`ask ${grantId}`, ASKING),
    unavailable,
  )
  if (wait !== undefined) return { ...asksTooOften, retryAfter: wait }
  const operation = operationName(progress)
  const reason = explainDenial(decided.denial, decided.action).refused
  const asked = ports.approvals.ask({
    grantId,
    clientId,
    provider: provider.name,
    operation,
    decisionId: progress.id,
    digest: digestOf(operation, approvable),
    card: withReason(approvable.card, reason),
  })
  const approval = await orUnavailable(progress, asked, unavailable)
  return approval === 'too_many' ? tooMany : toRefusal(progress, approval, decided)
}

/** whoever cannot look whether there is a yes has none */
const unavailable: Refusal = {
  code: 'unavailable',
  message: 'whether this is approved could not be looked up: try again',
  reason: 'approvals_unavailable',
}

/** a person reads these: nobody asks faster than that */
const ASKING = { perMinute: 10, burst: 30 }

const asksTooOften: Refusal = {
  code: 'too_many_requests',
  message: 'the owner is asked too often: wait before asking for more',
  reason: 'asks_too_often',
}

const tooMany: Refusal = {
  code: 'denied',
  message: 'too many actions wait for the owner’s approval already: wait until some are decided',
  reason: 'too_many_approvals',
}

function withReason(card: ApprovalCard, reason: string): ApprovalCard {
  const row: ApprovalRow = { label: 'Asked because', value: reason, from: 'front' }
  return { ...card, rows: [...card.rows, row] }
}

function toRefusal(
  progress: Progress,
  approval: Approval,
  decided: NonNullable<Refusal['decided']>,
): Refusal {
  const { audience } = progress.pipeline
  const pending = {
    id: approval.id,
    status: approval.status,
    statusUrl: `${audience}${statusPath(approval.id)}`,
    expiresAt: approval.expiresAt,
  }
  if (approval.status === 'denied') {
    const message = `the owner said no to this (${approval.id}): do not try it again`
    return {
      code: 'approval_required',
      message,
      reason: 'approval_denied',
      decided,
      approval: pending,
    }
  }
  const message = `this waits for the owner’s approval (${approval.id}): send the same request again once it is given`
  return {
    code: 'approval_required',
    message,
    reason: 'approval_pending',
    decided,
    approval: pending,
  }
}

const STATUS_PATH = '/access/v1/requests/'

function statusPath(id: string): string {
  return `${STATUS_PATH}${id}`
}

/** the id of the approval whose state is asked for; undefined: something else is asked */
export function approvalIdIn(method: string, path: string): string | undefined {
  if (method !== 'GET' || !path.startsWith(STATUS_PATH)) return undefined
  return path.slice(STATUS_PATH.length)
}

/** looking every second for as long as it takes is enough */
const POLLING = { perMinute: 60, burst: 20 }

export type Status =
  { readonly ok: true; readonly body: string } | { readonly ok: false; readonly refusal: Refusal }

/** only of the presented token's own grant; another's is as missing as none */
export async function readStatus(progress: Progress, id: string): Promise<Status> {
  const { ports } = progress.pipeline
  const { grantId } = acceptedToken(progress).token
  const wait = await orUnavailable(
    progress,
    ports.rateLimits.take(`poll ${grantId}`, POLLING),
    unavailable,
  )
  if (wait !== undefined) return { ok: false, refusal: { ...polledTooOften, retryAfter: wait } }
  const approval = /^[A-Za-z0-9_-]{1,64}$/.test(id)
    ? await orUnavailable(progress, ports.approvals.find(grantId, id), unavailable)
    : undefined
  if (approval === undefined) return { ok: false, refusal: noApproval }
  const body = {
    id: approval.id,
    status: approval.status,
    expires_at: new Date(approval.expiresAt * 1000).toISOString(),
  }
  return { ok: true, body: JSON.stringify(body) }
}

const polledTooOften: Refusal = {
  code: 'too_many_requests',
  message: 'asked too often: once a second is enough',
  reason: 'polled_too_often',
}

const noApproval: Refusal = {
  code: 'missing',
  message: 'requested entity was not found',
  reason: 'no_approval',
}
