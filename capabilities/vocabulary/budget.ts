import type { GmailAction, GmailOperation } from './gmail-action.ts'
import type { LimitUnit } from './capability.ts'

/** whose calls a counter counts: those of one operation, or of every one that sends */
export type Subject =
  'gmail.messages.read' | 'gmail.messages.reply' | 'gmail.messages.send' | 'gmail.sending'

const OPERATIONS: Record<Subject, readonly GmailOperation[]> = {
  'gmail.messages.read': ['gmail.messages.read'],
  'gmail.messages.reply': ['gmail.messages.reply'],
  'gmail.messages.send': ['gmail.messages.send'],
  'gmail.sending': ['gmail.messages.reply', 'gmail.messages.send'],
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

/** what can be counted of whom */
export const UNITS: Readonly<Record<Subject, readonly LimitUnit[]>> = {
  'gmail.messages.read': ['calls', 'bytes'],
  'gmail.messages.reply': OF_SENDING,
  'gmail.messages.send': OF_SENDING,
  'gmail.sending': OF_SENDING,
}

/** what a front has taken from its counters for this call; `assumed`: nothing yet, as if every counter had room */
export type Budgets = 'assumed' | readonly Budget[]

export function toDimension(subject: Subject, unit: LimitUnit): string {
  return `${subject}.${unit}`
}

export function parseDimension(
  dimension: string,
): { readonly subject: Subject; readonly unit: LimitUnit } | undefined {
  const dot = dimension.lastIndexOf('.')
  const subject = SUBJECTS.find((one) => one === dimension.slice(0, dot))
  if (subject === undefined) return undefined
  const unit = UNITS[subject].find((one) => one === dimension.slice(dot + 1))
  return unit && { subject, unit }
}

const SUBJECTS = Object.keys(OPERATIONS) as Subject[]

/** fail closed: what this counter does not count, it cannot allow */
export function isCountedBy(dimension: string, action: GmailAction): boolean {
  const parsed = parseDimension(dimension)
  return parsed !== undefined && OPERATIONS[parsed.subject].includes(action.operation)
}

export function findBudget(budgets: Budgets | undefined, wanted: Budget): boolean {
  if (budgets === undefined || budgets === 'assumed') return budgets === 'assumed'
  return budgets.some((one) => isSameBudget(one, wanted))
}

export function isSameBudget(one: Budget, other: Budget): boolean {
  return one.dimension === other.dimension && one.window === other.window && one.max === other.max
}
