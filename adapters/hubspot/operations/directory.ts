import { z } from 'zod'
import type { HubspotAction, HubspotOperation } from '../../../capabilities/index.ts'
import { isRecord } from '../../is-record.ts'
import type { ReadOperation, Route } from '../../operation.ts'
import { missing, type Refusal } from '../../refusal.ts'
import { findObjectType } from '../object-types.ts'
import { decodeQuery, notArchived } from '../parameters.ts'
import { resultsIn, unexpected } from '../records/record.ts'
import { prefixesOf, some } from '../routes.ts'
import { unknownType } from '../unknown-type.ts'

/** what is said about a kind of records, and about none of them in particular */
interface Part {
  readonly area: 'properties' | 'pipelines'
  readonly operation: Extract<
    HubspotOperation,
    'hubspot.properties.read' | 'hubspot.pipelines.read'
  >
  /** of one of them */
  readonly fields: readonly string[]
  /** of what stands in one of them, by the field */
  readonly inner: Readonly<Record<string, readonly string[]>>
  /** by which one of them is found */
  readonly key: string
}

const PROPERTIES: Part = {
  area: 'properties',
  operation: 'hubspot.properties.read',
  fields: [
    'name',
    'label',
    'type',
    'fieldType',
    'description',
    'groupName',
    'options',
    'displayOrder',
    'calculated',
    'externalOptions',
    'hasUniqueValue',
    'hidden',
    'hubspotDefined',
    'formField',
    'archived',
  ],
  inner: { options: ['label', 'value', 'displayOrder', 'hidden', 'description'] },
  key: 'name',
}

const PIPELINES: Part = {
  area: 'pipelines',
  operation: 'hubspot.pipelines.read',
  fields: ['id', 'label', 'displayOrder', 'stages', 'createdAt', 'updatedAt', 'archived'],
  inner: {
    stages: ['id', 'label', 'displayOrder', 'metadata', 'createdAt', 'updatedAt', 'archived'],
  },
  key: 'id',
}

interface Params {
  readonly type: string
  readonly typeId: string
  /** undefined: all of them */
  readonly one: string | undefined
}

const schema = z.strictObject({ archived: notArchived.optional() })

function readPart(part: Part, isOne: boolean): ReadOperation<Params, Params> {
  const { area, operation, key } = part
  const routes: Route[] = prefixesOf(area).map(({ path, dialect }) => ({
    method: 'GET',
    template: `${path}/{objectType}${isOne ? '/{one}' : ''}`,
    dialect,
  }))
  return {
    name: `hubspot.${area}.${isOne ? 'get' : 'list'}`,
    effect: 'read',
    routes: some(routes),
    maxBodyBytes: 0,
    gates: [{ operation, crm: {} }],
    conceals: false,
    decode(request, ids) {
      const type = findObjectType(ids['objectType'] ?? '')
      if (type === undefined) return { ok: false, refusal: unknownType }
      // an address of its own, and no property
      if (ids['one'] === 'groups') return { ok: false, refusal: noGroups }
      const query = decodeQuery(request, schema)
      if (!query.ok) return query
      return { ok: true, params: { type: type.name, typeId: type.id, one: ids['one'] } }
    },
    toRecord: (params) => ({ ...params }),
    prepare: (params) => {
      const action: HubspotAction = { operation, crm: { objectType: params.type } }
      return { ok: true, prepared: params, actions: [action] }
    },
    async project({ typeId, one }, _chosen, call) {
      const json = await call.reader.read(
        ['crm', 'v3', area, typeId, ...(one === undefined ? [] : [one])],
        [['archived', 'false']],
      )
      if (json === undefined) return { ok: false, refusal: missing('not_found') }
      if (one === undefined) {
        return { ok: true, body: { results: resultsIn(json).map((row) => project(row, part)) } }
      }
      if (!isRecord(json) || json[key] !== one) throw unexpected('another one was answered')
      return { ok: true, body: project(json, part) }
    },
  }
}

const noGroups: Refusal = {
  code: 'unknown_operation',
  message: 'this method is not available here',
  reason: 'unknown_operation',
}

function project(json: unknown, { fields, inner }: Part): Record<string, unknown> {
  const shown = pick(json, fields)
  for (const [field, names] of Object.entries(inner)) {
    const items = shown[field]
    if (field in shown)
      shown[field] = Array.isArray(items) ? items.map((one) => pick(one, names)) : []
  }
  return shown
}

export function pick(json: unknown, fields: readonly string[]): Record<string, unknown> {
  if (!isRecord(json)) throw unexpected('no object')
  return Object.fromEntries(
    fields.flatMap((field) => (Object.hasOwn(json, field) ? [[field, json[field]] as const] : [])),
  )
}

export const DIRECTORY_OPERATIONS: readonly ReadOperation<Params, Params>[] = [
  readPart(PROPERTIES, false),
  readPart(PROPERTIES, true),
  readPart(PIPELINES, false),
  readPart(PIPELINES, true),
]
