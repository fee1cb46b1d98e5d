import { z } from 'zod'
import type { Predicate, Query } from '../token/syntax.ts'
import { WEEKDAYS, type Hours, type Weekday } from './capability.ts'
import { constraint, type Answer, type Constraint } from './constraint.ts'
import { isZone, localTime } from './local-time.ts'
import { binary, fact, integer, integerSet, predicate, string, variable } from './terms.ts'
import { list } from './words.ts'

const DAY_MINUTES = 24 * 60
const clockSchema = z.string().regex(/^(?:[01][0-9]|2[0-3]):[0-5][0-9]$|^24:00$/, 'expected HH:MM')

export const hoursSchema: z.ZodType<Hours> = z
  .strictObject({
    zone: z.string().max(64).refine(isZone, 'expected an IANA time zone such as Europe/Paris'),
    days: z
      .array(z.enum(WEEKDAYS))
      .min(1)
      .max(7)
      .default([...WEEKDAYS])
      .transform(inOrder),
    from: clockSchema.default('00:00'),
    to: clockSchema.default('24:00'),
  })
  .refine(({ from, to }) => toMinutes(from) < toMinutes(to), {
    message: '`from` must be before `to`; hours over midnight need two entries',
  })

/** `local_time(zone, day, minute)`: the day from 1, Monday, to 7; the minute of the day. One tuple per zone the token names */
export const hours: Constraint = constraint<Hours>({
  name: 'hours',
  predicate: 'local_time',
  get: (conditions) => conditions.hours,
  set: (conditions, value) => ({ ...conditions, hours: value }),
  caveat: hoursCaveat,
  decompile: readHours,
  permits: (value, _action, { now }) => {
    const local = localTime(value.zone, now)
    return (
      local !== undefined &&
      value.days.includes(weekday(local.day)) &&
      local.minute >= toMinutes(value.from) &&
      local.minute < toMinutes(value.to)
    )
  },
  /** windows of two zones shift against each other twice a year: they are not compared */
  subsumes: (wider, narrower) =>
    wider.zone === narrower.zone &&
    narrower.days.every((day) => wider.days.includes(day)) &&
    toMinutes(narrower.from) >= toMinutes(wider.from) &&
    toMinutes(narrower.to) <= toMinutes(wider.to),
  phrase: hoursWords,
  explain: (value) => ({
    refused: 'this is outside the allowed hours',
    allowed: `only ${hoursWords(value)}`,
  }),
  parameters: 1,
  answer: answerLocalTime,
})

function hoursCaveat({ zone, days, from, to }: Hours): Query {
  const [day, minute] = [variable('day'), variable('minute')]
  return {
    predicates: [predicate('local_time', string(zone), day, minute)],
    expressions: [
      binary(integerSet(days.map((name) => WEEKDAYS.indexOf(name) + 1)), 'contains', day),
      binary(minute, 'greaterOrEqual', integer(toMinutes(from))),
      binary(minute, 'lessThan', integer(toMinutes(to))),
    ],
  }
}

function readHours({ predicates, expressions }: Query): Hours | undefined {
  const zone = predicates[0]?.terms[0]
  const [days, from, to] = expressions.map((expression) =>
    expression
      .flatMap((step) => (step.type === 'term' ? [step.term] : []))
      .find((term) => term.type !== 'variable'),
  )
  if (zone?.type !== 'string' || days?.type !== 'set') return undefined
  if (from?.type !== 'integer' || to?.type !== 'integer') return undefined
  return {
    zone: zone.value,
    days: days.value.map((day) => weekday(Number(day.value))),
    from: toClock(from.value),
    to: toClock(to.value),
  }
}

function answerLocalTime(asked: Predicate): Answer | undefined {
  const [zone] = asked.terms
  if (zone?.type !== 'string' || !isZone(zone.value)) return undefined
  return (_action, { now }) => {
    const local = localTime(zone.value, now)
    return local && fact('local_time', zone, integer(local.day), integer(local.minute))
  }
}

function inOrder(days: readonly Weekday[]): Weekday[] {
  return WEEKDAYS.filter((day) => days.includes(day))
}

function weekday(day: number): Weekday {
  return WEEKDAYS[day - 1] ?? 'sun'
}

function toMinutes(clock: string): number {
  const [hour, minute] = clock.split(':').map(Number)
  return (hour ?? 0) * 60 + (minute ?? 0)
}

function toClock(minutes: number): string {
  const inDay = Math.min(Math.max(minutes, 0), DAY_MINUTES)
  const two = (number: number): string => String(number).padStart(2, '0')
  return `${two(Math.floor(inDay / 60))}:${two(inDay % 60)}`
}

const DAY_NAMES: Record<Weekday, string> = {
  mon: 'Mondays',
  tue: 'Tuesdays',
  wed: 'Wednesdays',
  thu: 'Thursdays',
  fri: 'Fridays',
  sat: 'Saturdays',
  sun: 'Sundays',
}

function hoursWords({ zone, days, from, to }: Hours): string {
  const window = from === '00:00' && to === '24:00' ? '' : ` ${from}–${to}`
  return `${dayWords(days)}${window} (${zone})`
}

function dayWords(days: readonly Weekday[]): string {
  switch (days.join()) {
    case WEEKDAYS.join():
      return 'every day'
    case WEEKDAYS.slice(0, 5).join():
      return 'on weekdays'
    case WEEKDAYS.slice(5).join():
      return 'on weekends'
    default:
      return `on ${list(
        days.map((day) => DAY_NAMES[day]),
        'and',
      )}`
  }
}
