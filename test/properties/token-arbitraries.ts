import fc from 'fast-check'
import type {
  BinaryOperator,
  Block,
  Check,
  Expression,
  Fact,
  Predicate,
  Query,
  Scalar,
  Term,
  Value,
} from '../../capabilities/token/syntax.ts'
import {
  binary,
  fact,
  integer,
  predicate,
  string,
  unary,
  variable,
} from '../capabilities/token/builders.ts'
import { compareScalars } from '../../capabilities/token/values.ts'

const text = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'b',
    'ab',
    'é',
    'mail.read',
    'ed25519/x',
    '"); right("x',
    '\\',
    '\ufeff',
  ),
  fc.string({ unit: 'binary', maxLength: 12 }),
)
const scalars: fc.Arbitrary<Scalar>[] = [
  text.map((value) => ({ type: 'string', value })),
  fc
    .oneof(fc.integer({ min: -3, max: 3 }), fc.maxSafeInteger())
    .map((value) => ({ type: 'integer', value: value + 0 })),
  fc.boolean().map((value) => ({ type: 'boolean', value })),
  fc
    .oneof(fc.nat({ max: 3 }), fc.nat({ max: 253_402_300_799 }))
    .map((value) => ({ type: 'date', value })),
]

const scalar: fc.Arbitrary<Scalar> = fc.oneof(...scalars)
const sets: fc.Arbitrary<Value> = fc
  .oneof(
    ...scalars.map((one) =>
      fc.uniqueArray(one, { maxLength: 4, selector: (member) => member.value }),
    ),
  )
  .map((members) => ({ type: 'set', value: members.toSorted(compareScalars) }))
const value: fc.Arbitrary<Value> = fc.oneof({ arbitrary: scalar, weight: 3 }, sets)

/** few names and few values, so that facts and checks meet; each name has a type that it usually keeps */
const typed: Record<string, fc.Arbitrary<Value>> = {
  word: fc.constantFrom('a', 'b', 'ab').map(string),
  count: fc.integer({ min: -2, max: 2 }).map(integer),
  words: fc
    .subarray(['a', 'ab', 'b'])
    .map((members) => ({ type: 'set', value: members.map(string) })),
  pair: fc.integer({ min: 0, max: 2 }).map(integer),
}
export const names: readonly string[] = Object.keys(typed)
const nameArbitrary = fc.constantFrom(...names)

const termsFor = <T extends Term>(
  name: string,
  extra: fc.Arbitrary<T>,
): fc.Arbitrary<(Value | T)[]> => {
  const own: fc.Arbitrary<Value> = typed[name] ?? value
  const one: fc.Arbitrary<Value | T> = fc.oneof(
    { arbitrary: own, weight: 8 },
    { arbitrary: extra, weight: 1 },
  )
  const length = name === 'pair' ? 2 : 1
  return fc.array(one, { minLength: length, maxLength: length })
}

export const knownFact: fc.Arbitrary<Fact> = nameArbitrary.chain((name) =>
  termsFor(name, value).map((terms) => fact(name, ...terms)),
)

const variables = ['v', 'w', 'x']
const boundTerms = (name: string): fc.Arbitrary<Term[]> =>
  fc.array(
    fc.oneof(
      { arbitrary: fc.constantFrom(...variables).map(variable), weight: 3 },
      { arbitrary: typed[name] ?? value, weight: 1 },
    ),
    name === 'pair' ? { minLength: 2, maxLength: 2 } : { minLength: 1, maxLength: 1 },
  )
const knownPredicate: fc.Arbitrary<Predicate> = fc.oneof(
  {
    arbitrary: nameArbitrary.chain((name) =>
      boundTerms(name).map((terms) => predicate(name, ...terms)),
    ),
    weight: 4,
  },
  {
    arbitrary: fc
      .constantFrom('mail.read', 'mail.send')
      .map((operation) => predicate('op', string(operation))),
    weight: 1,
  },
)

/** `union` is left out: there the library knows sets of several types and we do not */
const operators: BinaryOperator[] = [
  ...(['lessThan', 'greaterThan', 'lessOrEqual', 'greaterOrEqual', 'equal'] as const),
  ...(['heterogeneousEqual', 'contains', 'prefix', 'suffix'] as const),
]

function expressionOver(bound: readonly string[]): fc.Arbitrary<Expression> {
  const constant: fc.Arbitrary<Term> = fc.oneof(...Object.values(typed), value)
  const operand =
    bound.length === 0 ? constant : fc.oneof(fc.constantFrom(...bound).map(variable), constant)
  const comparison = fc
    .tuple(operand, fc.constantFrom(...operators), operand)
    .map(([left, operator, right]) => binary(left, operator, right))
  const nested = fc
    .tuple(comparison, fc.constantFrom<BinaryOperator>('and', 'or'), comparison)
    .map(([left, operator, right]): Expression => [...left, ...right, { type: 'binary', operator }])
  const measured = fc
    .tuple(operand, fc.constantFrom<BinaryOperator>('lessThan', 'equal'))
    .map(([measuredTerm, operator]): Expression => [
      ...unary(measuredTerm, 'length'),
      { type: 'term', term: integer(2) },
      { type: 'binary', operator },
    ])
  const common = fc
    .tuple(operand, operand)
    .map(([left, right]): Expression => [
      ...binary(left, 'intersection', right),
      { type: 'term', term: right },
      { type: 'binary', operator: 'equal' },
    ])
  return fc.oneof({ arbitrary: comparison, weight: 5 }, nested, measured, common)
}

const query: fc.Arbitrary<Query> = fc
  .array(knownPredicate, { maxLength: 3 })
  .chain((predicates) => {
    const bound = predicates
      .flatMap(({ terms }) => terms)
      .flatMap((term) => (term.type === 'variable' ? [term.name] : []))
    return fc
      .array(expressionOver(bound), { minLength: predicates.length === 0 ? 1 : 0, maxLength: 2 })
      .map((expressions) => ({ predicates, expressions }))
  })

export const check: fc.Arbitrary<Check> = fc
  .array(query, { minLength: 1, maxLength: 3 })
  .map((queries) => ({ queries }))

export const laterBlock: fc.Arbitrary<Block> = fc.record({
  facts: fc.array(knownFact, { maxLength: 3 }),
  checks: fc.array(check, { maxLength: 2 }),
})

export const requestFacts: fc.Arbitrary<Fact[]> = fc
  .array(knownFact, { maxLength: 4 })
  .chain((facts) =>
    fc
      .constantFrom('mail.read', 'mail.send', 'mail.delete')
      .map((operation) => [fact('op', string(operation)), ...facts]),
  )

/** a tree with everything the grammar has, for codecs and printers rather than for decisions */
export const anyFact: fc.Arbitrary<Fact> = fc
  .tuple(
    fc.stringMatching(/^[A-Za-z][A-Za-z0-9_:]{0,20}$/),
    fc.array(value, { minLength: 1, maxLength: 4 }),
  )
  .map(([name, terms]) => fact(name, ...terms))
