import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createBuyer } from '../../../server/console/buyers.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { connectStripe } from '../../../server/state/connect-stripe.ts'
import { startFakeStripe, type FakeStripe } from '../../fakes/stripe/index.ts'
import { openTestDatabase } from '../../support/database.ts'

const masterKey = randomBytes(32)
let database: OpenDatabase
let stripe: FakeStripe
let buyerId: string

beforeAll(async () => {
  database = await openTestDatabase()
  stripe = await startFakeStripe()
  buyerId = (await createBuyer(database.db, 'mara@shop.example', 'correct horse battery')).id
})
afterAll(async () => {
  await stripe.close()
  await database.close()
})
beforeEach(async () => {
  stripe.reset()
  await database.db.deleteFrom('connections').execute()
})

async function connect(credential: string): ReturnType<typeof connectStripe> {
  const config = { stripeUpstream: stripe.url }
  return connectStripe(database.db, masterKey, config, { buyerId, credential })
}

async function stored(): Promise<{ account: string; sealed: string }[]> {
  return database.db.selectFrom('connections').select(['account', 'sealed']).execute()
}

test('a restricted key is tried, sealed, and named by its account', async () => {
  const connected = await connect(stripe.apiKey)
  expect(connected).toMatchObject({ account: 'acct_Shop00000000001', isUnrestricted: false })
  const [row] = await stored()
  expect(row?.account).toBe('acct_Shop00000000001')
  expect(row?.sealed).not.toContain(stripe.apiKey)
})

test('connecting again takes the old key’s place', async () => {
  const first = await connect(stripe.apiKey)
  const again = await connect(JSON.stringify({ api_key: stripe.apiKey }))
  expect(again.id).toBe(first.id)
  expect(await stored()).toHaveLength(1)
})

test.each([
  ['pk_live_1234567890abc', 'publishable'],
  ['whatever', 'no key of Stripe'],
  ['{"api_key": 7}', 'not valid JSON with an `api_key`'],
  ['{', 'not valid JSON with an `api_key`'],
])('%s is not tried', async (credential, words) => {
  await expect(connect(credential)).rejects.toThrow(words)
  expect(stripe.requests).toEqual([])
  expect(await stored()).toEqual([])
})

test('a key that Stripe does not know is not stored, nor repeated', async () => {
  const wrong = `rk_test_${'x'.repeat(24)}`
  const failure = connect(wrong).catch((error: unknown) => String(error))
  expect(await failure).toContain('does not know this key')
  expect(await failure).not.toContain(wrong)
  expect(await stored()).toEqual([])
})

test('an answer that is no account is none', async () => {
  stripe.failNextRead({ kind: 'redirect', location: 'http://evil.example/' })
  await expect(connect(stripe.apiKey)).rejects.toThrow('cannot be reached')
  stripe.failNextRead({ kind: 'not_json' })
  await expect(connect(stripe.apiKey)).rejects.toThrow('without an account')
  stripe.failNextRead({ kind: 'status', status: 403 })
  await expect(connect(stripe.apiKey)).rejects.toThrow('read the account')
  expect(await stored()).toEqual([])
})
