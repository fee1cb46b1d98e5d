import type { Fact, Predicate, Query } from '../token/syntax.ts'
import type { Budgets } from './budget.ts'
import type { Conditions } from './capability.ts'
import type { Action } from './action.ts'

/** what a request is held against besides the action itself */
export interface Moment {
  /** seconds since 1970, the front's own clock */
  readonly now: number
  /** the front's public origin; left out where only the vocabulary is asked */
  readonly audience?: string
  /** what was taken from the counters that limits speak of; left out: nothing, and no limit holds */
  readonly budgets?: Budgets | undefined
  /** the buyer has said yes to this very action */
  readonly approved?: boolean | undefined
}

/** why an action was refused, in words: the value that offends, and what would pass */
interface Explanation {
  readonly refused: string
  readonly allowed: string
}

/**
 * One constraint of the vocabulary, in every reading it has. There is no second place where its meaning is written; property
 * tests hold the readings against each other.
 */
interface ConstraintDefinition<Value> {
  /** the field as the buyer's JSON has it: `from`, `recipients.max` */
  readonly name: string
  /** the one request fact that the caveat tests */
  readonly predicate: string
  readonly get: (conditions: Conditions) => Value | undefined
  /** the same conditions with this field said */
  readonly set: (conditions: Conditions, value: Value) => Conditions
  /** the caveat; undefined when the value is the widest there is and nothing needs testing */
  readonly caveat: (value: Value) => Query | undefined
  /** the caveat read back: the value for which `caveat` would write this leaf, if there is one */
  readonly decompile: (leaf: Query) => Value | undefined
  /** the plain meaning. An action without the fact in question does not pass */
  readonly permits: (value: Value, action: Action, moment: Moment) => boolean
  /** true only if everything that `narrower` permits, `wider` permits */
  readonly subsumes: (wider: Value, narrower: Value) => boolean
  /** a part of a sentence, as in "e-mail from anyone at acme.com" */
  readonly phrase: (value: Value) => string
  readonly explain: (value: Value, action: Action) => Explanation
  /** the request fact, asserted exactly once; undefined when the action has none */
  readonly assert?: (action: Action) => Fact | undefined
  /**
   * For a fact with parameters: given a predicate that some check of the token holds, how to make the one tuple that answers
   * it, or undefined when the predicate has not the right shape. Blocks of strangers come here too.
   */
  readonly answer?: (asked: Predicate) => Answer | undefined
  /** how many terms of that predicate are the question */
  readonly parameters?: number
  /** how many different questions one token may ask */
  readonly maxAnswers?: number
}

/** a token that asks about more constants than this is no grant of ours; what is not answered denies */
const MAX_ANSWERS = 16

export type Answer = (action: Action, moment: Moment) => Fact | undefined

/** a constraint with its value type closed over: it works on whole conditions, said or not */
export interface Constraint {
  readonly name: string
  readonly predicate: string
  isSaid(conditions: Conditions): boolean
  caveat(conditions: Conditions): Query | undefined
  decompile(leaf: Query, into: Conditions): Conditions | undefined
  permits(conditions: Conditions, action: Action, moment: Moment): boolean
  /** what is not said is not limited */
  subsumes(wider: Conditions, narrower: Conditions): boolean
  /** `into` with this field as `from` has it */
  take(into: Conditions, from: Conditions): Conditions
  phrase(conditions: Conditions): string | undefined
  explain(conditions: Conditions, action: Action): Explanation | undefined
  readonly assert: ConstraintDefinition<unknown>['assert']
  readonly answer: ConstraintDefinition<unknown>['answer']
  readonly parameters: number
  readonly maxAnswers: number
}

export function constraint<Value>(definition: ConstraintDefinition<Value>): Constraint {
  const { get, set } = definition
  return {
    name: definition.name,
    predicate: definition.predicate,
    assert: definition.assert,
    answer: definition.answer,
    parameters: definition.parameters ?? 0,
    maxAnswers: definition.maxAnswers ?? MAX_ANSWERS,
    isSaid: (conditions) => get(conditions) !== undefined,
    caveat: (conditions) => map(get(conditions), definition.caveat),
    decompile: (leaf, into) => {
      const value = definition.decompile(leaf)
      if (value === undefined || !isSameLeaf(definition.caveat(value), leaf)) return undefined
      return set(into, value)
    },
    permits: (conditions, action, moment) =>
      map(get(conditions), (value) => definition.permits(value, action, moment)) ?? true,
    subsumes: (wider, narrower) => {
      const bound = get(wider)
      if (bound === undefined || definition.caveat(bound) === undefined) return true
      return map(get(narrower), (value) => definition.subsumes(bound, value)) ?? false
    },
    take: (into, from) => map(get(from), (value) => set(into, value)) ?? into,
    phrase: (conditions) => map(get(conditions), definition.phrase),
    explain: (conditions, action) =>
      map(get(conditions), (value) => definition.explain(value, action)),
  }
}

function map<Value, Result>(
  value: Value | undefined,
  to: (value: Value) => Result,
): Result | undefined {
  return value === undefined ? undefined : to(value)
}

/** leaves are small trees of plain data whose members are always written in one order */
function isSameLeaf(one: Query | undefined, other: Query): boolean {
  return one !== undefined && printed(one) === printed(other)
}

function printed(query: Query): string {
  return JSON.stringify([query.predicates, query.expressions], (_key, value: unknown) =>
    ordered(value),
  )
}

function ordered(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
