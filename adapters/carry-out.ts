import { clientClosed, refuse, toRefusal, toText, type Answer } from './answer.ts'
import { UNTIL_DONE } from './lifetime.ts'
import type { Permitted } from './permit.ts'
import type { Call, EffectOperation, Projected } from './operation.ts'
import type { BeginOptions, Charge, RecordOutcome } from './ports.ts'
import { providerClient, type Progress } from './progress.ts'
import { assertRecorded, toEntry } from './recording.ts'
import { AdapterError, type Refusal } from './refusal.ts'
import { pay, reserve, toCharges, type Reservation } from './spending.ts'
import { checkStanding } from './standing.ts'

/** a read: its record is finished before anything of it is shown */
export async function show(
  progress: Progress,
  intent: Progress['intent'],
  project: () => Promise<Projected> | Projected,
): Promise<Answer | 'no_room'> {
  if (intent === undefined) throw new TypeError('a read has no intent')
  const settled = await settle(progress, project)
  const unpaid = settled.ok ? await payFor(progress, settled) : undefined
  if (unpaid !== undefined) return unpaid
  const decided = toEntry(progress, 'allow')
  await assertRecorded(progress, intent.finish(outcomeOf(progress, settled), decided))
  return toAnswer(progress, settled)
}

/** all of it is taken before any of it is shown. What else the token allows instead of it is tried only when it is one thing */
async function payFor(
  progress: Progress,
  { body, shows }: Extract<Settled, { ok: true }>,
): Promise<Answer | 'no_room' | undefined> {
  const { action } = progress
  const shown = shows ?? (action === undefined ? [] : [action])
  const refusal = await pay(progress, shown, Buffer.byteLength(body))
  if (refusal === undefined) return undefined
  return shows === undefined ? 'no_room' : refuse(progress, refusal)
}

/** an effect: its intent is on record before it is forwarded, and with it what it takes from its budgets and the approval it uses */
export async function perform(
  progress: Progress,
  operation: EffectOperation<unknown, unknown>,
  prepared: unknown,
  { chosen: { index: chosen, others = [], ...affordable }, options }: Permitted,
  call: Call,
): Promise<Answer | 'no_room'> {
  const charges = toCharges(progress, [affordable, ...others], 0)
  if (progress.lifetime.ended) return refuse(progress, clientClosed)
  progress.request = { ...progress.request, ...toRecordedOptions(options) }
  const reservation = await openRecord(progress, charges, options)
  if (!reservation.ok) {
    const { refusal } = reservation
    return refusal === undefined ? 'no_room' : refuse(progress, refusal)
  }
  const { recording } = reservation
  await assertRecorded(progress, recording.committed)
  const settled = await settle(progress, async () => {
    const planned = await operation.plan(prepared, chosen, call)
    if (progress.lifetime.ended) throw new AdapterError(clientClosed)
    const fallen = checkStanding(progress)
    if (fallen) throw new AdapterError(fallen)
    const response = await providerClient(progress).perform(planned, UNTIL_DONE)
    return operation.project(response, prepared, chosen, call)
  })
  const outcome = outcomeOf(progress, settled)
  await assertRecorded(progress, recording.finish(outcome))
  await tidyUp(progress, () =>
    operation.afterwards?.(outcome.outcome, prepared, call, (tidy) =>
      providerClient(progress).tidy(tidy, UNTIL_DONE),
    ),
  )
  return toAnswer(progress, settled)
}

/** what was asked for is done or not, and on record: what is left over is the operator's matter */
async function tidyUp(
  progress: Progress,
  afterwards: () => Promise<void> | undefined,
): Promise<void> {
  try {
    await afterwards()
  } catch (error) {
    const text = error instanceof Error ? error.message : 'unknown'
    progress.pipeline.ports.log({ event: 'not_tidied', decisionId: progress.id, error: text })
  }
}

/** which approval it uses, for whoever reads the record */
function toRecordedOptions({ approvalId }: BeginOptions): Progress['request'] {
  return approvalId === undefined ? {} : { approval: approvalId }
}

async function openRecord(
  progress: Progress,
  charges: readonly Charge[],
  options: BeginOptions,
): Promise<Reservation> {
  const entry = toEntry(progress, 'allow')
  const isPlain = Object.values(options).every((one) => one === undefined)
  if (charges.length > 0 || !isPlain) return reserve(progress, entry, charges, options)
  return { ok: true, recording: progress.pipeline.ports.record.begin(entry) }
}

type Settled =
  | {
      readonly ok: true
      readonly body: string | Buffer
      readonly status: Extract<Projected, { ok: true }>['status']
      readonly shows: Extract<Projected, { ok: true }>['shows']
    }
  | { readonly ok: false; readonly refusal: Refusal; readonly mayHaveExecuted: boolean }

/** whatever happens between intent and outcome becomes an outcome */
async function settle(
  progress: Progress,
  work: () => Promise<Projected> | Projected,
): Promise<Settled> {
  try {
    const projected = await work()
    if (!projected.ok) return { ...projected, mayHaveExecuted: true }
    const body = projected.bytes ?? toText(projected.body)
    providerClient(progress).assertClean(body)
    return { ok: true, body, status: projected.status, shows: projected.shows }
  } catch (error) {
    const mayHaveExecuted = error instanceof AdapterError ? error.mayHaveExecuted : true
    return { ok: false, refusal: toRefusal(progress, error), mayHaveExecuted }
  }
}

function outcomeOf(progress: Progress, settled: Settled): RecordOutcome {
  const client = providerClient(progress)
  const upstreamStatus = client.lastStatus
  if (settled.ok) return { outcome: 'done', upstreamStatus }
  const isUnknown = client.isEffectDone || (client.isEffectSent && settled.mayHaveExecuted)
  return { outcome: isUnknown ? 'unknown' : 'failed', upstreamStatus }
}

function toAnswer(progress: Progress, settled: Settled): Answer {
  const { id: decisionId } = progress
  if (settled.ok) {
    const { body, status } = settled
    return { ok: true, decisionId, body, ...(status !== undefined && { status }) }
  }
  const { refusal } = settled
  if (outcomeOf(progress, settled).outcome !== 'unknown') return { ok: false, decisionId, refusal }
  // whoever tries again without looking does it twice
  const message = `${refusal.message}: it may have been carried out, look before trying again`
  return { ok: false, decisionId, refusal: { ...refusal, message, isUnknown: true } }
}
