import { condense } from './condense.ts'

/** how many spaces and separators may stand between two digits of one number */
const MAX_GAP = 4
const DIGIT_RUN = /[0-9](?:-?[0-9]){12,}/g
const FOREIGN_DIGIT = /[^\P{Nd}0-9]/gu

/**
 * Ranges of the first four digits (ISO/IEC 7812-1) and the lengths that their cards have: Luhn alone would take one long
 * number in ten for a card.
 */
const CARDS: readonly (readonly [from: number, to: number, lengths: readonly number[]])[] = [
  [4000, 4999, [13, 16, 19]],
  [5100, 5599, [16]],
  [2221, 2720, [16]],
  [3400, 3499, [15]],
  [3700, 3799, [15]],
  [3000, 3059, [14, 16]],
  [3095, 3095, [14, 16]],
  [3600, 3699, [14, 16]],
  [3800, 3999, [14, 16]],
  [3528, 3589, [16]],
  [6011, 6011, [16, 19]],
  [6200, 6299, [16, 17, 18, 19]],
  [6440, 6599, [16, 19]],
  [8100, 8199, [16, 17, 18, 19]],
  [5000, 5099, [16, 18, 19]],
  [5600, 6999, [16, 18, 19]],
]
const SHORTEST_CARD = 13

export function hasPaymentCard(text: string): boolean {
  const runs = toAsciiDigits(condense(text, MAX_GAP)).match(DIGIT_RUN) ?? []
  return runs.some(hasCardIn)
}

/** every window of the run: a card number may stand among other digits */
function hasCardIn(run: string): boolean {
  const digits = run.replaceAll('-', '')
  const passesLuhn = luhnOf(digits)
  const isWritten = groupsOf(run, digits.length)
  for (let start = 0; start + SHORTEST_CARD <= digits.length; start++) {
    const issuer = Number(digits.slice(start, start + 4))
    for (const [from, to, lengths] of CARDS) {
      if (issuer < from || issuer > to) continue
      const fits = (end: number): boolean => isWritten(start, end) && passesLuhn(start, end)
      if (lengths.some((length) => fits(start + length))) return true
    }
  }
  return false
}

/**
 * A number across separators begins and ends with a group of digits, or it is a list of dates and invoices that happens to add
 * up; inside one group it may stand anywhere.
 */
function groupsOf(run: string, length: number): (start: number, end: number) => boolean {
  const group = new Uint32Array(length + 1)
  let digit = 0
  let current = 0
  for (const part of run.split('-')) {
    current++
    group.fill(current, digit, digit + part.length)
    digit += part.length
  }
  group[length] = current + 1
  const isBoundary = (index: number): boolean => index === 0 || group[index] !== group[index - 1]
  return (start, end) =>
    end <= length && (group[start] === group[end - 1] || (isBoundary(start) && isBoundary(end)))
}

/**
 * ISO/IEC 7812-1 annex B for any window of the digits. The sums are kept once for each parity of the doubled digits, so that a
 * mail full of digits costs no more than its length.
 */
function luhnOf(digits: string): (start: number, end: number) => boolean {
  const sums = [new Uint32Array(digits.length + 1), new Uint32Array(digits.length + 1)] as const
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(index) - 48
    const doubled = digit > 4 ? digit * 2 - 9 : digit * 2
    const isOdd = index % 2 === 1
    sums[0][index + 1] = (sums[0][index] ?? 0) + (isOdd ? digit : doubled)
    sums[1][index + 1] = (sums[1][index] ?? 0) + (isOdd ? doubled : digit)
  }
  return (start, end) => {
    // the last digit counts plain, so the doubled ones have the parity of the end
    const sum = end % 2 === 0 ? sums[0] : sums[1]
    return ((sum[end] ?? 0) - (sum[start] ?? 0)) % 10 === 0
  }
}

/** lengths of the IBAN registry (ISO 13616) */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  [
    'ad24 ae23 al28 at20 az28 ba20 be16 bg22 bh22 bi27 br29 by28 ch21 cr22 cy28 cz24 de22',
    'dj27 dk18 do28 ee20 eg29 es24 fi18 fk18 fo18 fr27 gb22 ge22 gi23 gl18 gr27 gt28 hn28',
    'hr21 hu28 ie22 il23 iq23 is26 it27 jo30 kw30 kz20 lb28 lc32 li21 lt20 lu20 lv21 ly25',
    'mc27 md24 me22 mk19 mn20 mr27 mt31 mu30 ni28 nl18 no15 om23 pk24 pl28 ps29 pt25 qa29',
    'ro24 rs22 ru33 sa24 sc31 sd18 se24 si19 sk24 sm27 so23 st25 sv28 tl23 tn24 tr26 ua29',
    'va22 vg24 xk20 ye30',
  ].flatMap((row) =>
    row.split(' ').map((entry) => [entry.slice(0, 2), Number(entry.slice(2))] as const),
  ),
)
const IBAN_START = /[a-z]{2}[0-9]{2}/g

export function hasIban(text: string): boolean {
  const squeezed = toAsciiDigits(text)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '')
  for (const { 1: start = '', index } of squeezed.matchAll(overlapping(IBAN_START))) {
    const length = IBAN_LENGTHS.get(start.slice(0, 2))
    if (length === undefined) continue
    const candidate = squeezed.slice(index, index + length)
    if (candidate.length === length && passesMod97(candidate)) return true
  }
  return false
}

/** one match may begin inside another */
function overlapping(pattern: RegExp): RegExp {
  return new RegExp(`(?=(${pattern.source}))`, pattern.flags)
}

/** ISO 13616 check digits: the first four characters last, letters as 10 to 35, remainder 1 */
function passesMod97(iban: string): boolean {
  let remainder = 0
  const rotated = iban.slice(4) + iban.slice(0, 4)
  for (let index = 0; index < rotated.length; index++) {
    const code = rotated.charCodeAt(index)
    const isDigit = code < 58
    remainder = (remainder * (isDigit ? 10 : 100) + code - (isDigit ? 48 : 87)) % 97
  }
  return remainder === 1
}

/** digits of every script as ASCII ones: Unicode keeps each script's ten in one row that starts with zero */
function toAsciiDigits(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKC')
    .replace(FOREIGN_DIGIT, (digit) => {
      const code = digit.codePointAt(0) ?? 0
      let value = 0
      while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - value - 1))) value++
      return String(value)
    })
}
