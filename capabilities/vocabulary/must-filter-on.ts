import { z } from 'zod'
import type { Expression } from '../token/syntax.ts'
import { crmOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { propertyNameSchema } from './properties.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'
import { list } from './words.ts'

/** as many as fit into one expression of a token */
const MAX_SETS = 8
const MAX_NAMES = 4

type Sets = readonly (readonly string[])[]

/** one name alone may stand for the set of it */
export const mustFilterOnSchema: z.ZodType<Sets> = z
  .array(
    z
      .union(
        [
          propertyNameSchema.transform((one) => [one]),
          z.array(propertyNameSchema).min(1).max(MAX_NAMES),
        ],
        {
          error: `expected the internal name of a property such as email, or a list of at most ${MAX_NAMES} that belong together`,
        },
      )
      .transform((names) => [...new Set(names)].sort()),
  )
  .min(1, 'leave the field out instead of giving an empty list')
  .max(MAX_SETS)
  .transform(inOrder)

/**
 * A search looks for somebody: it pins all properties of one of these sets by equality, in every group of its filters. A search
 * that pins nothing, which is what a listing is, goes through everybody.
 */
export const mustFilterOn: Constraint = constraint<Sets>({
  name: 'must_filter_on',
  predicate: 'search_pins',
  get: (conditions) => conditions.must_filter_on,
  set: (conditions, value) => ({ ...conditions, must_filter_on: value }),
  caveat: (value) =>
    leaf('search_pins', (pinned) =>
      value
        .map((names): Expression => binary(pinned, 'contains', stringSet(names)))
        .reduce((either, one) => binary(either, 'or', one)),
    ),
  decompile: (query) => {
    const sets = constantsOf(query).map(stringsOf)
    const known = sets.filter((names) => names !== undefined)
    return known.length > 0 && known.length === sets.length ? known : undefined
  },
  permits: (value, action) => {
    const pinned = crmOf(action)?.pinned
    return pinned !== undefined && value.some((names) => isIn(names, pinned))
  },
  subsumes: (wider, narrower) => narrower.every((one) => wider.some((other) => isIn(other, one))),
  phrase: wordsOf,
  explain: (value) => ({
    refused: 'this search does not say exactly whom or what it looks for',
    allowed: wordsOf(value),
  }),
  assert: (action) => {
    const pinned = crmOf(action)?.pinned
    return pinned && fact('search_pins', stringSet(pinned))
  },
})

function isIn(names: readonly string[], others: readonly string[]): boolean {
  return names.every((one) => others.includes(one))
}

function inOrder(sets: Sets): Sets {
  const distinct = new Map(sets.map((names) => [names.join(), names]))
  return [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, names]) => names)
}

function wordsOf(sets: Sets): string {
  return sets.map((names) => `by the exact ${list(names, 'and')}`).join(' or ')
}
