import { CapabilityError } from '../errors.ts'
import type { Capability, Narrowing } from './capability.ts'
import { assertCrmClosed, assertCrmFiltersStand, closeCrm } from './closing-hubspot.ts'
import { isSending } from './gmail.ts'
import { namesRecipients } from './recipients.ts'
import { demandsOf, isReading } from './stripe.ts'
import { quote } from './words.ts'

/**
 * What a grant leaves unsaid and may not mean "anything": a reply goes to the participants, nothing is attached, nothing is
 * expanded.
 *
 * @throws CapabilityError `invalid_capability` for what has no closed meaning
 */
export function closeDefaults(entry: Narrowing, index: number): Capability {
  switch (entry.type) {
    case 'gmail':
      return closeMail(entry, index)
    case 'hubspot':
      return closeCrm(entry, index)
    case 'stripe':
      return closeMoney(entry, index)
  }
}

function closeMail(entry: Narrowing, index: number): Capability {
  const { actions } = entry
  const sends = actions.some(isSending)
  return {
    ...entry,
    ...(actions.includes('messages.read') && { content: entry.content ?? 'full' }),
    ...(sends && { recipients: closeRecipients(entry, index) }),
    ...(sends && { attachments: entry.attachments ?? 'none' }),
    ...(actions.includes('labels.apply') && closeLabels(entry, index)),
  }
}

/** what cannot be left open, in the words of whoever leaves it out */
const DEMANDS = {
  amount: 'needs the most it may move: `amount`',
  destinations: 'needs the accounts that money may go to: `destinations`',
  accounts: 'needs the accounts it may change: `accounts`',
  fields: 'needs what it may write: `fields`',
} as const

function closeMoney(entry: Narrowing, index: number): Capability {
  const { actions } = entry
  for (const action of actions) {
    const open = demandsOf(action).find((demand) => isOpen(entry[demand]))
    if (open !== undefined) throw invalid(`[${index}]: ${action} ${DEMANDS[open]}`)
  }
  return {
    ...entry,
    accounts: entry.accounts ?? [],
    ...(actions.some(isReading) && { expand: entry.expand ?? [] }),
  }
}

/**
 * INVARIANT: an unsaid field does not limit, so a capability must have been parsed, which says the closed defaults, before
 * it may become authority.
 */
export function assertClosed(capability: Capability): void {
  const { type, actions } = capability
  if (type === 'stripe') return assertMoneyClosed(capability)
  if (type === 'hubspot') return assertCrmClosed(capability)
  const sends = actions.some(isSending)
  if (sends && (!namesRecipients(capability.recipients) || capability.attachments === undefined)) {
    throw invalid('a capability that sends must say `recipients` and `attachments`: parse it first')
  }
  const labels = actions.includes('labels.apply')
  if (labels && (capability.add === undefined || capability.remove === undefined)) {
    throw invalid('a capability that changes labels must say `add` and `remove`: parse it first')
  }
}

function assertMoneyClosed(entry: Capability): void {
  const { actions, accounts, expand } = entry
  const open =
    accounts === undefined ||
    actions.some((action) => demandsOf(action).some((demand) => isOpen(entry[demand]))) ||
    (actions.some(isReading) && expand === undefined)
  if (open) throw invalid('a capability for Stripe leaves open what it allows: parse it first')
}

/** nothing said, or nobody named */
function isOpen(said: Narrowing['amount'] | readonly string[]): boolean {
  return said === undefined || (Array.isArray(said) && said.length === 0)
}

function closeLabels({ add = [], remove = [] }: Narrowing, index: number): Partial<Capability> {
  if (add.length + remove.length > 0) return { add, remove }
  throw invalid(`[${index}]: labels.apply needs the labels it may \`add\` or \`remove\``)
}

/** who may write the label or the property that a filter looks for decides for himself what he reads */
export function assertFiltersStand(capabilities: readonly Capability[]): void {
  assertCrmFiltersStand(capabilities)
  const looked = new Set(capabilities.flatMap(({ labels }) => labels ?? []))
  for (const [index, { add = [], remove = [] }] of capabilities.entries()) {
    const changed = [...add, ...remove].find((label) => looked.has(label))
    if (changed === undefined) continue
    const field = add.includes(changed) ? 'add' : 'remove'
    throw invalid(
      `[${index}].${field}: the label ${quote(changed)} decides what may be read: it cannot be changed by the same grant`,
    )
  }
}

function closeRecipients(entry: Narrowing, index: number): Capability['recipients'] {
  const { actions, recipients } = entry
  if (actions.includes('messages.send')) assertNamesStrangers(entry, index)
  return namesRecipients(recipients) ? recipients : { ...recipients, participants: true }
}

/** a new mail has no participants and answers no sender: those words would allow nobody */
export function assertNamesStrangers({ recipients }: Narrowing, index: number): void {
  if (recipients?.domains !== undefined || recipients?.addresses !== undefined) return
  throw invalid(
    `[${index}].recipients: messages.send starts a conversation: name the \`domains\` or \`addresses\` it may write to`,
  )
}

function invalid(message: string): CapabilityError {
  return new CapabilityError('invalid_capability', message)
}
