import { z } from 'zod'
import type { Block, Fact, Query } from '../token/syntax.ts'
import { messageOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { listOf } from './lists.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

/** Gmail marks by these what is not in the mailbox proper; see place.ts */
const OUTSIDE = ['SPAM', 'TRASH', 'DRAFT']

const OF_GMAIL = ['INBOX', 'UNREAD', 'STARRED', 'IMPORTANT', 'SENT', 'SPAM', 'TRASH']

/** Gmail shows "Inbox" for INBOX and keeps such names to itself, in any case: whoever writes one means that */
export function toLabel(text: string): string {
  const label = text.normalize('NFC')
  return OF_GMAIL.find((one) => one.toLowerCase() === label.toLowerCase()) ?? label
}

/** a label's id or its name: what Gmail shows, at most 225 characters, nothing invisible */
const labelSchema: z.ZodType<string, string> = z
  .string()
  .regex(/^[^\p{Cc}\p{Cf}\p{Cs}]{1,225}$/u, 'expected the name or the id of a Gmail label')
  .transform(toLabel)

export const labelsSchema: z.ZodType<readonly string[], string[]> = listOf(
  labelSchema.refine((label) => !OUTSIDE.includes(label), {
    message: 'spam, trash and drafts cannot be granted in this version',
  }),
)

/** every listed label, by id or by name; all of them, as `labelIds` of Gmail's own list */
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

/** the labels that a token's checks speak of, in any block */
export function labelsNamedIn(blocks: readonly Block[]): readonly string[] {
  const known = named.get(blocks)
  if (known !== undefined) return known
  const found = blocks.flatMap(({ checks, facts }) =>
    checks.flatMap(({ queries }) => queries.flatMap((query) => labelsOf(query, facts))),
  )
  named.set(blocks, found)
  return found
}

const named = new WeakMap<readonly Block[], readonly string[]>()

/**
 * Whoever appends a block may spell a filter as he likes: a label can stand alone or in a set, in an expression that looks at
 * the labels, in their own predicate, or in a fact of the block that is joined to them.
 */
function labelsOf({ predicates, expressions }: Query, facts: readonly Fact[]): string[] {
  const ofLabels = predicates.filter(({ name }) => name === 'message_labels')
  if (ofLabels.length === 0) return []
  const terms = ofLabels.flatMap((one) => one.terms)
  const held = terms.flatMap((term) => (term.type === 'variable' ? [term.name] : []))
  const about = expressions.filter((expression) =>
    expression.some(
      (step) =>
        step.type === 'term' && step.term.type === 'variable' && held.includes(step.term.name),
    ),
  )
  const joined = facts.filter((one) => predicates.some(({ name }) => name === one.name))
  const constants = constantsOf({ predicates: [...ofLabels, ...joined], expressions: about })
  return constants.flatMap((value) =>
    value.type === 'string' ? [value.value] : (stringsOf(value) ?? []),
  )
}
