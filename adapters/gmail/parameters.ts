import { z } from 'zod'
import type { Decoded } from '../operation.ts'
import { badRequest, type Refusal } from '../refusal.ts'
import type { Snapshot } from '../snapshot.ts'

/**
 * Google's standard query parameters that change nothing in an answer of ours. `fields` is passed over: an answer may hold
 * more than was asked for, but a decision may not hold less than it needs.
 */
const PASSED_OVER = new Set(['prettyPrint', 'quotaUser', '$.xgafv', 'fields', 'alt'])

/**
 * A method's parameters out of the query, strictly: an unknown one is refused, one that stands twice is refused unless the
 * schema wants a list. Reading two different values of one parameter is how two parsers come to disagree.
 */
export function decodeQuery<Params>(request: Snapshot, schema: z.ZodType<Params>): Decoded<Params> {
  const values: Record<string, string[]> = {}
  for (const [name, value] of request.query) {
    if (name === 'alt' && value !== 'json')
      return refuse('unsupported_alt', '`alt` can only be `json`')
    if (PASSED_OVER.has(name)) continue
    if (!/^[A-Za-z]{1,40}$/.test(name)) return refuse('unknown_parameter', 'unknown parameter')
    ;(values[name] ??= []).push(value)
  }
  const parsed = schema.safeParse(values)
  if (parsed.success) return { ok: true, params: parsed.data }
  const issue = parsed.error.issues[0]
  if (issue?.code === 'unrecognized_keys') {
    return refuse(
      'unknown_parameter',
      `parameter \`${issue.keys.join('`, `')}\` is not available here`,
    )
  }
  return refuse('invalid_parameter', `invalid value of \`${String(issue?.path[0])}\``)
}

function refuse(reason: string, message: string): { ok: false; refusal: Refusal } {
  return { ok: false, refusal: badRequest(reason, message) }
}

/** a parameter that may stand once */
export function once<T>(schema: z.ZodType<T, string>): z.ZodType<T | undefined> {
  return z
    .tuple([z.string()])
    .transform(([value]) => value)
    .pipe(schema)
    .optional() as z.ZodType<T | undefined>
}

export const NO_PARAMETERS: z.ZodType<Record<string, never>> = z.strictObject({}) as z.ZodType<
  Record<string, never>
>

export const booleanSchema: z.ZodType<boolean, string> = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')

/** RFC 5322 field names; Gmail compares them without case */
export const headerNameSchema: z.ZodType<string, string> = z.string().regex(/^[!-9;-~]{1,76}$/)

export type Format = 'full' | 'metadata' | 'minimal' | 'raw'
/** clients spell it in either case */
export const formatSchema: z.ZodType<Format, string> = z
  .string()
  .transform((text) => text.toLowerCase())
  .pipe(z.enum(['full', 'metadata', 'minimal', 'raw'])) as z.ZodType<Format, string>
