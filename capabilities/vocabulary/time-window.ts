import { LIMIT_WINDOWS, type LimitWindow } from './capability.ts'
import { isZone, localTime } from './local-time.ts'

/** a stretch of some calendar over which a limit counts, as a token spells it: `hour`, `day Europe/Paris`, `grant` */
export interface TimeWindow {
  readonly per: LimitWindow
  /** absent: UTC */
  readonly zone?: string | undefined
}

/** one of them: this very hour */
export interface Period {
  /** where it begins on the local clock: `2026-11-24T13`, `2026-11-24`, the Monday of a week; `grant` has only one */
  readonly name: string
  /** seconds since 1970 at which it is over; undefined: never */
  readonly end: number | undefined
}

export function printWindow({ per, zone }: TimeWindow): string {
  return zone === undefined ? per : `${per} ${zone}`
}

/** INVARIANT: one spelling per window, so that two limits that say the same are the same */
export function parseWindow(text: string): TimeWindow | undefined {
  const [word, zone, ...rest] = text.split(' ')
  const per = LIMIT_WINDOWS.find((window) => window === word)
  if (per === undefined || rest.length > 0) return undefined
  if (zone === undefined) return { per }
  return per === 'grant' || zone === 'UTC' || !isZone(zone) ? undefined : { per, zone }
}

const DAY = 86_400
const DAY_MINUTES = 1_440
const LENGTH: Record<Exclude<LimitWindow, 'grant'>, number> = {
  hour: 60,
  day: DAY_MINUTES,
  week: 7 * DAY_MINUTES,
}
/** 1 January 1970 was a Thursday, and weeks begin on Monday */
const MONDAY = 3 * DAY_MINUTES

/**
 * The period of the window at `now` (seconds since 1970). When a clock is put back an hour comes twice: it is one period. One
 * that the clock jumps over has none.
 */
export function periodAt({ per, zone }: TimeWindow, now: number): Period | undefined {
  if (per === 'grant') return { name: 'grant', end: undefined }
  const minute = wallMinute(zone, now)
  if (minute === undefined) return undefined
  const length = LENGTH[per]
  const shift = per === 'week' ? MONDAY : 0
  const start = Math.floor((minute + shift) / length) * length - shift
  return { name: nameOf(start, per), end: toInstant(start + length, minute, zone, now) }
}

/** minutes since 1970 as the local clock counts them */
function wallMinute(zone: string | undefined, now: number): number | undefined {
  if (!Number.isFinite(now) || now < 0 || now > MAX_SECONDS) return undefined
  if (zone === undefined) return Math.floor(now / 60)
  const local = localTime(zone, now)
  return local && local.epochDay * DAY_MINUTES + local.minute
}

/** the last second that a four-digit year can say */
const MAX_SECONDS = 253_402_300_799

/** the instant at which the local clock shows `wanted`: the offset there may be another than now */
function toInstant(
  wanted: number,
  minute: number,
  zone: string | undefined,
  now: number,
): number | undefined {
  const current = Math.floor(now / 60)
  const guess = current + wanted - minute
  const there = wallMinute(zone, guess * 60)
  if (there === undefined) return undefined
  const shifted = guess + wanted - there
  // a clock that is put forward never shows what it jumps over: there the jump is the end
  return Math.max(shifted, shifted > current ? 0 : guess) * 60
}

function nameOf(start: number, per: LimitWindow): string {
  const text = new Date(start * 60_000).toISOString()
  return text.slice(0, per === 'hour' ? 13 : 10)
}

/** after this many seconds nobody counts in a period that has ended, whatever his clock says */
export const PERIOD_GRACE: number = DAY
