import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { password, startConsole, type TestConsole } from '../server/console/setup.ts'
import { expectAccessible } from './accessible.ts'
import { launchChromium } from './chromium.ts'

const mara = 'mara@shop.example'
let chromium: Browser
let remit: TestConsole

beforeAll(async () => {
  ;[chromium, remit] = await Promise.all([launchChromium(), startConsole()])
  await remit.addBuyer(mara)
})
afterAll(async () => {
  await Promise.all([chromium.close(), remit.close()])
})

async function openCorner(options: BrowserContextOptions): Promise<Page> {
  const context = await chromium.newContext(options)
  const page = await context.newPage()
  await page.goto(`${remit.origin}/sign-in`)
  await page.getByLabel('E-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('link', { name: 'For developers' }).click()
  await page.getByRole('heading', { name: 'For developers' }).waitFor()
  return page
}

describe.each<[string, BrowserContextOptions]>([
  ['on a desk', { viewport: { width: 1000, height: 800 }, javaScriptEnabled: true }],
  ['on a phone, in the dark', { viewport: { width: 390, height: 780 }, colorScheme: 'dark' }],
])('%s', (_, device) => {
  test('an agent is registered, its secret is shown once, and it is deleted in two steps', async () => {
    const page = await openCorner(device)
    await page.getByLabel('Name').fill('Parcel Agent')
    await page.getByLabel('Where the browser comes back to').fill('http://evil.example/cb')
    await page.getByLabel('Yes: it runs on a server of yours').check()
    await page.getByRole('button', { name: 'Register' }).click()
    await page.getByRole('alert').waitFor()
    await expectAccessible(page)
    await page.getByLabel('Where the browser comes back to').fill('https://agent.example/cb')
    await page.getByRole('button', { name: 'Register' }).click()
    const notice = page.getByRole('status', { name: 'Registered' })
    expect(await notice.getByText('Client secret', { exact: true }).isVisible()).toBe(true)
    await expectAccessible(page)
    await page.goto(`${remit.origin}/developers`)
    expect(await page.getByText('Client secret', { exact: true }).count()).toBe(0)
    const agent = page.getByRole('article', { name: 'Parcel Agent' })
    await agent.getByText('Delete…').click()
    await agent.getByRole('button', { name: 'Delete this agent' }).click()
    await page.getByText('The agent was removed.').waitFor()
    expect(await page.getByRole('article').count()).toBe(0)
    await page.context().close()
  })

  test('a token that is none is answered in words', async () => {
    const page = await openCorner(device)
    await page.getByRole('link', { name: 'Look into a token' }).click()
    await page.getByLabel('Capability token').fill('<b>no token</b>')
    await page.getByRole('button', { name: 'Read it' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByLabel('Capability token').inputValue()).toBe('')
    await expectAccessible(page)
    await page.context().close()
  })
})
