import { expect, test } from 'vitest'
import { BoundedQueue } from '../../../server/console/bounded-queue.ts'

test('runs two at a time, lets three wait in order and turns the rest away', async () => {
  const queue = new BoundedQueue({ maxRunning: 2, maxWaiting: 3 })
  const order: number[] = []
  let running = 0
  const task = (i: number) => async (): Promise<number> => {
    running += 1
    expect(running).toBeLessThanOrEqual(2)
    await new Promise((resolve) => setImmediate(resolve))
    running -= 1
    order.push(i)
    return i
  }
  const results = await Promise.all([0, 1, 2, 3, 4, 5, 6].map((i) => queue.run(task(i))))
  expect(results.map((done) => done?.result)).toEqual([0, 1, 2, 3, 4, undefined, undefined])
  expect(order).toEqual([0, 1, 2, 3, 4])
  expect(await queue.run(task(7))).toEqual({ result: 7 })
})

test('gives the place of a failed task to the next one', async () => {
  const queue = new BoundedQueue({ maxRunning: 1, maxWaiting: 1 })
  const failed = queue.run(() => Promise.reject(new Error('broken')))
  const next = queue.run(() => Promise.resolve('done'))
  await expect(failed).rejects.toThrow('broken')
  await expect(next).resolves.toEqual({ result: 'done' })
})
