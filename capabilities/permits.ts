import type { Action } from './vocabulary/action.ts'
import type { Capability } from './vocabulary/capability.ts'
import type { Budgets } from './vocabulary/budget.ts'
import type { Moment } from './vocabulary/constraint.ts'
import { messageOf } from './vocabulary/action-parts.ts'
import { isInMailbox } from './vocabulary/place.ts'
import { GENERAL } from './vocabulary/provider-vocabulary.ts'
import { alternativesIn, definitionOf, type Single } from './vocabulary/vocabularies.ts'

/**
 * The plain meaning of a capability: does it permit this action at `now` (seconds since 1970), with room left under every limit
 * unless `budgets` says what was counted, and without the buyer's approval unless it is `approved`? The token's checks say the same;
 * this reading is for previews and for tests that hold the two against each other, never for a decision.
 *
 * @example
 * permits(capability, { operation: 'gmail.profile.read' }, 1_764_000_000)
 */
export function permits(
  capability: Capability,
  action: Action,
  now: number,
  budgets: Budgets = 'assumed',
  approved = false,
): boolean {
  const moment = { now, budgets, approved }
  return alternativesIn(capability).some((single) => permitsAs(single, action, moment))
}

function permitsAs(
  { type, action: name, conditions }: Single,
  action: Action,
  moment: Moment,
): boolean {
  const { operation, alongside, constraints } = definitionOf(type, name)
  if (alongside.includes(action.operation)) {
    return GENERAL.every((one) => one.permits(conditions, action, moment))
  }
  if (action.operation !== operation) return false
  const message = messageOf(action)
  if (message !== undefined && !isInMailbox(message)) return false
  return constraints.every((one) => one.permits(conditions, action, moment))
}
