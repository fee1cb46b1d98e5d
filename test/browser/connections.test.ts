import { join } from 'node:path'
import axe, { type AxeResults } from 'axe-core'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { startConnectionsDesk, type ConnectionsDesk } from '../server/console/connections-desk.ts'
import { password } from '../server/console/setup.ts'
import { launchChromium } from './chromium.ts'

const mara = 'mara@shop.example'
let chromium: Browser
let desk: ConnectionsDesk
let page: Page
const blocked: string[] = []

beforeAll(async () => {
  ;[chromium, desk] = await Promise.all([launchChromium(), startConnectionsDesk()])
  await desk.remit.addBuyer(mara, { connected: false })
}, 60_000)
afterAll(async () => {
  await chromium.close()
  await desk[Symbol.asyncDispose]()
})
beforeEach(async () => {
  await desk.remit.database.db.deleteFrom('connections').execute()
  desk.gmail.reset()
  desk.hubspot.reset()
  blocked.length = 0
})

async function openRoom(options: BrowserContextOptions): Promise<Page> {
  const context = await chromium.newContext(options)
  const opened = await context.newPage()
  opened.on('console', (message) => {
    if (message.type() === 'error') blocked.push(message.text())
  })
  await opened.goto(`${desk.remit.origin}/sign-in`)
  await opened.getByLabel('E-mail address').fill(mara)
  await opened.getByLabel('Password').fill(password)
  await opened.getByRole('button', { name: 'Sign in' }).click()
  await opened.getByRole('link', { name: 'Accounts' }).click()
  await opened.getByRole('heading', { name: 'Accounts' }).waitFor()
  return opened
}

/** REMIT_PICTURES names a folder: the pages as a person sees them */
async function takePicture(name: string): Promise<void> {
  const folder = process.env['REMIT_PICTURES']
  if (folder !== undefined) {
    await page.screenshot({ path: join(folder, `connections-${name}.png`), fullPage: true })
  }
}

const phone = { viewport: { width: 390, height: 780 }, javaScriptEnabled: false }

test('on a phone and without a script she connects Gmail, adds to it, and disconnects it', async () => {
  page = await openRoom(phone)
  await takePicture('empty-phone')
  const gmail = page.locator('#gmail')
  await gmail.getByLabel('Answer and send mail').check()
  await gmail.getByRole('button', { name: 'Connect with Google' }).click()
  // the page in between goes on by itself
  await page.getByRole('heading', { name: 'Google asks' }).waitFor()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByText(`${desk.gmail.account} is connected and works.`).waitFor()
  expect((await desk.connections()).map(({ account }) => account)).toEqual([desk.gmail.account])
  await takePicture('connected-phone')

  await gmail.getByText('Connect again or allow more…').click()
  await gmail.getByLabel('Prepare drafts').first().check()
  await takePicture('more-phone')
  await gmail.getByRole('button', { name: 'Connect again with Google' }).click()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByText('is connected again and works').waitFor()

  await gmail.getByText('Disconnect…').click()
  await takePicture('disconnect-phone')
  await gmail.getByRole('button', { name: 'Disconnect this account' }).click()
  await page.getByText('Google ended the access as well').waitFor()
  expect(await desk.connections()).toEqual([])
  expect(await overflows()).toBe(false)
  expect(blocked).toEqual([])
  await page.context().close()
})

test('a key that is refused is said to be beside its field, and is gone from it', async () => {
  page = await openRoom(phone)
  const stripe = page.locator('#stripe')
  await stripe.getByLabel('Restricted key').fill(`pk_test_${'a'.repeat(24)}`)
  await stripe.getByRole('button', { name: 'Check and store this key' }).click()
  await page.getByText('A publishable key').waitFor()
  const field = page.locator('#stripe').getByLabel('Restricted key')
  expect(await field.inputValue()).toBe('')
  expect(await field.getAttribute('aria-describedby')).toContain('problem')
  await takePicture('refused-phone')
  await field.fill(desk.stripe.apiKey)
  await stripe.getByRole('button', { name: 'Check and store this key' }).click()
  await page.getByText('is connected and works').waitFor()
  expect(await overflows()).toBe(false)
  // one is the browser's own word for the answer 400
  expect(blocked.filter((text) => !text.includes('400'))).toEqual([])
  await page.context().close()
})

test('what does not work is said with what to do, in the dark too', async () => {
  page = await openRoom({ viewport: { width: 1000, height: 760 }, colorScheme: 'dark' })
  await page.locator('#hubspot').getByRole('button', { name: 'Connect with HubSpot' }).click()
  await page.getByRole('heading', { name: 'HubSpot asks' }).waitFor()
  await page.getByRole('button', { name: 'Allow' }).click()
  await page.getByText('is connected and works').waitFor()
  desk.hubspot.tokenEndpoint.behaviour = 'revoked'
  await page.getByRole('button', { name: 'Check now' }).click()
  await page.getByText('HubSpot does not accept this access any more').waitFor()
  await takePicture('broken-dark')
  expect(await findBarriers()).toEqual([])
  expect(blocked).toEqual([])
  await page.context().close()
})

/** WCAG, as far as a machine can tell */
async function findBarriers(): Promise<string[]> {
  await page.evaluate(axe.source)
  const { violations } = await page.evaluate<AxeResults>('axe.run()')
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`))
}

async function overflows(): Promise<unknown> {
  return page.evaluate('document.documentElement.scrollWidth > innerWidth')
}
