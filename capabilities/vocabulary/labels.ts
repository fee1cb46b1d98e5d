import type { z } from 'zod'
import { messageOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { idSchema, listOf } from './lists.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

/** Gmail marks by these what is not in the mailbox proper; see place.ts */
const OUTSIDE = ['SPAM', 'TRASH', 'DRAFT']

export const labelsSchema: z.ZodType<readonly string[], string[]> = listOf(
  idSchema.refine((label) => !OUTSIDE.includes(label), {
    message: 'spam, trash and drafts cannot be granted in this version',
  }),
)

/** every listed label, as `labelIds` of Gmail's own list */
export const labels: Constraint = constraint<readonly string[]>({
  name: 'labels',
  predicate: 'message_labels',
  get: (conditions) => conditions.labels,
  set: (conditions, value) => ({ ...conditions, labels: value }),
  caveat: (value) => leaf('message_labels', (held) => binary(held, 'contains', stringSet(value))),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) => {
    const message = messageOf(action)
    return message !== undefined && value.every((label) => message.labels.includes(label))
  },
  subsumes: (wider, narrower) => wider.every((label) => narrower.includes(label)),
  phrase: (value) => `that carries the ${labelWords(value)}`,
  explain: (value, action) => {
    const held = messageOf(action)?.labels ?? []
    const missing = value.filter((label) => !held.includes(label))
    return {
      refused: `this message does not carry the ${labelWords(missing)}`,
      allowed: `only e-mail that carries the ${labelWords(value)}`,
    }
  },
  assert: (action) => {
    const message = messageOf(action)
    return message && fact('message_labels', stringSet(message.labels))
  },
})

function labelWords(ids: readonly string[]): string {
  return `${ids.length === 1 ? 'label' : 'labels'} ${list(ids.map(name), 'and')}`
}
