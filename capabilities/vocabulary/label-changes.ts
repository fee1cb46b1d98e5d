import { z } from 'zod'
import type { Block, Predicate } from '../token/syntax.ts'
import { labelChangeOf } from './action-parts.ts'
import type { Conditions } from './capability.ts'
import { constraint, type Answer, type Constraint } from './constraint.ts'
import type { Action } from './action.ts'
import type { LabelChange } from './gmail-action.ts'
import { toLabel } from './labels.ts'
import { constantsOf, fact, predicate, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

const MAX_LABELS = 64

/**
 * Where a message is, and whether it was sent: Gmail makes these labels mean it. SPAM and TRASH take a message out of every
 * grant, INBOX decides whether its owner sees it at all, and the others Gmail refuses itself.
 */
const OF_PLACES = ['INBOX', 'SPAM', 'TRASH', 'DRAFT', 'SENT', 'CHAT']

/** `^k` and its like are Gmail's own spelling of these, and of more: no label of an owner's begins so */
const changeableSchema: z.ZodType<string, string> = z
  .string()
  .regex(/^(?!\^)[^\p{Cc}\p{Cf}\p{Cs}]{1,225}$/u, 'expected the name or the id of a Gmail label')
  .transform(toLabel)
  .refine((label) => !OF_PLACES.includes(label.toUpperCase()), {
    message: `the labels ${list(OF_PLACES, 'and')} say where a message is and cannot be granted`,
  })

/** unlike other lists it may be empty: nothing may be added, but something removed */
export const labelChangesSchema: z.ZodType<readonly string[], string[]> = z
  .array(changeableSchema)
  .max(MAX_LABELS)
  .transform((labels) => [...new Set(labels)].sort())

export const addedLabels: Constraint = changes({
  name: 'add',
  predicateName: 'labels_added_within',
  changed: ({ added }) => added,
  verb: 'put on',
})

export const removedLabels: Constraint = changes({
  name: 'remove',
  predicateName: 'labels_removed_within',
  changed: ({ removed }) => removed,
  verb: 'take off',
})

interface Side {
  readonly name: 'add' | 'remove'
  readonly predicateName: string
  readonly changed: (change: LabelChange) => LabelChange['added']
  readonly verb: string
}

/**
 * Every label of the change must be a granted one, by its id or by its name. A label has two words and the check knows one of
 * them, so the front answers for the whole list: `labels_added_within({granted})` is asserted when all are inside it.
 */
function changes({ name: field, predicateName, changed, verb }: Side): Constraint {
  const outside = (granted: readonly string[], action: Action): string[] | undefined => {
    const change = labelChangeOf(action)
    return (
      change &&
      changed(change).flatMap((words) =>
        words.some((word) => granted.includes(word)) ? [] : [words.at(-1) ?? ''],
      )
    )
  }
  return constraint<readonly string[]>({
    name: field,
    predicate: predicateName,
    get: (conditions) => conditions[field],
    set: (conditions, value): Conditions => ({ ...conditions, [field]: value }),
    caveat: (value) => ({
      predicates: [predicate(predicateName, stringSet(value))],
      expressions: [],
    }),
    decompile: (query) => stringsOf(constantsOf(query)[0]),
    permits: (value, action) => outside(value, action)?.length === 0,
    subsumes: (wider, narrower) => narrower.every((label) => wider.includes(label)),
    phrase: (value) =>
      value.length === 0 ? `${verb} no label` : `${verb} the ${labelWords(value)}`,
    explain: (value, action) => ({
      refused: `the ${labelWords(outside(value, action) ?? [])} may not be ${field === 'add' ? 'put on' : 'taken off'} messages`,
      allowed:
        value.length === 0
          ? `nothing may be ${field === 'add' ? 'put on' : 'taken off'}`
          : `only the ${labelWords(value)}`,
    }),
    parameters: 1,
    answer: (asked): Answer | undefined => {
      const granted = grantedIn(asked)
      return (
        granted &&
        ((action) =>
          outside(granted, action)?.length === 0
            ? fact(predicateName, stringSet(granted))
            : undefined)
      )
    },
  })
}

function grantedIn({ terms: [granted, ...others] }: Predicate): readonly string[] | undefined {
  return granted?.type === 'set' && others.length === 0 ? stringsOf(granted) : undefined
}

export function labelWords(labels: readonly string[]): string {
  return `${labels.length === 1 ? 'label' : 'labels'} ${list(labels.map(labelName), 'and')}`
}

/** labels that Gmail shows as something else than their name */
const SHOWN_AS: ReadonlyMap<string, string> = new Map([
  ['UNREAD', 'not read yet'],
  ['STARRED', 'the star'],
  ['IMPORTANT', 'marked as important'],
])

function labelName(label: string): string {
  const shown = SHOWN_AS.get(label)
  return shown === undefined ? name(label) : `${label} (${shown})`
}

/** the labels that a token's checks let somebody change, in any block */
export function changeableLabelsIn(blocks: readonly Block[]): readonly string[] {
  const names = [addedLabels.predicate, removedLabels.predicate]
  return blocks
    .flatMap(({ checks }) => checks.flatMap(({ queries }) => queries))
    .flatMap(({ predicates }) => predicates.filter((one) => names.includes(one.name)))
    .flatMap((asked) => grantedIn(asked) ?? [])
}
