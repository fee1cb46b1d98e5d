/** one page as the provider gives it */
export interface UpstreamPage {
  readonly ids: readonly string[]
  readonly next: string | undefined
}

export interface FilteredPage<Row> {
  readonly rows: readonly Row[]
  /** the provider's token for what comes after */
  readonly next: string | undefined
}

interface Source<Row> {
  /** how many rows were asked for */
  readonly wanted: number
  readonly start: string | undefined
  /** a next page is told of only when it has a row to show: otherwise a token tells of rows that are not shown */
  readonly looksAhead?: boolean
  fetchPage(size: number, pageToken: string | undefined): Promise<UpstreamPage>
  /** the row as it is shown, or undefined when the token does not show it */
  show(id: string): Promise<Row | undefined>
}

/** what one call may cost upstream: a filter that matches little must not walk through a whole mailbox */
const MAX_PAGES = 25
const MAX_EXAMINED = 400
const CONCURRENT_READS = 8

/**
 * A page of what may be shown, refilled until it is as long as asked for or there is no more. Each further fetch asks for no
 * more than is still missing, so a page never overflows and the provider's token stays exact. Short pages and their tokens say
 * only how far the walk came, and it always comes as far as its bounds.
 */
export async function fillPage<Row>(source: Source<Row>): Promise<FilteredPage<Row>> {
  const rows: Row[] = []
  let next = source.start
  let examined = 0
  for (let page = 0; page < MAX_PAGES && examined < MAX_EXAMINED; page++) {
    const fetched = await source.fetchPage(source.wanted - rows.length, next)
    examined += fetched.ids.length
    next = fetched.next
    const shown = await mapLimited(fetched.ids, CONCURRENT_READS, (id) => source.show(id))
    for (const row of shown) if (row !== undefined) rows.push(row)
    if (next === undefined || rows.length >= source.wanted) break
  }
  if (source.looksAhead && rows.length >= source.wanted && !(await isMore(source, next))) {
    return { rows, next: undefined }
  }
  return { rows, next }
}

/** whether anything after a full page may be shown, as far as one call looks */
async function isMore<Row>(source: Source<Row>, start: string | undefined): Promise<boolean> {
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
