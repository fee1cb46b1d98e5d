import { z } from 'zod'
import type { Decoded } from '../operation.ts'
import { badRequest } from '../refusal.ts'
import type { Snapshot } from '../snapshot.ts'
import { parseStrictValue } from '../strict-json.ts'

/** HubSpot takes these as a list, repeated (`@hubspot/api-client`) or joined by commas (`@hubspot/sdk`), and both at once */
const LISTS = new Set(['properties', 'propertiesWithHistory', 'associations'])

/** a method's parameters out of the query, strictly: an unknown one is refused, and one that is no list and stands twice */
export function decodeQuery<Params>(request: Snapshot, schema: z.ZodType<Params>): Decoded<Params> {
  const lists: Record<string, string[]> = {}
  const values: Record<string, string> = {}
  for (const [name, value] of request.query) {
    if (!/^[A-Za-z]{1,40}$/.test(name)) return refuse('unknown_parameter', 'unknown parameter')
    if (LISTS.has(name)) {
      const items = value.split(',').map((item) => item.trim())
      lists[name] = [...(lists[name] ?? []), ...items.filter((item) => item !== '')]
    } else if (Object.hasOwn(values, name)) {
      return refuse('repeated_parameter', `\`${name}\` stands twice: say it once`)
    } else values[name] = value
  }
  return check({ ...values, ...lists }, schema)
}

/** a method whose whole question stands in its path, or in its body */
export function decodeNoQuery(request: Snapshot): Decoded<object> {
  return decodeQuery(request, z.strictObject({}))
}

/** a batch of a hundred records */
const MAX_STRUCTURE = 100_000

/** of a POST, PUT or PATCH: `application/json`, no name twice, these members and no others */
export function decodeBody<Params>(request: Snapshot, schema: z.ZodType<Params>): Decoded<Params> {
  const [type, ...others] = request.headers.contentType
  const [media, ...parameters] = (type ?? '').split(';').map((part) => part.trim().toLowerCase())
  const isUtf8 = parameters.every((one) => /^charset="?utf-8"?$/.test(one))
  if (media !== 'application/json' || others.length > 0 || !isUtf8) {
    const message = 'send the body as application/json in UTF-8'
    return {
      ok: false,
      refusal: { code: 'unsupported_media_type', message, reason: 'unsupported_media_type' },
    }
  }
  const json = parseStrictValue(request.body, MAX_STRUCTURE)
  return json.ok ? check(json.value, schema) : refuse('bad_json', json.reason)
}

function check<Params>(values: unknown, schema: z.ZodType<Params>): Decoded<Params> {
  const parsed = schema.safeParse(values)
  if (parsed.success) return { ok: true, params: parsed.data }
  const [issue] = parsed.error.issues
  const path = issue?.path.map(String).join('.').slice(0, 100) ?? ''
  if (issue?.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys
    const where = path === '' ? '' : ` in ${path}`
    return refuse('unknown_parameter', `\`${name.slice(0, 60)}\` is not available here${where}`)
  }
  return refuse('invalid_parameter', `${path === '' ? 'the body' : path}: ${issue?.message}`)
}

function refuse(reason: string, message: string): Decoded<never> {
  return { ok: false, refusal: badRequest(reason, message) }
}

/** HubSpot lowers the names of properties, so one that is written otherwise is the same */
export const propertyName: z.ZodType<string, string> = z
  .string()
  .transform((name) => name.toLowerCase())
  .pipe(z.string().regex(/^[a-z0-9_]{1,100}$/, 'expected the internal name of a property'))

const MAX_NAMES = 200

export const propertyNames: z.ZodType<readonly string[], readonly string[]> = z
  .array(propertyName)
  .max(MAX_NAMES)
  .transform((names) => [...new Set(names)])

export const recordId: z.ZodType<string, string> = z
  .string()
  .regex(/^(?:0|[1-9]\d{0,19})$/, 'expected the id of a record, a number')

/** clients write the ids of associations as numbers too */
export const recordIdOrNumber: z.ZodType<string, string | number> = z
  .union([z.string(), z.int().nonnegative().transform(String)])
  .pipe(recordId)

export function limitUpTo(most: number): z.ZodType<number, string> {
  return z
    .string()
    .regex(/^[1-9]\d{0,3}$/, `expected a number from 1 to ${most}`)
    .transform(Number)
    .pipe(z.int().max(most))
}

export const pageToken: z.ZodType<string, string> = z.string().min(1).max(2048)

/** archived records are no longer what a grant speaks of */
export const notArchived: z.ZodType<string, string> = z
  .string()
  .regex(/^false$/, 'archived records are not available here')
