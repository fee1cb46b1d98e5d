export interface LocalTime {
  /** 1 is Monday, 7 is Sunday (ISO 8601) */
  readonly day: number
  /** minute of the day, 0 to 1439 */
  readonly minute: number
  /** days of the local calendar since 1 January 1970 */
  readonly epochDay: number
}

/** zones come from tokens of strangers, and a formatter is not small */
const MAX_ZONES = 64
const DAY_MS = 86_400_000
const DAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

interface Zone {
  readonly formatter: Intl.DateTimeFormat
  /** the answer for one minute: formatting costs more than the rest of a decision */
  last: { readonly minute: number; readonly time: LocalTime | undefined }
}

const zones = new Map<string, Zone>()

/** an IANA name as the platform knows it; offsets such as `+02:00` are no zones */
export function isZone(name: string): boolean {
  return findZone(name) !== undefined
}

/** wall-clock time at `now` (seconds since 1970) in a zone; undefined when there is no such zone or no such time */
export function localTime(name: string, now: number): LocalTime | undefined {
  const zone = findZone(name)
  const minute = Math.floor(now / 60)
  if (zone === undefined || !Number.isFinite(now) || Math.abs(now) > 8e12) return undefined
  if (zone.last.minute !== minute) zone.last = { minute, time: format(zone.formatter, minute) }
  return zone.last.time
}

function format(formatter: Intl.DateTimeFormat, epochMinute: number): LocalTime | undefined {
  const parts = new Map(
    formatter.formatToParts(epochMinute * 60_000).map(({ type, value }) => [type, value]),
  )
  const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type) ?? NaN)
  const day = DAYS.indexOf(parts.get('weekday') ?? '') + 1
  const minute = number('hour') * 60 + number('minute')
  const epochDay = Date.UTC(number('year'), number('month') - 1, number('day')) / DAY_MS
  return day >= 1 && minute >= 0 && Number.isInteger(epochDay)
    ? { day, minute, epochDay }
    : undefined
}

function findZone(name: string): Zone | undefined {
  const known = zones.get(name)
  if (known !== undefined) return known
  const formatter = isZoneName(name) ? makeFormatter(name) : undefined
  if (formatter === undefined) return undefined
  if (zones.size >= MAX_ZONES) zones.clear()
  const zone = { formatter, last: { minute: NaN, time: undefined } }
  zones.set(name, zone)
  return zone
}

function isZoneName(name: string): boolean {
  return name.length <= 64 && /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/.test(name)
}

function makeFormatter(zone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      weekday: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
  } catch {
    return undefined
  }
}
