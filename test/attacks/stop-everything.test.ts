import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readReach } from '../../server/state/reach.ts'
import {
  createRevocationFeed,
  type RunningRevocationFeed,
} from '../../server/state/revocation-feed.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { Browser, fieldsOf, type Page } from '../server/console/browser.ts'
import { password, startConsole, type TestConsole } from '../server/console/setup.ts'

// The buyer's button at the console, three fronts with a memory of their own, and agents that never stop calling.
let remit: TestConsole
let mara: { id: string; connectionId: string }
let eve: { id: string; connectionId: string }
let hers: Browser
const feeds: RunningRevocationFeed[] = []
const fronts: TestFront[] = []
const resources = [
  { provider: 'gmail', resource: 'http://127.0.0.1:4001' },
  { provider: 'hubspot', resource: 'http://127.0.0.1:4002' },
  { provider: 'stripe', resource: 'http://127.0.0.1:4003' },
]

beforeAll(async () => {
  remit = await startConsole()
  mara = await remit.addBuyer('mara@shop.example')
  eve = await remit.addBuyer('eve@shop.example')
  hers = new Browser(remit.origin)
  const page = await hers.get('/sign-in')
  const fields = { ...fieldsOf(page, '/sign-in'), email: 'mara@shop.example', password }
  await hers.post('/sign-in', fields)
  for (const front of resources) {
    const feed = createRevocationFeed(remit.database, { pollMs: 1_000 })
    await feed.start()
    await feed.serve(front)
    feeds.push(feed)
    fronts.push(await startTestFront({ ports: () => ({ revocations: feed }) }))
  }
  for (const [id, buyer] of [
    ['g_mara_1', mara],
    ['g_mara_2', mara],
    ['g_eve', eve],
  ] as const)
    await addGrant(id, buyer)
}, 60_000)
afterAll(async () => {
  for (const front of fronts) await front.close()
  for (const feed of feeds) await feed.stop()
  await remit.close()
})

async function addGrant(id: string, buyer: typeof mara): Promise<void> {
  await remit.database.db
    .insertInto('grants')
    .values({
      id,
      buyer_id: buyer.id,
      client_id: 'agent-1',
      authorization_details: JSON.stringify(READ_ALL),
      payload: '{}',
      connections: JSON.stringify({ gmail: buyer.connectionId }),
    })
    .execute()
}

const call = async (front: TestFront, grantId: string): Promise<number> => {
  const token = front.mint(READ_ALL, { grantId })
  const response = await front.fetch('/gmail/v1/users/me/profile', token)
  await response.arrayBuffer()
  return response.status
}

async function stopEverything(): Promise<Page> {
  const page = await hers.get('/grants')
  const action = '/grants/stop-all'
  return hers.follow(await hers.post(action, fieldsOf(page, action)))
}

test('nothing of hers passes any front once the page says that all know, and nothing of anybody else’s is touched', async () => {
  for (const front of fronts) {
    expect(await call(front, 'g_mara_1')).toBe(200)
    expect(await call(front, 'g_eve')).toBe(200)
  }
  let calling = true
  const agents = fronts.map(async (front) => {
    while (calling) {
      await call(front, 'g_mara_1')
      await sleep(2)
    }
  })
  const page = await stopEverything()
  // those that were let in before are at the provider now
  const sent = fronts.map(({ gmail }) => gmail.requests.length)
  expect(page.text).toMatch(/All 3 fronts know it\. It took them [\d.]+ seconds?\./)
  await sleep(200)
  calling = false
  await Promise.all(agents)
  expect(fronts.map(({ gmail }) => gmail.requests.length)).toEqual(sent)
  for (const front of fronts) {
    for (const grantId of ['g_mara_1', 'g_mara_2']) expect(await call(front, grantId)).toBe(403)
    expect(await call(front, 'g_eve')).toBe(200)
  }

  const token = fronts[0]?.mint(READ_ALL, { grantId: 'g_mara_1' })
  const refused = await fronts[0]?.fetch('/gmail/v1/users/me/profile', token)
  expect(await refused?.json()).toMatchObject({
    error: {
      message: expect.stringContaining('keep the token') as unknown,
      errors: [{ reason: 'grantPaused' }],
    },
  })

  const action = '/grants/g_mara_1/resume'
  await hers.post(action, fieldsOf(page, action))
  await expect.poll(() => call(fronts[1] as TestFront, 'g_mara_1')).toBe(200)
  expect(await call(fronts[1] as TestFront, 'g_mara_2')).toBe(403)
})

test('a front that did not confirm is named, with what is certain of it', async () => {
  const row = { id: 'old', provider: 'gmail', resource: 'https://front.other.example' }
  await remit.database.db
    .insertInto('running_fronts')
    .values({ ...row, applied: null, lease_ms: 5_000 })
    .execute()
  const page = await stopEverything()
  expect(page.text).toContain('3 of 4 fronts know it')
  expect(page.text).toContain('The Gmail front at https://front.other.example has not confirmed')
  expect(page.text).toContain('refuses everything after 5 seconds')
  const { fronts: known } = await readReach(remit.database.db, 0, [])
  expect(known).toHaveLength(4)
})

test('another buyer’s grant cannot be paused or resumed, and answers as one that is not there', async () => {
  const page = await hers.get('/grants')
  const fields = fieldsOf(page, /resume$/)
  for (const verb of ['pause', 'resume']) {
    const hidden = await hers.post(`/grants/g_eve/${verb}`, fields)
    const missing = await hers.post(`/grants/g_none/${verb}`, fields)
    expect(hidden.status).toBe(404)
    expect(hidden.text).toBe(missing.text)
  }
  expect(await call(fronts[0] as TestFront, 'g_eve')).toBe(200)
})

test('nothing is stopped or resumed from another site, without the form token or a session', async () => {
  await addGrant('g_guarded', mara)
  const fields = fieldsOf(await hers.get('/grants'), '/grants/stop-all')
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  for (const action of ['/grants/stop-all', '/grants/g_guarded/pause', '/grants/g_mara_2/resume']) {
    expect((await hers.post(action, fields, foreign)).status).toBe(403)
    expect((await hers.post(action, {})).status).toBe(403)
    expect((await new Browser(remit.origin).post(action, fields)).location).toContain('/sign-in')
  }
  expect(await call(fronts[0] as TestFront, 'g_guarded')).toBe(200)
  expect(await call(fronts[0] as TestFront, 'g_mara_2')).toBe(403)
})
