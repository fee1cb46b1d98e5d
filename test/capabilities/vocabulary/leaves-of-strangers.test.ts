import { expect, test } from 'vitest'
import type {
  Expression,
  Predicate,
  Query,
  Scalar,
  Term,
} from '../../../capabilities/token/syntax.ts'
import { CONSTRAINTS } from '../../../capabilities/vocabulary/vocabularies.ts'
import { NOW, read, reply } from '../token-for.ts'

const string = (value: string): Scalar => ({ type: 'string', value })
const integer = (value: number): Scalar => ({ type: 'integer', value })
const set = (...value: Scalar[]): Term => ({ type: 'set', value })
const x: Term = { type: 'variable', name: 'x' }

const TERMS: readonly Term[][] = [
  [],
  [x],
  [string('UTC')],
  [string('none'), set(), x],
  [string('none'), string('a'), x],
  [string('none'), set(integer(1)), x],
  [integer(1), set(), x],
  [set(string('a')), x],
  [set(integer(1)), x],
  [{ type: 'boolean', value: true }, x],
]

const about = (...terms: Term[]): Expression => [
  ...terms.map((term) => ({ type: 'term', term }) as const),
  { type: 'binary', operator: 'contains' },
]
const EXPRESSIONS: readonly Expression[] = [
  about(x, x),
  about(x, string('a')),
  about(x, integer(60)),
  about(set(string('a')), x),
  about(set(integer(1)), x),
]
const upToThree: Expression[][] = [0, 1, 2].reduce<Expression[][]>(
  (lists) => [[], ...lists.flatMap((list) => EXPRESSIONS.map((one) => [...list, one]))],
  [[]],
)

/** anybody can write a block: what is not exactly the caveat of a value is not read as one, and nothing is thrown */
test.each(CONSTRAINTS.map((one) => [one.name, one] as const))(
  'a leaf that `%s` would not have written is not read as one',
  (_name, constraint) => {
    const misread = TERMS.flatMap((terms) =>
      upToThree.map((expressions): Query => ({
        predicates: [{ name: constraint.predicate, terms }],
        expressions,
      })),
    ).filter((leaf) => {
      const conditions = constraint.decompile(leaf, {})
      return conditions !== undefined && !isSame(constraint.caveat(conditions), leaf)
    })
    expect(misread).toEqual([])
    expect(constraint.decompile({ predicates: [], expressions: [] }, {})).toBeUndefined()
  },
)

test.each(CONSTRAINTS.map((one) => [one.name, one] as const))(
  'a question that `%s` does not know gets no answer',
  (_name, constraint) => {
    const ask = (terms: Term[]): Predicate => ({ name: constraint.predicate, terms })
    for (const terms of TERMS) {
      for (const action of [read(), reply()]) {
        const fact = constraint.answer?.(ask(terms))?.(action, { now: NOW })
        // an answer repeats its question
        const asked = terms.slice(0, constraint.parameters)
        if (fact !== undefined) expect(fact.terms.slice(0, constraint.parameters)).toEqual(asked)
      }
    }
  },
)

function isSame(one: Query | undefined, other: Query): boolean {
  return JSON.stringify(one) === JSON.stringify(other)
}
