import {
  authorize,
  explainDenial,
  type Decision,
  type Fact,
  type GmailAction,
} from '../capabilities/index.ts'
import type { Operation } from './operation.ts'
import { acceptedToken, operationName, secondOf, type Progress } from './progress.ts'
import { reportInternal } from './recording.ts'
import { missing, type Refusal } from './refusal.ts'
import { secondReaderUnavailable } from './verified-tokens.ts'

/** the candidate that was allowed, and what it was allowed on */
export interface Chosen {
  readonly index: number
  readonly action: GmailAction
  readonly evaluated: Evaluated
}

/** what our evaluator said; the facts are made when somebody asks */
interface Evaluated {
  readonly decision: Decision
  readonly facts: readonly Fact[]
}

export type Choice =
  { readonly ok: true; readonly chosen: Chosen } | { readonly ok: false; readonly refusal: Refusal }

export function evaluateAction(progress: Progress, action: GmailAction): Evaluated {
  const { pipeline, keyThumbprint } = progress
  const context = { now: secondOf(progress), audience: pipeline.audience, keyThumbprint }
  return authorize(acceptedToken(progress).token, action, context)
}

/** about the token alone, whatever the request's facts turn out to be */
const TOKEN_CONSTRAINTS = ['expiry', 'audience', 'key', 'profile']

/** what no facts could make allowed is refused before anything is read upstream, and always with the same answer */
export function checkGates(progress: Progress, { name, gates }: Operation): Refusal | undefined {
  const { openGates } = acceptedToken(progress)
  const question = questionOf(progress)
  if (openGates.get(name) === question) return undefined
  let first: Refusal | undefined
  for (const action of gates) {
    const refusal = checkGate(progress, action)
    if (refusal === undefined) {
      openGates.set(name, question)
      return undefined
    }
    first ??= refusal
  }
  return first
}

/** nothing that many requests in one could ask for is open to this token: no need to look into them */
export function checkSomeGate(
  progress: Progress,
  operations: readonly Operation[],
): Refusal | undefined {
  let first: Refusal | undefined
  for (const operation of operations) {
    const refusal = checkGates(progress, operation)
    if (refusal === undefined) return undefined
    first ??= refusal
  }
  return first
}

/** the same token, action, second and key are the same question: one key's answer is none to another */
function questionOf(progress: Progress): number | string {
  const second = secondOf(progress)
  return progress.keyThumbprint === undefined ? second : `${second} ${progress.keyThumbprint}`
}

function checkGate(progress: Progress, action: GmailAction): Refusal | undefined {
  const { decision } = evaluateAction(progress, action)
  if (decision.allowed) return undefined
  const decided = { denial: decision.denial, action }
  const { constraint, refused } = explainDenial(decision.denial, action)
  if (TOKEN_CONSTRAINTS.includes(constraint)) {
    return { code: 'token_invalid', message: refused, reason: constraint, decided }
  }
  return constraint === 'operation' ? denied(decided) : undefined
}

/** the first candidate that is allowed; of the denied ones the first speaks */
export async function decide(
  progress: Progress,
  operation: Operation,
  actions: readonly GmailAction[],
): Promise<Choice> {
  let denial: Refusal['decided']
  for (const [index, action] of actions.entries()) {
    const evaluated = evaluateAction(progress, action)
    const { decision } = evaluated
    if (decision.allowed) return confirm(progress, operation, { index, action, evaluated })
    denial ??= { denial: decision.denial, action }
  }
  if (denial === undefined) throw new TypeError('an operation names at least one action')
  const refusal = operation.conceals ? missing(denial.denial.reason, denial) : denied(denial)
  return { ok: false, refusal }
}

function denied(decided: NonNullable<Refusal['decided']>): Refusal {
  return { code: 'denied', message: 'not allowed', reason: decided.denial.reason, decided }
}

/** an effect needs both readers of the token to allow it; so does anything once they were seen to disagree */
async function confirm(progress: Progress, operation: Operation, chosen: Chosen): Promise<Choice> {
  if (operation.effect === 'effect' || acceptedToken(progress).suspect) {
    const verdict = await askSecondReader(progress, chosen)
    if (verdict === 'unavailable') return { ok: false, refusal: secondReaderUnavailable }
    if (verdict === 'deny') return { ok: false, refusal: reportDisagreement(progress) }
  }
  return { ok: true, chosen }
}

function askSecondReader(
  progress: Progress,
  { evaluated }: Chosen,
): Promise<'allow' | 'deny' | 'unavailable'> {
  const { token } = acceptedToken(progress)
  return progress.pipeline.ports.secondOpinion.authorize(
    token.text,
    token.rootPublicKey,
    evaluated.facts,
  )
}

function reportDisagreement(progress: Progress): Refusal {
  const accepted = acceptedToken(progress)
  accepted.suspect = true
  progress.pipeline.ports.log({
    event: 'readers_disagree',
    decisionId: progress.id,
    lineage: accepted.token.revocationIds,
    operation: operationName(progress),
  })
  const message = 'the two readers of this token do not agree: it is not accepted'
  return { code: 'denied', message, reason: 'readers_disagree' }
}

/** off the critical path: a read was decided by one reader, and a share of them is decided again by the other */
export function crossCheck(progress: Progress, chosen: Chosen): void {
  if (Math.random() >= progress.pipeline.crossCheckShare) return
  askSecondReader(progress, chosen)
    .then((verdict) => {
      if (verdict === 'deny') reportDisagreement(progress)
    })
    .catch((error: unknown) => reportInternal(progress, error))
}
