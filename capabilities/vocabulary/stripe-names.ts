import { z } from 'zod'
import { targetOf } from './action-parts.ts'
import type { Conditions } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import type { StripeTarget } from './stripe-action.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

const MAX_NAMES = 32

function namesOf(grammar: RegExp, example: string): z.ZodType<readonly string[], string[]> {
  return z
    .array(z.string().regex(grammar, `expected a name such as ${example}`))
    .max(MAX_NAMES)
    .transform((names) => [...new Set(names)].sort())
}

export const fieldsSchema: z.ZodType<readonly string[], string[]> = namesOf(
  /^[a-z][a-z0-9_]{0,63}$/,
  'metadata',
)
/** paths as Stripe writes them, those of a list without their `data.` */
export const expandSchema: z.ZodType<readonly string[], string[]> = namesOf(
  /^(?!data\.)[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}$/,
  'customer',
)

/** names that a request uses, all of them inside a list */
function namesIn(options: {
  readonly name: 'fields' | 'expand'
  readonly predicate: string
  readonly member: (target: StripeTarget) => readonly string[] | undefined
  readonly phrase: (names: readonly string[]) => string
  readonly refused: (names: string) => string
}): Constraint {
  const { name: field, predicate, member, phrase, refused } = options
  const used = (target: StripeTarget | undefined): readonly string[] | undefined =>
    target && member(target)
  return constraint<readonly string[]>({
    name: field,
    predicate,
    get: (conditions) => conditions[field],
    set: (conditions: Conditions, value) => ({ ...conditions, [field]: value }),
    caveat: (value) => leaf(predicate, (names) => binary(stringSet(value), 'contains', names)),
    decompile: (query) => stringsOf(constantsOf(query)[0]),
    permits: (value, action) =>
      used(targetOf(action))?.every((one) => value.includes(one)) === true,
    subsumes: (wider, narrower) => narrower.every((one) => wider.includes(one)),
    phrase,
    explain: (value, action) => {
      const beyond = (used(targetOf(action)) ?? []).filter((one) => !value.includes(one))
      return { refused: refused(list(beyond.map(name), 'and')), allowed: phrase(value) }
    },
    assert: (action) => {
      const names = used(targetOf(action))
      return names && fact(predicate, stringSet(names))
    },
  })
}

export const fields: Constraint = namesIn({
  name: 'fields',
  predicate: 'written_fields',
  member: (target) => target.fields,
  phrase: (names) =>
    names.length === 0 ? 'changing no field' : `changing only ${list(names.map(name), 'and')}`,
  refused: (names) => `this would change ${names}`,
})
export const expand: Constraint = namesIn({
  name: 'expand',
  predicate: 'expansions',
  member: (target) => target.expansions,
  phrase: (names) =>
    names.length === 0
      ? 'without what is only linked'
      : `together with the linked ${list(names.map(name), 'and')}`,
  refused: (names) => `this asks for the linked ${names}`,
})
