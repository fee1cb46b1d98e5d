import { describe, expect, test } from 'vitest'
import { hasIban, hasPaymentCard } from '../../../capabilities/vocabulary/account-numbers.ts'

/** `issuer`, zeros, and the digit that makes the sum right (ISO/IEC 7812-1 annex B) */
function cardOf(issuer: number, length: number): string {
  const body = String(issuer).padEnd(length - 1, '0')
  const sum = Array.from(body)
    .toReversed()
    .map((digit, index) => Number(digit) * (index % 2 === 0 ? 2 : 1))
    .reduce((total, value) => total + (value > 9 ? value - 9 : value), 0)
  return body + String((10 - (sum % 10)) % 10)
}

/** the check digits of ISO 13616 over a body of ones */
function ibanOf(country: string, length: number): string {
  const body = '1'.repeat(length - 4)
  const number = `${body}${country}00`.replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  )
  return `${country}${String(98n - (BigInt(number) % 97n)).padStart(2, '0')}${body}`
}

describe('payment cards', () => {
  test.each([
    ['Visa', [4000, 4999], [13, 16, 19]],
    ['Mastercard', [5100, 5599, 2221, 2720], [16]],
    ['American Express', [3400, 3499, 3700, 3799], [15]],
    ['Diners Club', [3000, 3059, 3095, 3600, 3699, 3800, 3999], [14, 16]],
    ['JCB', [3528, 3589], [16]],
    ['Discover', [6011, 6440, 6599], [16, 19]],
    ['UnionPay', [6200, 6299, 8100, 8199], [16, 17, 18, 19]],
    ['Maestro', [5000, 5099, 5600, 6999], [16, 18, 19]],
  ])('%s: the first and the last issuer, each length', (_name, issuers, lengths) => {
    const numbers = issuers.flatMap((issuer) => lengths.map((length) => cardOf(issuer, length)))
    expect(numbers.filter((number) => !hasPaymentCard(`card ${number}, thank you`))).toEqual([])
  })

  test.each([1000, 2220, 2721, 3060, 3094, 3096, 3500, 3527, 3590, 7000, 8099, 8200, 9999])(
    'issuer %i has none',
    (issuer) => {
      const found = [13, 14, 15, 16].filter((length) => hasPaymentCard(cardOf(issuer, length)))
      expect(found).toEqual([])
    },
  )

  test('a wrong digit or a wrong length is no card', () => {
    expect(hasPaymentCard('4111111111111112')).toBe(false)
    expect(hasPaymentCard('4000000000001')).toBe(false)
    expect(hasPaymentCard('400000000000001')).toBe(false)
    expect(hasPaymentCard(cardOf(3400, 16))).toBe(false)
    expect(hasPaymentCard(cardOf(4000, 12))).toBe(false)
  })

  test('stands inside a longer number, or between whole groups of one', () => {
    const card = '4111111111111111'
    expect(hasPaymentCard(`000${card}000`)).toBe(true)
    expect(hasPaymentCard(`12-${card}-34`)).toBe(true)
    expect(hasPaymentCard(`0${card}-34`)).toBe(true)
    expect(hasPaymentCard('12-4111-1111-1111-1111-34')).toBe(true)
    expect(hasPaymentCard('4111-1111-1111-1111')).toBe(true)
    // it would begin or end in the middle of a group, as sums of dates and invoices do
    expect(hasPaymentCard('94111-1111-1111-1111')).toBe(false)
    expect(hasPaymentCard('4111-1111-1111-11119')).toBe(false)
  })

  test('is written with up to four separators between its digits', () => {
    expect(hasPaymentCard('4111    1111    1111    1111')).toBe(true)
    expect(hasPaymentCard('4111     1111     1111     1111')).toBe(false)
  })
})

describe('bank account numbers', () => {
  test.each([
    ['AD', 24],
    ['DE', 22],
    ['DJ', 27],
    ['GB', 22],
    ['HN', 28],
    ['HR', 21],
    ['LC', 32],
    ['MC', 27],
    ['NO', 15],
    ['QA', 29],
    ['RO', 24],
    ['RU', 33],
    ['UA', 29],
    ['VA', 22],
    ['YE', 30],
  ])('%s: %i characters and no other length', (country, length) => {
    expect(hasIban(`to ${ibanOf(country, length)}.`)).toBe(true)
    expect(hasIban(ibanOf(country, length - 1))).toBe(false)
    expect(hasIban(ibanOf(country, length + 1))).toBe(false)
  })

  test('of a country without them there are none', () => {
    expect([18, 20, 22, 24, 28].filter((length) => hasIban(ibanOf('US', length)))).toEqual([])
  })

  test('with a wrong check digit, or cut short, is none', () => {
    expect(hasIban('DE88 3704 0044 0532 0130 00')).toBe(false)
    expect(hasIban('DE89 3704 0044 0532 0130 0')).toBe(false)
  })

  test('may begin inside what looks like the start of another', () => {
    expect(hasIban('GB12DE89370400440532013000')).toBe(true)
    expect(hasIban('AD1GB82WEST12345698765432')).toBe(true)
  })

  test('is read in the digits of any script', () => {
    const arabic = (text: string): string =>
      text.replace(/[0-9]/g, (digit) => String.fromCodePoint(0x660 + Number(digit)))
    expect(hasIban(arabic('DE89370400440532013000'))).toBe(true)
    expect(hasPaymentCard(arabic('4929000000006'))).toBe(hasPaymentCard('4929000000006'))
    expect(hasPaymentCard(arabic(cardOf(4567, 16)))).toBe(true)
  })
})
