import type { Action, Operation } from './action.ts'
import { targetOf } from './action-parts.ts'
import type { LimitUnit } from './capability.ts'
import { STRIPE_READABLE } from './stripe-action.ts'
import { HUBSPOT_OBJECTS } from './hubspot-action.ts'

/** whose calls a counter counts: those of one operation, or of every one that sends */
export type Subject =
  | 'gmail.messages.read'
  | 'gmail.messages.reply'
  | 'gmail.messages.send'
  | 'gmail.sending'
  | 'hubspot.reading'
  | 'hubspot.searching'
  | 'hubspot.writing'
  | 'stripe.reading'
  | 'stripe.refunding'
  | 'stripe.charging'
  | 'stripe.capturing'
  | 'stripe.transferring'
  | 'stripe.changing'

const OPERATIONS: Record<Subject, readonly Operation[]> = {
  'gmail.messages.read': ['gmail.messages.read'],
  'gmail.messages.reply': ['gmail.messages.reply'],
  'gmail.messages.send': ['gmail.messages.send'],
  'gmail.sending': ['gmail.messages.reply', 'gmail.messages.send'],
  'hubspot.reading': HUBSPOT_OBJECTS.map((object) => `hubspot.${object}.read` as const),
  'hubspot.searching': HUBSPOT_OBJECTS.map((object) => `hubspot.${object}.search` as const),
  'hubspot.writing': [
    ...HUBSPOT_OBJECTS.map((object) => `hubspot.${object}.create` as const),
    ...HUBSPOT_OBJECTS.map((object) => `hubspot.${object}.update` as const),
    'hubspot.associations.write',
  ],
  'stripe.reading': STRIPE_READABLE.map((readable) => `stripe.${readable}.read` as const),
  'stripe.refunding': [
    'stripe.refunds.create',
    'stripe.credit_notes.create',
    'stripe.customer_balance_transactions.create',
    'stripe.invoices.void',
    'stripe.payment_intents.cancel',
  ],
  'stripe.charging': ['stripe.payment_intents.create', 'stripe.payment_intents.update'],
  'stripe.capturing': ['stripe.payment_intents.capture'],
  'stripe.transferring': ['stripe.transfers.create'],
  'stripe.changing': [
    'stripe.refunds.cancel',
    'stripe.invoices.send',
    'stripe.subscriptions.update',
    'stripe.subscriptions.cancel',
    'stripe.subscription_schedules.create',
    'stripe.subscription_schedules.update',
    'stripe.customers.update',
    'stripe.accounts.update',
  ],
}

/** a limit as a token spells it: `budget_ok("gmail.sending.calls", "hour", 40)` */
export interface Budget {
  /** the subject and the unit */
  readonly dimension: string
  /** see time-window.ts */
  readonly window: string
  readonly max: number
}

const OF_SENDING: readonly LimitUnit[] = ['calls', 'recipients', 'new_recipients']

const OF_MONEY: readonly LimitUnit[] = ['calls', 'amount']

/** what can be counted of whom */
export const UNITS: Readonly<Record<Subject, readonly LimitUnit[]>> = {
  'gmail.messages.read': ['calls', 'bytes'],
  'gmail.messages.reply': OF_SENDING,
  'gmail.messages.send': OF_SENDING,
  'gmail.sending': OF_SENDING,
  'hubspot.reading': ['calls'],
  'hubspot.searching': ['calls'],
  'hubspot.writing': ['calls'],
  'stripe.reading': ['calls', 'bytes'],
  'stripe.refunding': OF_MONEY,
  'stripe.charging': OF_MONEY,
  'stripe.capturing': OF_MONEY,
  'stripe.transferring': OF_MONEY,
  'stripe.changing': ['calls'],
}

/** what a front has taken from its counters for this call; `assumed`: nothing yet, as if every counter had room */
export type Budgets = 'assumed' | readonly Budget[]

/** what is counted: of an amount, in which currency too */
export interface Dimension {
  readonly subject: Subject
  readonly unit: LimitUnit
  readonly currency: string | undefined
}

/** `gmail.sending.calls`, `stripe.refunding.amount.usd` */
export function toDimension({ subject, unit, currency }: Dimension): string {
  return unit === 'amount' ? `${subject}.amount.${currency}` : `${subject}.${unit}`
}

const AMOUNT = /^(?<subject>.+)\.amount\.(?<currency>[a-z]{3})$/

export function parseDimension(dimension: string): Dimension | undefined {
  const { subject: counted, currency } = AMOUNT.exec(dimension)?.groups ?? {}
  const dot = dimension.lastIndexOf('.')
  const subject = SUBJECTS.find((one) => one === (counted ?? dimension.slice(0, dot)))
  if (subject === undefined) return undefined
  const named = counted === undefined ? dimension.slice(dot + 1) : 'amount'
  const unit = UNITS[subject].find((one) => one === named)
  if (unit === undefined || (unit === 'amount') !== (currency !== undefined)) return undefined
  return { subject, unit, currency }
}

const SUBJECTS = Object.keys(OPERATIONS) as Subject[]

/** fail closed: what this counter does not count, it cannot allow; money of another currency neither */
export function isCountedBy(dimension: string, action: Action): boolean {
  const parsed = parseDimension(dimension)
  if (parsed === undefined || !OPERATIONS[parsed.subject].includes(action.operation)) return false
  return parsed.currency === undefined || parsed.currency === targetOf(action)?.money?.currency
}

export function findBudget(budgets: Budgets | undefined, wanted: Budget): boolean {
  if (budgets === undefined || budgets === 'assumed') return budgets === 'assumed'
  return budgets.some((one) => isSameBudget(one, wanted))
}

export function isSameBudget(one: Budget, other: Budget): boolean {
  return one.dimension === other.dimension && one.window === other.window && one.max === other.max
}
