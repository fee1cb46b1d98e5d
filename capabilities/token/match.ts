import { evaluateExpression, type Fuel, type Result } from './expression.ts'
import type { PreparedBranch, PreparedPredicate, Program, StaticFacts, Tuple } from './program.ts'
import type { Fact } from './syntax.ts'
import { isSameValue, sizeOf } from './values.ts'

/** what one check sees: the facts of its scope in the token, the request's facts, and what it may still spend */
export interface World {
  readonly token: StaticFacts
  readonly request: StaticFacts
  readonly fuel: Fuel
}

export type Slots = Result[]
export type Outcome = 'match' | 'none' | 'error'

const NO_TUPLES: readonly Tuple[] = []

export function gatherRequest(program: Program, facts: readonly Fact[]): StaticFacts {
  const gathered: Tuple[][] = []
  for (const fact of facts) {
    const name = program.names.get(fact.name)
    if (name === undefined) continue
    const tuples = gathered[name]
    if (tuples === undefined) gathered[name] = [fact.terms]
    else tuples.push(fact.terms)
  }
  return gathered
}

export function findMatch(branch: PreparedBranch, world: World): Outcome {
  return search(branch, 0, [], inScopeOf(branch, world))
}

export function inScopeOf(branch: PreparedBranch, world: World): World {
  return branch.trusted === undefined ? world : { ...world, token: branch.trusted }
}

/**
 * Every binding is tried, also after one has matched: an error under any of them denies. The library stops at the first
 * match in an order that nobody controls, and so may allow what another run refuses.
 */
function search(branch: PreparedBranch, depth: number, slots: Slots, world: World): Outcome {
  const predicate = branch.predicates[depth]
  if (predicate === undefined) return testExpressions(branch, slots, world.fuel)
  let outcome: Outcome = 'none'
  for (const tuples of candidates(predicate, world)) {
    for (const tuple of tuples) {
      if (--world.fuel.left < 0) return 'error'
      if (!bind(predicate, tuple, slots, world.fuel)) continue
      const found = search(branch, depth + 1, slots, world)
      if (found === 'error') return 'error'
      if (found === 'match') outcome = 'match'
    }
  }
  return outcome
}

export function candidates(
  predicate: PreparedPredicate,
  world: World,
): readonly [readonly Tuple[], readonly Tuple[]] {
  return [world.request[predicate.name] ?? NO_TUPLES, world.token[predicate.name] ?? NO_TUPLES]
}

export function bind(
  predicate: PreparedPredicate,
  tuple: Tuple,
  slots: Slots,
  fuel: Fuel,
): boolean {
  const { terms } = predicate
  if (tuple.length !== terms.length) return false
  for (let index = 0; index < terms.length; index++) {
    const term = terms[index]
    const value = tuple[index]
    if (term === undefined || value === undefined) return false
    if (term.binds) {
      slots[term.slot] = value
      continue
    }
    fuel.left -= sizeOf(value)
    const expected = term.constant ?? slots[term.slot]
    if (expected === undefined || !isSameValue(expected, value)) return false
  }
  return true
}

function testExpressions(branch: PreparedBranch, slots: Slots, fuel: Fuel): Outcome {
  for (const expression of branch.expressions) {
    const result = evaluateExpression(expression, slots, fuel)
    if (result?.type !== 'boolean') return 'error'
    if (!result.value) return 'none'
  }
  return 'match'
}
