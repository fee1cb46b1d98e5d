import { invalidJson } from './errors.ts'

/** helpers for reading a request's JSON, which may be anything */
export type JsonObject = Readonly<Record<string, unknown>>

export function parseJson(body: Buffer): unknown {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8')) as unknown
  } catch {
    throw invalidJson()
  }
}

export function toObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {}
}

export function toObjects(value: unknown): JsonObject[] {
  return Array.isArray(value) ? value.map(toObject) : []
}

/** as HubSpot's reader takes it: a number or a truth value where text is expected is that text */
export function toText(value: unknown): string | undefined {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

export function toTexts(value: unknown): string[] {
  return Array.isArray(value) ? value.flatMap((each) => toText(each) ?? []) : []
}
