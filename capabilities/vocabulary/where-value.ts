import { crmOf } from './action-parts.ts'
import type { Action } from './action.ts'
import type { Where } from './capability.ts'
import { constraint, type Constraint } from './constraint.ts'
import { OWNER_PROPERTY, pipelinePropertyOf } from './hubspot-action.ts'
import { binary, constantsOf, fact, leaf, string, stringSet, stringsOf } from './terms.ts'
import { list, name } from './words.ts'

/** whose the record is; one that belongs to nobody belongs to none of them */
export const whereOwner: Constraint = oneValue({
  field: 'owner',
  predicate: 'record_owner',
  propertyOf: () => OWNER_PROPERTY,
  words: (ids) => `that belong to the owner ${ids}`,
})

export const wherePipeline: Constraint = oneValue({
  field: 'pipeline',
  predicate: 'record_pipeline',
  propertyOf: pipelinePropertyOf,
  words: (ids) => `in the pipeline ${ids}`,
})

interface ValueFilter {
  readonly field: 'owner' | 'pipeline'
  readonly predicate: string
  /** which property has it */
  readonly propertyOf: (objectType: string) => string
  readonly words: (ids: string) => string
}

/** a record has at most one of it, and it is one of the listed ones */
function oneValue({ field, predicate, propertyOf, words }: ValueFilter): Constraint {
  const valueIn = (action: Action): string | undefined => {
    const crm = crmOf(action)
    if (crm?.record === undefined || crm.objectType === undefined) return undefined
    return propertyIn(crm.record.properties, propertyOf(crm.objectType))
  }
  const wordsOf = (ids: readonly string[]): string => words(list(ids.map(name), 'or'))
  return constraint<readonly string[]>({
    name: `where.${field}`,
    predicate,
    get: ({ where }) => where?.[field],
    set: (conditions, value) => ({
      ...conditions,
      where: { ...conditions.where, [field]: value } satisfies Where,
    }),
    caveat: (value) => leaf(predicate, (held) => binary(stringSet(value), 'contains', held)),
    decompile: (query) => stringsOf(constantsOf(query)[0]),
    permits: (value, action) => {
      const held = valueIn(action)
      return held !== undefined && value.includes(held)
    },
    subsumes: (wider, narrower) => narrower.every((id) => wider.includes(id)),
    phrase: wordsOf,
    explain: (value) => ({
      refused: `this record is of another ${field}, or of none`,
      allowed: `only records ${wordsOf(value)}`,
    }),
    assert: (action) => {
      const held = valueIn(action)
      return held === undefined ? undefined : fact(predicate, string(held))
    },
  })
}

/** of an object that anybody may have filled: nothing that every object has */
export function propertyIn(
  properties: Readonly<Record<string, string>>,
  property: string,
): string | undefined {
  return Object.hasOwn(properties, property) ? properties[property] : undefined
}
