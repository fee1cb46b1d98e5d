import { z } from 'zod'
import { targetOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { binary, constantsOf, fact, integer, leaf } from './terms.ts'
import { count } from './words.ts'

const DAY = 86_400
const MAX_DAYS = 36_500

export const chargeAgeSchema: z.ZodType<number> = z.int().min(1).max(MAX_DAYS)

/** age by Stripe's `created` of the charge; Datalog has no date arithmetic, so the front computes it */
export const chargeAge: Constraint = constraint<number>({
  name: 'charge_age_days',
  predicate: 'charge_age',
  get: (conditions) => conditions.charge_age_days,
  set: (conditions, value) => ({ ...conditions, charge_age_days: value }),
  caveat: (value) =>
    leaf('charge_age', (seconds) => binary(seconds, 'lessOrEqual', integer(value * DAY))),
  decompile: (query) => {
    const bound = constantsOf(query)[0]
    return bound?.type === 'integer' ? bound.value / DAY : undefined
  },
  permits: (value, action) => {
    const seconds = targetOf(action)?.chargeAgeSeconds
    return seconds !== undefined && Number.isSafeInteger(seconds) && seconds <= value * DAY
  },
  subsumes: (wider, narrower) => narrower <= wider,
  phrase: (value) => `charged in the last ${wordsOf(value)}`,
  explain: (value, action) => ({
    refused: `this charge is ${count(Math.floor((targetOf(action)?.chargeAgeSeconds ?? 0) / DAY), 'day', 'days')} old`,
    allowed: `only what was charged in the last ${wordsOf(value)}`,
  }),
  assert: (action) => {
    const seconds = targetOf(action)?.chargeAgeSeconds
    if (seconds === undefined || !Number.isSafeInteger(seconds)) return undefined
    return fact('charge_age', integer(seconds))
  },
})

function wordsOf(days: number): string {
  return days === 1 ? '24 hours' : `${days} days`
}
