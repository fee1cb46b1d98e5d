import type { Capability } from '../../../capabilities/index.ts'

/** A control could not be read. The sentence is shown beside it. */
export class ControlProblem extends Error {}

/** one question of a row's "make it narrower" part; what it asks can only be answered more narrowly than was requested */
export interface Control {
  /** last part of the form field's name */
  readonly field: string
  readonly label: string
  /** controls of one group stand together, under this */
  readonly group?: string
  readonly help?: string
  readonly kind:
    | { readonly type: 'tick' }
    | { readonly type: 'lines' | 'money' | 'time' | 'zone' }
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

export function expectChoice<T extends string>(answer: string, choices: readonly T[]): T {
  const choice = choices.find((value) => value === answer)
  if (choice === undefined) throw new ControlProblem('Choose one of the answers offered.')
  return choice
}

/** one word of a list a line */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/u).map((line) => line.trim())
  return [...new Set(lines.filter((line) => line !== ''))]
}

interface Box {
  readonly field: string
  readonly label: string
  readonly group?: string
  readonly without: (whole: Capability) => Capability
}

/** ticked as it was asked for; unticked it is taken away */
export function box({ without, ...rest }: Box): Control {
  return { ...rest, kind: { type: 'tick' }, initial: 'on', tighten: (whole) => without(whole) }
}

interface Guard {
  readonly field: string
  readonly label: string
  readonly group?: string
  readonly help?: string
  readonly guarded: (whole: Capability) => Capability
}

/** not asked for; ticked it holds from now on */
export function guard({ guarded, ...rest }: Guard): Control {
  return { ...rest, kind: { type: 'tick' }, initial: '', tighten: (whole) => guarded(whole) }
}
