import type { HubspotAction } from '../../../capabilities/index.ts'
import { isRecord } from '../../is-record.ts'
import type { Call } from '../../operation.ts'
import type { ObjectType } from '../object-types.ts'
import type { SourcePage } from '../records/filled-page.ts'
import { readFacts, readRecords } from '../records/read.ts'
import { cursorIn, idOf, resultsIn } from '../records/record.ts'
import { isClosed, viewRecord, NOTHING_MORE } from '../records/view.ts'
import type { Dialect } from '../routes.ts'

/** a record at the other end of a link, with the labels of the link */
export interface Link {
  readonly id: string
  readonly types: readonly LinkType[]
}

interface LinkType {
  readonly category: string
  readonly typeId: number
  readonly label: string | null
}

export interface LinkedRecord {
  readonly id: string
  readonly type: string
}

/** as many as HubSpot gives at once */
const PAGE = 500

/** one page of v4's list of a record's links to records of one type */
export async function readLinks(
  from: ObjectType,
  id: string,
  to: ObjectType,
  cursor: string | undefined,
  call: Call,
): Promise<SourcePage<Link>> {
  const json = await call.reader.read(
    ['crm', 'v4', 'objects', from.id, id, 'associations', to.id],
    [['limit', String(PAGE)], ...(cursor === undefined ? [] : [['after', cursor] as const])],
  )
  if (json === undefined) return { rows: [], next: undefined }
  return { rows: resultsIn(json).flatMap(parseLink), next: cursorIn(json) }
}

export function parseLink(json: unknown): Link[] {
  const id = isRecord(json) ? idOf(json['toObjectId']) : undefined
  if (!isRecord(json) || id === undefined) return []
  const types = Array.isArray(json['associationTypes']) ? json['associationTypes'] : []
  return [{ id, types: types.flatMap(parseType) }]
}

function parseType(json: unknown): LinkType[] {
  if (!isRecord(json)) return []
  const { category, typeId, label } = json
  if (typeof category !== 'string' || !/^[A-Z_]{1,40}$/.test(category)) return []
  if (typeof typeId !== 'number') return []
  return [{ category, typeId, label: typeof label === 'string' ? label : null }]
}

/** how each of the records may be seen: a link tells that its other end is there */
export async function judgeEnds(
  to: ObjectType,
  ids: readonly string[],
  call: Call,
): Promise<ReadonlyMap<string, HubspotAction>> {
  if (ids.length === 0 || isClosed(to, call)) return new Map()
  const records = await readRecords(to, ids, [], call)
  const seen = new Map<string, HubspotAction>()
  for (const [id, record] of records) {
    const viewed = viewRecord(to, record, await readFacts(to, record, call), NOTHING_MORE, call)
    if (viewed.ok && record.id === id) seen.set(id, viewed.view.actions[0])
  }
  return seen
}

/** v3's rows, inside a record; what stands on a further page has an address of its own */
export async function linkedRecords(
  from: ObjectType,
  id: string,
  to: ObjectType,
  call: Call,
): Promise<{ results: readonly LinkedRecord[]; actions: readonly HubspotAction[] }> {
  const { rows } = await readLinks(from, id, to, undefined, call)
  const ids = rows.map((row) => row.id)
  const seen = await judgeEnds(to, ids, call)
  const results = rows
    .filter((row) => seen.has(row.id))
    .map((row) => ({ id: row.id, type: legacyType(from, to) }))
  return { results, actions: [...seen.values()] }
}

/** v3 calls a link by its two ends */
export function legacyType(from: ObjectType, to: ObjectType): string {
  return `${from.singular}_to_${to.singular}`
}

export function showLink(link: Link, from: ObjectType, to: ObjectType, dialect: Dialect): unknown {
  if (dialect === 'v3') return { id: link.id, type: legacyType(from, to) }
  const { types: associationTypes } = link
  return { toObjectId: dialect === 'v4' ? Number(link.id) : link.id, associationTypes }
}
