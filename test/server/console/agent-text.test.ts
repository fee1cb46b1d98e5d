import fc from 'fast-check'
import { expect, test } from 'vitest'
import { toAgentText } from '../../../server/console/agent-text.ts'

test.each([
  ['plain text', 'Support Helper', 'Support Helper'],
  ['bidirectional overrides', 'safe\u202eelpmaxe.live\u202c', 'safe elpmaxe.live'],
  ['zero-width characters', 'Re\u200bm\u200dit\ufeff', 'Re m it'],
  ['control characters and line breaks', 'a\r\nb\tc\x1b[31m\0', 'a b c [31m'],
  ['tag characters', 'a\u{E0041}\u{E0042}b', 'a b'],
  ['characters that draw nothing', '\u3164\u2800\u115f', ''],
  ['lone surrogates', 'a\ud800b', 'a b'],
  ['towers of marks', `e${'\u0301'.repeat(30)}`, 'é\u0301\u0301'],
  ['what is no text', { toString: 'x' }, ''],
  ['nothing', undefined, ''],
])('cleans %s', (_, text, expected) => {
  expect(toAgentText(text)).toBe(expected)
})

test('caps by letters, and says that it did', () => {
  expect(toAgentText('😀'.repeat(200), 10)).toBe(`${'😀'.repeat(9)}…`)
  expect(toAgentText('x'.repeat(1_000_000)).length).toBeLessThanOrEqual(80)
})

test('never lets an invisible or reordering character through', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
      expect(toAgentText(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
    }),
    { numRuns: 2_000 },
  )
})
