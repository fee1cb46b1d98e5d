import type { JsonObject } from '../../operation.ts'
import type { Filter } from './filters.ts'

/** HubSpot's own bounds of a search */
const MAX_GROUPS = 5
const MAX_IN_GROUP = 10
const MAX_FILTERS = 25
const MAX_CHARACTERS = 3_000

export type Groups = readonly (readonly Filter[])[]

export type Rewritten =
  | { readonly ok: true; readonly groups: Groups }
  /** why not, for the agent */
  | { readonly ok: false; readonly because: string }

/**
 * The groups of a search with the grant's filter in every one of them. Groups are alternatives, and so are the entries of a grant:
 * each of the ones is asked with each of the others. What is in no group is asked without a filter, so an empty list of groups is
 * one group.
 */
export function rewriteSearch(asked: Groups, granted: Groups): Rewritten {
  const own = asked.length === 0 ? [[]] : asked
  const groups = distinct(
    own.flatMap((group) => granted.map((filter) => distinct([...group, ...filter]))),
  )
  if (granted.length === 0) return fail('it shows no such records now')
  if (groups.length > MAX_GROUPS) {
    return fail(`${groups.length} filter groups, and HubSpot takes ${MAX_GROUPS}`)
  }
  const longest = Math.max(...groups.map(({ length }) => length))
  if (longest > MAX_IN_GROUP) {
    return fail(`${longest} filters in a group, and HubSpot takes ${MAX_IN_GROUP}`)
  }
  const count = groups.flat().length
  if (count > MAX_FILTERS) return fail(`${count} filters, and HubSpot takes ${MAX_FILTERS}`)
  return { ok: true, groups }
}

function fail(because: string): Rewritten {
  return { ok: false, because }
}

function distinct<Item>(items: readonly Item[]): Item[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()]
}

/** a group that says nothing is said by no group at all */
export function toFilterGroups(groups: Groups): JsonObject['filterGroups'] {
  if (groups.some(({ length }) => length === 0)) return []
  return groups.map((filters) => ({ filters: filters.map((filter) => ({ ...filter })) }))
}

/** HubSpot counts the characters of the whole question */
export function isTooLong(question: JsonObject): boolean {
  return JSON.stringify(question).length > MAX_CHARACTERS
}

/** names of the properties that every group pins to one value */
export function pinnedBy(groups: Groups): string[] {
  const [first = [], ...others] = groups.map((group) =>
    group.flatMap(({ propertyName, operator }) => (operator === 'EQ' ? [propertyName] : [])),
  )
  return [...new Set(first.filter((name) => others.every((names) => names.includes(name))))]
}

export function namesIn(groups: Groups): string[] {
  return [...new Set(groups.flat().map(({ propertyName }) => propertyName))]
}
