import { LONG_WALK, type LongWalks } from './long-walk.ts'

/** one page as the provider gives it */
export interface UpstreamPage<Item = string> {
  readonly ids: readonly Item[]
  readonly next: string | undefined
}

export type FilteredPage<Row> =
  | {
      readonly ok: true
      readonly rows: readonly Row[]
      /** the provider's token for what comes after; never with no rows */
      readonly next: string | undefined
    }
  /** nothing found as far as one call looks, and there is more from here on */
  | { readonly ok: false; readonly resume: string }

interface Source<Row, Item> {
  /** how many rows were asked for */
  readonly wanted: number
  readonly start: string | undefined
  /** a next page is told of only when it has a row to show: otherwise a token tells of rows that are not shown */
  readonly looksAhead?: boolean
  readonly longWalks: LongWalks
  fetchPage(size: number, pageToken: string | undefined): Promise<UpstreamPage<Item>>
  /** the row as it is shown, or undefined when the token does not show it; may be asked for the same again */
  show(id: Item): Promise<Row | undefined>
}

/** what one call may cost upstream once it has something to give */
const MAX_PAGES = 25
const MAX_EXAMINED = 400
const MAX_PAGE = 100
const CONCURRENT_READS = 8

/**
 * A page of what may be shown, refilled until it is as long as asked for or there is no more. It may end short of that, at a
 * bound; with nothing found it goes on to a much farther one, and then says that it came to no end.
 *
 * INVARIANT: a page with a next page has a row.
 */
export async function fillPage<Row, Item = string>(
  source: Source<Row, Item>,
): Promise<FilteredPage<Row>> {
  let isLong = false
  try {
    const until = performance.now() + LONG_WALK.milliseconds
    const rows: Row[] = []
    let next = source.start
    let examined = 0
    let size = source.wanted
    for (let page = 1; ; page++) {
      const missing = source.wanted - rows.length
      const step = await takeStep(source, rows.length > 0 ? missing : size, missing, next)
      rows.push(...step.rows)
      examined += step.examined
      next = step.next
      if (next === undefined || rows.length >= source.wanted) break
      if (rows.length > 0) {
        if (page >= MAX_PAGES || examined >= MAX_EXAMINED) break
        continue
      }
      size = Math.min(MAX_PAGE, size * 2)
      if (examined >= MAX_EXAMINED) isLong ||= source.longWalks.enter()
      const bound = isLong ? LONG_WALK.examined : MAX_EXAMINED
      if (examined >= bound || performance.now() >= until) return { ok: false, resume: next }
    }
    if (source.looksAhead && rows.length >= source.wanted && !(await isMore(source, next))) {
      return { ok: true, rows, next: undefined }
    }
    return { ok: true, rows, next }
  } finally {
    if (isLong) source.longWalks.leave()
  }
}

interface Step<Row> {
  readonly rows: readonly Row[]
  readonly next: string | undefined
  readonly examined: number
}

/**
 * Rows of one page of the provider. As long as nothing is found pages grow beyond what is missing; one that then shows too much
 * is fetched again up to the last row that is given, since only the provider says where the next page begins.
 */
async function takeStep<Row, Item>(
  source: Source<Row, Item>,
  firstSize: number,
  missing: number,
  start: string | undefined,
): Promise<Step<Row>> {
  let examined = 0
  for (let size = firstSize; ;) {
    const { ids, next } = await source.fetchPage(size, start)
    // a page without rows costs as well
    examined += Math.max(1, ids.length)
    const shown = await mapLimited(ids, CONCURRENT_READS, (id) => source.show(id))
    const places = [...shown.keys()].filter((place) => shown[place] !== undefined)
    const last = places[missing - 1]
    if (size <= missing || places.length <= missing || last === undefined) {
      return { rows: shown.filter((row) => row !== undefined), next, examined }
    }
    size = Math.min(size - 1, last + 1)
  }
}

/** whether anything after a full page may be shown, as far as one call looks */
async function isMore<Row, Item>(
  source: Source<Row, Item>,
  start: string | undefined,
): Promise<boolean> {
  let next = start
  let examined = 0
  for (
    let size = 4;
    next !== undefined && examined < MAX_EXAMINED;
    size = Math.min(100, size * 2)
  ) {
    const fetched = await source.fetchPage(size, next)
    examined += size
    next = fetched.next
    const shown = await mapLimited(fetched.ids, CONCURRENT_READS, (id) => source.show(id))
    if (shown.some((row) => row !== undefined)) return true
  }
  return next !== undefined
}

/** results in order of the items; the first failure ends it */
export async function mapLimited<Item, Result>(
  items: readonly Item[],
  limit: number,
  map: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let taken = 0
  let failed = false
  const work = async (): Promise<void> => {
    for (let index = taken++; index < items.length && !failed; index = taken++) {
      const item = items[index] as Item
      try {
        results[index] = await map(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, work))
  return results
}
