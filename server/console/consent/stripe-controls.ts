import { carries, type Capability } from '../../../capabilities/index.ts'
import type { Reader } from '../reader.ts'
import { askingControls, moneyControls } from './asking-controls.ts'
import { box, ControlProblem, linesOf, toWholeNumber, type Control } from './control.ts'

const MOST_DAYS = 36_500

/** the questions about one action of a Stripe account */
export function stripeControls(capability: Capability, reader: Reader): Control[] {
  return [
    ...moneyControls(capability, reader),
    ...fieldControls(capability),
    ...destinationControls(capability),
    ...accountControls(capability),
    ...customerControls(capability),
    ...ageControls(capability),
    ...askingControls(capability),
  ]
}

function isAbout(
  { type, actions: [action] }: Capability,
  member: Parameters<typeof carries>[2],
): boolean {
  return action !== undefined && carries(type, action, member)
}

/** a single one is the row itself */
function fieldControls({ fields = [] }: Capability): Control[] {
  if (fields.length < 2) return []
  return fields.map((name) =>
    box({
      field: `field-${name}`,
      label: name.replaceAll('_', ' '),
      group: 'What it may change',
      without: (whole) => ({ ...whole, fields: withoutOne(whole.fields, name) }),
    }),
  )
}

function withoutOne(names: readonly string[] | undefined, name: string): readonly string[] {
  const left = (names ?? []).filter((one) => one !== name)
  if (left.length === 0) throw new ControlProblem('Leave at least one, or untick the row.')
  return left
}

function destinationControls(capability: Capability): Control[] {
  if (!isAbout(capability, 'destinations')) return []
  const { destinations = [] } = capability
  return [
    {
      field: 'destinations',
      label: 'Only to these accounts',
      help:
        destinations.length === 0
          ? 'One id of a connected account per line, such as acct_1NffrFeUfNV2Hib. Empty: to any.'
          : 'One id of a connected account per line. Remove lines to narrow it.',
      kind: { type: 'lines' },
      initial: destinations.join('\n'),
      tighten: (whole, answer) => ({ ...whole, destinations: atLeastOne(answer) }),
    },
  ]
}

/** none named is the account itself, which cannot be narrowed */
function accountControls(capability: Capability): Control[] {
  const { accounts = [] } = capability
  if (accounts.length < 2) return []
  return [
    {
      field: 'accounts',
      label: 'Only about these connected accounts',
      help: 'One id per line. Remove lines to narrow it.',
      kind: { type: 'lines' },
      initial: accounts.join('\n'),
      tighten: (whole, answer) => ({ ...whole, accounts: atLeastOne(answer) }),
    },
  ]
}

function customerControls(capability: Capability): Control[] {
  if (!isAbout(capability, 'customers')) return []
  const { customers = [] } = capability
  return [
    {
      field: 'customers',
      label: 'Only about these customers',
      help:
        customers.length === 0
          ? 'One id of a customer per line, such as cus_NffrFeUfNV2Hib. Empty: any customer.'
          : 'One id of a customer per line. Remove lines to narrow it.',
      kind: { type: 'lines' },
      initial: customers.join('\n'),
      tighten: (whole, answer) => ({ ...whole, customers: atLeastOne(answer) }),
    },
  ]
}

function atLeastOne(answer: string): string[] {
  const lines = linesOf(answer)
  if (lines.length === 0) throw new ControlProblem('Name at least one, or untick the row.')
  return lines
}

function ageControls(capability: Capability): Control[] {
  if (!isAbout(capability, 'charge_age_days')) return []
  const { charge_age_days: days } = capability
  const max = days ?? MOST_DAYS
  return [
    {
      field: 'charge-days',
      label: 'Charges at most so many days old',
      help: days === undefined ? 'Empty: however old they are.' : `The agent asks for ${days}.`,
      kind: { type: 'number', min: 1, max },
      initial: days === undefined ? '' : String(days),
      tighten: (whole, answer) => ({ ...whole, charge_age_days: toWholeNumber(answer, max) }),
    },
  ]
}
