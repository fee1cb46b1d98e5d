import type { FrontReach, Reach } from '../state/reach.ts'
import { ANYBODY, type Reader } from './reader.ts'
import { toTimeText } from './time-text.ts'

export interface ReachWords {
  /** how many fronts know, and how long it took; never more than they said themselves */
  readonly summary: string
  /** one sentence for each front that has not said that it knows */
  readonly unknown: readonly string[]
}

const NAMES: Readonly<Record<string, string>> = {
  gmail: 'Gmail',
  stripe: 'Stripe',
  hubspot: 'HubSpot',
}

/** `from`: when the change was made, in milliseconds since 1970 by the database's clock */
export function describeReach(
  { fronts }: Reach,
  from: number,
  reader: Reader = ANYBODY,
): ReachWords {
  const knowing = fronts.filter(({ state }) => state === 'knows')
  const unknown = fronts.filter(({ state }) => state !== 'knows')
  return {
    summary: `${countWords(knowing.length, fronts.length)}.${tookWords(knowing, from)}`,
    unknown: unknown.map((front) => describeUnknown(front, from, reader)),
  }
}

function countWords(knowing: number, all: number): string {
  if (all === 0) return 'No front has reported that it runs'
  if (knowing < all) return `${knowing} of ${all} fronts ${knowing === 1 ? 'knows' : 'know'} it`
  return all === 1 ? 'The only front knows it' : `All ${all} fronts know it`
}

/** of the last one to know: the others were faster */
function tookWords(knowing: readonly FrontReach[], from: number): string {
  const times = knowing.flatMap(({ since }) => since ?? [])
  if (times.length === 0) return ''
  const took = toSecondsText(Math.max(0, Math.max(...times) - from))
  return ` It took ${knowing.length === 1 ? 'it' : 'them'} ${took}.`
}

/** what is true of such a front by its own rule, and no more than that */
function describeUnknown(
  { provider, resource, state, seenAt, leaseMs }: FrontReach,
  from: number,
  reader: Reader,
): string {
  const front = `The ${NAMES[provider] ?? provider} front at ${resource}`
  const rule =
    leaseMs === undefined
      ? ''
      : `A front that cannot ask refuses everything after ${toSecondsText(leaseMs)}`
  switch (state) {
    case 'running':
      return `${front} has not confirmed it yet. ${rule}, so at the latest from ${toTimeText(new Date(from + (leaseMs ?? 0)), reader)} on.`
    case 'silent':
      return `${front} has not been heard from since ${toTimeText(new Date(seenAt ?? 0), reader)}. It may have ended. ${rule}.`
    case 'absent':
      return `${front} has never reported. Nothing is known of it: it does not run, or runs an older version that does not know of pauses.`
    case 'knows':
      return `${front} knows it.`
  }
}

/** `0.4 seconds`, rounded up: never told too little */
function toSecondsText(milliseconds: number): string {
  const tenths = Math.max(1, Math.ceil(milliseconds / 100))
  const text = tenths % 10 === 0 ? String(tenths / 10) : (tenths / 10).toFixed(1)
  return text === '1' ? '1 second' : `${text} seconds`
}
