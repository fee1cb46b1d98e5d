import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../server/config.ts'
import { createConnections, type DatabaseConnections } from '../../server/state/connections.ts'
import type { Browser } from '../server/console/browser.ts'
import {
  act,
  connectBy,
  startConnectionsDesk,
  type ConnectionsDesk,
} from '../server/console/connections-desk.ts'
import { signIn } from '../server/console/setup.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'

// A front that runs, an agent that calls it, and a buyer at the console who connects, disconnects and connects again.
let front: TestFront
let desk: ConnectionsDesk
let browser: Browser
let connections: DatabaseConnections
let buyerId: string
/** of the front's memory: five seconds pass by a line here */
let now = Date.now()

beforeAll(async () => {
  front = await startTestFront({
    gmail: { seed: 'empty' },
    ports: () => ({
      connections: { forGrant: async (...asked) => connections.forGrant(...asked) },
    }),
  })
  desk = await startConnectionsDesk({ gmail: front.gmail })
  const config = loadConfig({ REMIT_GMAIL_UPSTREAM: front.gmail.url })
  const { masterKey, database } = desk.remit
  connections = createConnections(database.db, masterKey, config, { now: () => now })
  buyerId = (await desk.remit.addBuyer('mara@shop.example', { connected: false })).id
  browser = await signIn(desk.remit, 'mara@shop.example')
}, 60_000)
afterAll(async () => {
  await front.close()
  await desk[Symbol.asyncDispose]()
})
beforeEach(async () => {
  const { db } = desk.remit.database
  for (const table of ['connections', 'grants'] as const) await db.deleteFrom(table).execute()
  desk.gmail.reset()
})

let granted = 0
async function grantedAccount(): Promise<{ id: string; grantId: string }> {
  await connectBy(browser, 'gmail')
  const [row] = await desk.connections()
  if (!row) throw new Error('nothing was connected')
  const grantId = `g_${++granted}`
  await desk.remit.database.db
    .insertInto('grants')
    .values({
      id: grantId,
      buyer_id: buyerId,
      client_id: 'agent-1',
      authorization_details: JSON.stringify(READ_ALL),
      payload: '{}',
      connections: JSON.stringify({ gmail: row.id }),
    })
    .execute()
  desk.gmail.tokenEndpoint.requests.length = 0
  return { id: row.id, grantId }
}

async function call(grantId: string): Promise<number> {
  const token = front.mint(READ_ALL, { grantId })
  const response = await front.fetch('/gmail/v1/users/me/profile', token)
  await response.arrayBuffer()
  return response.status
}

async function lastUsedAt(): Promise<number | undefined> {
  const [row] = await desk.connections()
  return row?.last_used_at?.getTime()
}

test('a disconnected account is refused within five seconds, and the provider hears nothing more', async () => {
  const { id, grantId } = await grantedAccount()
  expect(await call(grantId)).toBe(200)
  await act(browser, id, 'disconnect')
  now += 5_000
  const [calls, refreshes] = [desk.gmail.requests.length, desk.gmail.tokenEndpoint.requests.length]
  for (let n = 0; n < 5; n += 1) expect(await call(grantId)).toBe(502)
  expect(desk.gmail.requests).toHaveLength(calls)
  expect(desk.gmail.tokenEndpoint.requests).toHaveLength(refreshes)
})

test('connected again later it is another connection: the old grant stays refused', async () => {
  const { id, grantId } = await grantedAccount()
  expect(await call(grantId)).toBe(200)
  await act(browser, id, 'disconnect')
  now += 5_000
  await connectBy(browser, 'gmail')
  const before = desk.gmail.requests.length
  expect(await call(grantId)).toBe(502)
  expect(desk.gmail.requests).toHaveLength(before)
})

test('what a front finds broken is shown, and connecting again lets the same grant go on', async () => {
  const { id, grantId } = await grantedAccount()
  desk.gmail.tokenEndpoint.forget(desk.gmail.account)
  expect(await call(grantId)).toBe(502)
  const room = await browser.get('/connections')
  expect(room.text).toContain('Does not work')
  expect(room.text).toContain('Google does not accept this access any more')
  now += 5_000
  await connectBy(browser, 'gmail', { again: id })
  expect(await call(grantId)).toBe(200)
})

test('a use is noted once a minute, whatever the number of calls', async () => {
  const { grantId } = await grantedAccount()
  expect(await lastUsedAt()).toBeUndefined()
  for (let n = 0; n < 5; n += 1) expect(await call(grantId)).toBe(200)
  await expect.poll(lastUsedAt).toBe(now)
  const first = now
  now += 59_000
  expect(await call(grantId)).toBe(200)
  expect(await lastUsedAt()).toBe(first)
  now += 1_000
  expect(await call(grantId)).toBe(200)
  await expect.poll(lastUsedAt).toBe(now)
})
