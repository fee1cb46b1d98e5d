import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createWelcomeLink } from '../../server/console/people/welcome-links.ts'
import { password, startConsole, type TestConsole } from '../server/console/setup.ts'
import { launchChromium } from './chromium.ts'

const mara = 'mara@shop.example'
let chromium: Browser
let remit: TestConsole

beforeAll(async () => {
  ;[chromium, remit] = await Promise.all([launchChromium(), startConsole({ host: 'localhost' })])
})
afterAll(async () => {
  await Promise.all([chromium.close(), remit.close()])
})
beforeEach(async () => {
  await remit.database.db.deleteFrom('buyers').execute()
})

const link = (): Promise<string> =>
  createWelcomeLink(remit.database.db, remit.origin, { for: 'first' })

async function takePicture(page: Page, name: string): Promise<void> {
  const folder = process.env['REMIT_PICTURES']
  if (folder === undefined) return
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const width of [1000, 390]) {
      await page.setViewportSize({ width, height: 760 })
      const path = join(folder, `${name}-${colorScheme}-${width}.png`)
      await page.screenshot({ path, fullPage: true })
    }
  }
  await page.emulateMedia({ colorScheme: 'light' })
  await page.setViewportSize({ width: 1000, height: 760 })
}

test('from the link to the first steps, and the link is in no request that follows', async () => {
  const context = await chromium.newContext({ timezoneId: 'America/New_York', locale: 'en-US' })
  const page = await context.newPage()
  const path = await link()
  const told: string[] = []
  page.on('request', (request) => {
    const referer = request.headers()['referer'] ?? ''
    if (referer.includes('/welcome/')) told.push(`${request.url()} by ${referer}`)
  })
  await page.goto(`${remit.origin}/sign-in`)
  await takePicture(page, 'nobody-yet')
  await page.goto(path)
  await page.getByLabel('Your e-mail address').fill(mara)
  await page.getByLabel('Password').fill('short')
  await takePicture(page, 'welcome')
  // the browser itself says that it is too short
  await page.getByRole('button', { name: 'Create my account' }).click()
  expect(page.url()).toBe(path)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Create my account' }).click()
  await page.getByRole('heading', { name: 'First steps' }).waitFor()
  await takePicture(page, 'first-steps')
  await page.setViewportSize({ width: 390, height: 760 })
  expect(await page.evaluate('document.documentElement.scrollWidth > innerWidth')).toBe(false)
  expect(told).toEqual([])
  const { db } = remit.database
  const zone = db.selectFrom('buyers').select('time_zone')
  expect((await zone.executeTakeFirstOrThrow()).time_zone).toBe('America/New_York')
  await page.goto(path)
  await page.getByRole('heading', { name: 'This link is no longer good' }).waitFor()
  await context.close()
})

test('the first account is made with a passkey, and no password', async () => {
  const context = await chromium.newContext()
  const page = await context.newPage()
  const authenticator = await context.newCDPSession(page)
  await authenticator.send('WebAuthn.enable')
  await authenticator.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  })
  await page.goto(await link())
  await page.getByLabel('Your e-mail address').fill(mara)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByRole('heading', { name: 'First steps' }).waitFor()
  const { db } = remit.database
  const buyer = await db.selectFrom('buyers').select(['email', 'password_hash']).executeTakeFirst()
  expect(buyer).toEqual({ email: mara, password_hash: null })
  // nobody has to pick what the browser suggests: this authenticator says yes to everything
  await page.getByRole('button', { name: 'Sign out' }).click()
  await expect.poll(() => remit.events.at(-1)?.event, { timeout: 20_000 }).toBe('sign_in')
  await page.getByRole('heading', { name: 'First steps' }).waitFor()
  const signIns = remit.events.filter(({ event }) => event === 'sign_in')
  expect(signIns).toMatchObject([{ outcome: 'done', by: 'passkey' }])
  await context.close()
})

test('without a script the password does', async () => {
  const context = await chromium.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(await link())
  expect(await page.getByRole('button').count()).toBe(1)
  await page.getByLabel('Your e-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Create my account' }).click()
  await page.getByRole('heading', { name: 'First steps' }).waitFor()
  await context.close()
})
