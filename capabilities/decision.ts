import type { Query } from './token/syntax.ts'
import type { SpentBudget } from './vocabulary/budget-words.ts'

export type Decision =
  { readonly allowed: true } | { readonly allowed: false; readonly denial: Denial }

/** why a token does not allow an action: rich enough for the record, the buyer's console and tests */
export type Denial =
  /** block 0 carries no `right` for the operation */
  | { readonly reason: 'no_right'; readonly operation: string }
  /** every branch of a check failed */
  | {
      readonly reason: 'caveat'
      readonly block: number
      readonly check: number
      /** the branch that names the operation, if any; of several, the one that came furthest */
      readonly branch: number | undefined
      /** that branch itself: what explain.ts turns into a sentence */
      readonly query: Query | undefined
      /** predicate names of the first leaf of that branch that failed */
      readonly failed: readonly string[]
      /** the check as Datalog, for the record */
      readonly caveat: string
      /** of a limit: what the counter said */
      readonly spent?: SpentBudget
    }
  /** a check compared values of different types, or took more steps than an evaluation may */
  | {
      readonly reason: 'execution'
      readonly block: number
      readonly check: number
      readonly caveat: string
    }
