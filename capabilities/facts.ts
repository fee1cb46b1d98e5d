import type { Decision } from './decision.ts'
import { PROFILE } from './compile.ts'
import { evaluate } from './token/evaluate.ts'
import type { Block, Fact, Predicate } from './token/syntax.ts'
import type { VerifiedToken } from './token/verify.ts'
import type { Action } from './vocabulary/action.ts'
import type { Budgets } from './vocabulary/budget.ts'
import type { Answer, Constraint } from './vocabulary/constraint.ts'
import { placeFact } from './vocabulary/place.ts'
import { date, fact, integer, string } from './vocabulary/terms.ts'
import { CONSTRAINTS } from './vocabulary/vocabularies.ts'

export interface RequestContext {
  /** seconds since 1970 */
  readonly now: number
  /** the front's own public origin */
  readonly audience: string
  /** of the key whose proof of possession the front has verified (RFC 9449), and of no other */
  readonly keyThumbprint?: string | undefined
  /** what the front has taken from the counters of the token's limits, and nothing else; see budgets.ts */
  readonly budgets?: Budgets | undefined
  /** the buyer has approved this very action, and nobody has used it yet */
  readonly approved?: boolean | undefined
}

const answersOfBlocks = new WeakMap<readonly Block[], readonly Answer[]>()
const asserting = CONSTRAINTS.flatMap(({ predicate, assert }) =>
  assert === undefined ? [] : [{ predicate, assert }],
)
const answering = new Map(
  CONSTRAINTS.filter(({ answer }) => answer !== undefined).map((one) => [one.predicate, one]),
)
const profile = fact('profile', integer(PROFILE))
const approved = fact('approval', string('granted'))

/**
 * What a front asserts about one request: every fact exactly once, many-valued things as sets. The blocks tell which
 * parameters the facts with parameters (`local_time`, `recipients_beyond`, `body_found`) are wanted for.
 *
 * @example
 * const facts = toFacts({ operation: 'gmail.profile.read' }, { now: 1_764_000_000, audience }, token.blocks)
 */
export function toFacts(action: Action, context: RequestContext, blocks: readonly Block[]): Fact[] {
  return gatherFacts(action, context, blocks, () => true)
}

function gatherFacts(
  action: Action,
  context: RequestContext,
  blocks: readonly Block[],
  isWanted: (predicate: string) => boolean,
): Fact[] {
  const now = Math.floor(context.now)
  const facts = [
    fact('op', string(action.operation)),
    fact('time', date(now)),
    fact('audience', string(context.audience)),
    profile,
  ]
  if (context.keyThumbprint !== undefined)
    facts.push(fact('cnf_jkt', string(context.keyThumbprint)))
  if (context.approved === true) facts.push(approved)
  const add = (made: Fact | undefined): void => {
    if (made !== undefined) facts.push(made)
  }
  add(placeFact(action))
  for (const { predicate, assert } of asserting) if (isWanted(predicate)) add(assert(action))
  for (const answer of answersFor(blocks)) add(answer(action, { now, budgets: context.budgets }))
  return facts
}

/**
 * The decision on one request, and the facts it was made on: all of them, made when they are asked for. Our evaluator gets those
 * that the token names, because no other can change its verdict.
 *
 * @example
 * const { decision, facts } = authorize(token, action, { now: 1_764_000_000, audience })
 * if (!decision.allowed) refuse(explainDenial(decision.denial, action))
 */
export function authorize(
  token: VerifiedToken,
  action: Action,
  context: RequestContext,
): { readonly decision: Decision; readonly facts: Fact[] } {
  const { names } = token.program
  const named = gatherFacts(action, context, token.blocks, (predicate) => names.has(predicate))
  return {
    decision: evaluate(token, named),
    get facts() {
      return toFacts(action, context, token.blocks)
    },
  }
}

/** once per token: a token is verified once and asked many times */
function answersFor(blocks: readonly Block[]): readonly Answer[] {
  const known = answersOfBlocks.get(blocks)
  if (known !== undefined) return known
  const answers = [...answering.values()].flatMap((one) => answersTo(one, blocks))
  answersOfBlocks.set(blocks, answers)
  return answers
}

function answersTo(one: Constraint, blocks: readonly Block[]): Answer[] {
  const asked = new Map<string, Predicate>()
  for (const predicate of predicatesOf(blocks)) {
    // the parameters come first; what the check wants to find there is no part of the question
    const question = JSON.stringify(predicate.terms.slice(0, one.parameters))
    const isNew = predicate.name === one.predicate && !asked.has(question)
    if (isNew && asked.size < one.maxAnswers) asked.set(question, predicate)
  }
  return [...asked.values()].flatMap((predicate) => one.answer?.(predicate) ?? [])
}

function predicatesOf(blocks: readonly Block[]): readonly Predicate[] {
  return blocks.flatMap(({ checks }) =>
    checks.flatMap(({ queries }) => queries.flatMap(({ predicates }) => predicates)),
  )
}
