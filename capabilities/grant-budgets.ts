import { alternativesOf } from './vocabulary/alternatives.ts'
import { isSameBudget, parseDimension, type Budget } from './vocabulary/budget.ts'
import type { Capability, Conditions } from './vocabulary/capability.ts'
import type { Constraint } from './vocabulary/constraint.ts'
import { budgetOf } from './vocabulary/limits.ts'
import { definitionOf, singlesOf } from './vocabulary/vocabularies.ts'

/** a limit of a grant, as its token spells it */
export interface GrantBudget extends Budget {
  /** what is beyond it is asked for and not refused */
  readonly asksBeyond: boolean
}

/**
 * What is counted under a grant. Its counters are the grant's own, whichever of its tokens is used.
 *
 * @example
 * budgetsOf(parseCapabilities([{ type: 'gmail', actions: ['messages.send'], limits: [{ per: 'day', calls: 5 }] }]))
 * // [{ dimension: 'gmail.messages.send.calls', window: 'day', max: 5, asksBeyond: false }]
 */
export function budgetsOf(capabilities: readonly Capability[]): GrantBudget[] {
  const found: GrantBudget[] = []
  for (const { type, action, conditions } of capabilities.flatMap(singlesOf)) {
    const { constraints } = definitionOf(type, action)
    const alternatives = alternativesOf(conditions, constraints)
    // the last one is what may be asked for: a limit that does not bind it only says when to ask
    const firm = budgetsIn(alternatives.at(-1) ?? {}, constraints)
    for (const budget of alternatives.flatMap((one) => budgetsIn(one, constraints))) {
      if (found.some((one) => isSameBudget(one, budget))) continue
      found.push({ ...budget, asksBeyond: !firm.some((one) => isSameBudget(one, budget)) })
    }
  }
  return found
}

function budgetsIn(conditions: Conditions, constraints: readonly Constraint[]): Budget[] {
  return constraints.flatMap((one) => {
    const budget = budgetOf(one.caveat(conditions)?.predicates[0])
    return budget === undefined || parseDimension(budget.dimension) === undefined ? [] : [budget]
  })
}
