import { z } from 'zod'
import type { HubspotAction, HubspotObject } from '../../../capabilities/index.ts'
import type { Call, Decoded, JsonObject, ReadOperation } from '../../operation.ts'
import type { Snapshot } from '../../snapshot.ts'
import { objectTypeOf, operationOf, type ObjectType } from '../object-types.ts'
import { decodeQuery, limitUpTo, notArchived, pageToken, propertyNames } from '../parameters.ts'
import {
  fillPage,
  readPlace,
  toPaging,
  type Place,
  type SourcePage,
} from '../records/filled-page.ts'
import { namesFor, pathOf } from '../records/read.ts'
import { cursorIn, parseRecord, resultsIn, type CrmRecord } from '../records/record.ts'
import { showFound, toShown, viewAll } from '../records/show-rows.ts'
import { objectRoutes } from '../routes.ts'
import { grantFilter } from '../search/grant-filter.ts'
import { isTooLong, rewriteSearch, toFilterGroups } from '../search/rewrite.ts'
import { unknownType } from '../unknown-type.ts'

interface Params {
  readonly type: ObjectType
  readonly properties: readonly string[]
  readonly limit: number
  readonly after: string | undefined
}

interface Facts {
  readonly params: Params
  readonly place: Place
  readonly action: HubspotAction
}

const DEFAULT_LIMIT = 10
const PAGE = 100

const schema = z.strictObject({
  limit: limitUpTo(100).optional(),
  after: pageToken.optional(),
  properties: propertyNames.optional(),
  propertiesWithHistory: propertyNames.optional(),
  archived: notArchived.optional(),
})

/** a search that pins nothing: each row is decided as a record that is read */
export function list(object: HubspotObject): ReadOperation<Params, Facts> {
  const operation = operationOf(object, 'search')
  return {
    name: `hubspot.${object}.list`,
    effect: 'read',
    routes: objectRoutes(object, 'GET', ''),
    maxBodyBytes: 0,
    gates: [{ operation, crm: {} }],
    conceals: false,
    decode: (request, ids) => decode(request, ids, object),
    toRecord: ({ type, properties, limit }) => ({ type: type.name, properties, limit }),
    prepare(params, call) {
      const { type, limit } = params
      const read = readPlace(params.after, questionOf(params), call)
      if (!read.ok) return read
      const { place } = read
      const action: HubspotAction = {
        operation,
        crm: {
          objectType: type.name,
          shows: [],
          associations: [],
          pinned: [],
          maxResults: place.seen + limit,
        },
      }
      return { ok: true, prepared: { params, place, action }, actions: [action] }
    },
    async project({ params, place, action }, _chosen, call) {
      const filled = await fill(params, place, call)
      if (!filled.ok) return filled
      const { page } = filled
      const body = { results: page.rows, ...toPaging(page, questionOf(params), call) }
      return { ok: true, body, shows: [action, ...page.actions] }
    },
  }
}

function questionOf({ type, properties }: Params): string {
  return JSON.stringify([type.name, properties])
}

/** by a search where that finds fewer to be thrown away, else as HubSpot lists them */
function fill(params: Params, place: Place, call: Call): ReturnType<typeof fillPage> {
  const { type, properties, limit } = params
  const wanted = { properties, foundBy: [], associations: [] }
  const question = narrowed(type, call)
  if (question !== undefined) {
    return fillPage(
      place,
      limit,
      (cursor) => readFound(type, question, cursor, call),
      (ids) => showFound(type, ids, wanted, call),
    )
  }
  return fillPage(
    place,
    limit,
    (cursor) => readListed(type, properties, cursor, call),
    async (records) => (await viewAll(type, records, wanted, call)).map(toShown),
  )
}

function narrowed(type: ObjectType, call: Call): JsonObject | undefined {
  const rewritten = rewriteSearch([], grantFilter(type, call))
  if (!rewritten.ok) return undefined
  const filterGroups = toFilterGroups(rewritten.groups)
  const question = {
    filterGroups,
    sorts: [{ propertyName: 'hs_object_id', direction: 'ASCENDING' }],
    properties: ['hs_object_id'],
  }
  return Array.isArray(filterGroups) && filterGroups.length > 0 && !isTooLong(question)
    ? question
    : undefined
}

async function readListed(
  type: ObjectType,
  properties: readonly string[],
  cursor: string | undefined,
  call: Call,
): Promise<SourcePage<CrmRecord>> {
  const json = await call.reader.read(pathOf(type), [
    ['limit', String(PAGE)],
    ['properties', namesFor(type, properties, call).join(',')],
    ['archived', 'false'],
    ...(cursor === undefined ? [] : [['after', cursor] as const]),
  ])
  if (json === undefined) return { rows: [], next: undefined }
  return { rows: resultsIn(json).map(parseRecord), next: cursorIn(json) }
}

/** the ids that a search finds, a hundred at a time; HubSpot's cursor of a search is how many stand before */
export async function readFound(
  type: ObjectType,
  question: JsonObject,
  cursor: string | undefined,
  call: Call,
): Promise<SourcePage<string>> {
  const json = await call.reader.ask([...pathOf(type), 'search'], {
    ...question,
    limit: PAGE,
    ...(cursor !== undefined && { after: cursor }),
  })
  if (json === undefined) return { rows: [], next: undefined }
  const next = cursorIn(json)
  // HubSpot shows no more of a search than its first ten thousand
  const isEnd = next === undefined || Number(next) + PAGE > MOST_FOUND
  return { rows: resultsIn(json).map((row) => parseRecord(row).id), next: isEnd ? undefined : next }
}

const MOST_FOUND = 10_000

function decode(
  request: Snapshot,
  ids: Readonly<Record<string, string>>,
  object: HubspotObject,
): Decoded<Params> {
  const type = objectTypeOf(object, ids)
  if (type === undefined) return { ok: false, refusal: unknownType }
  const query = decodeQuery(request, schema)
  if (!query.ok) return query
  const { limit = DEFAULT_LIMIT, after, properties = [], propertiesWithHistory = [] } = query.params
  const named = [...new Set([...properties, ...propertiesWithHistory])]
  return {
    ok: true,
    params: { type, limit, after, properties: named.length === 0 ? type.defaults : named },
  }
}
