import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBody, decodePairs } from '../../adapters/stripe/form/decode.ts'
import { encodeForm, type Encodable } from '../../adapters/stripe/form/encode.ts'
import { expectReached, runs } from './runs.ts'

const NAMES = ['amount', 'charge', 'metadata', 'created', 'a', 'expand', '6735']
const PIECES = [
  'amount',
  'metadata',
  '[a]',
  '[0]',
  '[1]',
  '[]',
  '[',
  ']',
  '=',
  '&',
  '+',
  '%20',
  '%5B',
  '%5D',
  '%00',
  '%ff',
  '%61',
  '1',
  '2000',
  ';',
  '__proto__',
  'constructor',
  'é',
]

const text = fc.string({ unit: 'grapheme', maxLength: 12 }).filter((value) =>
  // oxlint-disable-next-line no-control-regex -- what is no text is refused, and has a test of its own
  /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]*$/.test(value.toWellFormed()),
)
const flat = fc.dictionary(
  fc.constantFrom(...NAMES),
  text.map((value) => value.toWellFormed()),
  {
    minKeys: 1,
  },
)
const values: fc.Arbitrary<Record<string, Encodable>> = fc.dictionary(
  fc.constantFrom(...NAMES.filter((name) => name !== '6735')),
  fc.oneof(
    text.map((value) => value.toWellFormed()),
    flat.filter((object) => !('6735' in object)),
    fc.array(
      text.map((value) => value.toWellFormed()),
      { minLength: 1, maxLength: 4 },
    ),
  ),
)

test('what is written is read back as it was', () => {
  fc.assert(
    fc.property(values, (form) => {
      const decoded = decodeBody(Buffer.from(encodeForm(form)))
      expect(decoded.ok && JSON.parse(JSON.stringify(decoded.form))).toEqual(form)
    }),
    runs(1000),
  )
})

test('whatever is accepted, every parser reads so: no name twice, and each value as it stands', () => {
  let accepted = 0
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES), { maxLength: 9 }), (pieces) => {
      const body = pieces.join('')
      const decoded = decodeBody(Buffer.from(body))
      if (!decoded.ok) return
      accepted++
      const others = new URLSearchParams(body)
      const names = [...others.keys()].filter((name) => !name.endsWith('[]'))
      expect(new Set(names).size).toBe(names.length)
      const written = new URLSearchParams(encodeForm(decoded.form as Record<string, Encodable>))
      const sorted = (pairs: URLSearchParams): string[] =>
        [...pairs].map(([name, value]) => `${name.replace(/\[\]$/, '[0]')}=${value}`).sort()
      // unnumbered lists get their numbers; everything else is the same pairs
      if (!body.includes('[]') && !body.includes('%5B%5D'))
        expect(sorted(written)).toEqual(sorted(others))
    }),
    runs(4000),
  )
  expectReached({ accepted })
})

test.each([
  ['a=1&a=2'],
  ['a[]=1&a=2'],
  ['a[b]=1&a=2'],
  ['a[b]=1&a[]=2'],
  ['a[1]=x'],
  ['a[0]=x&a[b]=y'],
  ['a[b][c][d][e][f]=1'],
  ['a[][b]=1'],
  ['a[b'],
  ['[a]=1'],
  ['=1'],
  ['a'],
  ['a=%'],
  ['a=%c3'],
  ['a=%00'],
  ['a=\u0001'],
  ['__proto__=1'],
  ['a[__proto__]=1'],
  ['a[constructor]=1'],
  [Array.from({ length: 501 }, (_, index) => `a${index}=1`).join('&')],
])('%s has no one reading', (body) => {
  expect(decodeBody(Buffer.from(body, 'latin1')).ok).toBe(false)
})

test('500 parameters are read, and a query is read as a body is', () => {
  const body = Array.from({ length: 500 }, (_, index) => `a${index}=1`).join('&')
  expect(decodeBody(Buffer.from(body)).ok).toBe(true)
  expect(decodePairs([['expand[]', 'customer']])).toEqual(
    decodeBody(Buffer.from('expand[]=customer')),
  )
})
