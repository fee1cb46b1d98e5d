import type { Capability, GmailActionName } from './vocabulary/capability.ts'
import type { Budgets } from './vocabulary/budget.ts'
import type { Moment } from './vocabulary/constraint.ts'
import type { GmailAction } from './vocabulary/gmail-action.ts'
import { conditionsFor, definitionOf, GENERAL } from './vocabulary/gmail.ts'
import { messageOf } from './vocabulary/action-parts.ts'
import { isInMailbox } from './vocabulary/place.ts'

/**
 * The plain meaning of a capability: does it permit this action at `now` (seconds since 1970), with room left under every limit
 * unless `budgets` says what was counted? The token's checks say the same;
 * this reading is for previews and for tests that hold the two against each other, never for a decision.
 *
 * @example
 * permits(capability, { operation: 'gmail.profile.read' }, 1_764_000_000)
 */
export function permits(
  capability: Capability,
  action: GmailAction,
  now: number,
  budgets: Budgets = 'assumed',
): boolean {
  return capability.actions.some((name) => permitsAs(name, capability, action, { now, budgets }))
}

function permitsAs(
  name: GmailActionName,
  capability: Capability,
  action: GmailAction,
  moment: Moment,
): boolean {
  const { operation, alongside, constraints } = definitionOf(name)
  const conditions = conditionsFor(name, capability)
  if (alongside.includes(action.operation)) {
    return GENERAL.every((one) => one.permits(conditions, action, moment))
  }
  if (action.operation !== operation) return false
  const message = messageOf(action)
  if (message !== undefined && !isInMailbox(message)) return false
  return constraints.every((one) => one.permits(conditions, action, moment))
}
