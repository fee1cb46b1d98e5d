import { explainDenial } from '../capabilities/index.ts'
import type { RecordEntry } from './ports.ts'
import type { Progress } from './progress.ts'
import { caveatOf, toRecordedFacts } from './record-entry.ts'
import { AdapterError, type Refusal } from './refusal.ts'

/** carries a failed write to the one place that answers it */
export class RecordFailure extends Error {}

export const recordFailed: Refusal = {
  code: 'unavailable',
  message: 'the call could not be recorded, so it is refused: try again',
  reason: 'record_failed',
}

/** the mail may be out: whoever tries again sends it twice */
export const effectNotRecorded: Refusal = {
  code: 'unavailable',
  message:
    'what became of the call could not be recorded: it may have been carried out, look before trying again',
  reason: 'outcome_not_recorded',
}

/** INVARIANT: a refusal is on record before it is answered; what can not be recorded is refused as unavailable */
export async function recordRefusal(progress: Progress, refusal: Refusal): Promise<Refusal> {
  if (refusal === recordFailed || refusal === effectNotRecorded) return refusal
  if (progress.accepted === undefined && !isRecordable(progress)) return refusal
  const isDenial = refusal.code === 'denied' || refusal.decided !== undefined
  const entry = toEntry(progress, isDenial ? 'deny' : 'invalid', refusal)
  const upstreamStatus = progress.client?.lastStatus
  try {
    const outcome = { outcome: 'refused', upstreamStatus } as const
    if (progress.intent) await progress.intent.finish(outcome, entry)
    else await progress.pipeline.ports.record.write(entry, outcome)
    return refusal
  } catch (error) {
    reportRecordFailure(progress, error)
    return recordFailed
  }
}

/** who has no token of ours is refused whatever the record says; he must not be able to fill the disk, or the queue */
function isRecordable({ pipeline }: Progress): boolean {
  const { strangers, ports } = pipeline
  const { granted, leftOut } = strangers.take(ports.now())
  if (leftOut > 0) ports.log({ event: 'refusals_not_recorded', count: leftOut })
  return granted
}

/** an answer for which nothing was done now */
export async function recordShown(progress: Progress): Promise<void> {
  const outcome = { outcome: 'done', upstreamStatus: progress.client?.lastStatus } as const
  const { record } = progress.pipeline.ports
  await assertRecorded(progress, record.write(toEntry(progress, 'allow'), outcome))
}

export async function assertRecorded(progress: Progress, write: Promise<void>): Promise<void> {
  try {
    await write
  } catch (cause) {
    reportRecordFailure(progress, cause)
    throw new RecordFailure('the record was not written', { cause })
  }
}

export function toEntry(
  progress: Progress,
  decision: RecordEntry['decision'],
  refusal?: Refusal,
): RecordEntry {
  const token = progress.accepted?.token
  const action = refusal?.decided?.action ?? progress.action
  return {
    id: progress.id,
    provider: progress.pipeline.provider.name,
    at: progress.at,
    grantId: token?.grantId,
    clientId: token?.clientId,
    operation: progress.match?.operation.name,
    request: progress.request,
    facts: action && toRecordedFacts(action),
    decision,
    reason: refusal?.reason,
    caveat: refusal?.decided && caveatOf(refusal.decided.denial),
    explanation: refusal && explanationOf(refusal),
    lineage: token?.revocationIds ?? [],
  }
}

/** also of a denial that the agent only sees as `not found` */
function explanationOf({ code, decided, message, reason }: Refusal): string | undefined {
  if (decided) return explainDenial(decided.denial, decided.action).refused
  if (reason === 'paused') return 'the grant was paused'
  return code === 'unknown_operation' ? message : undefined
}

export function reportRecordFailure(progress: Progress, error: unknown): void {
  const { ports } = progress.pipeline
  ports.log({ event: 'record_failed', decisionId: progress.id, error: traceOf(error) })
}

export function reportInternal(progress: Progress, error: unknown): void {
  const { ports } = progress.pipeline
  ports.log({ event: 'internal_error', decisionId: progress.id, error: traceOf(error) })
}

/** what a store tells; one that does not answer is reported, and the call refused with `refusal` */
export async function orUnavailable<T>(
  progress: Progress,
  work: Promise<T>,
  refusal: Refusal,
): Promise<T> {
  try {
    return await work
  } catch (cause) {
    reportInternal(progress, cause)
    throw new AdapterError(refusal, { cause })
  }
}

/** for the operator: where it broke */
function traceOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error
  return error.stack?.slice(0, 2000) ?? error.name
}
