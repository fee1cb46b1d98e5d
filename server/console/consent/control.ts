import type { Capability } from '../../../capabilities/index.ts'

/** A control could not be read. The sentence is shown beside it. */
export class ControlProblem extends Error {}

/** one question of a row's "make it narrower" part; what it asks can only be answered more narrowly than was requested */
export interface Control {
  /** last part of the form field's name */
  readonly field: string
  readonly label: string
  readonly help?: string
  readonly kind:
    | { readonly type: 'tick' }
    | { readonly type: 'lines' }
    | { readonly type: 'number'; readonly min: number; readonly max: number }
    | {
        readonly type: 'choice'
        readonly choices: readonly { readonly value: string; readonly label: string }[]
      }
  /** what the field holds when the buyer changes nothing */
  readonly initial: string
  /** the capability with the buyer's answer; called only when the answer differs from `initial` */
  tighten(capability: Capability, answer: string): Capability
}

/** whether the mail that a row is about may have a conversation around it */
export function isAnswer(actions: Capability['actions']): boolean {
  return actions.includes('messages.reply') || actions.includes('drafts.write')
}

export function toWholeNumber(text: string, max: number): number {
  const number = /^\d{1,15}$/u.test(text.trim()) ? Number(text) : 0
  if (number < 1 || number > max) throw new ControlProblem(`Enter a whole number from 1 to ${max}.`)
  return number
}
