import type { Decision, Denial } from '../decision.ts'
import { diagnose } from './diagnose.ts'
import type { Fuel } from './expression.ts'
import { findMatch, gatherRequest, type Outcome, type World } from './match.ts'
import { printCheck } from './print.ts'
import type { PreparedCheck, Program, StaticFacts, Tuple } from './program.ts'
import type { Fact } from './syntax.ts'
import { isSameValue } from './values.ts'

/**
 * Bindings, operations and comparisons that one decision may cost. A real request stays two orders of magnitude below; a
 * token and facts that together want more are denied within a few milliseconds, well before anybody else has to wait.
 */
export const FUEL = 20_000

const ALLOWED: Decision = Object.freeze({ allowed: true })

/**
 * The decision on one request: block 0 grants the operation, and every check of every block holds.
 * Pure and total: the same token and facts give the same decision, nothing is thrown, and any doubt denies.
 */
export function evaluate(token: { readonly program: Program }, facts: readonly Fact[]): Decision {
  const { program } = token
  const request = gatherRequest(program, facts)
  if (!isGranted(program, request)) {
    return deny({ reason: 'no_right', operation: findOperation(facts) ?? '' })
  }
  const fuel: Fuel = { left: FUEL }
  for (const check of program.checks) {
    const world = { token: check.facts, request, fuel }
    const outcome = testCheck(check, world)
    if (outcome !== 'match') return deny(explain(check, world, outcome, facts))
  }
  return ALLOWED
}

/** what the checks that bind a token to a key speak of, and nothing else does */
const OF_THE_KEY: ReadonlySet<string> = new Set(['cnf_jkt', 'delegated_jkt'])

/**
 * Whether a key may be the right one, before anything else of the request is known: the checks that speak of the key alone hold
 * for it, in every block. What this refuses `evaluate` refuses whatever the other facts are; a check that could do without the
 * key is for `evaluate` alone.
 */
export function admitsKey(
  { program }: { readonly program: Program },
  keyThumbprint: string,
): boolean {
  const proven = { name: 'cnf_jkt', terms: [{ type: 'string', value: keyThumbprint }] } as const
  const request = gatherRequest(program, [proven])
  const fuel: Fuel = { left: FUEL }
  return program.checks.every(
    (check) =>
      !isOfTheKey(check) || testCheck(check, { token: check.facts, request, fuel }) === 'match',
  )
}

function isOfTheKey({ branches }: PreparedCheck): boolean {
  return branches.every(({ predicates }) => predicates.every(({ label }) => OF_THE_KEY.has(label)))
}

/** branches stand for themselves: the first that matches decides, and an error before it denies */
function testCheck(check: PreparedCheck, world: World): Outcome {
  for (const branch of check.branches) {
    const outcome = findMatch(branch, world)
    if (outcome !== 'none') return outcome
  }
  return 'none'
}

/** the front's only policy: `allow if op($o), right($o), grant($g)`, over block 0 and the request */
function isGranted(program: Program, request: StaticFacts): boolean {
  const { op, right, grant } = program.policy
  const seen = (name: number): Tuple[] =>
    [...(request[name] ?? []), ...(program.authorityFacts[name] ?? [])].filter(
      (tuple) => tuple.length === 1,
    )
  if (seen(grant).length === 0) return false
  const rights = seen(right)
  return seen(op).some(([operation]) =>
    rights.some(
      ([granted]) =>
        operation !== undefined && granted !== undefined && isSameValue(operation, granted),
    ),
  )
}

function explain(
  prepared: PreparedCheck,
  world: World,
  outcome: 'none' | 'error',
  facts: readonly Fact[],
): Denial {
  const { block, check } = prepared
  const caveat = printCheck(prepared.source)
  if (outcome === 'error') return { reason: 'execution', block, check, caveat }
  const { branch, failed } = diagnose(prepared, world, findOperation(facts))
  const query = branch === undefined ? undefined : prepared.source.queries[branch]
  return { reason: 'caveat', block, check, branch, query, failed, caveat }
}

function findOperation(facts: readonly Fact[]): string | undefined {
  const [term] = facts.find((fact) => fact.name === 'op')?.terms ?? []
  return term?.type === 'string' ? term.value : undefined
}

function deny(denial: Denial): Decision {
  return { allowed: false, denial }
}
