import { invalidArgument } from './errors.ts'

/** helpers for reading a request's JSON, which may be anything */
export type JsonObject = Readonly<Record<string, unknown>>

export function parseJsonObject(body: Buffer): JsonObject {
  if (body.length === 0) return {}
  try {
    return toObject(JSON.parse(body.toString('utf8')) as unknown)
  } catch {
    throw invalidArgument('Invalid JSON payload received. Unexpected token.')
  }
}

export function toObject(value: unknown): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : {}
}

export function toText(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}

/** a single string counts as a list of one, as in Google's JSON */
export function toTexts(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return Array.isArray(value) ? value.filter((each) => typeof each === 'string') : []
}
