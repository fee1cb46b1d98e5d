import { expect, test } from 'vitest'
import { condense } from '../../../capabilities/vocabulary/condense.ts'
import { count, list, name, quote } from '../../../capabilities/vocabulary/words.ts'

test.each([
  ['plain', '"plain"'],
  ['a "b" `c`', `"a 'b' 'c'"`],
  ['line\nbreak\ttab', '"linebreaktab"'],
  ['turned \u202egnol', '"turned gnol"'],
  ['hid\u200bden \u2028\u2029', '"hidden "'],
  ['lone \ud800', '"lone \ufffd"'],
  ['private \ue000, unassigned \u0378', '"private , unassigned "'],
])('somebody else’s text cannot leave its quotes: %j', (text, quoted) => {
  expect(quote(text)).toBe(quoted)
})

test('a text is capped at eighty characters, none of them cut in two', () => {
  expect(quote('😀'.repeat(80))).toBe(`"${'😀'.repeat(80)}"`)
  expect(quote('😀'.repeat(81))).toBe(`"${'😀'.repeat(79)}…"`)
})

test.each(['bob@acme.com', 'Label_1', 'a-b.c+d', 'x'.repeat(128)])('%s needs no quotes', (text) => {
  expect(name(text)).toBe(text)
})

test.each(['', 'a b', 'bob@acme.com\n', ' bob@acme.com', 'é', 'x'.repeat(129)])(
  '%j gets them',
  (text) => {
    expect(name(text)).toBe(quote(text))
  },
)

test('a list is read aloud', () => {
  expect(list([], 'or')).toBe('nothing')
  expect(list(['a'], 'or')).toBe('a')
  expect(list(['a', 'b'], 'or')).toBe('a or b')
  expect(list(['a', 'b', 'c'], 'and')).toBe('a, b and c')
})

test('one is singular', () => {
  expect([0, 1, 2].map((number) => count(number, 'day', 'days'))).toEqual([
    '0 days',
    '1 day',
    '2 days',
  ])
})

test('condensed text has one sign for a short gap, and another for a long one', () => {
  expect(condense('A b\u200b.c', 2)).toBe('a-b-c')
  expect(condense('a  b   c', 2)).toBe('a-b c')
  expect(condense('Ⅳ\ud800x', 2)).toBe('iv-x')
})
