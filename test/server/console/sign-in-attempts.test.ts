import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  createSignInAttempts,
  type SignInAttempts,
} from '../../../server/console/sign-in-attempts.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { openTestDatabase } from '../../support/database.ts'

const now = Date.parse('2026-12-01T10:00:00Z')
const minute = 60_000
let database: OpenDatabase
let attempts: SignInAttempts

beforeAll(async () => {
  database = await openTestDatabase()
  attempts = createSignInAttempts(database.db)
})
afterAll(() => database.close())
beforeEach(async () => {
  await database.db.deleteFrom('sign_in_attempts').execute()
})

async function admitted(
  count: number,
  email: (i: number) => string,
  address: (i: number) => string,
  at = now,
): Promise<number> {
  const results = await Promise.all(
    Array.from({ length: count }, (_, i) => attempts.begin(email(i), address(i), at)),
  )
  return results.filter((blocked) => blocked === undefined).length
}

test('admits exactly ten attempts on an account, in parallel and from everywhere', async () => {
  expect(
    await admitted(
      25,
      () => 'mara@shop.example',
      (i) => `203.0.113.${i}`,
    ),
  ).toBe(10)
})

test('admits exactly fifty attempts from an address, whatever accounts they try', async () => {
  expect(
    await admitted(
      80,
      (i) => `b${i}@shop.example`,
      () => '203.0.113.7',
    ),
  ).toBe(50)
})

test('counts an IPv6 network as one address, and a mapped IPv4 address as itself', async () => {
  expect(
    await admitted(
      80,
      (i) => `b${i}@shop.example`,
      (i) => `2001:db8:0:1::${i.toString(16)}`,
    ),
  ).toBe(50)
  expect(await attempts.begin('c@shop.example', '2001:db8:0:2::1', now)).toBeUndefined()
  expect(
    await admitted(
      40,
      (i) => `d${i}@shop.example`,
      () => '::ffff:198.51.100.7',
    ),
  ).toBe(40)
  expect(
    await admitted(
      40,
      (i) => `e${i}@shop.example`,
      () => '198.51.100.7',
    ),
  ).toBe(10)
})

test('says when to come back, does not prolong a block, and admits again afterwards', async () => {
  await admitted(
    10,
    () => 'mara@shop.example',
    () => '203.0.113.1',
  )
  const blocked = await attempts.begin('mara@shop.example', '203.0.113.1', now + minute)
  expect(blocked?.blockedUntil).toEqual(new Date(now + 16 * minute))
  const later = await attempts.begin('mara@shop.example', '203.0.113.1', now + 10 * minute)
  expect(later?.blockedUntil).toEqual(new Date(now + 16 * minute))
  expect(
    await attempts.begin('mara@shop.example', '203.0.113.1', now + 16 * minute),
  ).toBeUndefined()
})

test('does not let a blocked address use up the attempts of an account', async () => {
  await admitted(
    60,
    (i) => `b${i}@shop.example`,
    () => '203.0.113.7',
  )
  await admitted(
    30,
    () => 'mara@shop.example',
    () => '203.0.113.7',
  )
  expect(await attempts.begin('mara@shop.example', '203.0.113.8', now)).toBeUndefined()
})

test('a right password ends the count of its account only', async () => {
  await admitted(
    9,
    () => 'mara@shop.example',
    () => '203.0.113.1',
  )
  await attempts.succeeded('mara@shop.example', '203.0.113.1')
  expect(
    await admitted(
      15,
      () => 'mara@shop.example',
      (i) => `203.0.113.${i + 10}`,
    ),
  ).toBe(10)
  expect(
    await admitted(
      60,
      (i) => `b${i}@shop.example`,
      () => '203.0.113.1',
    ),
  ).toBe(42)
})

test('keeps no e-mail address: people type passwords into that field', async () => {
  await attempts.begin('hunter2hunter2', '203.0.113.1', now)
  const rows = await database.db.selectFrom('sign_in_attempts').select('key').execute()
  expect(JSON.stringify(rows)).not.toContain('hunter2')
})
