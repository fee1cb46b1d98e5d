import type {
  BinaryOperator,
  Check,
  Expression,
  Fact,
  Predicate,
  Query,
  Scalar,
  Term,
} from './syntax.ts'

/**
 * Datalog source of an admitted tree, for records and `inspect`. Strings are escaped, which the library's own printer
 * leaves out: there a string fact can print as a second, more generous fact.
 */
export function printCheck(check: Check): string {
  return `check if ${check.queries.map(printQuery).join(' or ')}`
}

export function printFact(fact: Fact): string {
  return printPredicate(fact)
}

function printQuery(query: Query): string {
  return [...query.predicates.map(printPredicate), ...query.expressions.map(printExpression)].join(
    ', ',
  )
}

function printPredicate({ name, terms }: Predicate): string {
  return `${name}(${terms.map(printTerm).join(', ')})`
}

function printTerm(term: Term): string {
  if (term.type === 'variable') return `$${term.name}`
  if (term.type !== 'set') return printScalar(term)
  return term.value.length === 0 ? '{,}' : `{${term.value.map(printScalar).join(', ')}}`
}

function printScalar(scalar: Scalar): string {
  switch (scalar.type) {
    case 'string':
      return printString(scalar.value)
    case 'date':
      return printDate(scalar.value)
    case 'integer':
    case 'boolean':
      return String(scalar.value)
  }
}

/** Datalog knows three escapes, so a control character other than a newline stays as it is; JSON hides it where it is shown */
function printString(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

function printDate(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

const INFIX: ReadonlyMap<BinaryOperator, string> = new Map([
  ['lessThan', '<'],
  ['greaterThan', '>'],
  ['lessOrEqual', '<='],
  ['greaterOrEqual', '>='],
  ['equal', '==='],
  ['heterogeneousEqual', '=='],
  ['and', '&&!'],
  ['or', '||!'],
])

const METHODS: ReadonlyMap<BinaryOperator, string> = new Map([
  ['contains', 'contains'],
  ['prefix', 'starts_with'],
  ['suffix', 'ends_with'],
  ['intersection', 'intersection'],
  ['union', 'union'],
])

/** admission has made sure that every operator finds its operands */
function printExpression(expression: Expression): string {
  const stack: string[] = []
  for (const step of expression) {
    if (step.type === 'term') {
      stack.push(printTerm(step.term))
      continue
    }
    const right = stack.pop() ?? ''
    if (step.type === 'unary') {
      stack.push(step.operator === 'parens' ? `(${right})` : `${right}.length()`)
      continue
    }
    stack.push(printBinary(step.operator, stack.pop() ?? '', right))
  }
  return stack.join(' ')
}

function printBinary(operator: BinaryOperator, left: string, right: string): string {
  const method = METHODS.get(operator)
  if (method !== undefined) return `${left}.${method}(${right})`
  return `${left} ${INFIX.get(operator) ?? operator} ${right}`
}
