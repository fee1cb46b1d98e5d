import type {
  BinaryOperator,
  Check,
  Expression,
  Fact,
  Predicate,
  Query,
  Scalar,
  Term,
  UnaryOperator,
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
  const body = [...query.predicates.map(printPredicate), ...query.expressions.map(printExpression)]
  const scope = query.trusting === undefined ? '' : ` trusting ed25519/${query.trusting}`
  return body.join(', ') + scope
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

/** Datalog text has these three escapes and no other, so the other control characters stay: whoever shows it must quote it */
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

interface Printed {
  readonly text: string
  /** can stand beside any operator without parentheses */
  readonly atomic: boolean
}

/**
 * Admission has made sure that every operator finds its operands. The tree needs no parentheses, its text does: a holder
 * could otherwise write `(a or b) and c` so that it prints as `a or (b and c)`.
 */
function printExpression(expression: Expression): string {
  const stack: Printed[] = []
  const pop = (): Printed => stack.pop() ?? { text: '', atomic: true }
  for (const step of expression) {
    if (step.type === 'term') {
      stack.push({ text: printTerm(step.term), atomic: true })
      continue
    }
    const last = pop()
    stack.push(
      step.type === 'unary'
        ? printUnary(step.operator, last)
        : printBinary(step.operator, pop(), last),
    )
  }
  return stack.map(({ text }) => text).join(' ')
}

function printUnary(operator: UnaryOperator, operand: Printed): Printed {
  const text = operator === 'parens' ? `(${operand.text})` : `${enclose(operand)}.length()`
  return { text, atomic: true }
}

function printBinary(operator: BinaryOperator, left: Printed, right: Printed): Printed {
  const method = METHODS.get(operator)
  if (method !== undefined) {
    return { text: `${enclose(left)}.${method}(${right.text})`, atomic: true }
  }
  const sign = INFIX.get(operator) ?? operator
  return { text: `${enclose(left)} ${sign} ${enclose(right)}`, atomic: false }
}

function enclose({ text, atomic }: Printed): string {
  return atomic ? text : `(${text})`
}
