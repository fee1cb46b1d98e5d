import { parseDimension, type Budget, type Dimension, type Subject } from './budget.ts'
import type { LimitWindow } from './capability.ts'
import { moneyWords } from './money.ts'
import { instantWords, toInstant } from './expiry.ts'
import { parseWindow, type TimeWindow } from './time-window.ts'
import { count, quote } from './words.ts'

/** what is used of a budget, as the front found it when there was too little left */
export interface SpentBudget extends Budget {
  readonly used: number
  /** what the call would have taken */
  readonly asked: number
  /** seconds since 1970 at which the window ends; undefined: never */
  readonly freeAt: number | undefined
}

/** `at most 40 replies an hour` */
export function budgetWords({ dimension, window, max }: Budget): string {
  const parsed = parseDimension(dimension)
  const span = parseWindow(window)
  if (parsed === undefined || span === undefined) return `at most ${max} of ${quote(dimension)}`
  const { subject } = parsed
  const aside = [placeOf(span), subject === 'gmail.sending' && 'replies and new ones together']
  const asides = aside.filter((one) => typeof one === 'string')
  const inParentheses = asides.length === 0 ? '' : ` (${asides.join(', ')})`
  return `at most ${amountWords(max, parsed)} ${PER[span.per]}${inParentheses}`
}

const SENT: Record<Subject, readonly [one: string, many: string]> = {
  'gmail.messages.read': ['message', 'messages'],
  'gmail.messages.reply': ['reply', 'replies'],
  'gmail.messages.send': ['new e-mail', 'new e-mails'],
  'gmail.sending': ['e-mail', 'e-mails'],
  'hubspot.reading': ['record', 'records'],
  'hubspot.searching': ['search', 'searches'],
  'hubspot.writing': ['change', 'changes'],
  'stripe.reading': ['record', 'records'],
  'stripe.refunding': ['refund', 'refunds'],
  'stripe.charging': ['new or changed payment', 'new and changed payments'],
  'stripe.capturing': ['collected payment', 'collected payments'],
  'stripe.transferring': ['transfer', 'transfers'],
  'stripe.changing': ['change', 'changes'],
}

/** what the money of an amount is called */
const MONEY: Partial<Record<Subject, string>> = {
  'stripe.refunding': 'in refunds',
  'stripe.charging': 'in new and changed payments',
  'stripe.capturing': 'in collected payments',
  'stripe.transferring': 'in transfers',
}

function amountWords(amount: number, { subject, unit, currency }: Dimension): string {
  switch (unit) {
    case 'amount':
      return `${moneyWords(amount, currency ?? '')} ${MONEY[subject] ?? ''}`.trim()
    case 'calls':
      return count(amount, ...SENT[subject])
    case 'recipients':
      return count(amount, 'different recipient', 'different recipients')
    case 'new_recipients':
      return count(amount, 'new recipient', 'new recipients')
    case 'bytes':
      return byteWords(amount)
  }
}

const BYTES: readonly (readonly [size: number, name: string])[] = [
  [1_000_000_000, 'GB'],
  [1_000_000, 'MB'],
  [1_000, 'kB'],
]

/** never rounded: a buyer reads what is enforced */
function byteWords(bytes: number): string {
  const [size, name] = BYTES.find(([one]) => bytes >= one && (bytes * 10) % one === 0) ?? []
  return size === undefined ? count(bytes, 'byte', 'bytes') : `${bytes / size} ${name}`
}

const PER: Record<LimitWindow, string> = {
  hour: 'an hour',
  day: 'a day',
  week: 'a week',
  grant: 'in all',
}

/** a day begins somewhere; an hour begins nearly everywhere at once */
function placeOf({ per, zone }: TimeWindow): string | undefined {
  return zone ?? (per === 'day' || per === 'week' ? 'UTC' : undefined)
}

/**
 * How much of a budget is used in the period that runs, for whoever watches it.
 *
 * @example
 * usedWords({ dimension: 'gmail.messages.reply.calls', window: 'hour', max: 40 }, 12) // '12 of 40 replies this hour'
 */
export function usedWords({ dimension, window, max }: Budget, used: number): string {
  const parsed = parseDimension(dimension)
  const { per } = parseWindow(window) ?? { per: 'grant' as const }
  if (parsed === undefined) return `${used} of ${max} ${THIS[per]}`
  return `${numberWords(used, parsed)} of ${amountWords(max, parsed)} ${THIS[per]}`
}

const THIS: Record<LimitWindow, string> = {
  hour: 'this hour',
  day: 'today',
  week: 'this week',
  grant: 'in all',
}

/** `40 of 40 replies this hour are used; free again from 24 November 2026, 14:00 UTC` */
export function spentWords(spent: SpentBudget): string {
  const parsed = parseDimension(spent.dimension)
  const { per } = parseWindow(spent.window) ?? { per: 'grant' as const }
  const limit = parsed ? amountWords(spent.max, parsed) : String(spent.max)
  const used = Math.min(spent.used, spent.max)
  const share = parsed === undefined ? String(used) : numberWords(used, parsed)
  const more = used < spent.max && parsed ? `, and this takes ${askedWords(spent)}` : ''
  const free =
    spent.freeAt === undefined
      ? 'there will be no more under this access'
      : `free again from ${instantWords(toInstant(spent.freeAt))}`
  return `${share} of ${limit} ${THIS[per]} ${used === 1 ? 'is' : 'are'} used${more}; ${free}`
}

function askedWords({ dimension, asked }: SpentBudget): string {
  const parsed = parseDimension(dimension)
  return parsed === undefined ? String(asked) : numberWords(asked, parsed)
}

/** the number alone, of whatever it is one */
function numberWords(number: number, { unit, currency }: Dimension): string {
  if (unit === 'bytes') return byteWords(number)
  return unit === 'amount' ? moneyWords(number, currency ?? '') : String(number)
}
