import { toUtf8 } from './bytes.ts'
import type { PreparedExpression } from './program.ts'
import type { UnaryOperator, BinaryOperator, Value } from './syntax.ts'
import { compareScalars, hasMember, isSameValue, memberTest, sizeOf } from './values.ts'

/** `undefined` stands for an execution error: operands of the wrong types */
export type Result = Value | undefined

/** what one evaluation may still spend; an evaluation that runs out denies */
export interface Fuel {
  left: number
}

const TRUE: Value = { type: 'boolean', value: true }
const FALSE: Value = { type: 'boolean', value: false }

/**
 * Strict and total: an operator on types it does not know is an error, never false, so a wrong type cannot pass as
 * "the condition does not hold". The types follow the library's own table.
 */
export function evaluateExpression(
  expression: PreparedExpression,
  slots: readonly Result[],
  fuel: Fuel,
): Result {
  fuel.left -= expression.steps.length
  const stack: Value[] = []
  for (const step of expression.steps) {
    const right = step.type === 'term' ? (step.constant ?? slots[step.slot]) : stack.pop()
    if (right === undefined) return undefined
    let result: Result = right
    if (step.type === 'unary') result = applyUnary(step.operator, right)
    if (step.type === 'binary') {
      const left = stack.pop()
      if (left === undefined) return undefined
      fuel.left -= sizeOf(left) + sizeOf(right)
      if (fuel.left < 0) return undefined
      result = applyBinary(step.operator, left, right)
    }
    if (result === undefined) return undefined
    stack.push(result)
  }
  return stack.length === 1 ? stack[0] : undefined
}

function applyUnary(operator: UnaryOperator, operand: Value): Result {
  switch (operator) {
    case 'parens':
      return operand
    case 'length':
      // the library counts the bytes of a string, not its characters
      if (operand.type === 'string') return integer(toUtf8(operand.value).length)
      return operand.type === 'set' ? integer(operand.value.length) : undefined
  }
}

function applyBinary(operator: BinaryOperator, left: Value, right: Value): Result {
  switch (operator) {
    case 'lessThan':
    case 'greaterThan':
    case 'lessOrEqual':
    case 'greaterOrEqual':
      return compare(operator, left, right)
    case 'equal':
      return left.type === right.type ? truth(isSameValue(left, right)) : undefined
    case 'heterogeneousEqual':
      return truth(isSameValue(left, right))
    case 'contains':
    case 'prefix':
    case 'suffix':
      return search(operator, left, right)
    case 'intersection':
    case 'union':
      return combine(operator, left, right)
    case 'and':
    case 'or':
      if (left.type !== 'boolean' || right.type !== 'boolean') return undefined
      return truth(operator === 'and' ? left.value && right.value : left.value || right.value)
  }
}

function compare(
  operator: 'lessThan' | 'greaterThan' | 'lessOrEqual' | 'greaterOrEqual',
  left: Value,
  right: Value,
): Result {
  const difference = orderOf(left, right)
  if (difference === undefined) return undefined
  switch (operator) {
    case 'lessThan':
      return truth(difference < 0)
    case 'greaterThan':
      return truth(difference > 0)
    case 'lessOrEqual':
      return truth(difference <= 0)
    case 'greaterOrEqual':
      return truth(difference >= 0)
  }
}

function orderOf(left: Value, right: Value): number | undefined {
  if (left.type === 'integer' && right.type === 'integer') return left.value - right.value
  if (left.type === 'date' && right.type === 'date') return left.value - right.value
  return undefined
}

function search(operator: 'contains' | 'prefix' | 'suffix', left: Value, right: Value): Result {
  if (left.type === 'string' && right.type === 'string') {
    if (operator === 'contains') return truth(left.value.includes(right.value))
    return truth(
      operator === 'prefix' ? left.value.startsWith(right.value) : left.value.endsWith(right.value),
    )
  }
  if (operator !== 'contains' || left.type !== 'set') return undefined
  if (right.type !== 'set') return truth(hasMember(left.value, right))
  return truth(right.value.every(memberTest(left.value, right.value.length)))
}

function combine(operator: 'intersection' | 'union', left: Value, right: Value): Result {
  if (left.type !== 'set' || right.type !== 'set') return undefined
  if (operator === 'intersection') {
    return { type: 'set', value: left.value.filter(memberTest(right.value, left.value.length)) }
  }
  const isKnown = memberTest(left.value, right.value.length)
  const union = [...left.value, ...right.value.filter((member) => !isKnown(member))]
  // a set of several types is no value of ours, even if the library would go on with it
  if (union.some((member) => member.type !== union[0]?.type)) return undefined
  return { type: 'set', value: union.toSorted(compareScalars) }
}

function truth(value: boolean): Value {
  return value ? TRUE : FALSE
}

function integer(value: number): Value {
  return { type: 'integer', value }
}
