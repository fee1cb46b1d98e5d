import { z } from 'zod'
import type { HubspotAction, HubspotObject } from '../../../capabilities/index.ts'
import { judgeEnds, parseLink, readLinks, showLink, type Link } from '../associations/linked.ts'
import { isRecord } from '../../is-record.ts'
import type { Call, Decoded, Prepared, ReadOperation } from '../../operation.ts'
import { missing } from '../../refusal.ts'
import type { Snapshot } from '../../snapshot.ts'
import { toBatch } from '../batch.ts'
import { findObjectType, objectTypeOf, operationOf, type ObjectType } from '../object-types.ts'
import {
  decodeBody,
  decodeNoQuery,
  decodeQuery,
  limitUpTo,
  pageToken,
  recordId,
} from '../parameters.ts'
import { fillPage, readPlace, toPaging, type Place } from '../records/filled-page.ts'
import { readFacts, readRecord, readRecords } from '../records/read.ts'
import { idOf, resultsIn } from '../records/record.ts'
import { viewRecord, type Viewed } from '../records/view.ts'
import { dialectOf, objectRoutes, typeRoutes, type Dialect } from '../routes.ts'
import { unknownType } from '../unknown-type.ts'

interface Ends {
  readonly from: ObjectType
  readonly to: ObjectType
  readonly dialect: Dialect
}

interface ListParams extends Ends {
  readonly id: string
  readonly limit: number
  readonly after: string | undefined
}

interface ListFacts {
  readonly params: ListParams
  readonly place: Place
  readonly actions: readonly HubspotAction[]
}

const querySchema = z.strictObject({
  limit: limitUpTo(500).optional(),
  after: pageToken.optional(),
})

/** to which records one is linked: each of them has to be seen too, because a link tells that it is there */
export function associationsList(object: HubspotObject): ReadOperation<ListParams, ListFacts> {
  return {
    name: `hubspot.${object}.associations.list`,
    effect: 'read',
    routes: objectRoutes(object, 'GET', '/{id}/associations/{toType}', ['v3', 'v4']),
    maxBodyBytes: 0,
    gates: [{ operation: operationOf(object, 'read'), crm: {} }],
    conceals: true,
    decode(request, ids, dialect) {
      const ends = endsOf(object, ids, dialect)
      if (ends === undefined) return { ok: false, refusal: unknownType }
      const { id = '' } = ids
      if (!recordId.safeParse(id).success) return { ok: false, refusal: missing('invalid_id') }
      const query = decodeQuery(request, querySchema)
      if (!query.ok) return query
      const { limit = 500, after } = query.params
      return { ok: true, params: { ...ends, id, limit, after } }
    },
    toRecord: ({ from, to, id, limit }) => ({ type: from.name, id, to: to.name, limit }),
    async prepare(params, call) {
      const { from, to, id } = params
      const read = readPlace(params.after, questionOf(params), call)
      if (!read.ok) return read
      const record = await readRecord(from, { key: id, idProperty: undefined }, [], call)
      if (record === undefined) return { ok: false, refusal: missing('not_found') }
      const wanted = { properties: [], foundBy: [], associations: [to.name] }
      const viewed = viewRecord(from, record, await readFacts(from, record, call), wanted, call)
      if (!viewed.ok) return refused(viewed)
      const { actions } = viewed.view
      const prepared = { params: { ...params, id: record.id }, place: read.place, actions }
      return { ok: true, prepared, actions: [actions[0]], also: actions.slice(1) }
    },
    async project({ params, place, actions }, _chosen, call) {
      const { from, to, id, limit, dialect } = params
      const filled = await fillPage(
        place,
        limit,
        (cursor) => readLinks(from, id, to, cursor, call),
        async (links) => showLinks(links, params, call),
      )
      if (!filled.ok) return filled
      const { page } = filled
      const body = {
        results: page.rows,
        ...toPaging(page, questionOf({ from, to, id, dialect }), call),
      }
      return { ok: true, body, shows: [...actions, ...page.actions] }
    },
  }
}

function questionOf({ from, to, id, dialect }: Ends & { readonly id: string }): string {
  return JSON.stringify([from.name, id, to.name, dialect])
}

async function showLinks(
  links: readonly Link[],
  { from, to, dialect }: Ends,
  call: Call,
): Promise<readonly ({ body: unknown; actions: readonly HubspotAction[] } | undefined)[]> {
  const seen = await judgeEnds(
    to,
    links.map(({ id }) => id),
    call,
  )
  return links.map((link) => {
    const action = seen.get(link.id)
    return action && { body: showLink(link, from, to, dialect), actions: [action] }
  })
}

/** whoever may see the record is told that its links are too much; for anybody else it is not there */
function refused(viewed: Extract<Viewed, { ok: false }>): Prepared<never> {
  const { denial, action } = viewed
  const decided = { denial, action }
  if (!viewed.isVisible) return { ok: false, refusal: missing(denial.reason, decided) }
  const message = 'not allowed'
  return { ok: false, refusal: { code: 'denied', message, reason: denial.reason, decided } }
}

interface BatchParams extends Ends {
  readonly ids: readonly string[]
}

interface BatchFacts {
  readonly params: BatchParams
  readonly actions: readonly HubspotAction[]
  /** those of the ids whose links may be seen */
  readonly seen: readonly string[]
}

const batchSchema = z.strictObject({
  inputs: z
    .array(z.strictObject({ id: recordId }))
    .min(1)
    .max(100),
})

/** the first page of each; what may not be seen stands in the answer as what is not there does */
export function associationsBatchRead(
  object: HubspotObject,
): ReadOperation<BatchParams, BatchFacts> {
  return {
    name: `hubspot.${object}.associations.batchRead`,
    effect: 'read',
    routes: typeRoutes('associations', object, 'POST', '/{toType}/batch/read', ['v3', 'v4']),
    maxBodyBytes: 64 * 1024,
    gates: [{ operation: operationOf(object, 'read'), crm: {} }],
    conceals: true,
    decode: (request, ids, dialect) => decodeBatch(request, object, ids, dialect),
    toRecord: ({ from, to, ids }) => ({ type: from.name, ids, to: to.name }),
    async prepare(params, call) {
      const { from, to, ids } = params
      const records = await readRecords(from, ids, [], call)
      const wanted = { properties: [], foundBy: [], associations: [to.name] }
      const actions: HubspotAction[] = []
      const seen: string[] = []
      for (const id of ids) {
        const record = records.get(id)
        if (record?.id !== id) continue
        const viewed = viewRecord(from, record, await readFacts(from, record, call), wanted, call)
        // the type of links is of the request, not of the record
        if (!viewed.ok && viewed.isVisible) return refused(viewed)
        if (!viewed.ok) continue
        seen.push(id)
        actions.push(...viewed.view.actions)
      }
      const [first] = actions
      if (first === undefined) return { ok: false, refusal: missing('nothing_to_show') }
      return { ok: true, prepared: { params, actions, seen }, actions: [first] }
    },
    async project({ params, actions, seen }, _chosen, call) {
      const { from, to, ids } = params
      const json = await call.reader.ask(
        ['crm', 'v4', 'associations', from.id, to.id, 'batch', 'read'],
        { inputs: seen.map((id) => ({ id })) },
      )
      const rows = json === undefined ? [] : resultsIn(json).flatMap(parseRow)
      const shows: HubspotAction[] = [...actions]
      const results: unknown[] = []
      for (const row of rows.filter(({ id }) => seen.includes(id))) {
        const shown = (await showLinks(row.links, params, call)).flatMap((one) => one ?? [])
        shows.push(...shown.flatMap((one) => one.actions))
        const others = shown.map(({ body }) => body)
        if (others.length > 0) results.push({ from: { id: row.id }, to: others })
      }
      const lost = ids.filter((id) => !seen.includes(id))
      return { ...toBatch(results, lost, call), shows }
    },
  }
}

function parseRow(json: unknown): { readonly id: string; readonly links: readonly Link[] }[] {
  if (!isRecord(json) || !isRecord(json['from']) || !Array.isArray(json['to'])) return []
  const id = idOf(json['from']['id'])
  return id === undefined ? [] : [{ id, links: (json['to'] as unknown[]).flatMap(parseLink) }]
}

function decodeBatch(
  request: Snapshot,
  object: HubspotObject,
  ids: Readonly<Record<string, string>>,
  dialect: string,
): Decoded<BatchParams> {
  const ends = endsOf(object, ids, dialect)
  if (ends === undefined) return { ok: false, refusal: unknownType }
  const query = decodeNoQuery(request)
  if (!query.ok) return query
  const body = decodeBody(request, batchSchema)
  if (!body.ok) return body
  const distinct = [...new Set(body.params.inputs.map(({ id }) => id))]
  return { ok: true, params: { ...ends, ids: distinct } }
}

export function endsOf(
  object: HubspotObject,
  ids: Readonly<Record<string, string>>,
  dialect: string,
): Ends | undefined {
  const from = objectTypeOf(object, ids)
  const to = findObjectType(ids['toType'] ?? '')
  return from && to && { from, to, dialect: dialectOf(dialect) }
}
