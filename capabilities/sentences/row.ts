import { approvalWords } from '../vocabulary/approval.ts'
import type { Conditions } from '../vocabulary/capability.ts'
import type { Constraint } from '../vocabulary/constraint.ts'
import { expiry } from '../vocabulary/expiry.ts'
import { hours } from '../vocabulary/hours.ts'

/** one line of a consent page */
export interface Row {
  /** English, one sentence without a full stop */
  readonly sentence: string
  /** `high`: reading everything, writing to people nobody has chosen, attaching anything, moving money */
  readonly risk: 'normal' | 'high'
}

/** when, and until when: the end of every sentence */
export const ENDING: readonly Constraint[] = [hours, expiry]

export function plainRow(opening: string, conditions: Conditions): Row {
  return { sentence: sentenceOf(opening, phrases(ENDING, conditions)), risk: 'normal' }
}

export function phrases(constraints: readonly Constraint[], conditions: Conditions): string[] {
  return constraints.flatMap((one) => one.phrase(conditions) ?? [])
}

export function sentenceOf(opening: string, rest: readonly string[]): string {
  return [opening, ...rest].join(', ')
}

/** the row with what the buyer is asked for, which no other part of a sentence tells */
export function withAsking(row: Row, conditions: Conditions): Row {
  const asking = approvalWords(conditions)
  return asking === undefined ? row : { ...row, sentence: `${row.sentence}, ${asking}` }
}
