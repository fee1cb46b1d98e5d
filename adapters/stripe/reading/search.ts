import { z } from 'zod'
import type { Call, Decoded, QueryPairs, ReadOperation } from '../../operation.ts'
import { badRequest, type Refusal } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { decodeQuery, expandOfRows, limitText } from '../parameters.ts'
import { projectObject } from '../projection/object.ts'
import { isRecord } from '../../is-record.ts'
import { expandPairs } from './retrieve.ts'
import {
  parseObject,
  readAction,
  unexpected,
  type Resource,
  type StripeObject,
} from './resource.ts'
import { parseSearchQuery } from './search-query.ts'

interface Params {
  /** in the one spelling in which it goes to Stripe */
  readonly query: string
  readonly limit: number
  /** the agent's page token, still sealed */
  readonly page: string | undefined
  readonly expand: readonly string[]
}

/** where a search goes on: Stripe's own page, and how many of its rows were looked at */
interface Place {
  readonly page: string | undefined
  readonly skip: number
}

const DEFAULT_LIMIT = 10
const PAGE = 100
/** as of a list */
const MAX_EXAMINED = 2_000

const schema = z.strictObject({
  query: z.string().max(1_000),
  limit: limitText.optional(),
  page: z.string().max(2_048).optional(),
  expand: expandOfRows.optional(),
})

/**
 * A search narrows what is asked for and decides nothing: each hit is decided as what it shows, as Stripe gives it. No totals;
 * and the token of the next page is sealed, because Stripe's own would say how much was left out.
 */
export function search(
  resource: Resource & { readonly searchable: readonly string[] },
): ReadOperation<Params, Place & Params> {
  const { name } = resource
  return {
    name: `stripe.${name}.search`,
    effect: 'read',
    routes: [{ method: 'GET', template: `/v1/${name}/search`, dialect: 'form' }],
    maxBodyBytes: 0,
    gates: [{ operation: `stripe.${name}.read`, target: {} }],
    conceals: false,
    decode: (request) => decode(request, resource.searchable),
    // what is searched for may be somebody's name or address
    toRecord: ({ limit, expand }) => ({ limit, expand }),
    prepare(params, call) {
      const place = placeOf(params, call)
      if (place === undefined) return { ok: false, refusal: badPage }
      return {
        ok: true,
        prepared: { ...params, ...place },
        actions: [{ operation: 'stripe.list', target: {} }],
      }
    },
    async project(params, _chosen, call) {
      const found = await collect(params, resource, call)
      if (!found.ok) return found
      const { rows, next } = found
      return {
        ok: true,
        body: {
          object: 'search_result',
          url: `/v1/${name}/search`,
          has_more: next !== undefined,
          next_page: next === undefined ? null : call.wrapPageToken(next, params.query),
          data: rows.map((row) => projectObject(row, params.expand)),
        },
        shows: rows.map((row) => readAction(resource, row, params.expand, call)),
      }
    },
  }
}

function placeOf({ page, query }: Params, call: Call): Place | undefined {
  if (page === undefined) return { page: undefined, skip: 0 }
  const opened = call.unwrapPageToken(page, query)
  if (opened === undefined) return undefined
  const [upstream, skip] = JSON.parse(opened) as [string | null, number]
  return { page: upstream ?? undefined, skip }
}

type Collected =
  | { readonly ok: true; readonly rows: readonly StripeObject[]; readonly next: string | undefined }
  | { readonly ok: false; readonly refusal: Refusal }

async function collect(params: Params & Place, resource: Resource, call: Call): Promise<Collected> {
  const rows: StripeObject[] = []
  let { page, skip } = params
  for (let examined = 0; examined < MAX_EXAMINED;) {
    const found = await readPage(params, page, resource, call)
    for (const [index, row] of found.rows.entries()) {
      if (index < skip) continue
      if (!call.judge(readAction(resource, row, params.expand, call)).allowed) continue
      if (rows.length === params.limit) {
        return { ok: true, rows, next: JSON.stringify([page ?? null, index]) }
      }
      rows.push(row)
    }
    examined += found.rows.length
    if (found.next === undefined || found.rows.length === 0) {
      return { ok: true, rows, next: undefined }
    }
    page = found.next
    skip = 0
  }
  if (rows.length === 0) return { ok: false, refusal: unfinished }
  return { ok: true, rows, next: JSON.stringify([page ?? null, 0]) }
}

async function readPage(
  { query, expand }: Params,
  page: string | undefined,
  { name, object }: Resource,
  call: Call,
): Promise<{ rows: StripeObject[]; next: string | undefined }> {
  const pairs: QueryPairs = [
    ['query', query],
    ['limit', String(PAGE)],
    ...(page === undefined ? [] : [['page', page] as const]),
    ...expandPairs(expand.map((path) => `data.${path}`)),
  ]
  const json = await call.reader.read([name, 'search'], pairs)
  if (!isRecord(json) || json['object'] !== 'search_result' || !Array.isArray(json['data'])) {
    throw unexpected('the answer is no result of a search')
  }
  const rows = json['data'].map((row) => parseObject(row, { object }))
  const next = json['has_more'] === true ? json['next_page'] : undefined
  return { rows, next: typeof next === 'string' ? next : undefined }
}

const badPage = badRequest(
  'invalid_page',
  'this page is of another search, or of another access: begin without `page`',
)

const unfinished = badRequest(
  'list_unfinished',
  `none of ${MAX_EXAMINED} hits may be shown: ask more narrowly, by customer or by created`,
)

function decode(request: Snapshot, searchable: readonly string[]): Decoded<Params> {
  const decoded = decodeQuery(request, schema)
  if (!decoded.ok) return decoded
  const { query, limit = DEFAULT_LIMIT, page, expand = [] } = decoded.params
  const parsed = parseSearchQuery(query, searchable)
  if (!parsed.ok) return { ok: false, refusal: badRequest('invalid_query', parsed.problem) }
  return { ok: true, params: { query: parsed.query, limit, page, expand } }
}
