import { expect, test } from 'vitest'
import { parseCapabilities } from '../../../capabilities/index.ts'
import type { Conditions, Hours } from '../../../capabilities/vocabulary/capability.ts'
import { hours } from '../../../capabilities/vocabulary/hours.ts'
import { NOW, read } from '../token-for.ts'

/** what the schema makes of hours, as a buyer may write them */
function said(fields: object): Conditions {
  const entry = { type: 'gmail', actions: ['messages.read'], hours: { zone: 'UTC', ...fields } }
  return parseCapabilities([entry])[0] ?? {}
}

const permits = (fields: object, now = NOW): boolean => hours.permits(said(fields), read(), { now })

test('begin with the minute they begin at, and end before the one they end at', () => {
  const zone = 'Europe/Paris'
  expect(permits({ zone, from: '11:00', to: '11:01' })).toBe(true)
  expect(permits({ zone, from: '11:00', to: '11:01' }, NOW + 59)).toBe(true)
  expect(permits({ zone, from: '11:00', to: '11:01' }, NOW + 60)).toBe(false)
  expect(permits({ zone, from: '11:01' })).toBe(false)
  expect(permits({ zone, to: '11:00' })).toBe(false)
})

test('hold on the days that they name, in their zone', () => {
  const lateMonday = Date.parse('2026-11-23T23:30:00Z') / 1000
  expect(permits({ days: ['mon'] }, lateMonday)).toBe(true)
  expect(permits({ days: ['tue'] }, lateMonday)).toBe(false)
  expect(permits({ days: ['tue'], zone: 'Europe/Paris' }, lateMonday)).toBe(true)
})

test('of a zone that nobody knows, or at no time at all, are over', () => {
  const week = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
  const unparsed: Hours = { zone: 'Mars/Olympus', days: week, from: '00:00', to: '24:00' }
  expect(hours.permits({ hours: unparsed }, read(), { now: NOW })).toBe(false)
  expect(permits({}, NaN)).toBe(false)
})

test.each([
  ['a day more', { days: ['mon', 'tue'] }],
  ['an earlier begin', { from: '08:59' }],
  ['a later end', { to: '17:01' }],
  ['another zone', { zone: 'Europe/Paris' }],
])('%s is not inside them', (_what, change) => {
  const wide = { days: ['mon', 'wed'], from: '09:00', to: '17:00' }
  expect(hours.subsumes(said(wide), said(wide))).toBe(true)
  expect(hours.subsumes(said(wide), said({ ...wide, days: ['wed'] }))).toBe(true)
  expect(hours.subsumes(said(wide), said({ ...wide, ...change }))).toBe(false)
})

test.each([
  [{}, 'every day (UTC)'],
  [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'] }, 'on weekdays (UTC)'],
  [{ days: ['sun', 'sat'] }, 'on weekends (UTC)'],
  [{ days: ['wed', 'mon'] }, 'on Mondays and Wednesdays (UTC)'],
  [{ days: ['tue', 'thu', 'fri'] }, 'on Tuesdays, Thursdays and Fridays (UTC)'],
  [{ days: ['sat'] }, 'on Saturdays (UTC)'],
  [{ days: ['sun'] }, 'on Sundays (UTC)'],
  [{ to: '09:30' }, 'every day 00:00–09:30 (UTC)'],
  [{ from: '23:59' }, 'every day 23:59–24:00 (UTC)'],
])('%j reads as words', (fields, words) => {
  expect(hours.phrase(said(fields))).toBe(words)
  expect(hours.explain(said(fields), read())?.allowed).toBe(`only ${words}`)
})

test.each(['24:00', '24:01', '9:00', '09:60', '09:00:00', ' 09:00', '-1:00'])(
  'no hour of a day begins at %s',
  (from) => {
    expect(() => said({ from })).toThrow(/hours/)
  },
)

test.each(['124:00', '24:001', '24:30', '25:00', '12:000'])('no hour of a day ends at %s', (to) => {
  expect(() => said({ to })).toThrow(/hours/)
})

test('come back from their caveat as they were', () => {
  for (const fields of [{}, { days: ['sun'], from: '00:01', to: '23:59' }]) {
    const conditions = said(fields)
    const leaf = hours.caveat(conditions)
    expect(leaf && hours.decompile(leaf, {})).toEqual({ hours: conditions.hours })
  }
})
