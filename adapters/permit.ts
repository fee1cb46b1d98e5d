import { askBuyer, findGiven, knowsApproval } from './approving.ts'
import { decide, type Asked, type Chosen } from './decide.ts'
import type { Call, EffectOperation } from './operation.ts'
import type { BeginOptions } from './ports.ts'
import { acceptedToken, providerClient, type Progress } from './progress.ts'
import type { Refusal } from './refusal.ts'

/** an effect that may be carried out, with what it uses up besides its budgets */
export interface Permitted {
  readonly ok: true
  readonly chosen: Chosen
  readonly options: BeginOptions
}

type Permission = Permitted | { readonly ok: false; readonly refusal: Refusal }

interface Prepared extends Asked {
  readonly prepared: unknown
}

type Effect = EffectOperation<unknown, unknown>

/**
 * What the token allows by itself is done without asking. What it denies, and would allow with the buyer's yes, is done when she
 * has said yes to this very action, decided again in full; else she is asked, and the agent is told to come back.
 */
export async function permit(
  progress: Progress,
  operation: Effect,
  prepared: Prepared,
  call: Call,
): Promise<Permission> {
  const unasked = await decide(progress, operation, prepared, operation.assumesApproval)
  if (unasked.ok) return toPermitted(progress, operation, prepared, unasked.chosen)
  const { decided } = unasked.refusal
  if (decided === undefined || operation.approvable === undefined) return unasked
  if (!knowsApproval(acceptedToken(progress).token)) return unasked
  const asked = await decide(progress, operation, prepared, true)
  if (!asked.ok) return unasked
  const approvable = operation.approvable(prepared.prepared, asked.chosen.index, call)
  const given = await findGiven(progress, approvable)
  if (given === undefined) {
    return { ok: false, refusal: await askBuyer(progress, approvable, decided) }
  }
  return toPermitted(progress, operation, prepared, asked.chosen, given.id)
}

function toPermitted(
  progress: Progress,
  operation: Effect,
  { prepared }: Prepared,
  chosen: Chosen,
  approvalId?: string,
): Permitted {
  const { identity } = progress
  if (operation.idempotency === undefined || identity === undefined) {
    return { ok: true, chosen, options: { approvalId } }
  }
  const idempotent = {
    ...identity,
    provider: progress.pipeline.provider.name,
    connectionId: providerClient(progress).connectionId,
    action: chosen.action,
    trace: operation.idempotency.trace(prepared, chosen.index),
  }
  return { ok: true, chosen, options: { approvalId, idempotent } }
}
