import { z } from 'zod'
import { messageOf } from './action-parts.ts'
import { constraint, type Constraint } from './constraint.ts'
import { binary, constantsOf, fact, integer, leaf } from './terms.ts'
import { count } from './words.ts'

const DAY = 86_400
const MAX_DAYS = 36_500

export const ageSchema: z.ZodType<number> = z.int().min(1).max(MAX_DAYS)

/** age by the time at which Gmail received the message; Datalog has no date arithmetic, so the front computes it */
export const age: Constraint = constraint<number>({
  name: 'newer_than_days',
  predicate: 'message_age',
  get: (conditions) => conditions.newer_than_days,
  set: (conditions, value) => ({ ...conditions, newer_than_days: value }),
  caveat: (value) =>
    leaf('message_age', (seconds) => binary(seconds, 'lessOrEqual', integer(value * DAY))),
  decompile: (query) => {
    const bound = constantsOf(query)[0]
    return bound?.type === 'integer' ? bound.value / DAY : undefined
  },
  permits: (value, action) => {
    const seconds = messageOf(action)?.ageSeconds
    return seconds !== undefined && Number.isSafeInteger(seconds) && seconds <= value * DAY
  },
  subsumes: (wider, narrower) => narrower <= wider,
  phrase: (value) => `received in the last ${value === 1 ? '24 hours' : `${value} days`}`,
  explain: (value, action) => ({
    refused: `this message is ${count(Math.floor((messageOf(action)?.ageSeconds ?? 0) / DAY), 'day', 'days')} old`,
    allowed: `only e-mail received in the last ${value === 1 ? '24 hours' : `${value} days`}`,
  }),
  assert: (action) => {
    const seconds = messageOf(action)?.ageSeconds
    if (seconds === undefined || !Number.isSafeInteger(seconds)) return undefined
    return fact('message_age', integer(seconds))
  },
})
