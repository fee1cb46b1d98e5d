import type { Block, Check, Expression, Query } from './syntax.ts'

/** the earliest upper bound on `time($t)` that any check of any block sets, in seconds since 1970 */
export function findExpiry(blocks: readonly Block[]): number | undefined {
  const bounds = blocks
    .flatMap((block) => block.checks)
    .map(boundOfCheck)
    .filter((bound) => bound !== Infinity)
  return bounds.length === 0 ? undefined : Math.min(...bounds)
}

/** a check holds as long as any of its branches does */
function boundOfCheck(check: Check): number {
  return Math.max(...check.queries.map(boundOfBranch))
}

function boundOfBranch(query: Query): number {
  const clocks = new Set(
    query.predicates.flatMap(({ name, terms: [term] }) =>
      name === 'time' && term?.type === 'variable' ? [term.name] : [],
    ),
  )
  return Math.min(Infinity, ...query.expressions.map((steps) => boundOfExpression(steps, clocks)))
}

/** `$t < date` or `$t <= date`, and nothing cleverer */
function boundOfExpression(steps: Expression, clocks: ReadonlySet<string>): number {
  const [left, right, comparison, ...rest] = steps
  if (rest.length > 0 || comparison?.type !== 'binary') return Infinity
  if (comparison.operator !== 'lessThan' && comparison.operator !== 'lessOrEqual') return Infinity
  if (left?.type !== 'term' || right?.type !== 'term') return Infinity
  if (left.term.type !== 'variable' || !clocks.has(left.term.name)) return Infinity
  return right.term.type === 'date' ? right.term.value : Infinity
}
