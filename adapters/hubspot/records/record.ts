import { isRecord } from '../../is-record.ts'
import { AdapterError } from '../../refusal.ts'

/** a record as HubSpot gives it, of everything that it gives what this front has a use for */
export interface CrmRecord {
  readonly id: string
  /** empty ones are null */
  readonly properties: Readonly<Record<string, string | null>>
  readonly createdAt: string | undefined
  readonly updatedAt: string | undefined
}

export function parseRecord(json: unknown): CrmRecord {
  const id = isRecord(json) ? idOf(json['id']) : undefined
  if (!isRecord(json) || id === undefined) throw unexpected('no record')
  const properties = isRecord(json['properties']) ? json['properties'] : {}
  const texts = Object.entries(properties).flatMap(([name, value]) =>
    typeof value === 'string' || value === null ? [[name, value] as const] : [],
  )
  return {
    id,
    properties: Object.fromEntries(texts),
    createdAt: timeOf(json['createdAt']),
    updatedAt: timeOf(json['updatedAt']),
  }
}

/** the rows of a list, a search or a batch */
export function resultsIn(json: unknown): readonly unknown[] {
  if (isRecord(json) && Array.isArray(json['results'])) return json['results'] as unknown[]
  throw unexpected('no results')
}

/** HubSpot's cursor of the next page; its link, which names another host, is never looked at */
export function cursorIn(json: unknown): string | undefined {
  const paging = isRecord(json) ? json['paging'] : undefined
  const next = isRecord(paging) ? paging['next'] : undefined
  const after = isRecord(next) ? next['after'] : undefined
  return typeof after === 'string' && after !== '' ? after : undefined
}

/** ids of v4's associations come as numbers, all others as text */
export function idOf(value: unknown): string | undefined {
  const text = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value
  return typeof text === 'string' && /^(?:0|[1-9]\d{0,19})$/.test(text) ? text : undefined
}

export function valueOf({ properties }: CrmRecord, name: string): string | undefined {
  return Object.hasOwn(properties, name) ? (properties[name] ?? undefined) : undefined
}

function timeOf(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]{8,15}Z$/.test(value)
    ? value
    : undefined
}

export function unexpected(what: string): AdapterError {
  return new AdapterError(
    {
      code: 'upstream_failed',
      message: 'the provider gave an answer that this front does not understand',
      reason: 'unexpected_answer',
    },
    { cause: new TypeError(what), mayHaveExecuted: true },
  )
}
