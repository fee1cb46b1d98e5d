import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  createRevocationFeed,
  type RunningRevocationFeed,
} from '../../server/state/revocation-feed.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { password, startConsole, type TestConsole } from '../server/console/setup.ts'
import { launchChromium } from './chromium.ts'

// A phone without scripts, and an agent that works at a real front.
const mara = 'mara@shop.example'
const fronts = [
  { provider: 'gmail', resource: 'http://127.0.0.1:4001' },
  { provider: 'hubspot', resource: 'http://127.0.0.1:4002' },
  { provider: 'stripe', resource: 'http://127.0.0.1:4003' },
]
let chromium: Browser
let remit: TestConsole
let feed: RunningRevocationFeed
let front: TestFront
let page: Page

beforeAll(async () => {
  ;[chromium, remit] = await Promise.all([launchChromium(), startConsole()])
  const { id, connectionId } = await remit.addBuyer(mara)
  await remit.database.db
    .insertInto('grants')
    .values({
      id: 'g_1',
      buyer_id: id,
      client_id: 'agent-1',
      authorization_details: JSON.stringify(READ_ALL),
      payload: '{}',
      connections: JSON.stringify({ gmail: connectionId }),
      expires_at: new Date(Date.now() + 86_400_000),
    })
    .execute()
  feed = createRevocationFeed(remit.database, { pollMs: 1_000 })
  await feed.start()
  for (const one of fronts) await feed.serve(one)
  front = await startTestFront({ ports: () => ({ revocations: feed }) })
  const options = { viewport: { width: 390, height: 760 }, javaScriptEnabled: false }
  page = await (await chromium.newContext(options)).newPage()
  await page.goto(`${remit.origin}/sign-in`)
  await page.getByLabel('E-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Agents' }).waitFor()
})
afterAll(async () => {
  await Promise.all([chromium.close(), front.close(), feed.stop()])
  await remit.close()
})

async function call(): Promise<number> {
  const token = front.mint(READ_ALL, { grantId: 'g_1' })
  const response = await front.fetch('/gmail/v1/users/me/profile', token)
  await response.arrayBuffer()
  return response.status
}

test('"Stop everything" takes two taps, stops the agent, and says how long the fronts took', async () => {
  expect(await call()).toBe(200)
  await page.getByText('Stop everything…').click()
  await page.getByRole('button', { name: 'Stop everything now' }).click()
  await page.getByText('One grant is paused').waitFor()
  expect(await page.getByText(/It took them [\d.]+ seconds?\./).count()).toBe(1)
  const reached = front.gmail.requests.length
  expect(await call()).toBe(403)
  expect(front.gmail.requests.length).toBe(reached)

  await page.getByText('Resume…').click()
  await page.getByRole('button', { name: 'Resume this grant' }).click()
  await page.getByText('can work again').waitFor()
  await expect.poll(call).toBe(200)
})

test('a grant is made narrower on its own page, and what the agent held is over', async () => {
  await page.getByRole('link', { name: 'Look closer, or change it' }).click()
  await page.getByRole('link', { name: 'Change what it may do' }).click()
  await page.getByText('Change this').first().click()
  await page.getByLabel('Only mail from').first().fill('parcel.example')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByText('What the agent held until now is over').waitFor()
  expect(await page.getByText('from anyone at parcel.example').count()).toBe(1)

  await page.getByRole('link', { name: 'Change what it may do' }).click()
  await page.getByText('Change this').first().click()
  await page.getByLabel('Only mail from').first().fill('parcel.example\nshop.example')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('heading', { name: 'What becomes possible' }).waitFor()
  expect(await page.getByText('Goes further').count()).toBe(1)
  await page.getByRole('button', { name: 'Change it' }).click()
  await page.getByText('from anyone at parcel.example or shop.example').waitFor()
  const scroll = await page.evaluate('document.documentElement.scrollWidth - innerWidth')
  expect(scroll).toBe(0)
})
