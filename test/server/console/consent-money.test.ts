import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ControlProblem } from '../../../server/console/consent/control.ts'
import { toMinorUnits, toMoneyText } from '../../../server/console/consent/money-text.ts'
import { LOCALES } from '../../../server/console/reader.ts'

const reader = (locale: string): { locale: string; zone: string } => ({ locale, zone: 'UTC' })

describe('an amount as somebody writes it', () => {
  test.each([
    ['50', 'usd', 5_000],
    ['50.00', 'usd', 5_000],
    ['50,00', 'usd', 5_000],
    ['50.5', 'usd', 5_050],
    ['0,05', 'eur', 5],
    [' 1234 ', 'eur', 123_400],
    ['1 234,50', 'eur', 123_450],
    ['1\u202f234,50', 'eur', 123_450],
    ['1’234.50', 'chf', 123_450],
    ['1,234.50', 'usd', 123_450],
    ['1.234.567,89', 'eur', 123_456_789],
    ['500', 'jpy', 500],
    ['1.5', 'kwd', 1_500],
    ['1.250', 'kwd', 1_250],
  ])('%j in %s', (text, currency, amount) => {
    expect(toMinorUnits(text, currency, reader('en-GB'))).toBe(amount)
  })

  // each of them is a thousand times more to one reader than to another, or nothing at all
  test.each([
    ['1,234', 'usd'],
    ['1.234', 'eur'],
    ['1,234', 'jpy'],
    ['1,234', 'kwd'],
    ['50.0', 'jpy'],
    ['1.234.567', 'eur'],
    ['1,23.456', 'usd'],
    ['1,234.56.78', 'usd'],
    ['50.', 'usd'],
    ['.50', 'usd'],
    ['$50', 'usd'],
    ['50 usd', 'usd'],
    ['-50', 'usd'],
    ['5e3', 'usd'],
    ['0x10', 'usd'],
    ['٥٠', 'usd'],
    ['12 34', 'usd'],
    ['1 2345', 'usd'],
    ['9999999999999', 'usd'],
    ['0', 'usd'],
    ['0.00', 'usd'],
    ['', 'usd'],
  ])('%j in %s is asked for again', (text, currency) => {
    expect(() => toMinorUnits(text, currency, reader('en-GB'))).toThrow(ControlProblem)
  })

  test('three decimals are read by the reader’s own mark alone', () => {
    expect(toMinorUnits('1,250', 'kwd', reader('de-DE'))).toBe(1_250)
    expect(() => toMinorUnits('1.250', 'kwd', reader('de-DE'))).toThrow('more than one way')
  })

  test('what a field shows is read as the same amount, whoever reads it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 999_999_999 }),
        fc.constantFrom('usd', 'eur', 'jpy', 'kwd', 'krw', 'tnd'),
        fc.constantFrom(...LOCALES),
        (amount, currency, locale) => {
          const text = toMoneyText(amount, currency, reader(locale))
          expect(toMinorUnits(text, currency, reader(locale))).toBe(amount)
        },
      ),
    )
  })

  test('nothing is ever read as more than its digits say', () => {
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom('0', '1', '2', '9', '.', ',', '\u00a0', ' ', '’'),
          maxLength: 10,
        }),
        (text) => {
          let amount = 0
          try {
            amount = toMinorUnits(text, 'usd', reader('en-US'))
          } catch (error) {
            expect(error).toBeInstanceOf(ControlProblem)
            return
          }
          expect(Number.isSafeInteger(amount)).toBe(true)
          expect(amount).toBeLessThanOrEqual(Number(text.replaceAll(/\D/gu, '')) * 100)
        },
      ),
    )
  })
})
