import { describe, expect, test } from 'vitest'
import type { Scalar, Value } from '../../../capabilities/token/syntax.ts'
import {
  compareScalars,
  hasMember,
  isSameValue,
  memberTest,
  sizeOf,
} from '../../../capabilities/token/values.ts'
import { boolean, date, integer, set, string, strings } from './builders.ts'

const scalars: readonly Scalar[] = [
  boolean(false),
  boolean(true),
  date(1),
  date(2),
  integer(-1),
  integer(1),
  string(''),
  string('1'),
  string('a'),
]

test('scalars have one total order, by type and then by value', () => {
  const turned = [...scalars].toReversed()
  expect(turned.toSorted(compareScalars)).toEqual(scalars)
  scalars.forEach((left, at) => {
    scalars.forEach((right, to) => {
      expect(Math.sign(compareScalars(left, right))).toBe(Math.sign(at - to))
    })
  })
})

test('a value is the same as itself and as no other, of whatever type', () => {
  const values: readonly Value[] = [
    ...scalars,
    set(),
    strings('a'),
    strings('a', 'b'),
    strings('a', 'c'),
    set(integer(1)),
    set(date(1)),
  ]
  values.forEach((left, at) => {
    values.forEach((right, to) => expect(isSameValue(left, right)).toBe(at === to))
  })
  expect(isSameValue(set(string('b'), string('a')), strings('a', 'b'))).toBe(true)
})

describe('membership', () => {
  // one question is answered by looking through the set, many by an index of it
  test.each([1, 1000])('asked %i times is about value and type', (questions) => {
    const numbers = Array.from({ length: 40 }, (_, index) => integer(index))
    const isMember = memberTest(numbers, questions)
    expect([integer(0), integer(39), integer(40), date(1), string('1')].map(isMember)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    expect(memberTest([], questions)(integer(1))).toBe(false)
  })

  test('of a list with several types, as only a request can hold it', () => {
    expect(hasMember([integer(1), string('a')], string('a'))).toBe(true)
    expect(hasMember([integer(1), string('a')], string('1'))).toBe(false)
  })
})

test('a value is as large as what must be looked at to compare it', () => {
  expect(sizeOf(integer(2 ** 40))).toBe(1)
  expect(sizeOf(set())).toBe(1)
  expect(sizeOf(strings('a', 'b', 'c'))).toBe(4)
  expect(sizeOf(string('a'.repeat(15)))).toBe(1)
  expect(sizeOf(string('a'.repeat(16)))).toBe(2)
  expect(sizeOf(string('a'.repeat(1600)))).toBe(101)
})
