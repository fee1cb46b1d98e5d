import { z } from 'zod'
import type { Call, Decoded, QueryPairs } from '../operation.ts'
import { badRequest, type Refusal } from '../refusal.ts'
import { LABEL_ID } from './changes/label-change.ts'
import type { Snapshot } from '../snapshot.ts'
import { fillPage, type UpstreamPage } from './filtered-page.ts'
import { ListedRows } from './listing/listed-rows.ts'
import { LongWalks, unfinished } from './long-walk.ts'
import { isRecord, unexpected } from './message.ts'
import { narrowList, narrowSearch, toPairs, type Narrowed } from './narrowing.ts'
import { booleanSchema, decodeQuery, once } from './parameters.ts'
import type { Visibility } from './readable.ts'
import { ACCEPTED_SEARCH, parseSearch, type SearchTerms } from './search-terms.ts'

export interface ListParams {
  /** what the agent asked for, for the record: it decides nothing */
  readonly search: QueryPairs
  /** plain terms, all of which have to match */
  readonly terms: SearchTerms | undefined
  readonly labelIds: readonly string[]
  readonly wanted: number
  readonly pageToken: string | undefined
}

/** a list as it goes upstream */
export interface Question {
  /** undefined: nothing of it is in any grant, and nobody is asked */
  readonly search: QueryPairs | undefined
  /** the agent chose what to look for, so that what is found says something */
  readonly isSearch: boolean
  readonly searchesText: boolean
  readonly wanted: number
  readonly start: string | undefined
}

const DEFAULT_RESULTS = 100
/** each row costs an upstream read; Gmail's own 500 is a maximum, and fewer is always a right answer to it */
const MAX_RESULTS = 100

const schema = z.strictObject({
  // control characters are refused with the target
  q: once(z.string().max(2000)),
  labelIds: z.array(z.string().regex(LABEL_ID)).max(20).optional(),
  maxResults: once(
    z
      .string()
      .regex(/^[1-9]\d{0,2}$/)
      .transform(Number),
  ),
  pageToken: once(z.string().min(1).max(2048)),
  // accepted and not passed on: spam and trash are outside every grant
  includeSpamTrash: once(booleanSchema),
})

export function decodeList(request: Snapshot): Decoded<ListParams> {
  const decoded = decodeQuery(request, schema)
  if (!decoded.ok) return decoded
  const { q, labelIds = [], maxResults = DEFAULT_RESULTS, pageToken } = decoded.params
  const terms = q === undefined || q.trim() === '' ? undefined : parseSearch(q)
  if (q !== undefined && q.trim() !== '' && terms === undefined) {
    return { ok: false, refusal: badRequest('unsupported_search', ACCEPTED_SEARCH) }
  }
  const search: (readonly [string, string])[] = []
  if (terms !== undefined) search.push(['q', terms.q])
  for (const label of labelIds) search.push(['labelIds', label])
  const wanted = Math.min(maxResults, MAX_RESULTS)
  return { ok: true, params: { search, terms, labelIds, wanted, pageToken } }
}

/**
 * The agent's question inside the token's filter. Where a search cannot be put so, it is refused: the walk over hidden mail
 * would end where hidden mail says.
 */
export function toQuestion(params: ListParams, call: Call): Decoded<Question> {
  const narrowed = narrow(params, call)
  if (!narrowed.ok) {
    const message = `this access can list mail but not make this search: ${narrowed.because}; leave out \`q\``
    return { ok: false, refusal: badRequest('search_not_narrowed', message) }
  }
  const { terms, labelIds, wanted } = params
  const search = toPairs({
    terms: [...(terms === undefined ? [] : [terms.q]), ...narrowed.narrowing.terms],
    labelIds: [...new Set([...labelIds, ...narrowed.narrowing.labelIds])],
  })
  const opened = openPageToken(params, search, call)
  if (!opened.ok) return opened
  const isOutside = labelIds.some((label) => OUTSIDE.has(label.toUpperCase()))
  return {
    ok: true,
    params: {
      search: isOutside ? undefined : search,
      isSearch: params.search.length > 0,
      searchesText: terms?.searchesText ?? false,
      wanted,
      start: opened.params,
    },
  }
}

/** no grant reaches these, however Gmail reads their case */
const OUTSIDE = new Set(['SPAM', 'TRASH', 'DRAFT'])

function narrow({ terms }: ListParams, call: Call): Narrowed {
  return terms === undefined ? { ok: true, narrowing: narrowList(call) } : narrowSearch(call, terms)
}

/**
 * Whether a found row may be shown. A search finds by the text as well, so a row says something about the text: where the
 * token does not show the text, only searches by header find anything.
 */
export function isListed(visibility: Visibility, question: Question): boolean {
  return visibility === 'full' || (visibility === 'metadata' && !question.searchesText)
}

export function toListRecord({ search, wanted, pageToken }: ListParams): Record<string, unknown> {
  return { search, maxResults: wanted, continued: pageToken !== undefined }
}

/** the provider's page token inside the agent's, if it was given to this grant for this search and this filter */
function openPageToken(
  { pageToken }: ListParams,
  search: QueryPairs,
  call: Call,
): Decoded<string | undefined> {
  if (pageToken === undefined) return { ok: true, params: undefined }
  const opened = call.unwrapPageToken(pageToken, JSON.stringify(search))
  if (opened === undefined)
    return { ok: false, refusal: badRequest('foreign_page_token', 'invalid pageToken') }
  return { ok: true, params: opened }
}

export type FilledList<Row> =
  | {
      readonly ok: true
      readonly rows: readonly Row[]
      readonly nextPageToken: string | undefined
    }
  | { readonly ok: false; readonly refusal: Refusal }

/** a page of what may be shown, and the agent's token for the next one */
export async function fillList<Row>(
  source: {
    readonly collection: 'messages' | 'threads'
    show(this: void, id: string, rows: ListedRows): Promise<Row | undefined>
  },
  { search, wanted, start, isSearch }: Question,
  call: Call,
): Promise<FilledList<Row>> {
  if (search === undefined) return { ok: true, rows: [], nextPageToken: undefined }
  const { collection, show } = source
  const listed = await ListedRows.open(call)
  const page = await fillPage({
    wanted,
    start,
    looksAhead: isSearch,
    longWalks: await LongWalks.of(call),
    async fetchPage(size, pageToken) {
      const fetched = await fetchIds({ collection, search, call, size, pageToken })
      if (fetched.ids.length > 0) await listed.confirm()
      return fetched
    },
    show: (id) => show(id, listed),
  })
  const wrap = (next: string): string => call.wrapPageToken(next, JSON.stringify(search))
  if (!page.ok) return { ok: false, refusal: unfinished(wrap(page.resume)) }
  const { rows, next } = page
  return { ok: true, rows, nextPageToken: next === undefined ? undefined : wrap(next) }
}

async function fetchIds(options: {
  readonly collection: 'messages' | 'threads'
  readonly search: QueryPairs
  readonly call: Call
  readonly size: number
  readonly pageToken: string | undefined
}): Promise<UpstreamPage> {
  const { collection, search, call, size, pageToken } = options
  const query: (readonly [string, string])[] = [...search, ['maxResults', String(size)]]
  if (pageToken !== undefined) query.push(['pageToken', pageToken])
  const answer = await call.reader.read([collection], query)
  if (!isRecord(answer)) throw unexpected('a list is not an object')
  const rows = answer[collection] ?? []
  const next = answer['nextPageToken']
  if (!Array.isArray(rows)) throw unexpected('a list has no rows')
  if (next !== undefined && typeof next !== 'string') throw unexpected('a page token is no text')
  return { ids: rows.map(idOf), next: next === '' ? undefined : next }
}

function idOf(row: unknown): string {
  const id = isRecord(row) ? row['id'] : undefined
  if (typeof id !== 'string') throw unexpected('a row has no id')
  return id
}
