/** between two digits of one number: spaces and separators, a few at a time */
const DIGIT_RUN = /[0-9](?:[^\p{L}\p{N}]{0,4}[0-9]){11,}/gu
const DECIMAL = /\p{Nd}/gu

/** issuer prefixes and the lengths they come in: a bare Luhn test would hit one long number in ten */
const CARD_SHAPES: readonly (readonly [prefix: RegExp, lengths: readonly number[]])[] = [
  [/^4/, [13, 16, 19]],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, [16]],
  [/^3[47]/, [15]],
  [/^(?:6011|64[4-9]|65)/, [16, 19]],
  [/^(?:30[0-5]|3095|36|3[89])/, [14, 16]],
  [/^35(?:2[89]|[3-8])/, [16]],
  [/^(?:62|81)/, [16, 17, 18, 19]],
  [/^(?:50|5[6-9]|6[0-9])/, [12, 13, 14, 15, 16, 17, 18, 19]],
]
const LONGEST_CARD = 19

export function hasPaymentCard(text: string): boolean {
  const runs = toAsciiDigits(text).match(DIGIT_RUN) ?? []
  return runs.some((run) => hasCardIn(run.replace(/[^0-9]+/g, '')))
}

function hasCardIn(digits: string): boolean {
  for (let start = 0; start <= digits.length - 12; start++) {
    const window = digits.slice(start, start + LONGEST_CARD)
    const fits = CARD_SHAPES.some(
      ([prefix, lengths]) =>
        prefix.test(window) &&
        lengths.some((length) => length <= window.length && passesLuhn(window.slice(0, length))),
    )
    if (fits) return true
  }
  return false
}

/** ISO/IEC 7812-1 annex B */
function passesLuhn(digits: string): boolean {
  let sum = 0
  for (let index = 0; index < digits.length; index++) {
    const digit = digits.charCodeAt(digits.length - 1 - index) - 48
    const doubled = index % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0 && /[^0]/.test(digits)
}

/** lengths of the IBAN registry (ISO 13616) */
const IBAN_LENGTHS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    ad: 24,
    ae: 23,
    al: 28,
    at: 20,
    az: 28,
    ba: 20,
    be: 16,
    bg: 22,
    bh: 22,
    bi: 27,
    br: 29,
    by: 28,
    ch: 21,
    cr: 22,
    cy: 28,
    cz: 24,
    de: 22,
    dj: 27,
    dk: 18,
    do: 28,
    ee: 20,
    eg: 29,
    es: 24,
    fi: 18,
    fk: 18,
    fo: 18,
    fr: 27,
    gb: 22,
    ge: 22,
    gi: 23,
    gl: 18,
    gr: 27,
    gt: 28,
    hn: 28,
    hr: 21,
    hu: 28,
    ie: 22,
    il: 23,
    iq: 23,
    is: 26,
    it: 27,
    jo: 30,
    kw: 30,
    kz: 20,
    lb: 28,
    lc: 32,
    li: 21,
    lt: 20,
    lu: 20,
    lv: 21,
    ly: 25,
    mc: 27,
    md: 24,
    me: 22,
    mk: 19,
    mn: 20,
    mr: 27,
    mt: 31,
    mu: 30,
    ni: 28,
    nl: 18,
    no: 15,
    om: 23,
    pk: 24,
    pl: 28,
    ps: 29,
    pt: 25,
    qa: 29,
    ro: 24,
    rs: 22,
    ru: 33,
    sa: 24,
    sc: 31,
    sd: 18,
    se: 24,
    si: 19,
    sk: 24,
    sm: 27,
    so: 23,
    st: 25,
    sv: 28,
    tl: 23,
    tn: 24,
    tr: 26,
    ua: 29,
    va: 22,
    vg: 24,
    xk: 20,
    ye: 30,
  }),
)
const IBAN_START = /[a-z]{2}[0-9]{2}/g

export function hasIban(text: string): boolean {
  const squeezed = toAsciiDigits(text)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '')
  for (const { 0: start, index } of squeezed.matchAll(overlapping(IBAN_START))) {
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
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = parseInt(character, 36)
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
  }
  return remainder === 1
}

/** digits of every script as ASCII ones: Unicode keeps each script's ten in one row that starts with zero */
function toAsciiDigits(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFKC')
    .replace(DECIMAL, (digit) => {
      if (digit <= '9') return digit
      const code = digit.codePointAt(0) ?? 0
      let value = 0
      while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - value - 1))) value++
      return String(value)
    })
}
