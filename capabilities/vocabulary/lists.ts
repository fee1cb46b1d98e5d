import { z } from 'zod'
import { normaliseAddress, normaliseDomain, normaliseText } from '../normalise.ts'

const MAX_ITEMS = 64
const MAX_STRING = 256

/** a list in canonical form: sorted, each item once */
export function listOf(item: z.ZodType<string, string>): z.ZodType<readonly string[], string[]> {
  return z
    .array(item)
    .min(1, 'leave the field out instead of giving an empty list')
    .max(MAX_ITEMS)
    .transform((items) => [...new Set(items)].sort())
}

/** a string that one shared function brings into the form in which it is compared, or refuses */
function normalised(
  normalise: (text: string) => string | undefined,
  expected: string,
): z.ZodType<string, string> {
  return z
    .string()
    .max(MAX_STRING)
    .transform((text, context) => {
      const value = text.isWellFormed() ? normalise(text) : undefined
      if (value !== undefined && value !== '') return value
      context.addIssue({ code: 'custom', message: `expected ${expected}` })
      return z.NEVER
    })
}

export const domainListSchema: z.ZodType<readonly string[], string[]> = listOf(
  normalised(normaliseDomain, 'a plain domain such as acme.com'),
)

export const addressListSchema: z.ZodType<readonly string[], string[]> = listOf(
  normalised(normaliseAddress, 'a plain address such as bob@acme.com'),
)

export const textSchema: z.ZodType<string, string> = normalised(
  normaliseText,
  'a text with something to compare in it',
)

/** Gmail's own ids: opaque, compared exactly, case included */
export const idSchema: z.ZodType<string, string> = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'expected an id as Gmail gives it')
