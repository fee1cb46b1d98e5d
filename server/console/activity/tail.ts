import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'
import type { Reader } from '../reader.ts'
import type { ActivityFilter } from './filter.ts'
import { toLine } from './line.ts'
import { renderLine } from './line-view.ts'
import { findCall, listSince, type RecordedCall } from './list.ts'

export interface TailOptions {
  readonly db: Kysely<Database>
  readonly buyerId: string
  readonly filter: ActivityFilter
  /** the newest call that the page shows */
  readonly after: string | undefined
  /** asked before every look: a session that ended hears nothing more */
  readonly isWelcome: () => Promise<boolean>
  readonly now: () => number
  readonly reader: Reader
}

const LOOK_MS = 1_000
/** a browser comes again by itself; a stream that nobody reads any more does not stay */
const MAX_LOOKS = 600
const MAX_LINES = 100
/** a call is listed by when it began, and may be written down a while after */
const LATE_MS = 60_000

/** Server-Sent Events: each new line, and each line that changed, as the markup that the page has for it */
export function tail(options: TailOptions): Readable {
  return Readable.from(write(options))
}

async function* write(options: TailOptions): AsyncGenerator<string> {
  const { db, buyerId, filter, after, isWelcome, now, reader } = options
  const newest = after === undefined ? undefined : await findCall(db, buyerId, after)
  let since = (newest?.at.getTime() ?? now()) - LATE_MS
  const known = new Map<string, string>()
  const look = async (): Promise<readonly RecordedCall[]> => {
    const calls = await listSince(db, buyerId, filter, { since: new Date(since), limit: MAX_LINES })
    const changed = calls.filter((call) => known.get(call.id) !== stateOf(call))
    for (const call of changed) known.set(call.id, stateOf(call))
    since = Math.max(since, (calls.at(-1)?.at.getTime() ?? 0) - LATE_MS)
    forgetBut(calls, known)
    return changed
  }
  const toText = (calls: readonly RecordedCall[]): string =>
    calls
      .map((call) => toEvent(call.id, renderLine(toLine(call, now()), reader).toString()))
      .join('')

  yield ': the page is live\n\n'
  // what the page shows already is not new
  const missed = await look()
  if (newest !== undefined) yield toText(missed.filter(({ at }) => at > newest.at))
  for (let looks = 0; looks < MAX_LOOKS; looks += 1) {
    await sleep(LOOK_MS)
    if (!(await isWelcome())) return
    // also when there is nothing to say: a connection that is gone is found out by it
    yield `${toText(await look())}:\n\n`
  }
}

function stateOf(call: {
  readonly decision: string
  readonly outcome: string | undefined
}): string {
  return `${call.decision} ${call.outcome}`
}

function forgetBut(calls: readonly { readonly id: string }[], known: Map<string, string>): void {
  if (known.size <= MAX_LINES * 10) return
  const kept = new Set(calls.map(({ id }) => id))
  for (const id of known.keys()) if (!kept.has(id)) known.delete(id)
}

/** every line of the data has its own prefix, so that no text in it can end the event and begin another */
function toEvent(id: string, markup: string): string {
  const data = markup.split(/\r\n|[\r\n]/u).map((line) => `data: ${line}`)
  return `event: line\nid: ${id}\n${data.join('\n')}\n\n`
}
