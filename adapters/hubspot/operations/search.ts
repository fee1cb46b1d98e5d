import { z } from 'zod'
import type { HubspotAction, HubspotObject } from '../../../capabilities/index.ts'
import type { Call, Decoded, JsonObject, Prepared, ReadOperation } from '../../operation.ts'
import { badRequest, type Refusal } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { objectTypeOf, operationOf, type ObjectType } from '../object-types.ts'
import { decodeBody, decodeNoQuery, pageToken, propertyName, propertyNames } from '../parameters.ts'
import { fillPage, readPlace, toPaging, type Place } from '../records/filled-page.ts'
import { showFound } from '../records/show-rows.ts'
import { objectRoutes } from '../routes.ts'
import { filterGroupsSchema } from '../search/filters.ts'
import { grantFilter } from '../search/grant-filter.ts'
import {
  isTooLong,
  namesIn,
  pinnedBy,
  rewriteSearch,
  toFilterGroups,
  type Groups,
} from '../search/rewrite.ts'
import { unknownType } from '../unknown-type.ts'
import { readFound } from './list.ts'

interface Sort {
  readonly propertyName: string
  readonly direction: 'ASCENDING' | 'DESCENDING'
}

interface Params {
  readonly type: ObjectType
  readonly groups: Groups
  readonly sorts: readonly Sort[]
  readonly query: string | undefined
  readonly properties: readonly string[]
  readonly limit: number
  readonly after: string | undefined
}

interface Facts {
  readonly params: Params
  readonly place: Place
  readonly action: HubspotAction
  readonly foundBy: readonly string[]
  /** for HubSpot, with the grant's filter in every group */
  readonly question: JsonObject
}

const DEFAULT_LIMIT = 10

const sortSchema: z.ZodType<Sort, unknown> = z.union([
  z
    .string()
    .regex(/^-?[A-Za-z0-9_]{1,100}$/, 'expected the name of a property')
    .transform((text) => ({
      propertyName: text.replace(/^-/, '').toLowerCase(),
      direction: text.startsWith('-') ? ('DESCENDING' as const) : ('ASCENDING' as const),
    })),
  z
    .strictObject({
      propertyName,
      direction: z.enum(['ASCENDING', 'DESCENDING']).default('ASCENDING'),
    })
    .transform(({ propertyName: name, direction }) => ({ propertyName: name, direction })),
])

const schema = z.strictObject({
  filterGroups: filterGroupsSchema.default([]),
  // HubSpot's own most
  sorts: z.array(sortSchema).max(1, 'one sort at most').default([]),
  query: z.string().max(3000).optional(),
  properties: propertyNames.default([]),
  limit: z.int().min(1).max(200).default(DEFAULT_LIMIT),
  after: pageToken.or(z.literal('')).optional(),
})

/** everything that a property is needed for is decided as showing it: a hit, and its place, tell about its value */
export function search(object: HubspotObject): ReadOperation<Params, Facts> {
  const operation = operationOf(object, 'search')
  return {
    name: `hubspot.${object}.search`,
    effect: 'read',
    routes: objectRoutes(object, 'POST', '/search'),
    maxBodyBytes: 16 * 1024,
    gates: [{ operation, crm: {} }],
    conceals: false,
    decode: (request, ids) => decode(request, ids, object),
    // what was looked for is none of the record's business
    toRecord: ({ type, groups, sorts, query, properties, limit }) => ({
      type: type.name,
      filtered: namesIn(groups),
      sorted: sorts.map((sort) => sort.propertyName),
      query: query !== undefined,
      properties,
      limit,
    }),
    prepare: (params, call) => prepare(params, operation, call),
    async project({ params, place, action, foundBy, question }, _chosen, call) {
      const { type, properties, limit } = params
      const wanted = { properties, foundBy, associations: [] }
      const filled = await fillPage(
        place,
        limit,
        (cursor) => readFound(type, question, cursor, call),
        (ids) => showFound(type, ids, wanted, call),
      )
      if (!filled.ok) return filled
      const { page } = filled
      // of what this token has seen of it, and whether there is more: HubSpot's own number counts what is hidden
      const total = place.seen + page.rows.length + (page.next === undefined ? 0 : 1)
      const body = { total, results: page.rows, ...toPaging(page, questionOf(params), call) }
      return { ok: true, body, shows: [action, ...page.actions] }
    },
  }
}

function questionOf({ type, groups, sorts, query, properties }: Params): string {
  return JSON.stringify([type.name, groups, sorts, query ?? null, properties])
}

/** a property that no list of names can hold: allowed only where everything may be seen */
const ANYTHING = '*'

function prepare(
  params: Params,
  operation: HubspotAction['operation'],
  call: Call,
): Prepared<Facts> {
  const { type, groups, sorts, query, limit } = params
  const read = readPlace(params.after, questionOf(params), call)
  if (!read.ok) return read
  const { place } = read
  const searched = query === undefined ? [] : (type.searched ?? [ANYTHING])
  const sorted = sorts.map((sort) => sort.propertyName)
  const foundBy = [...new Set([...namesIn(groups), ...sorted, ...searched])].filter(isNoId)
  const action: HubspotAction = {
    operation,
    crm: {
      objectType: type.name,
      shows: foundBy,
      associations: [],
      pinned: pinnedBy(groups),
      maxResults: place.seen + limit,
    },
  }
  const rewritten = rewriteSearch(groups, grantFilter(type, call))
  if (!rewritten.ok) return { ok: false, refusal: tooMuch(rewritten.because) }
  const question: JsonObject = {
    filterGroups: toFilterGroups(rewritten.groups),
    sorts: sorts.map((sort) => ({ ...sort })),
    ...(query !== undefined && { query }),
    properties: ['hs_object_id'],
  }
  // room for the cursor and the size of a page
  if (isTooLong({ ...question, limit: 100, after: '00000' })) {
    return { ok: false, refusal: tooMuch('more than the 3000 characters that HubSpot takes') }
  }
  return { ok: true, prepared: { params, place, action, foundBy, question }, actions: [action] }
}

/** a record's id is shown with it, whatever else is */
function isNoId(name: string): boolean {
  return name !== 'hs_object_id'
}

function tooMuch(because: string): Refusal {
  return badRequest(
    'search_too_large',
    `with the filter of this access in every group the search has ${because}: ask for less at once`,
  )
}

function decode(
  request: Snapshot,
  ids: Readonly<Record<string, string>>,
  object: HubspotObject,
): Decoded<Params> {
  const type = objectTypeOf(object, ids)
  if (type === undefined) return { ok: false, refusal: unknownType }
  const query = decodeNoQuery(request)
  if (!query.ok) return query
  const body = decodeBody(request, schema)
  if (!body.ok) return body
  const { filterGroups: groups, sorts, properties, limit, after } = body.params
  return {
    ok: true,
    params: {
      type,
      groups,
      sorts,
      query: body.params.query?.trim() === '' ? undefined : body.params.query,
      properties: properties.length === 0 ? type.defaults : properties,
      limit,
      after: after === '' ? undefined : after,
    },
  }
}
