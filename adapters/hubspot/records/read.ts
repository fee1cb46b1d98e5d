import type { RecordFacts } from '../../../capabilities/index.ts'
import { isRecord } from '../../is-record.ts'
import type { Call, QueryPairs } from '../../operation.ts'
import type { ObjectType } from '../object-types.ts'
import {
  cursorIn,
  idOf,
  parseRecord,
  resultsIn,
  unexpected,
  valueOf,
  type CrmRecord,
} from './record.ts'

/** a record's own id, or the value of a property that no two records share */
export interface RecordKey {
  readonly key: string
  /** undefined: the id */
  readonly idProperty: string | undefined
}

/** ids that HubSpot keeps for a record that swallowed others */
const MERGED = 'hs_merged_object_ids'

/** undefined: there is none. INVARIANT: the answer is the record that was asked for, or one that swallowed it */
export async function readRecord(
  type: ObjectType,
  { key, idProperty }: RecordKey,
  names: readonly string[],
  call: Call,
): Promise<CrmRecord | undefined> {
  const asked = namesFor(type, [...names, ...(idProperty === undefined ? [] : [idProperty])], call)
  const query: QueryPairs = [
    ['properties', asked.join(',')],
    ['archived', 'false'],
    ...(idProperty === undefined ? [] : [['idProperty', idProperty] as const]),
  ]
  const json = await call.reader.read([...pathOf(type), key], query)
  if (json === undefined || isArchived(json)) return undefined
  const record = parseRecord(json)
  if (!isAskedFor(record, { key, idProperty })) {
    // a second address also finds a contact: what it is found by is then not what the token was asked about
    if (idProperty !== undefined) return undefined
    throw unexpected('another record was answered')
  }
  return record
}

function isAskedFor(record: CrmRecord, { key, idProperty }: RecordKey): boolean {
  if (idProperty !== undefined) {
    return valueOf(record, idProperty)?.toLowerCase() === key.toLowerCase()
  }
  return record.id === key || (valueOf(record, MERGED)?.split(';').includes(key) ?? false)
}

/** HubSpot's own most of one batch */
const BATCH = 100

/** the records that are there, by what they were asked for with; up to a hundred for each question */
export async function readRecords(
  type: ObjectType,
  keys: readonly string[],
  names: readonly string[],
  call: Call,
  idProperty?: string,
): Promise<ReadonlyMap<string, CrmRecord>> {
  const found = new Map<string, CrmRecord>()
  const asked = namesFor(type, [...names, ...(idProperty === undefined ? [] : [idProperty])], call)
  const distinct = [...new Set(keys)]
  for (let start = 0; start < distinct.length; start += BATCH) {
    const some = distinct.slice(start, start + BATCH)
    const json = await call.reader.ask([...pathOf(type), 'batch', 'read'], {
      inputs: some.map((id) => ({ id })),
      properties: asked,
      propertiesWithHistory: [],
      ...(idProperty !== undefined && { idProperty }),
    })
    if (json === undefined) continue
    for (const row of resultsIn(json)) {
      if (isArchived(row)) continue
      const record = parseRecord(row)
      for (const key of some) {
        if (isAskedFor(record, { key, idProperty })) found.set(key, record)
      }
    }
  }
  return found
}

function isArchived(json: unknown): boolean {
  return isRecord(json) && json['archived'] === true
}

export function pathOf({ id }: ObjectType): readonly string[] {
  return ['crm', 'v3', 'objects', id]
}

/** what is shown, and what is decided on */
export function namesFor(type: ObjectType, names: readonly string[], call: Call): string[] {
  const { properties } = call.recordFactsNeeded(type.name)
  return [...new Set([...names, ...properties, MERGED])]
}

/** what a decision asks about a record, as HubSpot has it now */
export async function readFacts(
  type: ObjectType,
  record: CrmRecord,
  call: Call,
): Promise<RecordFacts> {
  const facts = { id: record.id, properties: textsOf(record) }
  if (!call.recordFactsNeeded(type.name).lists) return facts
  return { ...facts, lists: await readLists(type, record.id, call) }
}

export function textsOf({ properties }: CrmRecord): Record<string, string> {
  return Object.fromEntries(
    Object.entries(properties).flatMap(([name, value]) =>
      value === null || value === '' ? [] : [[name, value] as const],
    ),
  )
}

/** of a record that is on more lists than this the rest is not looked at, and a token that asks for one of those shows nothing */
const MAX_LIST_PAGES = 10

async function readLists({ id: typeId }: ObjectType, id: string, call: Call): Promise<string[]> {
  const lists: string[] = []
  let after: string | undefined
  for (let page = 0; page < MAX_LIST_PAGES; page++) {
    const json = await call.reader.read(
      ['crm', 'v3', 'lists', 'records', typeId, id, 'memberships'],
      after === undefined ? [] : [['after', after]],
    )
    if (json === undefined) return lists
    for (const row of resultsIn(json)) {
      const list = isRecord(row) ? idOf(row['listId']) : undefined
      if (list !== undefined) lists.push(list)
    }
    after = cursorIn(json)
    if (after === undefined) return lists
  }
  return lists
}
