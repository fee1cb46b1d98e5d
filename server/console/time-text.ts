/** one language and one zone for now, said in the text: a server cannot know the reader's without a script */
const day = new Intl.DateTimeFormat('en-GB', { dateStyle: 'long', timeZone: 'UTC' })
const minute = new Intl.DateTimeFormat('en-GB', {
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})

/** `1 December 2026` */
export function toDayText(time: Date): string {
  return day.format(time)
}

/** `1 December 2026, 14:05 UTC` */
export function toTimeText(time: Date): string {
  return `${day.format(time)}, ${minute.format(time)} UTC`
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
