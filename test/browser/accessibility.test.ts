import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createWelcomeLink } from '../../server/console/people/welcome-links.ts'
import { furnish, helpdesk, mara, type Furnished } from '../server/console/furnished.ts'
import { password, startConsole, type TestConsole } from '../server/console/setup.ts'
import { BY_APPEARANCE, findingsOf } from './accessible.ts'
import { launchChromium } from './chromium.ts'

const WAYS = [
  { name: 'light', colorScheme: 'light', width: 1000, rules: undefined },
  { name: 'on a phone in the dark', colorScheme: 'dark', width: 390, rules: BY_APPEARANCE },
] as const

let chromium: Browser
let remit: TestConsole
let furnished: Furnished

beforeAll(async () => {
  ;[chromium, remit] = await Promise.all([launchChromium(), startConsole()])
  furnished = await furnish(remit)
})
afterAll(async () => {
  await Promise.all([chromium.close(), remit.close()])
})

async function openPage({ colorScheme, width }: (typeof WAYS)[number]): Promise<Page> {
  const context: BrowserContext = await chromium.newContext({
    colorScheme,
    viewport: { width, height: 800 },
    reducedMotion: 'reduce',
  })
  return context.newPage()
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
}

test.each(WAYS)('axe finds nothing on any page of the console, $name', async (way) => {
  const page = await openPage(way)
  const findings: Record<string, string[]> = {}
  const look = async (name: string): Promise<void> => {
    const found = await findingsOf(page, way.rules)
    if (found.length > 0) findings[name] = found
  }
  await page.goto(`${remit.origin}/no-such-page`)
  await look('error')
  await page.goto(await furnished.agent.push(helpdesk))
  await look('sign-in for an agent')
  await signIn(page)
  await page.getByRole('heading', { name: 'An agent asks to work in your name' }).waitFor()
  await look('consent')
  for (const row of await page.getByRole('checkbox').all()) {
    if (await row.isVisible()) await row.uncheck()
  }
  await page.getByRole('button', { name: 'Allow what is ticked' }).click()
  await look('consent with a problem')
  for (const [name, path] of Object.entries(furnished.rooms)) {
    await page.goto(`${remit.origin}${path}`)
    await look(name)
  }
  await page.goto(`${remit.origin}${furnished.rooms['change'] ?? ''}`)
  await page
    .getByRole('group', { name: 'Refund charges' })
    .getByText('Change this', { exact: true })
    .click()
  await page.getByLabel('Ask me first above').fill('40')
  await page.getByRole('button', { name: 'Go on' }).click()
  await page.getByRole('heading', { name: 'What becomes possible' }).waitFor()
  await look('difference')
  const old = new Date(Date.now() - 3_600_000)
  await remit.database.db.updateTable('console_sessions').set({ verified_at: old }).execute()
  await page.getByRole('button', { name: 'Change it' }).click()
  await page.getByRole('heading', { name: 'Is it you?' }).waitFor()
  await look('proof')
  await page.getByLabel('Password').fill('not the password')
  await page.getByRole('button', { name: 'Confirm' }).click()
  await look('proof with a problem')
  await page.context().clearCookies()
  await page.goto(
    await createWelcomeLink(remit.database.db, remit.origin, {
      for: 'further',
      email: 'kim@shop.example',
    }),
  )
  await look('welcome link')
  await page.goto(`${remit.origin}/sign-in`)
  await look('sign-in')
  expect(findings).toEqual({})
  await page.context().close()
})
