import { askBuyer, findGiven, knowsApproval } from './approving.ts'
import { decide, type Asked, type Chosen } from './decide.ts'
import type { Call, EffectOperation } from './operation.ts'
import { acceptedToken, type Progress } from './progress.ts'
import type { Refusal } from './refusal.ts'

/** an effect that may be carried out; with the approval that it uses up, if it needed one */
export interface Permitted {
  readonly ok: true
  readonly chosen: Chosen
  readonly approvalId: string | undefined
}

interface Prepared extends Asked {
  readonly prepared: unknown
}

/**
 * What the token allows by itself is done without asking. What it denies, and would allow with the buyer's yes, is done when she
 * has said yes to this very action, decided again in full; else she is asked, and the agent is told to come back.
 */
export async function permit(
  progress: Progress,
  operation: EffectOperation<unknown, unknown>,
  prepared: Prepared,
  call: Call,
): Promise<Permitted | { readonly ok: false; readonly refusal: Refusal }> {
  const unasked = await decide(progress, operation, prepared, operation.assumesApproval)
  if (unasked.ok) return { ...unasked, approvalId: undefined }
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
  return { ...asked, approvalId: given.id }
}
