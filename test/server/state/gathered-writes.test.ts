import { expect, it } from 'vitest'
import { GatheredWrites } from '../../../server/state/gathered-writes.ts'

it('writes what comes during a write in one go, and tells each when it is there', async () => {
  const groups: (readonly number[])[] = []
  const writes = new GatheredWrites<number>(async (items) => {
    groups.push(items)
    await Promise.resolve()
  })
  await Promise.all([1, 2, 3, 4].map((item) => writes.add(item)))
  expect(groups).toEqual([[1], [2, 3, 4]])
  await writes.add(5)
  expect(groups.at(-1)).toEqual([5])
})

it('loses only the item that cannot be written', async () => {
  const written: number[] = []
  const writes = new GatheredWrites<number>((items) => {
    if (items.includes(3)) return Promise.reject(new Error('three is refused'))
    written.push(...items)
    return Promise.resolve()
  })
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => writes.add(item)))
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'fulfilled',
    'rejected',
    'fulfilled',
  ])
  expect(written).toEqual([1, 2, 4])
})
