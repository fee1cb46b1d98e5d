import {
  authorize,
  explainDenial,
  type Budgets,
  type Decision,
  type DeclaredBudget,
  type Fact,
  type Action,
} from '../capabilities/index.ts'
import type { Operation } from './operation.ts'
import { acceptedToken, operationName, secondOf, type Progress } from './progress.ts'
import { reportInternal } from './recording.ts'
import { missing, type Refusal } from './refusal.ts'
import { limited, planSpending, type Affordable, type Unaffordable } from './spending.ts'
import { secondReaderUnavailable } from './verified-tokens.ts'

/** the candidate that was allowed, and what it was allowed on */
export interface Chosen {
  readonly index: number
  readonly action: Action
  readonly evaluated: Evaluated
  /** what has to be taken before it is done */
  readonly budgets: readonly DeclaredBudget[]
  /** what has to be taken for the others that count by themselves */
  readonly others?: readonly Affordable[]
}

/** what our evaluator said; the facts are made when somebody asks */
interface Evaluated {
  readonly decision: Decision
  readonly facts: readonly Fact[]
}

export type Choice =
  { readonly ok: true; readonly chosen: Chosen } | { readonly ok: false; readonly refusal: Refusal }

/** what is not known from the request */
interface Supposed {
  readonly budgets?: Budgets
  /** the buyer has said yes */
  readonly approved?: boolean
}

/** as if every budget had room, unless it is said which ones will be taken from */
export function evaluateAction(
  progress: Progress,
  action: Action,
  { budgets = 'assumed', approved = false }: Supposed = {},
): Evaluated {
  const { pipeline, keyThumbprint } = progress
  const now = secondOf(progress)
  const context = { now, audience: pipeline.audience, keyThumbprint, budgets, approved }
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

function checkGate(progress: Progress, action: Action): Refusal | undefined {
  const { decision } = evaluateAction(progress, action)
  if (decision.allowed) return undefined
  const decided = { denial: decision.denial, action }
  const { constraint, refused } = explainDenial(decision.denial, action)
  if (TOKEN_CONSTRAINTS.includes(constraint)) {
    return { code: 'token_invalid', message: refused, reason: constraint, decided }
  }
  return constraint === 'operation' ? denied(decided) : undefined
}

/** what a request asks for: see `Prepared` */
export interface Asked {
  readonly actions: readonly Action[]
  readonly also?: readonly Action[]
  readonly each?: readonly Action[]
}

/**
 * The first candidate that is allowed, and of the denied ones the first speaks; what is asked besides must all be allowed.
 * `approved`: as it would be if the buyer had said yes to all of it.
 */
export async function decide(
  progress: Progress,
  operation: Operation,
  { actions, also = [], each = [] }: Asked,
  approved = false,
): Promise<Choice> {
  const choice = await choose(progress, operation, actions, approved)
  if (!choice.ok) return choice
  for (const action of also) {
    const further = await choose(progress, operation, [action], approved)
    if (!further.ok) return further
  }
  if (each.length === 0) return choice
  const others: Affordable[] = []
  for (const action of each) {
    const further = await choose(progress, operation, [action], approved)
    if (!further.ok) return further
    others.push(further.chosen)
  }
  return { ok: true, chosen: { ...choice.chosen, others } }
}

async function choose(
  progress: Progress,
  operation: Operation,
  actions: readonly Action[],
  approved: boolean,
): Promise<Choice> {
  let denial: Refusal['decided']
  let unaffordable: Unaffordable | undefined
  for (const [index, action] of actions.entries()) {
    const plan = planAction(progress, action, approved)
    if (plan.ok) return confirm(progress, operation, { index, ...plan })
    if (plan.isLimit) unaffordable ??= plan
    denial ??= plan
  }
  if (unaffordable !== undefined) return { ok: false, refusal: limited(unaffordable) }
  if (denial === undefined) throw new TypeError('an operation names at least one action')
  const refusal = operation.conceals ? missing(denial.denial.reason, denial) : denied(denial)
  return { ok: false, refusal }
}

type Planned =
  | ({ readonly ok: true } & Omit<Chosen, 'index'>)
  | ({ readonly ok: false; readonly isLimit: boolean } & Unaffordable)

/** what is allowed but for its budgets is decided again on those that will be taken, and on no others */
function planAction(progress: Progress, action: Action, approved: boolean): Planned {
  const assumed = evaluateAction(progress, action, { approved })
  if (!assumed.decision.allowed) {
    return { ok: false, isLimit: false, action, denial: assumed.decision.denial }
  }
  const plan = planSpending(progress, action, approved)
  if (!plan.ok) return { ...plan, isLimit: true }
  const { budgets } = plan
  const evaluated =
    budgets.length === 0 ? assumed : evaluateAction(progress, action, { budgets, approved })
  if (evaluated.decision.allowed) return { ok: true, action, evaluated, budgets }
  return { ok: false, isLimit: false, action, denial: evaluated.decision.denial }
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
