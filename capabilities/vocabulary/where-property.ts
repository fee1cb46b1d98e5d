import type { Predicate } from '../token/syntax.ts'
import { crmOf } from './action-parts.ts'
import type { Action } from './action.ts'
import type { PropertyValue } from './capability.ts'
import { constraint, type Answer, type Constraint } from './constraint.ts'
import { PROPERTY_NAME } from './properties.ts'
import { constantsOf, equals, fact, stringSet, stringsOf } from './terms.ts'
import { propertyIn } from './where-value.ts'
import { list, quote } from './words.ts'

const PREDICATE = 'record_matches'

/**
 * Every named property has the named value, compared exactly as HubSpot stores it: internal names and ids have one spelling. A
 * check cannot ask for a property by its name, so the front answers for the whole list: `record_matches({"name=value"})` is
 * asserted when all of it holds.
 */
export const whereProperty: Constraint = constraint<readonly PropertyValue[]>({
  name: 'where.property',
  predicate: PREDICATE,
  get: ({ where }) => where?.property,
  set: (conditions, value) => ({ ...conditions, where: { ...conditions.where, property: value } }),
  caveat: (value) => equals(PREDICATE, stringSet(value.map(print))),
  decompile: (query) => readAll(stringsOf(constantsOf(query)[0])),
  permits: (value, action) => matches(value, action),
  subsumes: (wider, narrower) => {
    const said = narrower.map(print)
    return wider.every((one) => said.includes(print(one)))
  },
  phrase: wordsOf,
  explain: (value) => ({
    refused: 'this record has another value there, or none',
    allowed: `only records ${wordsOf(value)}`,
  }),
  parameters: 1,
  answer: (asked): Answer | undefined => {
    const wanted = wantedIn(asked)
    if (wanted === undefined) return undefined
    const held = fact(PREDICATE, stringSet(wanted.map(print)))
    return (action) => (matches(wanted, action) ? held : undefined)
  },
})

function matches(wanted: readonly PropertyValue[], action: Action): boolean {
  const record = crmOf(action)?.record
  return (
    record !== undefined &&
    wanted.every(({ name, equals: value }) => propertyIn(record.properties, name) === value)
  )
}

/** no name of a property has a `=` in it */
function print({ name, equals: value }: PropertyValue): string {
  return `${name}=${value}`
}

function readAll(items: readonly string[] | undefined): PropertyValue[] | undefined {
  const pairs = items?.flatMap((item) => {
    const at = item.indexOf('=')
    const [name, value] = [item.slice(0, at), item.slice(at + 1)]
    return at > 0 && value !== '' && PROPERTY_NAME.test(name) ? [{ name, equals: value }] : []
  })
  return pairs !== undefined && pairs.length > 0 && pairs.length === items?.length
    ? pairs
    : undefined
}

/** what a check asks for, if it is spelt as ours is; blocks of strangers come here too */
export function wantedIn({ name, terms }: Predicate): readonly PropertyValue[] | undefined {
  const [asked, ...others] = terms
  if (name !== PREDICATE || asked?.type !== 'set' || others.length > 0) return undefined
  return readAll(stringsOf(asked))
}

function wordsOf(value: readonly PropertyValue[]): string {
  return `whose ${list(
    value.map(({ name, equals: held }) => `${name} is ${quote(held)}`),
    'and',
  )}`
}
