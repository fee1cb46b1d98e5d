import { expect, test } from 'vitest'
import { bodyRefuse, bodyRefuseSchema } from '../../../capabilities/vocabulary/body-refuse.ts'
import { NOW, read, reply } from '../token-for.ts'

const refusing = (...refuse: string[]): { body: { refuse: string[] } } => ({ body: { refuse } })
const permits = (refuse: string[], texts: string[]): boolean =>
  bodyRefuse.permits(refusing(...refuse), reply({ texts }), { now: NOW })

test('a mail passes without what is refused, in any of its texts', () => {
  expect(permits(['project falcon', 'iban'], ['hello', 'falcon project'])).toBe(true)
  expect(permits(['project falcon', 'iban'], ['hello', 'Project  Falcon'])).toBe(false)
  expect(permits(['iban', 'project falcon'], ['Project  Falcon', 'hello'])).toBe(false)
})

test('one mail is judged anew for each item, however often it is asked about', () => {
  const action = reply({ texts: ['the falcon flies'] })
  const ask = (...items: string[]): boolean =>
    bodyRefuse.permits(refusing(...items), action, { now: NOW })
  expect([ask('eagle'), ask('falcon'), ask('eagle', 'falcon'), ask('eagle')]).toEqual([
    true,
    false,
    false,
    true,
  ])
})

test('what sends no mail has nothing to search, and does not pass', () => {
  expect(bodyRefuse.permits(refusing('iban'), read(), { now: NOW })).toBe(false)
})

test('a million characters are searched, and with one more everything counts as found', () => {
  const half = 'x'.repeat(500_000)
  const longest = reply({ texts: [half, half] })
  const longer = reply({ texts: [half, half, 'x'] })
  expect(bodyRefuse.permits(refusing('eagle'), longest, { now: NOW })).toBe(true)
  expect(bodyRefuse.permits(refusing('eagle'), longer, { now: NOW })).toBe(false)
  expect(bodyRefuse.explain(refusing('eagle'), longer)?.refused).toContain('more text than')
})

test('says what it found, and what may not occur', () => {
  const action = reply({ texts: ['the falcon flies to DE89370400440532013000'] })
  expect(bodyRefuse.explain(refusing('eagle', 'falcon', 'iban'), action)).toEqual({
    refused: 'this mail contains "falcon" and bank account numbers (IBAN)',
    allowed: 'only mail without "eagle", "falcon" or bank account numbers (IBAN)',
  })
})

test('a question with an item of nothing has no answer, whatever stands beside it', () => {
  const asked = (...items: string[]): boolean => {
    const value = items.map((item) => ({ type: 'string' as const, value: item }))
    const terms = [
      { type: 'set' as const, value },
      { type: 'variable' as const, name: 'found' },
    ]
    return bodyRefuse.answer?.({ name: 'body_found', terms }) !== undefined
  }
  expect(asked('falcon', 'iban')).toBe(true)
  expect(asked('iban')).toBe(true)
  expect(asked('- -')).toBe(false)
  expect(asked('falcon', '- -')).toBe(false)
  expect(asked('iban', '- -')).toBe(false)
})

test.each([
  ['Project  Falcon', 'project falcon'],
  ['abc', 'abc'],
  ['IBAN', 'iban'],
  ['payment_card', 'payment_card'],
  ['order_12', 'order_12'],
  ['see order_form', 'see order_form'],
  ['order_form b', 'order_form b'],
])('%j is an item', (written, item) => {
  expect(bodyRefuseSchema.parse([written])).toEqual([item])
})

test.each(['ab', 'a-b', '', ' ', '\ud800abc', 'no_such_preset', 'Payment_Cards', 'x'.repeat(257)])(
  '%j is no item',
  (written) => {
    expect(bodyRefuseSchema.safeParse([written]).success).toBe(false)
  },
)
