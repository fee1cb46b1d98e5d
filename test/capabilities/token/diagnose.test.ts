import { expect, test } from 'vitest'
import type { Decision } from '../../../capabilities/decision.ts'
import { evaluate } from '../../../capabilities/token/evaluate.ts'
import { prepare } from '../../../capabilities/token/program.ts'
import type { Fact, Query } from '../../../capabilities/token/syntax.ts'
import { asked, binary, block, branch, check, fact, granted, integer } from './builders.ts'
import { predicate, string, variable } from './builders.ts'

const x = variable('x')
const y = variable('y')
const read = predicate('op', string('mail.read'))
const value = (name: string, number: number): Fact => fact(name, integer(number))
const atMost = (subject: typeof x, limit: number): Query['expressions'][number] =>
  binary(subject, 'lessOrEqual', integer(limit))

function explain(branches: Query[], held: Fact[], told: Fact[] = []): object {
  const program = prepare([block([...granted, ...held], check(...branches))])
  const decision: Decision = evaluate({ program }, [...asked, ...told])
  if (decision.allowed || decision.denial.reason !== 'caveat') throw new Error('no caveat failed')
  const { branch: index, failed } = decision.denial
  return { branch: index, failed }
}

test('a branch is for the operation that its `op` names, whatever else it names before', () => {
  const noted = branch([predicate('note', string('x')), read])
  expect(explain([noted], [])).toEqual({ branch: 0, failed: ['note'] })
  expect(explain([branch([predicate('note', string('mail.read'))]), noted], [])).toEqual({
    branch: 1,
    failed: ['note'],
  })
})

test('an `op` of two terms, or of a variable, names no operation', () => {
  const pair = branch([predicate('op', string('mail.read'), string('x'))])
  expect(explain([pair], [])).toEqual({ branch: undefined, failed: ['op'] })
  const any = branch([predicate('op', x), predicate('note', x)])
  expect(explain([any], [])).toEqual({ branch: undefined, failed: ['note'] })
})

test('a condition on constants alone fails before any fact is looked for, and names none', () => {
  const never = branch([predicate('note', x), read], binary(integer(2), 'lessThan', integer(1)))
  expect(explain([never], [])).toEqual({ branch: 0, failed: [] })
})

test('of several facts the one that comes furthest counts, in either order', () => {
  const both = branch([read, predicate('f', x), predicate('g', y)], atMost(x, 1), atMost(y, 0))
  const [far, near] = [value('f', 1), value('f', 2)]
  for (const facts of [
    [far, near],
    [near, far],
  ]) {
    expect(explain([both], facts, [value('g', 1)])).toEqual({ branch: 0, failed: ['g'] })
  }
})

test('of two branches that fail at one fact the one with more conditions behind it counts', () => {
  const first = branch([read, predicate('f', x)], atMost(x, 10))
  const second = branch([read, predicate('f', x)], atMost(x, 50), atMost(x, 15))
  expect(explain([first, second], [], [value('f', 20)])).toEqual({ branch: 1, failed: ['f'] })
  expect(explain([second, first], [], [value('f', 20)])).toEqual({ branch: 0, failed: ['f'] })
  // and of two that came equally far the first
  expect(explain([first, first], [], [value('f', 20)])).toEqual({ branch: 0, failed: ['f'] })
})

test('a missing fact counts for more than a condition on the fact before it', () => {
  const missing = branch([read, predicate('f', x), predicate('g', y)], atMost(x, 50))
  const failing = branch([read, predicate('f', x), predicate('h', y)], atMost(x, 10))
  expect(explain([failing, missing], [], [value('f', 20)])).toEqual({ branch: 1, failed: ['g'] })
})

test('a fact that several conditions speak of is named once', () => {
  const twice = branch([read, predicate('f', x, y)], binary(x, 'lessThan', y))
  const told = fact('f', integer(2), integer(1))
  expect(explain([twice], [], [told])).toEqual({ branch: 0, failed: ['f'] })
})
