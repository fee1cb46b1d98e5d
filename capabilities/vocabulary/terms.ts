import type {
  BinaryOperator,
  Expression,
  ExpressionStep,
  Fact,
  Predicate,
  Query,
  Scalar,
  Term,
  Value,
  Variable,
} from '../token/syntax.ts'

/** the words in which caveats and facts are written; a set is built sorted and without duplicates, as the format wants it */
export function string(value: string): Scalar {
  return { type: 'string', value }
}

export function integer(value: number): Scalar {
  return { type: 'integer', value }
}

export function boolean(value: boolean): Scalar {
  return { type: 'boolean', value }
}

export function date(seconds: number): Scalar {
  return { type: 'date', value: seconds }
}

const EMPTY_SET: Value = { type: 'set', value: [] }

export function stringSet(values: readonly string[]): Value {
  if (values.length === 0) return EMPTY_SET
  const distinct = values.length === 1 ? values : [...new Set(values)].sort()
  return { type: 'set', value: distinct.map(string) }
}

export function integerSet(values: readonly number[]): Value {
  const sorted = [...new Set(values)].sort((a, b) => a - b)
  return { type: 'set', value: sorted.map(integer) }
}

export function variable(name: string): Variable {
  return { type: 'variable', name }
}

export function fact(name: string, ...terms: Value[]): Fact {
  return { name, terms }
}

export function predicate(name: string, ...terms: Term[]): Predicate {
  return { name, terms }
}

/** `left <operator> right`, each side a term or an expression */
export function binary(
  left: Term | Expression,
  operator: BinaryOperator,
  right: Term | Expression,
): Expression {
  return [...steps(left), ...steps(right), { type: 'binary', operator }]
}

export function lengthOf(of: Term | Expression): Expression {
  return [...steps(of), { type: 'unary', operator: 'length' }]
}

function steps(of: Term | Expression): readonly ExpressionStep[] {
  return 'type' in of ? [{ type: 'term', term: of }] : of
}

/** `name($name), <expressions over $name>`; the variable is named for the fact, which costs the token no new symbol */
export function leaf(name: string, test: (subject: Variable) => Expression | Expression[]): Query {
  const subject = variable(name)
  const tests = test(subject)
  return {
    predicates: [predicate(name, subject)],
    expressions: isExpressionList(tests) ? tests : [tests],
  }
}

function isExpressionList(tests: Expression | Expression[]): tests is Expression[] {
  return Array.isArray(tests[0])
}

/** `name(value)` */
export function equals(name: string, ...values: Value[]): Query {
  return { predicates: [predicate(name, ...values)], expressions: [] }
}

/** every constant of a leaf in reading order: predicates first, then expressions */
export function constantsOf(query: Query): Value[] {
  const terms = [
    ...query.predicates.flatMap((one) => one.terms),
    ...query.expressions.flatMap((expression) =>
      expression.flatMap((step) => (step.type === 'term' ? [step.term] : [])),
    ),
  ]
  return terms.filter((term): term is Value => term.type !== 'variable')
}

export function stringsOf(value: Value | undefined): string[] | undefined {
  if (value?.type !== 'set') return undefined
  const strings = value.value.flatMap((item) => (item.type === 'string' ? [item.value] : []))
  return strings.length === value.value.length ? strings : undefined
}
