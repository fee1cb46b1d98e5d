import { describe, expect, test } from 'vitest'
import { parseWindow, periodAt } from '../../../capabilities/index.ts'

function period(window: string, at: string): readonly [string, string] | undefined {
  const parsed = parseWindow(window)
  const found = parsed && periodAt(parsed, Date.parse(at) / 1000)
  return found && [found.name, new Date((found.end ?? 0) * 1000).toISOString()]
}

test.each([
  ['hour', '2026-11-24T22:59:59Z', '2026-11-24T22', '2026-11-24T23:00:00.000Z'],
  ['day', '2026-11-24T23:59:59Z', '2026-11-24', '2026-11-25T00:00:00.000Z'],
  ['week', '2026-11-22T23:59:59Z', '2026-11-16', '2026-11-23T00:00:00.000Z'],
  ['week', '2026-11-23T00:00:00Z', '2026-11-23', '2026-11-30T00:00:00.000Z'],
  ['day Europe/Paris', '2026-11-24T22:59:59Z', '2026-11-24', '2026-11-24T23:00:00.000Z'],
  ['day Europe/Paris', '2026-11-24T23:00:00Z', '2026-11-25', '2026-11-25T23:00:00.000Z'],
  ['hour Asia/Kolkata', '2026-11-24T10:10:00Z', '2026-11-24T15', '2026-11-24T10:30:00.000Z'],
  // 23 and 25 hours
  ['day Europe/Paris', '2026-03-29T12:00:00Z', '2026-03-29', '2026-03-29T22:00:00.000Z'],
  ['day Europe/Paris', '2026-10-25T12:00:00Z', '2026-10-25', '2026-10-25T23:00:00.000Z'],
  // the hour that comes twice is one, and the one before a jump ends with it
  ['hour Europe/Paris', '2026-10-25T00:30:00Z', '2026-10-25T02', '2026-10-25T02:00:00.000Z'],
  ['hour Europe/Paris', '2026-10-25T01:30:00Z', '2026-10-25T02', '2026-10-25T02:00:00.000Z'],
  ['hour Europe/Paris', '2026-03-29T00:59:59Z', '2026-03-29T01', '2026-03-29T01:00:00.000Z'],
])('%s at %s is %s until %s', (window, at, name, end) => {
  expect(period(window, at)).toEqual([name, end])
})

describe('a window', () => {
  test('of the whole grant never ends', () => {
    expect(periodAt({ per: 'grant' }, 0)).toEqual({ name: 'grant', end: undefined })
  })

  test.each(['', 'month', 'Hour', 'day ', 'day UTC', 'day Mars/Olympus', 'grant UTC', 'day UTC x'])(
    'is not spelled %j',
    (text) => {
      expect(parseWindow(text)).toBeUndefined()
    },
  )

  test.each([NaN, Infinity, -1, 1e15])('has no period at %d', (now) => {
    expect(periodAt({ per: 'hour' }, now)).toBeUndefined()
  })
})
