import { z } from 'zod'
import { crmOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { HUBSPOT_OBJECTS } from './hubspot-action.ts'
import { customTypeSchema } from './object-types.ts'
import { binary, constantsOf, fact, leaf, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

const NAMED = HUBSPOT_OBJECTS.filter((object) => object !== 'custom')

/** an empty list is "nothing" */
export const associationsSchema: z.ZodType<readonly string[], string[]> = z
  .array(z.union([z.enum(NAMED), customTypeSchema]))
  .max(32)
  .transform((types) => [...new Set(types)].sort())

/** to which kinds of records links are shown or made; that the record at the other end may be read is decided beside this */
export const associations: Constraint = constraint<readonly string[]>({
  name: 'associations',
  predicate: 'associated_types',
  get: (conditions) => conditions.associations,
  set: (conditions, value) => ({ ...conditions, associations: value }),
  caveat: (value) =>
    leaf('associated_types', (types) => binary(stringSet(value), 'contains', types)),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, action) =>
    crmOf(action)?.associations?.every((type) => value.includes(type)) === true,
  subsumes: (wider, narrower) => narrower.every((type) => wider.includes(type)),
  phrase: wordsOf,
  explain: (value, action) => {
    const beyond = (crmOf(action)?.associations ?? []).filter((type) => !value.includes(type))
    return {
      refused: `this is about links to ${list(beyond.map(typeWords), 'and')}`,
      allowed: wordsOf(value),
    }
  },
  assert: (action) => {
    const types = crmOf(action)?.associations
    return types && fact('associated_types', stringSet(types))
  },
})

function wordsOf(types: readonly string[]): string {
  return types.length === 0
    ? 'without links to other records'
    : `with links only to ${list(types.map(typeWords), 'and')}`
}

/** `line items`; a custom type by its id */
export function typeWords(type: string): string {
  return type === 'line_items' ? 'line items' : name(type)
}
