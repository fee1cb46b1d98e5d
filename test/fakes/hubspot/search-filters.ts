import type { Crm, CrmRecord } from './crm.ts'
import { badRequest } from './errors.ts'
import { toText, toTexts, type JsonObject } from './json.ts'
import { findType, type ObjectType } from './object-types.ts'
import { definitionsOf, type PropertyDefinition } from './property-definitions.ts'

const OPERATORS = [
  'EQ',
  'NEQ',
  'LT',
  'LTE',
  'GT',
  'GTE',
  'BETWEEN',
  'IN',
  'NOT_IN',
  'HAS_PROPERTY',
  'NOT_HAS_PROPERTY',
  'CONTAINS_TOKEN',
  'NOT_CONTAINS_TOKEN',
] as const

type Operator = (typeof OPERATORS)[number]

export interface Filter {
  /** undefined: `associations.{type}`, which is no property of the record */
  readonly definition: PropertyDefinition | undefined
  readonly associated: ObjectType | undefined
  readonly operator: Operator
  readonly value: string
  readonly highValue: string
  readonly values: readonly string[]
}

export function readFilter(type: ObjectType, given: JsonObject): Filter {
  const name = toText(given['propertyName']) ?? ''
  const operator = OPERATORS.find((one) => one === given['operator'])
  if (!operator) throw badRequest(`There is no operator ${toText(given['operator'])}`)
  const associated = name.startsWith('associations.')
    ? findType(name.slice('associations.'.length))
    : undefined
  const definition = definitionsOf(type.id).get(name)
  if (!definition && !associated) throw badRequest(`There is no property ${name} to filter by`)
  const value = toText(given['value'])
  const highValue = toText(given['highValue'])
  const values = toTexts(given['values'])
  const isBare = operator.endsWith('HAS_PROPERTY')
  const isList = operator === 'IN' || operator === 'NOT_IN'
  if (isList && values.length === 0) throw badRequest(`${operator} needs values`)
  if (!isList && !isBare && value === undefined) throw badRequest(`${operator} needs a value`)
  if (operator === 'BETWEEN' && highValue === undefined) throw badRequest('BETWEEN needs highValue')
  const texts = { value: value ?? '', highValue: highValue ?? '', values }
  return { definition, associated, operator, ...texts }
}

export function matches(crm: Crm, record: CrmRecord, filter: Filter): boolean {
  if (filter.associated) return matchesAssociation(crm, record, filter, filter.associated)
  const { definition, operator } = filter
  const kept = definition && record.properties.get(definition.name)
  if (operator === 'HAS_PROPERTY') return kept !== undefined
  if (operator === 'NOT_HAS_PROPERTY') return kept === undefined
  // what has no value matches nothing else, what is said with NOT included
  if (definition === undefined || kept === undefined) return false
  return compare(definition, kept, filter, operator)
}

function matchesAssociation(
  crm: Crm,
  record: CrmRecord,
  { operator, value, values }: Filter,
  to: ObjectType,
): boolean {
  const ids = crm.associations.ids(record.type, record.id, to)
  switch (operator) {
    case 'EQ':
      return ids.includes(value)
    case 'NEQ':
      return !ids.includes(value)
    case 'IN':
      return values.some((one) => ids.includes(one))
    case 'NOT_IN':
      return !values.some((one) => ids.includes(one))
    case 'HAS_PROPERTY':
      return ids.length > 0
    case 'NOT_HAS_PROPERTY':
      return ids.length === 0
    case 'LT':
    case 'LTE':
    case 'GT':
    case 'GTE':
    case 'BETWEEN':
    case 'CONTAINS_TOKEN':
    case 'NOT_CONTAINS_TOKEN':
      throw badRequest(`associations cannot be compared by ${operator}`)
  }
}

function compare(
  definition: PropertyDefinition,
  kept: string,
  { value, highValue, values }: Filter,
  operator: Exclude<Operator, 'HAS_PROPERTY' | 'NOT_HAS_PROPERTY'>,
): boolean {
  const order = (given: string): number => orderOf(definition, kept, given)
  switch (operator) {
    case 'EQ':
      return order(value) === 0
    case 'NEQ':
      return order(value) !== 0
    case 'LT':
      return order(value) < 0
    case 'LTE':
      return order(value) <= 0
    case 'GT':
      return order(value) > 0
    case 'GTE':
      return order(value) >= 0
    case 'BETWEEN':
      return order(value) >= 0 && order(highValue) <= 0
    case 'IN':
      return isIn(definition, kept, values)
    case 'NOT_IN':
      return !isIn(definition, kept, values)
    case 'CONTAINS_TOKEN':
      return containsToken(kept, value)
    case 'NOT_CONTAINS_TOKEN':
      return !containsToken(kept, value)
  }
}

/** values of text are looked for in lower case: one that is given in upper case is never found */
function isIn(definition: PropertyDefinition, kept: string, values: readonly string[]): boolean {
  return definition.type === 'string'
    ? values.includes(kept.toLowerCase())
    : values.some((value) => orderOf(definition, kept, value) === 0)
}

/** NaN, which is neither more nor less nor the same, when the two cannot be compared */
function orderOf(definition: PropertyDefinition, kept: string, given: string): number {
  switch (definition.type) {
    case 'number':
      return Number(kept) - Number(given)
    case 'datetime':
      return Date.parse(kept) - (/^-?\d+$/.test(given) ? Number(given) : Date.parse(given))
    case 'string':
    case 'bool':
    case 'enumeration': {
      const [left, right] = [kept.toLowerCase(), given.toLowerCase()]
      return left < right ? -1 : Number(left > right)
    }
  }
}

/** whole words, `*` for any characters */
function containsToken(kept: string, given: string): boolean {
  const words = kept.toLowerCase().split(/[^\p{L}\p{N}]+/u)
  const wanted = given
    .toLowerCase()
    .split(/[^\p{L}\p{N}*]+/u)
    .filter(Boolean)
  return wanted.every((one) => {
    const pattern = new RegExp(`^${one.replaceAll('*', '.*')}$`, 'u')
    return words.some((word) => pattern.test(word))
  })
}
