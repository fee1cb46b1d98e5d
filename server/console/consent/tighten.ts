import {
  CapabilityError,
  findExcess,
  parseCapabilities,
  type Capability,
} from '../../../capabilities/index.ts'
import type { Form } from '../form.ts'
import type { Reader } from '../reader.ts'
import { ControlProblem, type Control } from './control.ts'
import { controlsOf, fieldOf } from './controls.ts'
import type { ProposedRow } from './rows.ts'

/** what is wrong, by the name of the form field or the row it is wrong in; `form` is the whole of it */
export type Problems = ReadonlyMap<string, string>

export interface Answering {
  /** how amounts and times are written; nobody known: as in Britain, by UTC */
  readonly reader?: Reader
  /** the rows are the buyer's own, and no agent's: lists may gain what they did not have. Whoever asks looks at what it means */
  readonly mayWiden?: boolean
}

/** a row with the buyer's answers; an answer that cannot stand leaves it as it was and is named among the problems */
export function tighten(
  row: ProposedRow,
  form: Form,
  problems: Map<string, string>,
  { reader, mayWiden = false }: Answering = {},
): Capability {
  let capability = row.capability
  for (const control of controlsOf(row.capability, reader)) {
    const field = fieldOf(row, control)
    const answer = answerTo(control, form.get(field))
    if (answer === control.initial) continue
    const problem = findProblem(control, row, answer, mayWiden)
    const next = problem ?? attempt(control, capability, answer)
    if (typeof next === 'string') problems.set(field, next)
    else capability = next
  }
  if (capability === row.capability) return capability
  // what is inside answer by answer is inside as a whole; held against the request once more, it does not rest on that
  const [parsed = capability] = parseTightened([capability], row.id, problems)
  if (!mayWiden && findExcess(parsed, [row.capability]) !== undefined) problems.set(row.id, wider)
  return parsed
}

const wider = 'This would allow more than the agent asked for. Keep what was there, or less.'

/** one answer on its own, so that what is wrong with it can be said where it was given */
export function findProblem(
  control: Control,
  row: ProposedRow,
  answer: string,
  mayWiden = false,
): string | undefined {
  const problems = new Map<string, string>()
  const alone = attempt(control, row.capability, answer)
  if (typeof alone === 'string') return alone
  const [parsed] = parseTightened([alone], row.id, problems)
  if (!mayWiden && parsed && findExcess(parsed, [row.capability]) !== undefined) return wider
  return problems.get(row.id)
}

/** the capability with the answer, or why it has none */
function attempt(control: Control, capability: Capability, answer: string): Capability | string {
  try {
    return control.tighten(capability, answer)
  } catch (error) {
    if (!(error instanceof ControlProblem)) throw error
    return error.message
  }
}

export function answerTo(control: Control, posted: string | undefined): string {
  // a browser posts a text area with CRLF, and a box that is not ticked not at all
  if (posted === undefined) return control.kind.type === 'tick' ? '' : control.initial
  return posted.replaceAll('\r\n', '\n').trim()
}

/** as the vocabulary reads it; what it refuses is named at `place` */
export function parseTightened(
  entries: readonly Capability[],
  place: string,
  problems: Map<string, string>,
): Capability[] {
  try {
    return parseCapabilities(entries)
  } catch (error) {
    if (!(error instanceof CapabilityError)) throw error
    problems.set(place, `This cannot be granted: ${toPlainReason(error.message)}.`)
    return []
  }
}

/** without the path into the JSON that nobody here has seen */
function toPlainReason(message: string): string {
  return message.replace(/^\[\d+\][\w.[\]]*: /u, '')
}
