import { legacyName } from './association-types.ts'
import type { Crm, CrmRecord } from './crm.ts'
import { badRequest } from './errors.ts'
import { findType, PORTAL_ID } from './object-types.ts'
import { createdName, definitionsOf, modifiedName } from './property-definitions.ts'

/** what an answer is to show of a record */
export interface Shown {
  /** undefined: the type's default properties */
  readonly properties: readonly string[] | undefined
  readonly withHistory: readonly string[]
  readonly associations: readonly string[]
}

export const BARE: Shown = { properties: undefined, withHistory: [], associations: [] }

/** lists arrive repeated, joined by commas, or both */
function listed(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .map((value) => value.trim())
    .filter((value) => value !== '')
}

export function shownOf(query: URLSearchParams): Shown {
  const properties = listed(query, 'properties')
  return {
    properties: properties.length > 0 ? properties : undefined,
    withHistory: listed(query, 'propertiesWithHistory'),
    associations: listed(query, 'associations'),
  }
}

/** unknown properties are passed over in silence, empty ones are null, and three come along unasked */
export function recordView(crm: Crm, record: CrmRecord, shown: Shown): Record<string, unknown> {
  const { type, id } = record
  return {
    id,
    properties: propertiesView(record, shown),
    ...(shown.withHistory.length > 0 && { propertiesWithHistory: historyView(record, shown) }),
    createdAt: record.createdAt,
    updatedAt: record.updatedAt,
    archived: record.archivedAt !== undefined,
    ...(record.archivedAt !== undefined && { archivedAt: record.archivedAt }),
    ...(shown.associations.length > 0 && { associations: associationsView(crm, record, shown) }),
    url: `https://app.hubspot.com/contacts/${PORTAL_ID}/record/${type.id}/${id}`,
  }
}

function propertiesView(record: CrmRecord, shown: Shown): Record<string, string | null> {
  const definitions = definitionsOf(record.type.id)
  const defaults = [...definitions.values()].filter((one) => one.isDefault).map(({ name }) => name)
  const always = ['hs_object_id', createdName(record.type.id), modifiedName(record.type.id)]
  const named = [...(shown.properties ?? defaults), ...shown.withHistory, ...always]
  const known = [...new Set(named)].filter((name) => definitions.has(name))
  return Object.fromEntries(
    known.toSorted().map((name) => [name, record.properties.get(name) ?? null]),
  )
}

function historyView(record: CrmRecord, shown: Shown): Record<string, unknown> {
  const definitions = definitionsOf(record.type.id)
  const known = shown.withHistory.filter((name) => definitions.has(name))
  return Object.fromEntries(known.map((name) => [name, record.history.get(name) ?? []]))
}

/** every label is an entry of its own: one record stands there as often as it has labels */
function associationsView(crm: Crm, record: CrmRecord, shown: Shown): Record<string, unknown> {
  return Object.fromEntries(
    shown.associations.flatMap((name) => {
      const to = findType(name)
      const results = crm.associations
        .of(record.type, record.id, to)
        .filter((link) => crm.find(to, link.to.id)?.archivedAt === undefined)
        .flatMap((link) =>
          [...link.types].map((type) => ({ id: link.to.id, type: legacyName(type) })),
        )
      return results.length > 0 ? [[to.plural, { results }]] : []
    }),
  )
}

/** where the real HubSpot says that the next page is, whoever asked under whatever name */
const REAL_ORIGIN = 'https://api.hubapi.com'

export interface Page<T> {
  readonly results: readonly T[]
  readonly paging?: { readonly next: { readonly after: string; readonly link: string } }
}

/** `limit` rows after the place that `after` names */
export function pageOf<T>(
  rows: readonly T[],
  place: { readonly limit: number; readonly after: string | undefined; readonly target: string },
): Page<T> {
  const start = place.after === undefined ? 0 : Number(place.after)
  if (!Number.isInteger(start) || start < 0) throw badRequest(`Invalid cursor: ${place.after}`)
  const end = start + place.limit
  const results = rows.slice(start, end)
  if (end >= rows.length) return { results }
  const { pathname, search } = new URL(place.target, REAL_ORIGIN)
  const next = new URL(pathname + search, REAL_ORIGIN)
  next.searchParams.set('after', String(end))
  return { results, paging: { next: { after: String(end), link: next.href } } }
}

export function limitOf(given: string | undefined, most: number, usual = 10): number {
  const limit = given === undefined ? usual : Number(given)
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit
  throw badRequest(`Invalid limit: ${given}. It must be a whole number from 1 to ${most}`)
}
