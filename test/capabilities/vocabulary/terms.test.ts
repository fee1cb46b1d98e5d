import { expect, test } from 'vitest'
import {
  binary,
  constantsOf,
  integer,
  integerSet,
  leaf,
  string,
  stringSet,
  stringsOf,
} from '../../../capabilities/vocabulary/terms.ts'

test('a set is sorted, by value and not by digits, and has each member once', () => {
  expect(integerSet([10, 9, 10, 2])).toEqual({ type: 'set', value: [2, 9, 10].map(integer) })
  expect(stringSet(['b', 'a', 'b'])).toEqual({ type: 'set', value: ['a', 'b'].map(string) })
  expect(stringSet(['a'])).toEqual({ type: 'set', value: [string('a')] })
  expect(stringSet([])).toEqual({ type: 'set', value: [] })
})

test('strings are read from a set of strings alone', () => {
  expect(stringsOf(stringSet(['b', 'a']))).toEqual(['a', 'b'])
  expect(stringsOf(integerSet([1]))).toBeUndefined()
  expect(stringsOf(string('a'))).toBeUndefined()
  expect(stringsOf(undefined)).toBeUndefined()
})

test('the constants of a leaf stand in reading order', () => {
  const tested = leaf('f', (x) => [
    binary(x, 'equal', integer(1)),
    binary(integer(2), 'equal', integer(3)),
  ])
  const asked = { ...tested, predicates: [{ name: 'f', terms: [string('a')] }] }
  expect(constantsOf(asked)).toEqual([string('a'), integer(1), integer(2), integer(3)])
})
