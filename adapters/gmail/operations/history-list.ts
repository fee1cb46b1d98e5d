import { z } from 'zod'
import type { Call, QueryPairs, ReadOperation } from '../../operation.ts'
import { badRequest, missing } from '../../refusal.ts'
import { LABEL_ID } from '../changes/label-change.ts'
import { isShown, lookUp } from '../changes/look-up.ts'
import { fillPage, mapLimited } from '../filtered-page.ts'
import { LongWalks, unfinished } from '../long-walk.ts'
import { isRecord, unexpected } from '../message.ts'
import { decodeQuery, once } from '../parameters.ts'

interface Params {
  readonly startHistoryId: string
  readonly labelId: string | undefined
  readonly historyTypes: readonly string[]
  readonly wanted: number
  readonly pageToken: string | undefined
}

interface Question {
  readonly search: QueryPairs
  readonly wanted: number
  readonly start: string | undefined
}

const ACTION = { operation: 'gmail.history.list' } as const
const TYPES = ['messageAdded', 'messageDeleted', 'labelAdded', 'labelRemoved'] as const
const MAX_RESULTS = 100
const CONCURRENT_READS = 8

const schema = z.strictObject({
  startHistoryId: once(z.string().regex(/^\d{1,20}$/)),
  labelId: once(z.string().regex(LABEL_ID)),
  historyTypes: z.array(z.enum(TYPES)).max(TYPES.length).optional(),
  maxResults: once(
    z
      .string()
      .regex(/^[1-9]\d{0,2}$/)
      .transform(Number),
  ),
  pageToken: once(z.string().min(1).max(2048)),
})

/**
 * What changed in the mail that the token shows. Each row is held against the message as it is now; of a deleted message
 * nothing is known any more, so its deletion is not told.
 */
export const historyList: ReadOperation<Params, Question> = {
  effect: 'read',
  name: 'gmail.users.history.list',
  routes: [{ method: 'GET', template: '/gmail/v1/users/me/history', dialect: 'json' }],
  maxBodyBytes: 0,
  gates: [ACTION],
  conceals: false,
  decode(request) {
    const decoded = decodeQuery(request, schema)
    if (!decoded.ok) return decoded
    const { startHistoryId, historyTypes = [], maxResults = MAX_RESULTS } = decoded.params
    if (startHistoryId === undefined) {
      return { ok: false, refusal: badRequest('invalid_parameter', 'startHistoryId is needed') }
    }
    const { labelId, pageToken } = decoded.params
    const wanted = Math.min(maxResults, MAX_RESULTS)
    return { ok: true, params: { startHistoryId, labelId, historyTypes, wanted, pageToken } }
  },
  toRecord: ({ startHistoryId, labelId, historyTypes, wanted, pageToken }) => ({
    startHistoryId,
    labelId,
    historyTypes,
    maxResults: wanted,
    continued: pageToken !== undefined,
  }),
  prepare({ startHistoryId, labelId, historyTypes, wanted, pageToken }, call) {
    const search: QueryPairs = [
      ['startHistoryId', startHistoryId],
      ...(labelId === undefined ? [] : [['labelId', labelId] as const]),
      ...historyTypes.map((type) => ['historyTypes', type] as const),
    ]
    const opened =
      pageToken === undefined ? undefined : call.unwrapPageToken(pageToken, JSON.stringify(search))
    if (pageToken !== undefined && opened === undefined) {
      return { ok: false, refusal: badRequest('foreign_page_token', 'invalid pageToken') }
    }
    return { ok: true, prepared: { search, wanted, start: opened }, actions: [ACTION] }
  },
  async project({ search, wanted, start }, _chosen, call) {
    const visible = new Visible(call)
    let historyId: string | undefined
    let isForgotten = false
    const page = await fillPage<Record<string, unknown>, HistoryRow>({
      wanted,
      start,
      longWalks: await LongWalks.of(call),
      async fetchPage(size, pageToken) {
        const fetched = await fetchPage(search, size, pageToken, call)
        if (fetched === undefined) {
          isForgotten = true
          return { ids: [], next: undefined }
        }
        // what happens during the walk may be missing from its pages: only what the first one knew of is sure to be there
        historyId ??= fetched.historyId
        await visible.look(fetched.rows)
        return { ids: fetched.rows, next: fetched.next }
      },
      show: (row) => Promise.resolve(visible.project(row)),
    })
    if (isForgotten) return { ok: false, refusal: missing('history_too_old') }
    const wrap = (next: string): string => call.wrapPageToken(next, JSON.stringify(search))
    if (!page.ok) return { ok: false, refusal: unfinished(wrap(page.resume)) }
    const { rows, next } = page
    return {
      ok: true,
      body: {
        ...(rows.length > 0 && { history: rows }),
        ...(next !== undefined && { nextPageToken: wrap(next) }),
        ...(historyId !== undefined && { historyId }),
      },
    }
  },
}

type HistoryRow = Readonly<Record<string, unknown>>

interface HistoryPage {
  readonly rows: readonly HistoryRow[]
  readonly next: string | undefined
  readonly historyId: string | undefined
}

/** undefined: Gmail does not remember that far back, and the client has to read everything anew */
async function fetchPage(
  search: QueryPairs,
  size: number,
  pageToken: string | undefined,
  call: Call,
): Promise<HistoryPage | undefined> {
  const query: (readonly [string, string])[] = [...search, ['maxResults', String(size)]]
  if (pageToken !== undefined) query.push(['pageToken', pageToken])
  const answer = await call.reader.read(['history'], query)
  if (answer === undefined) return undefined
  if (!isRecord(answer)) throw unexpected('a history is not an object')
  const { history = [], nextPageToken, historyId } = answer
  if (!Array.isArray(history) || !history.every(isRecord)) throw unexpected('a history has no rows')
  return {
    rows: history,
    next: typeof nextPageToken === 'string' && nextPageToken !== '' ? nextPageToken : undefined,
    historyId: typeof historyId === 'string' ? historyId : undefined,
  }
}

const WITH_LABELS = ['labelsAdded', 'labelsRemoved'] as const

/** which of the messages of a history the token shows, each asked for once */
class Visible {
  readonly #call: Call
  readonly #shown = new Map<string, boolean>()

  constructor(call: Call) {
    this.#call = call
  }

  async look(rows: HistoryPage['rows']): Promise<void> {
    const ids = new Set(rows.flatMap((row) => messagesOf(row, 'messages').map(({ id }) => id)))
    const unknown = [...ids].filter((id) => !this.#shown.has(id))
    await mapLimited(unknown, CONCURRENT_READS, async (id) => {
      this.#shown.set(id, await this.#isShown(id))
    })
  }

  async #isShown(id: string): Promise<boolean> {
    const message = await lookUp(id, this.#call)
    return message !== undefined && (await isShown(message, this.#call))
  }

  /** the row without what is not shown; undefined when nothing is left */
  project(row: HistoryRow): Record<string, unknown> | undefined {
    const { id } = row
    if (typeof id !== 'string') throw unexpected('a row of a history has no id')
    const messages = this.#only(messagesOf(row, 'messages'))
    if (messages.length === 0) return undefined
    const added = this.#only(messagesOf(row, 'messagesAdded')).map((message) => ({ message }))
    const changes = WITH_LABELS.flatMap((kind) => {
      const entries = entriesOf(row, kind).flatMap(({ message, labelIds }) =>
        this.#shown.get(message.id) === true ? [{ message, labelIds }] : [],
      )
      return entries.length > 0 ? [[kind, entries] as const] : []
    })
    return {
      id,
      messages,
      ...(added.length > 0 && { messagesAdded: added }),
      ...Object.fromEntries(changes),
    }
  }

  #only(messages: readonly Brief[]): readonly Brief[] {
    return messages.filter(({ id }) => this.#shown.get(id) === true)
  }
}

interface Brief {
  readonly id: string
  readonly threadId: string
}

function messagesOf(row: Readonly<Record<string, unknown>>, kind: string): Brief[] {
  return kind === 'messages'
    ? listOf(row[kind]).map(toBrief)
    : entriesOf(row, kind).map(({ message }) => message)
}

function entriesOf(
  row: Readonly<Record<string, unknown>>,
  kind: string,
): { readonly message: Brief; readonly labelIds: readonly string[] }[] {
  return listOf(row[kind]).map((entry) => {
    const labelIds = entry['labelIds'] ?? []
    if (!Array.isArray(labelIds) || !labelIds.every(isText)) throw unexpected(SHAPE)
    return { message: toBrief(entry['message']), labelIds }
  })
}

const SHAPE = 'a history has another shape'

function listOf(value: unknown): Readonly<Record<string, unknown>>[] {
  const list = value ?? []
  if (!Array.isArray(list) || !list.every(isRecord)) throw unexpected(SHAPE)
  return list
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function toBrief(message: unknown): Brief {
  const { id, threadId } = isRecord(message) ? message : {}
  if (typeof id !== 'string' || typeof threadId !== 'string') {
    throw unexpected('a message of a history has no id')
  }
  return { id, threadId }
}
