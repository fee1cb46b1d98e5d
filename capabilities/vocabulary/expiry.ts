import { z } from 'zod'
import { constraint, type Constraint } from './constraint.ts'
import { binary, constantsOf, date, leaf } from './terms.ts'

/** the last second that a four-digit year can say */
const MAX_SECONDS = 253_402_300_799

export const expirySchema: z.ZodType<string, string> = z.iso
  .datetime({ offset: true, error: 'expected a time such as 2026-12-01T00:00:00Z' })
  .transform((text, context) => {
    const seconds = Math.floor(Date.parse(text) / 1000)
    if (seconds > 0 && seconds <= MAX_SECONDS) return toInstant(seconds)
    context.addIssue({ code: 'custom', message: 'expected a time between 1970 and 9999' })
    return z.NEVER
  })

export const expiry: Constraint = constraint<string>({
  name: 'expires_at',
  predicate: 'time',
  get: (conditions) => conditions.expires_at,
  set: (conditions, value) => ({ ...conditions, expires_at: value }),
  caveat: (value) => leaf('time', (now) => binary(now, 'lessThan', date(toSeconds(value)))),
  decompile: (query) => {
    const end = constantsOf(query)[0]
    return end?.type === 'date' ? toInstant(end.value) : undefined
  },
  permits: (value, _action, { now }) => now < toSeconds(value),
  subsumes: (wider, narrower) => toSeconds(narrower) <= toSeconds(wider),
  phrase: (value) => `until ${instantWords(value)}`,
  explain: (value) => ({
    refused: `this ended at ${instantWords(value)}`,
    allowed: `nothing after ${instantWords(value)}`,
  }),
})

export function toInstant(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000Z', 'Z')
}

export function instantWords(instant: string): string {
  const words = new Date(instant).toLocaleString('en-GB', {
    timeZone: 'UTC',
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return `${words.replace(' at ', ', ')} UTC`
}

function toSeconds(instant: string): number {
  return Date.parse(instant) / 1000
}
