import { describe, expect, test } from 'vitest'
import { evaluate } from '../../../capabilities/token/evaluate.ts'
import { prepare } from '../../../capabilities/token/program.ts'
import type { BinaryOperator, Block, Fact, Value } from '../../../capabilities/token/syntax.ts'
import {
  asked,
  binary,
  block,
  boolean,
  branch,
  check,
  date,
  fact,
  granted,
  integer,
  predicate,
  set,
  string,
  strings,
  term,
  variable,
} from './builders.ts'

const decide = (blocks: readonly Block[], facts: readonly Fact[] = asked) =>
  evaluate({ program: prepare(blocks) }, facts)
const x = variable('x')

describe('an operator on types that it does not know is an error, never false', () => {
  const one = { integer: integer(1), date: date(1), string: string('a'), boolean: boolean(true) }
  const values: readonly Value[] = [...Object.values(one), strings('a'), set(integer(1))]
  const typeOf = (value: Value): string => value.type
  const pairs = values.flatMap((left) => values.map((right) => [left, right] as const))

  const knows: Record<'order' | 'sets' | 'logic' | 'ends', (left: Value, right: Value) => boolean> =
    {
      order: (left, right) =>
        left.type === right.type && (left.type === 'integer' || left.type === 'date'),
      sets: (left, right) => left.type === 'set' && right.type === 'set',
      logic: (left, right) => left.type === 'boolean' && right.type === 'boolean',
      ends: (left, right) => left.type === 'string' && right.type === 'string',
    }
  const operators: [BinaryOperator, keyof typeof knows][] = [
    ['lessThan', 'order'],
    ['greaterThan', 'order'],
    ['lessOrEqual', 'order'],
    ['greaterOrEqual', 'order'],
    ['and', 'logic'],
    ['or', 'logic'],
    ['prefix', 'ends'],
    ['suffix', 'ends'],
    ['intersection', 'sets'],
  ]
  test.each(operators)('%s', (operator, kind) => {
    for (const [left, right] of pairs.filter((pair) => !knows[kind](...pair))) {
      // compared with itself, so that a result of whatever type could hold
      const both = [...binary(left, operator, right), ...binary(left, operator, right)]
      const limit = check(branch([], [...both, { type: 'binary', operator: 'heterogeneousEqual' }]))
      expect(
        decide([block(granted, limit)]),
        `${typeOf(left)} ${operator} ${typeOf(right)}`,
      ).toMatchObject({ denial: { reason: 'execution' } })
    }
  })

  test('a union of empty sets is one, and of sets of one type', () => {
    const union = (left: Value, right: Value, result: Value): boolean =>
      decide([
        block(
          granted,
          check(
            branch(
              [],
              [
                ...binary(left, 'union', right),
                term(result),
                { type: 'binary', operator: 'equal' },
              ],
            ),
          ),
        ),
      ]).allowed
    expect(union(set(), set(), set())).toBe(true)
    expect(union(set(), strings('a'), strings('a'))).toBe(true)
    expect(union(strings('b', 'a'), strings('a', 'c'), strings('a', 'b', 'c'))).toBe(true)
    expect(union(strings('a'), set(integer(1)), strings('a'))).toBe(false)
  })
})

describe('fuel', () => {
  test('is spent to the last comparison: the size of both operands counts', () => {
    const limit = check(branch([predicate('text', x)], binary(x, 'contains', string('b'))))
    const searching = (units: number) =>
      decide(
        [block(granted, limit)],
        [...asked, fact('text', string(`b${'a'.repeat(16 * units - 1)}`))],
      )
    // one binding, three steps, one for either operand, and one for each 16 characters
    expect(searching(20_000 - 6).allowed).toBe(true)
    expect(searching(20_000 - 5)).toMatchObject({ denial: { reason: 'execution' } })
  })

  test('counts the members of a set on either side', () => {
    const numbers = (count: number): Value =>
      set(...Array.from({ length: count }, (_, index) => integer(index)))
    const limit = check(branch([predicate('many', x)], binary(set(integer(0)), 'contains', x)))
    const within = (count: number) =>
      decide([block(granted, limit)], [...asked, fact('many', numbers(count))])
    // one binding, three steps, two for the set in the check, one for the set in the fact, and its members
    expect(within(20_000 - 7)).toMatchObject({ denial: { reason: 'caveat' } })
    expect(within(20_000 - 6)).toMatchObject({ denial: { reason: 'execution' } })
  })
})

describe('the policy', () => {
  const right = fact('right', string('mail.read'))
  const grant = fact('grant', string('g_1'))

  test('wants a right of one term, and a grant of one', () => {
    expect(decide([block([grant, right])]).allowed).toBe(true)
    expect(decide([block([grant, fact('right', string('mail.read'), string('x'))])]).allowed).toBe(
      false,
    )
    expect(decide([block([fact('grant', string('g_1'), string('x')), right])]).allowed).toBe(false)
    expect(
      decide([block([grant, right])], [fact('op', string('mail.read'), string('x'))]).allowed,
    ).toBe(false)
  })

  test('names the operation that has no right, wherever it stands among the facts', () => {
    const facts = [fact('note', string('x')), fact('op', string('mail.delete'))]
    expect(decide([block([grant, right])], facts)).toEqual({
      allowed: false,
      denial: { reason: 'no_right', operation: 'mail.delete' },
    })
    expect(decide([block([grant, right])], [])).toEqual({
      allowed: false,
      denial: { reason: 'no_right', operation: '' },
    })
  })
})
