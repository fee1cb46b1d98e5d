import { z } from 'zod'
import { crmOf } from './action-parts.ts'
import type { Action } from './action.ts'
import type { Properties } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'
import { list } from './words.ts'

/** HubSpot's internal names; it lowers those that are written otherwise, and two spellings would be two properties here */
export const PROPERTY_NAME: RegExp = /^[a-z0-9_]{1,100}$/

export const propertyNameSchema: z.ZodType<string, string> = z
  .string()
  .regex(PROPERTY_NAME, 'expected the internal name of a property such as firstname')

/** every property there is, those that somebody adds tomorrow too */
const ALL = '*'
const MAX_NAMES = 64

export const propertiesSchema: z.ZodType<Properties> = z
  .strictObject({
    /** an empty list is nothing but ids and times */
    read: z
      .array(z.union([z.literal(ALL), propertyNameSchema]))
      .max(MAX_NAMES)
      .transform((names) => (names.includes(ALL) ? [ALL] : [...new Set(names)].sort()))
      .optional(),
    write: z
      .array(propertyNameSchema)
      .min(1, 'name at least one property that may be written')
      .max(MAX_NAMES)
      .transform((names) => [...new Set(names)].sort())
      .optional(),
  })
  .refine((said) => said.read !== undefined || said.write !== undefined, {
    message: 'name `read`, `write` or both',
  })

/** what becomes visible of a record besides its id and its times; what a search is filtered and sorted by becomes visible too */
export const readProperties: Constraint = within({
  field: 'read',
  predicate: 'properties_shown',
  of: (action) => crmOf(action)?.shows,
  words: (names) =>
    names.length === 0 ? 'showing nothing but their ids' : `showing only ${list(names, 'and')}`,
  everything: 'with everything that is known of them',
  refused: (names) => `${list(names, 'and')} may not be seen`,
})

/** what is written or cleared; there is no word for all of it */
export const writtenProperties: Constraint = within({
  field: 'write',
  predicate: 'properties_written',
  of: (action) => crmOf(action)?.writes,
  words: (names) => `writing only ${list(names, 'and')}`,
  everything: '',
  refused: (names) => `${list(names, 'and')} may not be written`,
})

interface Side {
  readonly field: keyof Properties
  readonly predicate: string
  readonly of: (action: Action) => readonly string[] | undefined
  readonly words: (names: readonly string[]) => string
  readonly everything: string
  readonly refused: (names: readonly string[]) => string
}

function within({ field, predicate, of, words, everything, refused }: Side): Constraint {
  const wordsOf = (value: readonly string[]): string => (isAll(value) ? everything : words(value))
  return constraint<readonly string[]>({
    name: `properties.${field}`,
    predicate,
    get: ({ properties }) => properties?.[field],
    set: (conditions, value) => ({
      ...conditions,
      properties: { ...conditions.properties, [field]: value },
    }),
    caveat: (value) =>
      isAll(value)
        ? undefined
        : leaf(predicate, (names) => binary(stringSet(value), 'contains', names)),
    decompile: (query) => stringsOf(constantsOf(query)[0]),
    permits: (value, action) =>
      isAll(value) || of(action)?.every((one) => value.includes(one)) === true,
    subsumes: (wider, narrower) => narrower.every((one) => wider.includes(one)),
    phrase: wordsOf,
    explain: (value, action) => ({
      refused: refused((of(action) ?? []).filter((one) => !value.includes(one)).map(shown)),
      allowed: wordsOf(value),
    }),
    assert: (action) => {
      const names = of(action)
      return names && fact(predicate, stringSet(names))
    },
  })
}

function isAll(names: readonly string[]): boolean {
  return names.length === 1 && names[0] === ALL
}

/** an agent chooses what it asks for */
function shown(property: string): string {
  return PROPERTY_NAME.test(property) ? property : 'a property without a name of HubSpot'
}
