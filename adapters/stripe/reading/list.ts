import { z } from 'zod'
import type { Call, Decoded, QueryPairs, ReadOperation } from '../../operation.ts'
import { badRequest, missing, type Refusal } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { pairsOf, type Encodable } from '../form/encode.ts'
import { createdText, decodeQuery, expandOfRows, idText, limitText } from '../parameters.ts'
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

interface Params {
  readonly limit: number
  readonly startingAfter: string | undefined
  readonly endingBefore: string | undefined
  readonly expand: readonly string[]
  /** what is passed on to narrow the list */
  readonly filters: Readonly<Record<string, Encodable>>
}

const DEFAULT_LIMIT = 10
const PAGE = 100
/** rows that one call looks at; more than this without one to show is said, not answered with an empty page */
const MAX_EXAMINED = 2_000

/**
 * Each row is decided as what it shows; the page is filled from the next ones. INVARIANT: a page with `has_more` has a row: the
 * stock client's auto-paging throws at an empty one (stripe-node 23, measured).
 */
export function list(resource: Resource): ReadOperation<Params, Params> {
  const { name } = resource
  return {
    name: `stripe.${name}.list`,
    effect: 'read',
    routes: [{ method: 'GET', template: `/v1/${name}`, dialect: 'form' }],
    maxBodyBytes: 0,
    // asking for many is one right for all kinds: what is closed altogether is closed here
    gates: [{ operation: `stripe.${name}.read`, target: {} }],
    conceals: false,
    decode: (request) => decode(request, resource),
    toRecord: ({ limit, startingAfter, endingBefore, expand, filters }) => ({
      limit,
      startingAfter,
      endingBefore,
      expand,
      ...filters,
    }),
    prepare: (params) => ({
      ok: true,
      prepared: params,
      actions: [{ operation: 'stripe.list', target: {} }],
    }),
    async project(params, _chosen, call) {
      const cursor = params.startingAfter ?? params.endingBefore
      if (cursor !== undefined && !(await isShown(cursor, resource, call))) {
        return { ok: false, refusal: missing('no_cursor') }
      }
      const found = await collect(params, resource, call)
      if (!found.ok) return found
      const { rows, hasMore } = found
      const data = rows.map((row) => projectObject(row, params.expand))
      const shows = rows.map((row) => readAction(resource, row, params.expand, call))
      return {
        ok: true,
        body: { object: 'list', url: `/v1/${name}`, has_more: hasMore, data },
        shows,
      }
    },
  }
}

/** where one is in a list tells that it is there: only from what the token shows */
async function isShown(id: string, resource: Resource, call: Call): Promise<boolean> {
  const json = await call.reader.read([resource.name, id])
  if (json === undefined) return false
  return call.judge(readAction(resource, parseObject(json, resource), [], call)).allowed
}

type Collected =
  | { readonly ok: true; readonly rows: readonly StripeObject[]; readonly hasMore: boolean }
  | { readonly ok: false; readonly refusal: Refusal }

async function collect(params: Params, resource: Resource, call: Call): Promise<Collected> {
  const { limit, endingBefore } = params
  const isBackwards = endingBefore !== undefined
  const rows: StripeObject[] = []
  let cursor = params.startingAfter ?? endingBefore
  let examined = 0
  for (;;) {
    const page = await readPage(params, cursor, resource, call)
    // towards the beginning the nearest row comes last
    const inOrder = isBackwards ? [...page.rows].reverse() : page.rows
    for (const [index, row] of inOrder.entries()) {
      if (!call.judge(readAction(resource, row, params.expand, call)).allowed) continue
      if (rows.length === limit)
        return { ok: true, rows: ordered(rows, isBackwards), hasMore: true }
      rows.push(row)
      const isLast = index === inOrder.length - 1
      if (rows.length === limit && isLast) {
        return { ok: true, rows: ordered(rows, isBackwards), hasMore: page.hasMore }
      }
    }
    examined += inOrder.length
    cursor = inOrder.at(-1)?.id
    if (!page.hasMore || cursor === undefined) {
      return { ok: true, rows: ordered(rows, isBackwards), hasMore: false }
    }
    if (examined >= MAX_EXAMINED) {
      if (rows.length > 0) return { ok: true, rows: ordered(rows, isBackwards), hasMore: true }
      return { ok: false, refusal: unfinished }
    }
  }
}

function ordered(rows: readonly StripeObject[], isBackwards: boolean): readonly StripeObject[] {
  return isBackwards ? [...rows].reverse() : rows
}

const unfinished = badRequest(
  'list_unfinished',
  `none of ${MAX_EXAMINED} rows may be shown: narrow the list, by customer or by created`,
)

async function readPage(
  { filters, endingBefore, expand }: Params,
  cursor: string | undefined,
  { name, object }: Resource,
  call: Call,
): Promise<{ rows: StripeObject[]; hasMore: boolean }> {
  const query: QueryPairs = [
    ['limit', String(PAGE)],
    ...pairsOf(filters),
    ...(cursor === undefined
      ? []
      : [[endingBefore === undefined ? 'starting_after' : 'ending_before', cursor] as const]),
    ...expandPairs(expand.map((path) => `data.${path}`)),
  ]
  const json = await call.reader.read([name], query)
  if (!isRecord(json) || json['object'] !== 'list' || !Array.isArray(json['data'])) {
    throw unexpected('the answer is no list')
  }
  const rows = json['data'].map((row) => parseObject(row, { object }))
  return { rows, hasMore: json['has_more'] === true && rows.length > 0 }
}

function decode(request: Snapshot, { prefixes, filters }: Resource): Decoded<Params> {
  const ownId = idText(...prefixes).optional()
  const narrowing = Object.entries(filters).map(([name, of]) => [name, of.optional()])
  const schema = z.strictObject({
    limit: limitText.optional(),
    starting_after: ownId,
    ending_before: ownId,
    created: createdText.optional(),
    expand: expandOfRows.optional(),
    ...(Object.fromEntries(narrowing) as Record<string, z.ZodOptional<z.ZodType<string, string>>>),
  })
  const query = decodeQuery(request, schema)
  if (!query.ok) return query
  const {
    limit,
    starting_after: startingAfter,
    ending_before: endingBefore,
    ...rest
  } = query.params
  const { expand = [], ...narrowed } = rest
  if (startingAfter !== undefined && endingBefore !== undefined) {
    return {
      ok: false,
      refusal: badRequest('two_cursors', 'name one of starting_after, ending_before'),
    }
  }
  const params = {
    limit: limit ?? DEFAULT_LIMIT,
    startingAfter,
    endingBefore,
    expand,
    filters: narrowed as Params['filters'],
  }
  return { ok: true, params }
}
