import { moneyDecimals, moneyWords } from '../../../capabilities/index.ts'
import type { Reader } from '../reader.ts'
import { ControlProblem } from './control.ts'

/** Stripe takes at most eight digits; one more is no harm, and every sum of them is exact */
const MOST_DIGITS = 12
const SEPARATORS = /[.,]/gu
/** between thousands, and nowhere else: a space of any width, an apostrophe */
const SPACES = /(?<=\d)[ \u00a0\u2009\u202f'’](?=\d{3}(?!\d))/gu

/**
 * What somebody wrote as an amount, in minor units.
 *
 * INVARIANT: nothing is guessed. `1.234` is a thousand to some and one and a bit to others, so it is asked for again: a wrong
 * guess would allow a thousand times the money.
 *
 * @throws ControlProblem with what to write instead
 * @example
 * toMinorUnits('50,00', 'eur', reader) // 5000
 */
export function toMinorUnits(text: string, currency: string, { locale }: Reader): number {
  const decimals = moneyDecimals(currency)
  const written = text.trim().replace(SPACES, '')
  const separators = written.match(SEPARATORS) ?? []
  const [whole, fraction] = partsOf(written, separators, { decimals, mark: markOf(locale) })
  if (whole === undefined || fraction === undefined) throw unclear(decimals, locale)
  const amount = Number(`${whole}${fraction.padEnd(decimals, '0')}`)
  if (amount < 1) throw new ControlProblem('Enter an amount above nothing.')
  return amount
}

interface Notation {
  readonly decimals: number
  /** the decimal separator where the reader lives */
  readonly mark: string
}

type Parts = readonly [whole?: string, fraction?: string]

function partsOf(text: string, separators: readonly string[], notation: Notation): Parts {
  const [first, ...others] = separators
  if (first === undefined) return digits(text, '')
  const last = text.slice(Math.max(text.lastIndexOf('.'), text.lastIndexOf(',')) + 1)
  const before = text.slice(0, text.length - last.length - 1)
  // two kinds of separators say by themselves which of them is which
  const grouped = others.length > 0 && others.at(-1) !== first
  if (others.length > 0 && !grouped) return []
  if (grouped && !isGrouped(before, first)) return []
  // three digits behind the only separator could be thousands: only where the currency has three decimals may they be a part
  const isThousand = last.length === 3 && !grouped && first !== notation.mark
  if (last.length < 1 || last.length > notation.decimals || isThousand) return []
  return digits(grouped ? before.replaceAll(first, '') : before, last)
}

function isGrouped(whole: string, separator: string): boolean {
  const [head = '', ...groups] = whole.split(separator)
  return /^\d{1,3}$/u.test(head) && groups.every((group) => /^\d{3}$/u.test(group))
}

function digits(whole: string, fraction: string): Parts {
  const all = `${whole}${fraction}`
  const isReadable = /^\d+$/u.test(all) && whole !== '' && all.length <= MOST_DIGITS
  return isReadable ? [whole, fraction] : []
}

function unclear(decimals: number, locale: string): ControlProblem {
  const mark = markOf(locale)
  const examples = decimals === 0 ? '50 or 1234' : `50, 50${mark}${'0'.repeat(decimals)} or 1234`
  return new ControlProblem(
    `This can be read in more than one way, or not at all. Write an amount such as ${examples}, without the currency.`,
  )
}

/** as the reader would write it, for a field */
export function toMoneyText(amount: number, currency: string, { locale }: Reader): string {
  const decimals = moneyDecimals(currency)
  const all = String(amount).padStart(decimals + 1, '0')
  if (decimals === 0) return all
  return `${all.slice(0, -decimals)}${markOf(locale)}${all.slice(-decimals)}`
}

/** what is too much, in the words of the row */
export function toAtMost(text: string, max: number, currency: string, reader: Reader): number {
  const amount = toMinorUnits(text, currency, reader)
  if (amount > max) throw new ControlProblem(`Enter at most ${moneyWords(max, currency)}.`)
  return amount
}

function markOf(locale: string): string {
  const parts = new Intl.NumberFormat(locale).formatToParts(1.5)
  return parts.find(({ type }) => type === 'decimal')?.value ?? '.'
}
