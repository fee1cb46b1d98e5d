import { expect, test } from 'vitest'
import { findExpiry } from '../../../capabilities/token/expiry.ts'
import type { Expression } from '../../../capabilities/token/syntax.ts'
import {
  binary,
  block,
  branch,
  check,
  date,
  integer,
  predicate,
  term,
  variable,
} from './builders.ts'

const t = variable('t')
const timed = (...expressions: Expression[]) =>
  branch([predicate('time', variable('t'))], ...expressions)
const before = (seconds: number) => timed(binary(t, 'lessThan', date(seconds)))

test('the earliest bound of any block counts', () => {
  const blocks = [block([], check(before(30))), block([], check(before(10)), check(before(20)))]
  expect(findExpiry(blocks)).toBe(10)
})

test('of alternatives the latest counts, and one without a bound has none', () => {
  expect(findExpiry([block([], check(before(10), before(20)))])).toBe(20)
  expect(findExpiry([block([], check(before(10), branch([predicate('op', t)])))])).toBeUndefined()
})

test('of two bounds on one branch the earlier counts', () => {
  const both = timed(binary(t, 'lessThan', date(10)), binary(t, 'lessOrEqual', date(5)))
  expect(findExpiry([block([], check(both))])).toBe(5)
})

test.each<[string, Expression]>([
  ['a lower bound', binary(t, 'greaterThan', date(5))],
  ['another variable', binary(variable('u'), 'lessThan', date(5))],
  ['a number', binary(t, 'lessThan', integer(5))],
  ['the bound on the left', binary(date(5), 'lessThan', t)],
  [
    'something cleverer',
    [...binary(t, 'lessThan', date(5)), term(date(1)), { type: 'binary', operator: 'or' }],
  ],
])('%s is no upper bound', (_, expression) => {
  expect(findExpiry([block([], check(timed(expression)))])).toBeUndefined()
})

test('a bound on anything but the clock is none', () => {
  const other = branch([predicate('seen', t)], binary(t, 'lessThan', date(5)))
  expect(findExpiry([block([], check(other))])).toBeUndefined()
})
