import { z } from 'zod'
import { messageOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { listOf, textSchema } from './lists.ts'
import { binary, constantsOf, fact, leaf, string } from './terms.ts'
import { list, quote } from './words.ts'

export const subjectSchema: z.ZodType<readonly string[], string | string[]> = z
  .union([z.string().transform((text) => [text]), z.array(z.string())])
  .pipe(listOf(textSchema).refine((texts) => texts.length <= 8, 'at most 8 texts'))

/** every listed text occurs in the subject; both sides normalised */
export const subject: Constraint = constraint<readonly string[]>({
  name: 'subject_contains',
  predicate: 'message_subject',
  get: (conditions) => conditions.subject_contains,
  set: (conditions, value) => ({ ...conditions, subject_contains: value }),
  caveat: (value) =>
    leaf('message_subject', (text) => value.map((part) => binary(text, 'contains', string(part)))),
  decompile: (query) => {
    const parts = constantsOf(query).flatMap((term) => (term.type === 'string' ? [term.value] : []))
    return parts.length > 0 ? parts : undefined
  },
  permits: (value, action) => {
    const message = messageOf(action)
    return message !== undefined && value.every((part) => message.subject.includes(part))
  },
  /** a text inside a narrower text is implied by it */
  subsumes: (wider, narrower) =>
    wider.every((part) => narrower.some((longer) => longer.includes(part))),
  phrase: (value) => `with ${subjectWords(value)} in the subject`,
  explain: (value, action) => {
    const text = messageOf(action)?.subject ?? ''
    const missing = value.filter((part) => !text.includes(part))
    return {
      refused: `the subject of this message does not contain ${subjectWords(missing)}`,
      allowed: `only e-mail with ${subjectWords(value)} in the subject`,
    }
  },
  assert: (action) => {
    const message = messageOf(action)
    return message && fact('message_subject', string(message.subject))
  },
})

function subjectWords(parts: readonly string[]): string {
  return list(parts.map(quote), 'and')
}
