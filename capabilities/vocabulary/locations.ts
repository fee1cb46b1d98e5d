import { z } from 'zod'
import { constraint, type Constraint } from './constraint.ts'
import { listOf } from './lists.ts'
import { binary, constantsOf, leaf, stringSet, stringsOf } from './terms.ts'
import { list, quote } from './words.ts'

/** an origin: a front has one to itself, because the stock clients cannot do path prefixes */
const originSchema: z.ZodType<string, string> = z
  .string()
  .max(256)
  .transform((text, context) => {
    const origin = toOrigin(text)
    if (origin !== undefined) return origin
    context.addIssue({ code: 'custom', message: 'expected the origin of a front, without a path' })
    return z.NEVER
  })

export function toOrigin(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) return undefined
  return url.href === `${url.origin}/` ? url.origin : undefined
}

export const locationsSchema: z.ZodType<readonly string[], string[]> = listOf(originSchema)

/** RFC 9396 §2.2 `locations`. In a grant token the one audience check says it; only an attenuation writes it into a branch */
export const locations: Constraint = constraint<readonly string[]>({
  name: 'locations',
  predicate: 'audience',
  get: (conditions) => conditions.locations,
  set: (conditions, value) => ({ ...conditions, locations: value }),
  caveat: (value) => leaf('audience', (front) => binary(stringSet(value), 'contains', front)),
  decompile: (query) => stringsOf(constantsOf(query)[0]),
  permits: (value, _action, { audience }) => audience === undefined || value.includes(audience),
  subsumes: (wider, narrower) => narrower.every((location) => wider.includes(location)),
  phrase: (value) => `through ${list(value.map(quote), 'or')}`,
  explain: (value) => ({
    refused: 'this front is not among the locations of the token',
    allowed: `only ${list(value.map(quote), 'or')}`,
  }),
})
