import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { collectExpired } from '../../../server/database/collect.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { createRateLimits } from '../../../server/state/rate-limits.ts'
import { openTestDatabase } from '../../support/database.ts'
import { openBeside } from '../../support/processes.ts'

let database: OpenDatabase
let beside: OpenDatabase
beforeAll(async () => {
  database = await openTestDatabase()
  beside = await openBeside(database)
})
afterAll(async () => {
  if (beside !== database) await beside.close()
  await database.close()
})

// one a minute: no test is slow enough to earn another
const RATE = { perMinute: 1, burst: 5 }

async function takeAtOnce(key: string, count: number): Promise<(number | undefined)[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, n) =>
      createRateLimits((n % 2 === 0 ? database : beside).db).take(key, RATE),
    ),
  )
}

async function readArrival(key: string): Promise<string | undefined> {
  const { rows } = await sql<{ tat: string }>`
    select tat::text from rate_limits where key = ${key}
  `.execute(database.db)
  return rows[0]?.tat
}

async function letPass(key: string, seconds: number): Promise<void> {
  await sql`
    update rate_limits set tat = tat - make_interval(secs => ${seconds}) where key = ${key}
  `.execute(database.db)
}

test('exactly the burst passes, of however many that ask at once at two processes', async () => {
  const waits = await takeAtOnce('burst', 40)
  expect(waits.filter((wait) => wait === undefined)).toHaveLength(RATE.burst)
  for (const wait of waits) {
    if (wait === undefined) continue
    expect(wait).toBeGreaterThan(0)
    expect(wait).toBeLessThanOrEqual(60)
  }
})

test('who is refused does not wait longer for having asked', async () => {
  await takeAtOnce('patient', RATE.burst)
  const before = await readArrival('patient')
  expect((await takeAtOnce('patient', 10)).every((wait) => wait !== undefined)).toBe(true)
  expect(await readArrival('patient')).toBe(before)
})

test('each period that passes earns one, and a long pause no more than the burst', async () => {
  await takeAtOnce('earning', RATE.burst)
  await letPass('earning', 61)
  const after = await takeAtOnce('earning', 5)
  expect(after.filter((wait) => wait === undefined)).toHaveLength(1)
  await letPass('earning', 86_400)
  const long = await takeAtOnce('earning', 20)
  expect(long.filter((wait) => wait === undefined)).toHaveLength(RATE.burst)
})

test('keys do not share a rate, and what is full again is forgotten', async () => {
  await takeAtOnce('one', RATE.burst)
  expect(await createRateLimits(database.db).take('another', RATE)).toBeUndefined()
  await letPass('one', 86_400)
  await collectExpired(database.db)
  expect(await readArrival('one')).toBeUndefined()
  expect(await readArrival('another')).toBeDefined()
})
