import { ANYBODY, type Reader } from './reader.ts'

type Style = Readonly<Intl.DateTimeFormatOptions>

const DAY: Style = { dateStyle: 'long' }
const MINUTE: Style = { hour: '2-digit', minute: '2-digit', timeZoneName: 'short' }
const SECOND: Style = { ...MINUTE, second: '2-digit' }

/** a formatter takes a while to make; there are as many as locales and zones */
const formats = new Map<string, Intl.DateTimeFormat>()

/** `1 December 2026` */
export function toDayText(time: Date, reader: Reader = ANYBODY): string {
  return format(time, reader, 'day', DAY)
}

/** `1 December 2026, 14:05 UTC` */
export function toTimeText(time: Date, reader: Reader = ANYBODY): string {
  return `${toDayText(time, reader)}, ${format(time, reader, 'minute', MINUTE)}`
}

/** `1 December 2026, 14:05:09 UTC` */
export function toSecondText(time: Date, reader: Reader = ANYBODY): string {
  return `${toDayText(time, reader)}, ${format(time, reader, 'second', SECOND)}`
}

function format(time: Date, { locale, zone }: Reader, name: string, style: Style): string {
  const key = `${locale} ${zone} ${name}`
  const made = formats.get(key) ?? new Intl.DateTimeFormat(locale, { ...style, timeZone: zone })
  formats.set(key, made)
  return made.format(time)
}

/** how long somebody has to wait, rounded up: never told too little */
export function toWaitText(milliseconds: number): string {
  const minutes = Math.max(1, Math.ceil(milliseconds / 60_000))
  return minutes === 1 ? 'a minute' : `${minutes} minutes`
}

const units = [
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** exactly, in the largest unit that it is a whole number of: `1 hour`, `90 minutes` */
export function toDurationText(seconds: number): string {
  const [unit, size] = units.find(([, each]) => seconds % each === 0) ?? units[2]
  const count = seconds / size
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
