import type { BinaryOperator, UnaryOperator } from './syntax.ts'

/**
 * The admitted operators and their numbers in the block format. Whatever has no line here is refused in admission:
 * negation, arithmetic, regular expressions, closures, `try_or`, foreign functions, `!=`.
 */
export const UNARY_OPERATORS: ReadonlyMap<UnaryOperator, number> = new Map([
  ['parens', 1],
  ['length', 2],
])

export const BINARY_OPERATORS: ReadonlyMap<BinaryOperator, number> = new Map([
  ['lessThan', 0],
  ['greaterThan', 1],
  ['lessOrEqual', 2],
  ['greaterOrEqual', 3],
  ['equal', 4],
  ['contains', 5],
  ['prefix', 6],
  ['suffix', 7],
  ['and', 13],
  ['or', 14],
  ['intersection', 15],
  ['union', 16],
  ['heterogeneousEqual', 21],
])

const unaryByNumber = new Map([...UNARY_OPERATORS].map(([name, number]) => [number, name]))
const binaryByNumber = new Map([...BINARY_OPERATORS].map(([name, number]) => [number, name]))

export function findUnaryOperator(number: bigint): UnaryOperator | undefined {
  return unaryByNumber.get(Number(number))
}

export function findBinaryOperator(number: bigint): BinaryOperator | undefined {
  return binaryByNumber.get(Number(number))
}
