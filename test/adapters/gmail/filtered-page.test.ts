import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillPage } from '../../../adapters/gmail/filtered-page.ts'

/** pages of a list of numbers as a provider gives them */
function providerOf(
  total: number,
): (size: number, token?: string) => Promise<{ ids: string[]; next: string | undefined }> {
  return (size, token) => {
    const start = Number(token ?? 0)
    const ids = Array.from(
      { length: Math.min(size, total - start) },
      (_, index) => `${start + index}`,
    )
    return Promise.resolve({ ids, next: start + size < total ? `${start + size}` : undefined })
  }
}

test('pages follow each other without a gap or a repetition, and are full while there is more', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.boolean(), { maxLength: 120 }),
      fc.integer({ min: 1, max: 30 }),
      async (shown, wanted) => {
        const rows: string[] = []
        let start: string | undefined
        for (;;) {
          const page = await fillPage({
            wanted,
            start,
            fetchPage: providerOf(shown.length),
            show: (id) => Promise.resolve(shown[Number(id)] === true ? id : undefined),
          })
          expect(page.rows.length).toBeLessThanOrEqual(wanted)
          rows.push(...page.rows)
          if (page.next === undefined) break
          start = page.next
        }
        expect(rows).toEqual(shown.flatMap((isShown, index) => (isShown ? [`${index}`] : [])))
      },
    ),
  )
})

test('a filter that matches nothing costs a bounded number of reads', async () => {
  let reads = 0
  const page = await fillPage<string>({
    wanted: 100,
    start: undefined,
    fetchPage: providerOf(100_000),
    show: () => {
      reads++
      return Promise.resolve(undefined)
    },
  })
  expect(reads).toBeLessThanOrEqual(500)
  expect(page).toEqual({ rows: [], next: `${reads}` })
})

test('a failed read fails the page', async () => {
  const show = (id: string): Promise<string> =>
    id === '3' ? Promise.reject(new Error('gone')) : Promise.resolve(id)
  const page = fillPage({ wanted: 10, start: undefined, fetchPage: providerOf(10), show })
  await expect(page).rejects.toThrow('gone')
})
