import { describe, expect, test } from 'vitest'
import type { Conditions } from '../../../capabilities/vocabulary/capability.ts'
import { constraint } from '../../../capabilities/vocabulary/constraint.ts'
import { NOW, read } from '../token-for.ts'

describe('a constraint that is made', () => {
  /** at most so many, and 9 is no limit */
  const limit = constraint<number>({
    name: 'newer_than_days',
    predicate: 'seen',
    get: (conditions) => conditions.newer_than_days,
    set: (conditions, value) => ({ ...conditions, newer_than_days: value }),
    caveat: (value) =>
      value === 9
        ? undefined
        : { predicates: [{ name: 'seen', terms: [{ type: 'integer', value }] }], expressions: [] },
    decompile: ({ predicates: [one] }) => {
      const term = one?.terms[0]
      return term?.type === 'integer' ? term.value : undefined
    },
    permits: (value) => value > 1,
    subsumes: (wider, narrower) => narrower <= wider,
    phrase: String,
    explain: (value) => ({ refused: 'no', allowed: String(value) }),
  })
  const saying = (value: number): Conditions => ({ newer_than_days: value })
  const permits = (conditions: Conditions): boolean =>
    limit.permits(conditions, read(), { now: NOW })

  test('limits nothing that is not said', () => {
    expect([limit.isSaid({}), limit.isSaid(saying(1))]).toEqual([false, true])
    expect([permits({}), permits(saying(1)), permits(saying(2))]).toEqual([true, false, true])
    expect([limit.caveat({}), limit.phrase({}), limit.explain({}, read())]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  test('includes what is narrower, and what is not limited only if it limits nothing itself', () => {
    expect(limit.subsumes({}, {})).toBe(true)
    expect(limit.subsumes({}, saying(1))).toBe(true)
    expect(limit.subsumes(saying(2), saying(1))).toBe(true)
    expect(limit.subsumes(saying(1), saying(2))).toBe(false)
    expect(limit.subsumes(saying(1), {})).toBe(false)
    expect(limit.subsumes(saying(9), {})).toBe(true)
  })

  test('takes its own field and leaves the others', () => {
    const held: Conditions = { content: 'full', newer_than_days: 3 }
    expect(limit.take(held, saying(1))).toEqual({ content: 'full', newer_than_days: 1 })
    expect(limit.take(held, { content: 'metadata' })).toBe(held)
  })

  test('reads back what it would write itself, in whatever order its members stand', () => {
    const read = (leaf: object): unknown =>
      limit.decompile({ predicates: [], expressions: [], ...leaf }, { content: 'full' })
    const term = (value: number): object => ({ value, type: 'integer' })
    expect(read({ predicates: [{ terms: [term(3)], name: 'seen' }] })).toEqual({
      content: 'full',
      newer_than_days: 3,
    })
    expect(read({ predicates: [{ name: 'seen', terms: [term(3), term(4)] }] })).toBeUndefined()
    expect(read({ predicates: [{ name: 'heard', terms: [term(3)] }] })).toBeUndefined()
    expect(read({ predicates: [{ name: 'seen', terms: [term(9)] }] })).toBeUndefined()
    expect(read({})).toBeUndefined()
  })

  test('has no question unless it says so', () => {
    expect(limit).toMatchObject({ name: 'newer_than_days', predicate: 'seen', parameters: 0 })
    expect([limit.answer, limit.assert]).toEqual([undefined, undefined])
  })
})
