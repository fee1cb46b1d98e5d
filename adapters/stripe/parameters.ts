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

/** Stripe's own spelling, and no other: what it would fold is another text to whoever compares */
export const currencyText: z.ZodType<string, string> = z
  .string()
  .regex(/^[a-z]{3}$/, 'expected a currency in lower case, such as usd')

export const limitText: z.ZodType<number, string> = z
  .string()
  .regex(/^([1-9]|[1-9]\d|100)$/, 'expected a number from 1 to 100')
  .transform(Number)

export const timestampText: z.ZodType<string, string> = z
  .string()
  .regex(/^(0|[1-9]\d{0,10})$/, 'expected seconds since 1970')

/** stays the text that Stripe reads */
export const truthText: z.ZodType<'true' | 'false', string> = z.enum([
  'true',
  'false',
]) as z.ZodType<'true' | 'false', string>

/** how many of something; stays the text that Stripe reads */
export const countText: z.ZodType<string, string> = z
  .string()
  .regex(/^(0|[1-9]\d{0,5})$/, 'expected a whole number')

export const lineText: z.ZodType<string, string> = z
  .string()
  .max(250)
  .regex(/^[^\r\n]*$/, 'expected one line')

/** one plain address, or nothing to take it away */
export const emailText: z.ZodType<string, string> = z
  .string()
  .max(254)
  .regex(/^([^\s@<>,;"]{1,64}@[^\s@<>,;"]{1,190})?$/, 'expected one e-mail address')

type AddressPart = 'line1' | 'line2' | 'city' | 'state' | 'postal_code' | 'country'
type AddressText = Readonly<Partial<Record<AddressPart, string | undefined>>>

export const addressText: z.ZodType<AddressText, unknown> = z.strictObject({
  line1: lineText.optional(),
  line2: lineText.optional(),
  city: lineText.optional(),
  state: lineText.optional(),
  postal_code: lineText.optional(),
  country: z
    .string()
    .regex(/^([A-Z]{2})?$/, 'expected a country such as DE')
    .optional(),
})

/** an update of nothing is a mistake */
export function someOf<Form extends object>(schema: z.ZodType<Form>): z.ZodType<Form> {
  return schema.refine((form) => Object.keys(form).length > 0, { message: 'say what to change' })
}

export const createdText: z.ZodType<string | Record<string, string | undefined>, unknown> =
  timestampText.or(
    z.strictObject({
      gt: timestampText.optional(),
      gte: timestampText.optional(),
      lt: timestampText.optional(),
      lte: timestampText.optional(),
    }),
  )

/** an id of Stripe's; without prefixes one that its owner may have chosen */
export function idText(...prefixes: readonly string[]): z.ZodType<string, string> {
  const expected =
    prefixes.length === 0
      ? 'expected an id'
      : `expected an id such as ${prefixes[0]}_1NffrFeUfNV2Hib`
  return z.string().regex(idGrammar(prefixes), expected)
}

export function idGrammar(prefixes: readonly string[]): RegExp {
  if (prefixes.length === 0) return /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/
  return new RegExp(`^(${prefixes.join('|')})_[A-Za-z0-9_]{1,64}$`)
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

/** the same of a list's rows, in Stripe's own spelling; given back without their `data.` */
export const expandOfRows: z.ZodType<readonly string[], unknown> = z
  .array(
    z
      .string()
      .regex(
        /^data\.[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){0,3}$/,
        'expected a path such as data.customer',
      ),
  )
  .max(20)
  .transform((paths) => paths.map((path) => path.slice('data.'.length)))
