import { z } from 'zod'
import type { HubspotAction, HubspotObject } from '../../../capabilities/index.ts'
import { isRecord } from '../../is-record.ts'
import { legacyType } from '../associations/linked.ts'
import { linkSpec, type LinkSpec } from '../associations/spec.ts'
import type {
  Approvable,
  Call,
  Decoded,
  EffectOperation,
  JsonObject,
  Prepared,
  Projected,
  UpstreamCall,
} from '../../operation.ts'
import { badRequest, missing } from '../../refusal.ts'
import { MAX_INPUTS, NOT_FOUND, toBatch } from '../batch.ts'
import type { ObjectType } from '../object-types.ts'
import { decodeBody, decodeNoQuery, recordId, recordIdOrNumber } from '../parameters.ts'
import { idOf, resultsIn, unexpected } from '../records/record.ts'
import { objectRoutes, typeRoutes, type Dialect } from '../routes.ts'
import { unknownType } from '../unknown-type.ts'
import { capped, words } from '../writing/card.ts'
import { checkEnds } from '../writing/creations.ts'
import { endsOf } from './associations-read.ts'

/** one link that is to be made */
interface NewLink {
  readonly fromId: string
  readonly toId: string
  /** undefined: HubSpot's usual one between the two kinds */
  readonly types: readonly LinkSpec[] | undefined
}

interface Params {
  readonly from: ObjectType
  readonly to: ObjectType
  readonly dialect: Dialect
  readonly links: readonly NewLink[]
}

const gate: HubspotAction = { operation: 'hubspot.associations.write', crm: {} }

const shared = {
  effect: 'effect',
  gates: [gate],
  conceals: false,
  toRecord: ({ from, to, links }: Params) => ({
    from: from.name,
    to: to.name,
    links: links.map(({ fromId, toId }) => `${fromId} ${toId}`),
  }),
  prepare,
  approvable: askForLinks,
} as const

/** `PUT …/{id}/associations/{toType}/{toId}` with labels, and `…/associations/default/{toType}/{toId}` without */
export function associate(object: HubspotObject): EffectOperation<Params, Params> {
  const [first, ...labelled] = objectRoutes(object, 'PUT', '/{id}/associations/{toType}/{toId}', [
    'v4',
  ])
  return {
    ...shared,
    name: `hubspot.${object}.associations.create`,
    routes: [first, ...labelled],
    maxBodyBytes: 16 * 1024,
    decode: (request, ids, dialect) => {
      const body = decodeBody(request, z.array(linkSpec).min(1).max(10))
      return body.ok ? decodeOne(ids, object, dialect, body.params) : body
    },
    plan: ({ from, to, links: [link] }) => ({
      ...putTo(from, to, link),
      contentType: 'application/json',
      body: JSON.stringify(link?.types),
    }),
    project: (_response, { from, to, links: [link] }) => ({
      ok: true,
      status: 201,
      body: { ...endsView(from, to, link), labels: [] },
    }),
  }
}

export function associateDefault(object: HubspotObject): EffectOperation<Params, Params> {
  return {
    ...shared,
    name: `hubspot.${object}.associations.createDefault`,
    routes: objectRoutes(object, 'PUT', '/{id}/associations/default/{toType}/{toId}', ['v4']),
    maxBodyBytes: 1024,
    decode: (_request, ids, dialect) => decodeOne(ids, object, dialect, undefined),
    plan: ({ from, to, links: [link] }) => putTo(from, to, link),
    project: (_response, { links }, _chosen, call) => toBatch(links.map(pairView), [], call),
  }
}

function putTo(from: ObjectType, to: ObjectType, link: NewLink | undefined): UpstreamCall {
  if (link === undefined) throw new TypeError('one link is made')
  const { fromId, toId, types } = link
  const middle = types === undefined ? ['associations', 'default'] : ['associations']
  return { method: 'PUT', path: ['crm', 'v4', 'objects', from.id, fromId, ...middle, to.id, toId] }
}

function endsView(from: ObjectType, to: ObjectType, link: NewLink | undefined): JsonObject {
  return {
    fromObjectTypeId: from.id,
    fromObjectId: link?.fromId,
    toObjectTypeId: to.id,
    toObjectId: link?.toId,
  }
}

function pairView({ fromId, toId }: NewLink): JsonObject {
  return { from: { id: fromId }, to: { id: toId } }
}

const end = z.strictObject({ id: recordIdOrNumber }).transform(({ id }) => id)

const batchSchema = z.strictObject({
  inputs: z
    .array(
      z.strictObject({
        from: end,
        to: end,
        types: z.array(linkSpec).min(1).max(10).optional(),
        // of v3: the name of the usual link, or the number of one of HubSpot's own
        type: z.string().max(100).optional(),
      }),
    )
    .min(1)
    .max(MAX_INPUTS),
})

/** `POST /crm/v3|v4/associations/{from}/{to}/batch/create` */
export function associateMany(object: HubspotObject): EffectOperation<Params, Params> {
  const name = `hubspot.${object}.associations.batchCreate`
  return {
    ...shared,
    name,
    routes: typeRoutes('associations', object, 'POST', '/{toType}/batch/create', ['v3', 'v4']),
    maxBodyBytes: 256 * 1024,
    decode(request, ids, dialect) {
      const ends = endsOf(object, ids, dialect)
      if (ends === undefined) return { ok: false, refusal: unknownType }
      const query = decodeNoQuery(request)
      if (!query.ok) return query
      const body = decodeBody(request, batchSchema)
      if (!body.ok) return body
      const { inputs } = body.params
      const links = inputs.map(({ from, to, types, type }): NewLink | undefined => {
        if (ends.dialect !== 'v3') {
          return types && type === undefined ? { fromId: from, toId: to, types } : undefined
        }
        const spec = legacySpec(type, ends.from, ends.to)
        if (types !== undefined || spec === undefined) return undefined
        return { fromId: from, toId: to, types: spec === 'usual' ? undefined : [spec] }
      })
      const known = links.filter((link) => link !== undefined)
      const isUsual = known.every(({ types }) => types === undefined)
      const isLabelled = known.every(({ types }) => types !== undefined)
      if (known.length < links.length || (!isUsual && !isLabelled)) {
        return { ok: false, refusal: badTypes }
      }
      return { ok: true, params: { ...ends, links: known } }
    },
    plan: planMany,
    project: projectMany,
  }
}

export function associateManyDefault(object: HubspotObject): EffectOperation<Params, Params> {
  return {
    ...shared,
    name: `hubspot.${object}.associations.batchCreateDefault`,
    routes: typeRoutes('associations', object, 'POST', '/{toType}/batch/associate/default', ['v4']),
    maxBodyBytes: 256 * 1024,
    decode(request, ids, dialect) {
      const ends = endsOf(object, ids, dialect)
      if (ends === undefined) return { ok: false, refusal: unknownType }
      const query = decodeNoQuery(request)
      if (!query.ok) return query
      const schema = z.strictObject({
        inputs: z
          .array(z.strictObject({ from: end, to: end }))
          .min(1)
          .max(MAX_INPUTS),
      })
      const body = decodeBody(request, schema)
      if (!body.ok) return body
      const links = body.params.inputs.map(({ from, to }) => ({
        fromId: from,
        toId: to,
        types: undefined,
      }))
      return { ok: true, params: { ...ends, links } }
    },
    plan: planMany,
    project: projectMany,
  }
}

const badTypes = badRequest(
  'bad_association_types',
  'name for each link the `types` of v4, or in v3 its `type` such as contact_to_company or a number',
)

/** undefined: no type that this front knows */
function legacySpec(
  type: string | undefined,
  from: ObjectType,
  to: ObjectType,
): LinkSpec | 'usual' | undefined {
  if (type === legacyType(from, to)) return 'usual'
  if (type === undefined || !/^[1-9]\d{0,8}$/.test(type)) return undefined
  return { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: Number(type) }
}

function planMany({ from, to, links }: Params): UpstreamCall {
  const isUsual = links.every(({ types }) => types === undefined)
  const inputs = links.map((link) => ({
    ...pairView(link),
    ...(link.types && { types: link.types }),
  }))
  return {
    method: 'POST',
    path: [
      'crm',
      'v4',
      'associations',
      from.id,
      to.id,
      'batch',
      ...(isUsual ? ['associate', 'default'] : ['create']),
    ],
    contentType: 'application/json',
    body: JSON.stringify({ inputs }),
    mayBePartial: links.length > 1,
  }
}

/** HubSpot's answer repeats what was asked, but for what it refused: what was decided on is what is shown */
function projectMany(response: unknown, params: Params, _chosen: number, call: Call): Projected {
  const { from, to, links, dialect } = params
  const done = pairsIn(response)
  const made = done === undefined ? links : links.filter((link) => done.has(nameOf(link)))
  const lost = done === undefined ? [] : links.map(nameOf).filter((name) => !done.has(name))
  const results = made.map((link) => {
    if (dialect === 'v3') return { ...pairView(link), type: legacyType(from, to) }
    return link.types === undefined ? pairView(link) : { ...endsView(from, to, link), labels: [] }
  })
  const isUsual = dialect !== 'v3' && links.every(({ types }) => types === undefined)
  return toBatch(results, lost, call, NOT_FOUND, isUsual ? undefined : 201)
}

function nameOf({ fromId, toId }: Pick<NewLink, 'fromId' | 'toId'>): string {
  return `${fromId} ${toId}`
}

/** the pairs that HubSpot says are linked; undefined: it says that all of them are */
function pairsIn(response: unknown): ReadonlySet<string> | undefined {
  if (!isRecord(response)) throw unexpected('no batch')
  const { errors } = response
  if (!Array.isArray(errors) || errors.length === 0) return undefined
  return new Set(
    resultsIn(response).map((row) => {
      const { from, to, fromObjectId, toObjectId } = isRecord(row) ? row : {}
      const fromId = idOf(isRecord(from) ? from['id'] : fromObjectId) ?? ''
      return nameOf({ fromId, toId: idOf(isRecord(to) ? to['id'] : toObjectId) ?? '' })
    }),
  )
}

function decodeOne(
  ids: Readonly<Record<string, string>>,
  object: HubspotObject,
  dialect: string,
  types: readonly LinkSpec[] | undefined,
): Decoded<Params> {
  const ends = endsOf(object, ids, dialect)
  if (ends === undefined) return { ok: false, refusal: unknownType }
  const { id: fromId = '', toId = '' } = ids
  if (![fromId, toId].every((one) => recordId.safeParse(one).success)) {
    return { ok: false, refusal: missing('invalid_id') }
  }
  return { ok: true, params: { ...ends, links: [{ fromId, toId, types }] } }
}

/** both ends have to be seen, whoever asks for a link learns that they are there */
async function prepare(params: Params, call: Call): Promise<Prepared<Params>> {
  const { from, to, links } = params
  const refusal = await checkEnds(
    links.flatMap(({ fromId, toId }) => [
      { to: from, id: fromId },
      { to, id: toId },
    ]),
    call,
  )
  if (refusal !== undefined) return { ok: false, refusal }
  const action: HubspotAction = {
    operation: 'hubspot.associations.write',
    crm: { associations: [...new Set([from.name, to.name])], inputs: links.length },
  }
  const each = links.slice(1).map(() => action)
  return { ok: true, prepared: params, actions: [action], each }
}

function askForLinks({ from, to, links }: Params): Approvable {
  const [link] = links
  return {
    action: {
      from: from.name,
      to: to.name,
      links: links.map(({ fromId, toId, types }) => ({
        from: fromId,
        to: toId,
        types: types?.map((one) => ({ ...one })) ?? null,
      })),
    },
    card: {
      title:
        links.length > 1
          ? `Link ${links.length} pairs of ${words(from.name)} and ${words(to.name)}`
          : `Link the ${words(from.singular)} ${link?.fromId ?? ''} with the ${words(to.singular)} ${link?.toId ?? ''}`,
      rows: capped(
        links.map(({ fromId, toId, types }) => ({
          label: `${words(from.singular)} ${fromId}`,
          value: `${words(to.singular)} ${toId}${types === undefined ? '' : `, as ${types.map((one) => one.associationTypeId).join(', ')}`}`,
          from: 'agent',
        })),
      ),
    },
  }
}
