import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { fillPage, type UpstreamPage } from '../../../adapters/gmail/filtered-page.ts'
import { LONG_WALK, LongWalks } from '../../../adapters/gmail/long-walk.ts'

const longWalks = new LongWalks()

/** pages of a list of numbers as a provider gives them */
function providerOf(total: number): (size: number, token?: string) => Promise<UpstreamPage> {
  return (size, token) => {
    const start = Number(token ?? 0)
    const ids = Array.from(
      { length: Math.min(size, total - start) },
      (_, index) => `${start + index}`,
    )
    return Promise.resolve({ ids, next: start + size < total ? `${start + size}` : undefined })
  }
}

/** few or many rows that are not shown, then one that is; and some at the end */
const mailboxes = fc
  .array(fc.oneof(fc.nat(6), fc.nat(60), fc.nat(2_600)), { maxLength: 12 })
  .map((gaps) => gaps.flatMap((gap) => [...Array.from({ length: gap }, () => false), true]))
  .chain((rows) =>
    fc.nat(900).map((rest) => [...rows, ...Array.from({ length: rest }, () => false)]),
  )

test('pages follow each other without a gap or a repetition, and none is empty while there is more', async () => {
  await fc.assert(
    fc.asyncProperty(
      mailboxes,
      fc.integer({ min: 1, max: 100 }),
      fc.boolean(),
      async (shown, wanted, looksAhead) => {
        const rows: string[] = []
        let start: string | undefined
        for (;;) {
          let reads = 0
          const page = await fillPage({
            wanted,
            start,
            looksAhead,
            longWalks,
            fetchPage: providerOf(shown.length),
            show(id: string) {
              reads++
              return Promise.resolve(shown[Number(id)] === true ? id : undefined)
            },
          })
          expect(reads).toBeLessThanOrEqual(LONG_WALK.examined + 1_000)
          if (!page.ok) {
            // it looked far, and says from where to go on
            expect(Number(page.resume) - Number(start ?? 0)).toBeGreaterThanOrEqual(
              LONG_WALK.examined,
            )
            start = page.resume
            continue
          }
          expect(page.rows.length).toBeLessThanOrEqual(wanted)
          if (page.next !== undefined) expect(page.rows).not.toEqual([])
          rows.push(...page.rows)
          if (page.next === undefined) break
          start = page.next
        }
        expect(rows).toEqual(shown.flatMap((isShown, index) => (isShown ? [`${index}`] : [])))
      },
    ),
    { numRuns: 150 },
  )
})

test('a filter that matches nothing costs a bounded number of reads, and is no empty page', async () => {
  let reads = 0
  const page = await fillPage<string>({
    wanted: 100,
    start: undefined,
    longWalks,
    fetchPage: providerOf(100_000),
    show: () => {
      reads++
      return Promise.resolve(undefined)
    },
  })
  expect(reads).toBeLessThanOrEqual(LONG_WALK.examined + 100)
  expect(page).toEqual({ ok: false, resume: `${reads}` })
})

test('a provider whose pages are all empty does not hold it for ever', async () => {
  let pages = 0
  const fetchPage = (): Promise<UpstreamPage> => {
    pages++
    return Promise.resolve({ ids: [], next: 'more' })
  }
  const page = await fillPage<string>({
    wanted: 1,
    start: undefined,
    longWalks,
    fetchPage,
    show: (id) => Promise.resolve(id),
  })
  expect(page).toEqual({ ok: false, resume: 'more' })
  expect(pages).toBeLessThanOrEqual(LONG_WALK.examined)
})

test('a slow provider does not hold it longer than clients wait', async () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  try {
    let reads = 0
    const page = await fillPage<string>({
      wanted: 10,
      start: undefined,
      longWalks,
      fetchPage: providerOf(100_000),
      show: () => {
        reads++
        vi.advanceTimersByTime(100)
        return Promise.resolve(undefined)
      },
    })
    expect(page).toEqual({ ok: false, resume: `${reads}` })
    expect(reads * 100).toBeLessThan(LONG_WALK.milliseconds + 100 * 100)
  } finally {
    vi.useRealTimers()
  }
})

test('a page of one behind much that is hidden costs few pages of the provider', async () => {
  let pages = 0
  const provide = providerOf(1_000)
  const page = await fillPage<string>({
    wanted: 1,
    start: undefined,
    longWalks,
    fetchPage(size, token) {
      pages++
      return provide(size, token)
    },
    show: (id) => Promise.resolve(Number(id) >= 900 ? id : undefined),
  })
  expect(page).toEqual({ ok: true, rows: ['900'], next: '901' })
  expect(pages).toBeLessThan(20)
})

test('few look far at a time; one more says early that it has found nothing', async () => {
  const shared = new LongWalks()
  const walk = async (): Promise<number> => {
    let reads = 0
    await fillPage<string>({
      wanted: 100,
      start: undefined,
      longWalks: shared,
      fetchPage: providerOf(100_000),
      show: () => {
        reads++
        return Promise.resolve(undefined)
      },
    })
    return reads
  }
  const reads = await Promise.all([walk(), walk(), walk(), walk()])
  expect(reads.filter((count) => count >= LONG_WALK.examined)).toHaveLength(2)
  expect(reads.filter((count) => count <= 500)).toHaveLength(2)
  // and who has come to his end makes room
  expect(await walk()).toBeGreaterThanOrEqual(LONG_WALK.examined)
})

test('a walk that fails makes room as well', async () => {
  const shared = new LongWalks()
  const fetchPage = (size: number, token?: string): Promise<UpstreamPage> =>
    Number(token ?? 0) > 1_000 ? Promise.reject(new Error('gone')) : providerOf(9_000)(size, token)
  const show = (): Promise<undefined> => Promise.resolve(undefined)
  for (let round = 0; round < 3; round++) {
    const page = fillPage({ wanted: 100, start: undefined, longWalks: shared, fetchPage, show })
    await expect(page).rejects.toThrow('gone')
  }
})

test('a failed read fails the page', async () => {
  const show = (id: string): Promise<string> =>
    id === '3' ? Promise.reject(new Error('gone')) : Promise.resolve(id)
  const page = fillPage({
    wanted: 10,
    start: undefined,
    longWalks,
    fetchPage: providerOf(10),
    show,
  })
  await expect(page).rejects.toThrow('gone')
})
