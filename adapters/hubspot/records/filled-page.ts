import { z } from 'zod'
import type { HubspotAction } from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import { badRequest, type Refusal } from '../../refusal.ts'

/** rows of one page of the provider's, and where the next one begins */
export interface SourcePage<Row> {
  readonly rows: readonly Row[]
  readonly next: string | undefined
}

/** what may be shown of a row, and as what it was judged */
export interface Shown {
  readonly body: unknown
  readonly actions: readonly HubspotAction[]
}

/** where a page begins: a row of a page of the provider's, and how many rows were shown before */
export interface Place {
  readonly cursor: string | undefined
  readonly skip: number
  readonly seen: number
}

const BEGINNING: Place = { cursor: undefined, skip: 0, seen: 0 }

export interface FilledPage {
  readonly rows: readonly unknown[]
  readonly actions: readonly HubspotAction[]
  /** to be wrapped; undefined: there is nothing more to be shown */
  readonly next: Place | undefined
}

type Filled =
  | { readonly ok: true; readonly page: FilledPage }
  | { readonly ok: false; readonly refusal: Refusal }

/** rows that one call looks at; more than this without one to show is said, not answered with an empty page */
const MAX_EXAMINED = 2_000

/**
 * Rows that may be shown, from as many pages of the provider's as it takes. INVARIANT: a page with a next one has a row, and the
 * next one begins with a row that may be shown: how many are hidden between them is told by nothing.
 */
export async function fillPage<Row>(
  place: Place,
  limit: number,
  readPage: (cursor: string | undefined) => Promise<SourcePage<Row>>,
  show: (rows: readonly Row[]) => Promise<readonly (Shown | undefined)[]>,
): Promise<Filled> {
  const rows: unknown[] = []
  const actions: HubspotAction[] = []
  let { cursor, skip } = place
  let examined = 0
  for (;;) {
    const page = await readPage(cursor)
    const shown = await show(page.rows)
    for (let index = skip; index < shown.length; index++) {
      const row = shown[index]
      if (row === undefined) continue
      if (rows.length === limit) {
        const next = { cursor, skip: index, seen: place.seen + rows.length }
        return { ok: true, page: { rows, actions, next } }
      }
      rows.push(row.body)
      actions.push(...row.actions)
    }
    examined += page.rows.length
    if (page.next === undefined) return { ok: true, page: { rows, actions, next: undefined } }
    ;[cursor, skip] = [page.next, 0]
    if (examined < MAX_EXAMINED) continue
    if (rows.length === 0) return { ok: false, refusal: unfinished }
    return {
      ok: true,
      page: { rows, actions, next: { cursor, skip, seen: place.seen + rows.length } },
    }
  }
}

const unfinished = badRequest(
  'list_unfinished',
  `none of ${MAX_EXAMINED} rows may be shown: narrow the question by filters`,
)

const placeSchema: z.ZodType<Place> = z
  .strictObject({
    cursor: z.string().optional(),
    skip: z.int().nonnegative(),
    seen: z.int().nonnegative(),
  })
  .transform(({ cursor, skip, seen }) => ({ cursor, skip, seen }))

type ReadPlace =
  { readonly ok: true; readonly place: Place } | { readonly ok: false; readonly refusal: Refusal }

/** `question` is what the page is a page of: a token of another is refused */
export function readPlace(after: string | undefined, question: string, call: Call): ReadPlace {
  if (after === undefined) return { ok: true, place: BEGINNING }
  const text = call.unwrapPageToken(after, question)
  if (text === undefined) {
    const message = '`after` is not of this question: begin it anew'
    return { ok: false, refusal: badRequest('bad_page_token', message) }
  }
  return { ok: true, place: placeSchema.parse(JSON.parse(text)) }
}

/** as HubSpot says it, without the link: that names HubSpot's host, and whatever was asked of it */
export function toPaging(
  { next }: FilledPage,
  question: string,
  call: Call,
): { readonly paging?: { readonly next: { readonly after: string } } } {
  if (next === undefined) return {}
  return { paging: { next: { after: call.wrapPageToken(JSON.stringify(next), question) } } }
}
