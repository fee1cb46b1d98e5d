import { toAnswerAgain, refuse, type Answer } from './answer.ts'
import { digestOf } from './approving.ts'
import type { Call, EffectOperation } from './operation.ts'
import type { KnownCall } from './ports.ts'
import { acceptedToken, operationName, providerClient, type Progress } from './progress.ts'
import { orUnavailable } from './recording.ts'
import type { Refusal } from './refusal.ts'
import { CLASHES } from './spending.ts'

type Effect = EffectOperation<unknown, unknown>

/**
 * The answer to a call that says it is one that was made before: what became of that one, as the provider tells it now. Never
 * forwarded a second time, so it is charged once, asked for once and done once, whatever came between. Undefined: it is a new one.
 */
export async function answerAgain(
  progress: Progress,
  operation: Effect,
  params: unknown,
  call: Call,
): Promise<Answer | undefined> {
  const { idempotency } = operation
  if (idempotency === undefined) return undefined
  const { grantId } = acceptedToken(progress).token
  const own = idempotency.keyOf(params)
  // without one of the agent's every call is one of its own
  const key = call.deriveIdempotencyKey(own ?? progress.id)
  const asked = idempotency.toAsked(params, call.connectedAccount)
  const digest = digestOf(operationName(progress), { action: asked })
  progress.identity = { grantId, key, digest }
  if (own === undefined) return undefined
  const looking = progress.pipeline.ports.budgets.findCall(grantId, key)
  const known = await orUnavailable(progress, looking, unavailable)
  if (known === undefined) return undefined
  if (known.digest !== digest) return refuse(progress, CLASHES.mismatch)
  if (known.state === 'forgotten') return refuse(progress, forgotten)
  if (known.state === 'open') return refuse(progress, CLASHES.in_flight)
  return showKnown(progress, idempotency, known, key, call)
}

/** whoever cannot look whether it was made before may not make it */
const unavailable: Refusal = {
  code: 'unavailable',
  message: 'whether this call was made before could not be looked up: try again',
  reason: 'calls_unavailable',
}

/** decided again, as every call is: but what it took and what its buyer said were of the first time */
async function showKnown(
  progress: Progress,
  idempotency: NonNullable<Effect['idempotency']>,
  { action, trace, recordId, state }: KnownCall,
  key: string,
  call: Call,
): Promise<Answer> {
  progress.action = action
  progress.request = { ...progress.request, again: recordId }
  if (!call.couldAllow(action)) {
    const { denial } = { denial: undefined, ...call.judge(action) }
    const decided = denial && { denial, action }
    return refuse(progress, {
      code: 'denied',
      message: 'not allowed',
      reason: 'again',
      ...(decided && { decided }),
    })
  }
  const found = await progress.pipeline.provider.findDone?.(trace, key, providerClient(progress))
  if (found === undefined) return refuse(progress, CLASHES.unsettled)
  if (state === 'unknown') await progress.pipeline.ports.budgets.settleDone(recordId)
  return toAnswerAgain(progress, idempotency.show(found))
}

const forgotten: Refusal = {
  code: 'idempotency_mismatch',
  message: 'this idempotency key is too old: look whether it was done, and use a new one',
  reason: 'idempotency_forgotten',
}
