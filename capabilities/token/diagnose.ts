import { evaluateExpression } from './expression.ts'
import { bind, candidates, inScopeOf, type Slots, type World } from './match.ts'
import type { PreparedBranch, PreparedCheck, PreparedExpression } from './program.ts'

/** where a failed check failed, for whoever has to explain it */
export interface Diagnosis {
  readonly branch: number | undefined
  readonly failed: readonly string[]
}

/** how far a branch came: predicates satisfied, then conditions on the last of them */
interface Progress {
  readonly depth: number
  readonly conditions: number
  readonly failed: readonly string[]
}

/** explaining is a courtesy: it may not cost more than deciding */
const FUEL = 10_000
/** asserted for the call that its buyer said yes to, and for no other */
const APPROVAL = 'approval'

/** Of the branches that name the operation the one that came furthest, and its first leaf that does not hold. */
export function diagnose(
  check: PreparedCheck,
  world: Omit<World, 'fuel'>,
  operation: string | undefined,
): Diagnosis {
  const affordable = { ...world, fuel: { left: FUEL } }
  const named = check.branches.filter((branch) => branch.operation !== undefined)
  const wanted = named.filter((branch) => branch.operation === operation)
  if (named.length > 0 && wanted.length === 0) return { branch: undefined, failed: ['op'] }
  const reports = (named.length > 0 ? wanted : check.branches).map((branch) => ({
    branch,
    progress: furthest(branch, inScopeOf(branch, affordable)),
  }))
  // what waits for an approval and for nothing else does not say why it has to
  const telling = reports.filter(({ progress }) => !progress.failed.includes(APPROVAL))
  const best = (telling.length > 0 ? telling : reports).reduce((a, b) =>
    isFurther(b.progress, a.progress) ? b : a,
  )
  return {
    branch: named.length > 0 ? check.branches.indexOf(best.branch) : undefined,
    failed: best.progress.failed,
  }
}

function furthest(branch: PreparedBranch, world: World): Progress {
  const conditions = scheduleConditions(branch)
  const slots: Slots = []
  let best: Progress = { depth: -1, conditions: 0, failed: [] }
  const note = (progress: Progress): void => {
    if (isFurther(progress, best)) best = progress
  }
  const walk = (depth: number): void => {
    const failure = findFailure(conditions[depth] ?? [], slots, world)
    if (failure >= 0) {
      const expression = conditions[depth]?.[failure]
      note({ depth, conditions: 1 + failure, failed: labelsOf(expression, branch) })
      return
    }
    const predicate = branch.predicates[depth]
    if (predicate === undefined) return
    note({ depth, conditions: Number.MAX_SAFE_INTEGER, failed: [predicate.label] })
    for (const tuple of candidates(predicate, world).flat()) {
      if (--world.fuel.left < 0) return
      if (bind(predicate, tuple, slots, world.fuel)) walk(depth + 1)
    }
  }
  walk(0)
  return best
}

function isFurther(a: Progress, b: Progress): boolean {
  return a.depth > b.depth || (a.depth === b.depth && a.conditions > b.conditions)
}

function findFailure(
  expressions: readonly PreparedExpression[],
  slots: Slots,
  world: World,
): number {
  return expressions.findIndex((expression) => {
    const result = evaluateExpression(expression, slots, world.fuel)
    return result?.type !== 'boolean' || !result.value
  })
}

/** for each number of matched predicates, the expressions that can be tested then and could not before */
function scheduleConditions(branch: PreparedBranch): PreparedExpression[][] {
  const schedule: PreparedExpression[][] = branch.predicates.map(() => [])
  schedule.push([])
  for (const expression of branch.expressions) {
    const ready = Math.max(0, ...expression.slots.map((slot) => 1 + bindingPredicate(branch, slot)))
    schedule[ready]?.push(expression)
  }
  return schedule
}

function bindingPredicate(branch: PreparedBranch, slot: number): number {
  return branch.predicates.findIndex((predicate) =>
    predicate.terms.some((term) => term.binds && term.slot === slot),
  )
}

function labelsOf(expression: PreparedExpression | undefined, branch: PreparedBranch): string[] {
  const labels = (expression?.slots ?? []).map(
    (slot) => branch.predicates[bindingPredicate(branch, slot)]?.label ?? '',
  )
  return [...new Set(labels)]
}
