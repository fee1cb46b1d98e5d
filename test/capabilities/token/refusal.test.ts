import { expect, test } from 'vitest'
import { attempt, inBlock, Refused } from '../../../capabilities/token/refusal.ts'

const refuse = (): never => {
  throw new Refused('malformed', 'not so')
}
const bug = new TypeError('a bug')
const fail = (): never => {
  throw bug
}

test('a refusal becomes a value, and says in which block it was', () => {
  expect(attempt(() => 7)).toEqual({ ok: true, value: 7 })
  const refusal = { reason: 'malformed', detail: 'not so' }
  expect(attempt(refuse)).toEqual({ ok: false, refusal })
  expect(attempt(() => inBlock(3, refuse))).toEqual({
    ok: false,
    refusal: { reason: 'malformed', detail: 'block 3: not so' },
  })
})

test('a bug is no refusal: it passes through as it is', () => {
  expect(() => attempt(fail)).toThrow(bug)
  expect(() => attempt(() => inBlock(3, fail))).toThrow(bug)
})
