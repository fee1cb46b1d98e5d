import { z } from 'zod'
import type { Call, Decoded, QueryPairs } from '../operation.ts'
import { badRequest } from '../refusal.ts'
import type { Snapshot } from '../snapshot.ts'
import type { UpstreamPage } from './filtered-page.ts'
import { isRecord, unexpected } from './message.ts'
import { booleanSchema, decodeQuery, once } from './parameters.ts'
import type { Visibility } from './readable.ts'

export interface ListParams {
  /** what goes upstream: it narrows, it decides nothing */
  readonly search: QueryPairs
  /** the search may look into texts, or could not be shown not to */
  readonly searchesText: boolean
  readonly wanted: number
  readonly pageToken: string | undefined
}

const DEFAULT_RESULTS = 100
/** each row costs an upstream read; Gmail's own 500 is a maximum, and fewer is always a right answer to it */
const MAX_RESULTS = 100

const schema = z.strictObject({
  // control characters are refused with the target; what is left is the owner's search language, and only narrows
  q: once(z.string().max(2000)),
  labelIds: z
    .array(z.string().regex(/^[A-Za-z0-9_^-]{1,128}$/))
    .max(20)
    .optional(),
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
  const search: (readonly [string, string])[] = []
  if (q !== undefined && q !== '') search.push(['q', q])
  for (const label of labelIds) search.push(['labelIds', label])
  const wanted = Math.min(maxResults, MAX_RESULTS)
  const searchesText = q !== undefined && !isHeaderSearch(q)
  return { ok: true, params: { search, searchesText, wanted, pageToken } }
}

const HEADER_TERM =
  /^-?(?:from|to|cc|subject|label|in|is|has|category|list|after|before|newer|older|newer_than|older_than|larger|smaller|rfc822msgid):(?:[\p{L}\p{N}@._/<>-]+|"[^"]*")$/u

/** plain terms about headers, labels and dates: what a grant without the text may search by */
function isHeaderSearch(q: string): boolean {
  const terms = q.match(/(?:"[^"]*"|[^\s"])+/g) ?? []
  return terms.every((term) => HEADER_TERM.test(term))
}

/**
 * Whether a found row may be shown. A search finds by the text as well, so a row says something about the text: where the
 * token does not show the text, only searches by header find anything.
 */
export function isListed(visibility: Visibility, params: ListParams): boolean {
  return visibility === 'full' || (visibility === 'metadata' && !params.searchesText)
}

export function toListRecord({ search, wanted, pageToken }: ListParams): Record<string, unknown> {
  return { search, maxResults: wanted, continued: pageToken !== undefined }
}

/** the provider's page token inside the agent's, if it was given to this grant for this search */
export function openPageToken(params: ListParams, call: Call): Decoded<string | undefined> {
  if (params.pageToken === undefined) return { ok: true, params: undefined }
  const opened = call.unwrapPageToken(params.pageToken, bindingOf(params))
  if (opened === undefined)
    return { ok: false, refusal: badRequest('foreign_page_token', 'invalid pageToken') }
  return { ok: true, params: opened }
}

export function sealPageToken(next: string, params: ListParams, call: Call): string {
  return call.wrapPageToken(next, bindingOf(params))
}

function bindingOf({ search }: ListParams): string {
  return JSON.stringify(search)
}

export async function fetchIds(options: {
  readonly collection: 'messages' | 'threads'
  readonly params: ListParams
  readonly call: Call
  readonly size: number
  readonly pageToken: string | undefined
}): Promise<UpstreamPage> {
  const { collection, params, call, size, pageToken } = options
  const query: (readonly [string, string])[] = [...params.search, ['maxResults', String(size)]]
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
