import { z } from 'zod'
import { crmOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { listOf } from './lists.ts'
import { binary, constantsOf, fact, leaf, string, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

/** by its id alone: names of types are the portal's, and one may be called as one of HubSpot's own is */
export const customTypeSchema: z.ZodType<string, string> = z
  .string()
  .regex(/^2-[1-9][0-9]{0,14}$/, 'expected the id of a custom object type such as 2-3456789')

export const objectTypesSchema: z.ZodType<readonly string[], string[]> = listOf(customTypeSchema)

/** which of the types that the portal made itself */
export const objectTypes: Constraint = constraint<readonly string[]>({
  name: 'object_types',
  predicate: 'record_type',
  get: (conditions) => conditions.object_types,
  set: (conditions, value) => ({ ...conditions, object_types: value }),
  caveat: (value) => leaf('record_type', (type) => binary(stringSet(value), 'contains', type)),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) => {
    const type = crmOf(action)?.objectType
    return type !== undefined && value.includes(type)
  },
  subsumes: (wider, narrower) => narrower.every((type) => wider.includes(type)),
  phrase: wordsOf,
  explain: (value, action) => ({
    refused: `this is about the type ${name(crmOf(action)?.objectType ?? 'unknown')}`,
    allowed: `only records ${wordsOf(value)}`,
  }),
  assert: (action) => {
    const type = crmOf(action)?.objectType
    return type === undefined ? undefined : fact('record_type', string(type))
  },
})

function wordsOf(types: readonly string[]): string {
  return `of the type ${list(types.map(name), 'or')}`
}
