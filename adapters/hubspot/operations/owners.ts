import { z } from 'zod'
import type { HubspotAction } from '../../../capabilities/index.ts'
import type { Call, QueryPairs, ReadOperation, Route } from '../../operation.ts'
import { badRequest, missing, type Refusal } from '../../refusal.ts'
import { isRecord } from '../../is-record.ts'
import { decodeQuery, limitUpTo, notArchived, pageToken } from '../parameters.ts'
import { cursorIn, resultsIn, unexpected } from '../records/record.ts'
import { prefixesOf, some } from '../routes.ts'
import { pick } from './directory.ts'

interface ListParams {
  readonly limit: number
  readonly after: string | undefined
  readonly email: string | undefined
}

interface ListFacts {
  readonly params: ListParams
  readonly cursor: string | undefined
}

const schema = z.strictObject({
  limit: limitUpTo(500).optional(),
  after: pageToken.optional(),
  email: z.string().min(3).max(256).optional(),
  archived: notArchived.optional(),
})

const [WITH_EMAILS, WITHOUT] = [true, false].map((ownerEmails): HubspotAction => ({
  operation: 'hubspot.owners.read',
  crm: { ownerEmails },
})) as [HubspotAction, HubspotAction]

/** names and ids; an address only where it is granted, and to look for one shows it */
const FIELDS = ['id', 'firstName', 'lastName', 'type', 'createdAt', 'updatedAt', 'archived']

/** the address is shown if it may be: the first of the two that is allowed is what is done */
const BOTH: readonly [HubspotAction, HubspotAction] = [WITH_EMAILS, WITHOUT]

function projectOwner(owner: unknown, chosen: number): Record<string, unknown> {
  return pick(owner, BOTH[chosen] === WITH_EMAILS ? [...FIELDS, 'email'] : FIELDS)
}

const listRoutes: Route[] = prefixesOf('owners').flatMap(({ path, dialect }) =>
  // the stock client of some versions asks with a slash at the end
  ['', '/'].map((end) => ({ method: 'GET', template: `${path}${end}`, dialect })),
)

export const ownersList: ReadOperation<ListParams, ListFacts> = {
  name: 'hubspot.owners.list',
  effect: 'read',
  routes: some(listRoutes),
  maxBodyBytes: 0,
  gates: [WITHOUT, WITH_EMAILS],
  conceals: false,
  decode(request) {
    const query = decodeQuery(request, schema)
    if (!query.ok) return query
    const { limit = 100, after, email } = query.params
    return { ok: true, params: { limit, after, email } }
  },
  toRecord: ({ limit, email }) => ({ limit, byEmail: email !== undefined }),
  prepare(params, call) {
    const { after, email } = params
    const cursor = after === undefined ? undefined : call.unwrapPageToken(after, questionOf(params))
    if (after !== undefined && cursor === undefined) return { ok: false, refusal: badPage }
    const actions = email === undefined ? BOTH : ([WITH_EMAILS] as const)
    return { ok: true, prepared: { params, cursor }, actions }
  },
  async project({ params, cursor }, chosen, call) {
    const { limit, email } = params
    const query: QueryPairs = [
      ['limit', String(limit)],
      ['archived', 'false'],
      ...(email === undefined ? [] : [['email', email] as const]),
      ...(cursor === undefined ? [] : [['after', cursor] as const]),
    ]
    const json = await call.reader.read(['crm', 'v3', 'owners'], query)
    if (json === undefined) return { ok: false, refusal: missing('not_found') }
    const results = resultsIn(json).map((owner) => projectOwner(owner, chosen))
    return { ok: true, body: { results, ...paging(json, params, call) } }
  },
}

function questionOf({ email }: ListParams): string {
  return JSON.stringify(['owners', email ?? null])
}

function paging(json: unknown, params: ListParams, call: Call): object {
  const next = cursorIn(json)
  if (next === undefined) return {}
  return { paging: { next: { after: call.wrapPageToken(next, questionOf(params)) } } }
}

const badPage: Refusal = badRequest(
  'bad_page_token',
  '`after` is not of this question: begin it anew',
)

const getRoutes: Route[] = prefixesOf('owners').map(({ path, dialect }) => ({
  method: 'GET',
  template: `${path}/{id}`,
  dialect,
}))

export const ownersGet: ReadOperation<string, string> = {
  name: 'hubspot.owners.get',
  effect: 'read',
  routes: some(getRoutes),
  maxBodyBytes: 0,
  gates: [WITHOUT, WITH_EMAILS],
  conceals: false,
  decode(request, ids) {
    const query = decodeQuery(
      request,
      z.strictObject({ archived: notArchived.optional(), idProperty: z.literal('id').optional() }),
    )
    return query.ok ? { ok: true, params: ids['id'] ?? '' } : query
  },
  toRecord: (id) => ({ id }),
  prepare: (id) => ({ ok: true, prepared: id, actions: BOTH }),
  async project(id, chosen, call) {
    const json = await call.reader.read(['crm', 'v3', 'owners', id], [['archived', 'false']])
    if (json === undefined) return { ok: false, refusal: missing('not_found') }
    if (!isRecord(json) || json['id'] !== id) throw unexpected('another owner was answered')
    return { ok: true, body: projectOwner(json, chosen) }
  },
}
