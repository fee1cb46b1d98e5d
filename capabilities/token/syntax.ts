/**
 * The abstract syntax of an admitted Biscuit block: the closed part of Datalog that a Remit token may contain.
 * Facts and `check if` only; no rules, closures, regular expressions, arrays, maps, bytes or null, and one scope:
 * `trusting` one Ed25519 key, which admission lets stand in one place (`delegation.ts`).
 *
 * Both directions meet here: `admission.ts` reads block bytes into this tree, `block.ts` writes this tree as block bytes,
 * `evaluate.ts` decides on it and `compile.ts` produces it from `authorization_details`.
 */

/** integers are safe integers; a date is whole seconds since 1970; a set is sorted, without duplicates, flat, of one type */
export type Scalar =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'integer'; readonly value: number }
  | { readonly type: 'boolean'; readonly value: boolean }
  | { readonly type: 'date'; readonly value: number }
export type Value = Scalar | { readonly type: 'set'; readonly value: readonly Scalar[] }
export type Variable = { readonly type: 'variable'; readonly name: string }
export type Term = Value | Variable

export interface Fact {
  readonly name: string
  readonly terms: readonly Value[]
}

export interface Predicate {
  readonly name: string
  readonly terms: readonly Term[]
}

export type UnaryOperator = 'length' | 'parens'
/** `and`, `or` are the strict operators (both sides evaluated); the lazy ones need closures and are not admitted */
export type BinaryOperator =
  | 'lessThan'
  | 'greaterThan'
  | 'lessOrEqual'
  | 'greaterOrEqual'
  | 'equal'
  | 'heterogeneousEqual'
  | 'contains'
  | 'prefix'
  | 'suffix'
  | 'intersection'
  | 'union'
  | 'and'
  | 'or'

export type ExpressionStep =
  | { readonly type: 'term'; readonly term: Term }
  | { readonly type: 'unary'; readonly operator: UnaryOperator }
  | { readonly type: 'binary'; readonly operator: BinaryOperator }

/** reverse Polish, as the format has it */
export type Expression = readonly ExpressionStep[]

/** one branch of a check: every predicate must match and every expression must be true */
export interface Query {
  readonly predicates: readonly Predicate[]
  readonly expressions: readonly Expression[]
  /** the Ed25519 key, in hex, whose blocks this branch sees besides block 0, its own block and the request */
  readonly trusting?: string
}

/** `check if q1 or q2 …` */
export interface Check {
  readonly queries: readonly Query[]
}

export interface Block {
  readonly facts: readonly Fact[]
  readonly checks: readonly Check[]
  /** the Ed25519 key, in hex, that signed this third-party block; absent: whoever held the token appended it */
  readonly signer?: string
}
