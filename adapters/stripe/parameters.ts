import { z } from 'zod'
import type { Decoded } from '../operation.ts'
import { badRequest } from '../refusal.ts'
import type { Snapshot } from '../snapshot.ts'
import { decodeBody, decodePairs, type DecodedForm } from './form/decode.ts'

const FORM_TYPE = 'application/x-www-form-urlencoded'

/** of a POST: everything in the body, nothing in the query, so that nothing can be said twice */
export function decodeParameters<Params>(
  request: Snapshot,
  schema: z.ZodType<Params>,
): Decoded<Params> {
  if (request.query.length > 0) {
    return refuse('query_beside_body', 'send the parameters in the body, not in the query')
  }
  const [type, ...others] = request.headers.contentType
  const media = type?.split(';')[0]?.trim().toLowerCase()
  if (request.body.length > 0 && (media !== FORM_TYPE || others.length > 0)) {
    const message = `send the body as ${FORM_TYPE}`
    return {
      ok: false,
      refusal: { code: 'unsupported_media_type', message, reason: 'unsupported_media_type' },
    }
  }
  return check(decodeBody(request.body), schema)
}

/** of a GET or a DELETE */
export function decodeQuery<Params>(request: Snapshot, schema: z.ZodType<Params>): Decoded<Params> {
  return check(decodePairs(request.query), schema)
}

function check<Params>(decoded: DecodedForm, schema: z.ZodType<Params>): Decoded<Params> {
  if (!decoded.ok) return refuse('bad_form', decoded.problem)
  const parsed = schema.safeParse(decoded.form)
  if (parsed.success) return { ok: true, params: parsed.data }
  const [issue] = parsed.error.issues
  const path = issue?.path.map(String).join('.') ?? ''
  if (issue?.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys
    return refuse(
      'unknown_parameter',
      `the parameter \`${name.slice(0, 60)}\` is not accepted here`,
    )
  }
  return refuse('invalid_parameter', `${path === '' ? 'the parameters' : path}: ${issue?.message}`)
}

function refuse(reason: string, message: string): Decoded<never> {
  return { ok: false, refusal: badRequest(reason, message) }
}

/** minor units: digits and nothing else, so that every reader reads the same number */
export const amountText: z.ZodType<number, string> = z
  .string()
  .regex(/^[1-9]\d{0,11}$/, 'expected a whole number of minor units, such as 2000')
  .transform(Number)

export const limitText: z.ZodType<number, string> = z
  .string()
  .regex(/^([1-9]|[1-9]\d|100)$/, 'expected a number from 1 to 100')
  .transform(Number)

const timestampText = z.string().regex(/^(0|[1-9]\d{0,10})$/, 'expected seconds since 1970')

export const createdText: z.ZodType<string | Record<string, string | undefined>, unknown> =
  timestampText.or(
    z.strictObject({
      gt: timestampText.optional(),
      gte: timestampText.optional(),
      lt: timestampText.optional(),
      lte: timestampText.optional(),
    }),
  )

export function idText(...prefixes: readonly string[]): z.ZodType<string, string> {
  const grammar = new RegExp(`^(${prefixes.join('|')})_[A-Za-z0-9_]{1,64}$`)
  return z.string().regex(grammar, `expected an id such as ${prefixes[0]}_1NffrFeUfNV2Hib`)
}

export const metadataText: z.ZodType<Record<string, string>, unknown> = z
  .record(z.string().regex(/^[A-Za-z0-9_.-]{1,40}$/, 'a key of metadata'), z.string().max(500))
  .refine((value) => Object.keys(value).length <= 40, 'at most 40 keys of metadata')
  // ours say which call it was
  .refine((value) => !Object.keys(value).some((key) => key.startsWith('remit_')), {
    message: 'metadata that begins with `remit_` is the front’s own',
  })

/** paths to show whole; those of a list without their `data.` */
export const expandText: z.ZodType<readonly string[], unknown> = z
  .array(
    z
      .string()
      .regex(/^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}$/, 'expected a path such as customer'),
  )
  .max(20)
