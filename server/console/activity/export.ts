import { Readable } from 'node:stream'
import type { Kysely } from 'kysely'
import type { Database } from '../../database/schema.ts'
import { toAgentText } from '../agent-text.ts'
import type { ActivityFilter } from './filter.ts'
import { toLine } from './line.ts'
import { listActivity, MAX_WALKED, type RecordedCall } from './list.ts'

export interface ExportOptions {
  readonly db: Kysely<Database>
  readonly buyerId: string
  readonly filter: ActivityFilter
  readonly now: number
  /** calls at most; then the file says that it is not complete */
  readonly maxCalls?: number
}

const BATCH = 500
const MAX_CALLS = 100_000
/** a filter that fits nothing ends too */
const MAX_LOOKED_AT = 2_000_000

/** a batch at a time, and the next one when the last was taken: no list of them is ever in memory */
async function* readCalls(
  options: ExportOptions,
): AsyncGenerator<RecordedCall, { complete: boolean }> {
  const { db, buyerId, filter, maxCalls = MAX_CALLS } = options
  let before: string | undefined
  let [given, lookedAt] = [0, 0]
  for (;;) {
    const limit = Math.min(BATCH, maxCalls - given)
    const page = await listActivity(db, buyerId, filter, { limit, before })
    yield* page.calls
    given += page.calls.length
    lookedAt += page.lookedBackTo === undefined ? page.calls.length : MAX_WALKED
    if (page.next === undefined) return { complete: true }
    if (given >= maxCalls || lookedAt >= MAX_LOOKED_AT) return { complete: false }
    before = page.next
  }
}

const COLUMNS = [
  'time',
  'agent',
  'client id',
  'what',
  'operation',
  'about',
  'result',
  'why',
  'provider',
  'provider answered',
  'grant',
  'record',
] as const

export function exportCsv(options: ExportOptions): Readable {
  return Readable.from(writeCsv(options))
}

async function* writeCsv(options: ExportOptions): AsyncGenerator<string> {
  // a spreadsheet takes a file without the mark for Latin-1
  yield `\uFEFF${toRow(COLUMNS)}`
  const calls = readCalls(options)
  for (;;) {
    const next = await calls.next()
    if (next.done === true) {
      if (!next.value.complete) yield toRow(['not complete: choose fewer days'])
      return
    }
    const call = next.value
    const line = toLine(call, options.now)
    yield toRow([
      call.at.toISOString(),
      line.who,
      call.clientId ?? '',
      line.what ?? '',
      line.operation,
      line.objects.join('; '),
      line.result,
      line.why ?? '',
      call.provider,
      call.upstreamStatus === undefined ? '' : String(call.upstreamStatus),
      call.grantId,
      call.id,
    ])
  }
}

function toRow(cells: readonly string[]): string {
  return `${cells.map(toCell).join(',')}\r\n`
}

/**
 * A cell that begins like a formula is one for a spreadsheet, and an agent chooses its own name: such a cell begins with an
 * apostrophe, which makes it text. Cleaned first, so that no invisible character hides the sign, and no cell breaks its row.
 */
function toCell(text: string): string {
  const clean = toAgentText(text, 1_000)
  const inert = /^[\s'"`]*[=+\-@|%]/u.test(clean) ? `'${clean}` : clean
  return `"${inert.replaceAll('"', '""')}"`
}

export function exportJson(options: ExportOptions): Readable {
  return Readable.from(writeJson(options))
}

async function* writeJson(options: ExportOptions): AsyncGenerator<string> {
  yield '{"calls":['
  const calls = readCalls(options)
  for (let separator = '\n'; ; separator = ',\n') {
    const next = await calls.next()
    if (next.done === true) {
      yield `\n],"complete":${next.value.complete}}\n`
      return
    }
    yield separator + toInertJson(next.value)
  }
}

/** the same values to whoever parses it; to a terminal, an editor or a browser no control, no direction and no tag */
function toInertJson(call: RecordedCall): string {
  return JSON.stringify(call).replaceAll(
    /[<>&\u007f-\u009f\u2028\u2029\p{Cf}\p{Co}\p{DI}]/gu,
    (one) =>
      Array.from(
        { length: one.length },
        (_, n) => `\\u${one.charCodeAt(n).toString(16).padStart(4, '0')}`,
      ).join(''),
  )
}
