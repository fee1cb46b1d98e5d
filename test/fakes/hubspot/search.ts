import { ok, typeOf, type Answer, type Call } from './call.ts'
import type { Crm, CrmRecord } from './crm.ts'
import { badRequest } from './errors.ts'
import { toObject, toObjects, toText, toTexts } from './json.ts'
import type { ObjectType } from './object-types.ts'
import { definitionsOf } from './property-definitions.ts'
import { matches, readFilter, type Filter } from './search-filters.ts'
import { BARE, limitOf, pageOf, recordView } from './views.ts'

const MOST_GROUPS = 5
const MOST_FILTERS_IN_GROUP = 10
const MOST_FILTERS = 25
const MOST_RESULTS = 10_000
const MOST_BODY_BYTES = 3_000

/** `POST …/{type}/search`: groups are alternatives, filters in a group all hold. It reads the index, which may be behind */
export function search(call: Call): Answer {
  const { crm, json } = call
  const type = typeOf(call)
  if (call.bodyLength > MOST_BODY_BYTES) {
    throw badRequest(`A search may have ${MOST_BODY_BYTES} characters, this has ${call.bodyLength}`)
  }
  const groups = readGroups(type, json['filterGroups'])
  const limit = limitOf(toText(json['limit']), 200)
  const after = toText(json['after'])
  if (Number(after ?? 0) + limit > MOST_RESULTS) {
    throw badRequest(`A search ends after ${MOST_RESULTS} results`)
  }
  const found = crm
    .indexed(type)
    .filter((record) => record.archivedAt === undefined)
    .filter((record) => groups.length === 0 || groups.some((group) => all(crm, record, group)))
    .filter((record) => mentions(record, toText(json['query'])))
    .toSorted(orderOf(type, json['sorts']))
  const { results, ...paging } = pageOf(found, { limit, after, target: call.target })
  const properties = toTexts(json['properties'])
  const shown = { ...BARE, ...(properties.length > 0 && { properties }) }
  return ok({
    total: found.length,
    results: results.map((record) => recordView(crm, record, shown)),
    ...paging,
  })
}

function all(crm: Crm, record: CrmRecord, group: readonly Filter[]): boolean {
  return group.every((filter) => matches(crm, record, filter))
}

/** a group without filters holds of everything, whatever the other groups say */
function readGroups(type: ObjectType, given: unknown): Filter[][] {
  const groups = toObjects(given).map((group) =>
    toObjects(group['filters']).map((filter) => readFilter(type, filter)),
  )
  if (groups.length > MOST_GROUPS) throw tooMany('filter groups', MOST_GROUPS, groups.length)
  for (const { length } of groups) {
    if (length > MOST_FILTERS_IN_GROUP)
      throw tooMany('filters in a group', MOST_FILTERS_IN_GROUP, length)
  }
  const count = groups.flat().length
  if (count > MOST_FILTERS) throw tooMany('filters', MOST_FILTERS, count)
  return groups
}

function tooMany(what: string, most: number, given: number): Error {
  return badRequest(`A search may have ${most} ${what}, this has ${given}`)
}

/** any word of the query in any of the properties that the type is searched by, shown or not */
function mentions({ type, properties }: CrmRecord, query: string | undefined): boolean {
  const words = query?.toLowerCase().split(/\s+/).filter(Boolean) ?? []
  if (words.length === 0) return true
  const searched = [...definitionsOf(type.id).values()].filter((one) => one.isSearchable)
  const text = searched
    .map(({ name }) => properties.get(name) ?? '')
    .join('\n')
    .toLowerCase()
  return words.every((word) => text.includes(word))
}

type Order = (left: CrmRecord, right: CrmRecord) => number

/** one rule: a name, a name behind a minus, or an object; by default in the order of creation */
function orderOf(type: ObjectType, given: unknown): Order {
  const sorts: unknown[] = Array.isArray(given) ? given : []
  if (sorts.length > 1) throw tooMany('sorts', 1, sorts.length)
  const [sort] = sorts
  const isText = typeof sort === 'string'
  const text = isText ? sort.replace(/^-/, '') : toText(toObject(sort)['propertyName'])
  const name = text ?? 'hs_object_id'
  const definition = definitionsOf(type.id).get(name)
  if (!definition) throw badRequest(`There is no property ${name} to sort by`)
  const isDescending = isText ? sort.startsWith('-') : toObject(sort)['direction'] === 'DESCENDING'
  const compare: Order =
    definition.type === 'number'
      ? (left, right) => Number(valueOf(left, name)) - Number(valueOf(right, name))
      : (left, right) => valueOf(left, name).localeCompare(valueOf(right, name), 'en')
  return isDescending ? (left, right) => compare(right, left) : compare
}

function valueOf(record: CrmRecord, name: string): string {
  return record.properties.get(name) ?? ''
}
