import { describe, expect, test } from 'vitest'
import { mintToken } from '../../../capabilities/token/mint.ts'
import { printCheck, printFact } from '../../../capabilities/token/print.ts'
import type { Check, Expression, Fact } from '../../../capabilities/token/syntax.ts'
import { binary, block, boolean, branch, check, date, fact, granted, integer } from './builders.ts'
import {
  predicate,
  root,
  set,
  string,
  strings,
  term,
  unary,
  variable,
  verified,
} from './builders.ts'
import { buildToken, GRANTED, readByLibrary } from './library.ts'

const x = variable('x')
const roundTrip = (source: string): { facts: readonly Fact[]; checks: readonly Check[] } => {
  const [authority] = verified(buildToken(`${GRANTED} ${source};`)).blocks
  return { facts: authority?.facts.slice(granted.length) ?? [], checks: authority?.checks ?? [] }
}

describe('facts', () => {
  test.each([
    string(''),
    string('plain'),
    string('"); right("stripe.refund.create"); f("'),
    string('back\\slash \\" and \\n'),
    string('line\nbreak\ttab\rreturn'),
    string('ed25519/aa'),
    string('é\u0301😀'),
    integer(-7),
    integer(Number.MAX_SAFE_INTEGER),
    boolean(true),
    date(0),
    date(253_402_300_799),
    set(),
    strings('b', 'a"'),
    set(date(1), date(2)),
  ])('print as Datalog that the library reads back as the same: %j', (value) => {
    const written = fact('f', value)
    expect(roundTrip(printFact(written)).facts).toEqual([written])
  })

  test('a string never prints as a second fact', () => {
    expect(printFact(fact('f', string('a"); right("b')))).toBe('f("a\\"); right(\\"b")')
  })
})

describe('checks', () => {
  const limits = check(
    branch(
      [predicate('op', string('a')), predicate('f', x)],
      binary(strings('a', 'b'), 'contains', x),
    ),
    branch(
      [predicate('f', x)],
      binary(x, 'lessThan', integer(1)),
      binary(x, 'greaterThan', integer(1)),
      binary(x, 'lessOrEqual', integer(1)),
      binary(x, 'greaterOrEqual', integer(1)),
      binary(x, 'equal', integer(1)),
      binary(x, 'heterogeneousEqual', integer(1)),
      binary(x, 'prefix', string('p')),
      binary(x, 'suffix', string('s')),
      [...unary(x, 'length'), term(integer(1)), { type: 'binary', operator: 'equal' }],
      [
        ...binary(x, 'union', set()),
        ...binary(x, 'intersection', set()),
        { type: 'binary', operator: 'equal' },
      ],
      [...binary(x, 'lessThan', integer(2)), { type: 'unary', operator: 'parens' }],
    ),
  )

  test('print as Datalog that the library reads back as the same', () => {
    expect(roundTrip(printCheck(limits)).checks).toEqual([limits])
  })

  test('print what was evaluated: nesting that the tree has and the text would lose gets parentheses', () => {
    const or = binary(variable('a'), 'or', variable('b'))
    const nested = (expression: Expression): string =>
      printCheck(check(branch([predicate('f', x)], expression)))
    expect(nested([...or, term(variable('c')), { type: 'binary', operator: 'and' }])).toBe(
      'check if f($x), ($a ||! $b) &&! $c',
    )
    expect(nested([term(variable('c')), ...or, { type: 'binary', operator: 'equal' }])).toBe(
      'check if f($x), $c === ($a ||! $b)',
    )
    expect(nested([...or, { type: 'unary', operator: 'length' }])).toBe(
      'check if f($x), ($a ||! $b).length()',
    )
    expect(nested([...or, { type: 'unary', operator: 'parens' }])).toBe(
      'check if f($x), ($a ||! $b)',
    )
  })

  test('print as the library prints them, where nothing needs an escape', () => {
    const strict = check(
      branch([], [term(boolean(true)), term(boolean(false)), { type: 'binary', operator: 'or' }]),
    )
    for (const one of [limits, strict]) {
      const { token } = mintToken(block(granted, one), root)
      expect(readByLibrary(token).sources[0]).toContain(printCheck(one))
    }
  })
})
