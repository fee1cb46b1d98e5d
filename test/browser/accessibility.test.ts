import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { AxeResults } from 'axe-core'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { furnish, helpdesk, mara, type Furnished } from '../server/console/furnished.ts'
import { password, startConsole, type TestConsole } from '../server/console/setup.ts'
import { launchChromium } from './chromium.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
const WAYS = [
  { name: 'light', colorScheme: 'light', width: 1000 },
  { name: 'dark', colorScheme: 'dark', width: 1000 },
  { name: 'on a phone', colorScheme: 'light', width: 390 },
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

/** everything that is folded away is opened first: it is a part of the page too */
async function findingsOf(page: Page): Promise<string[]> {
  await page.evaluate(`for (const one of document.querySelectorAll('details')) one.open = true`)
  await page.evaluate(axe)
  const results = (await page.evaluate(
    `axe.run(document, { runOnly: ${JSON.stringify(RULES)} })`,
  )) as AxeResults
  const scroll = Number(await page.evaluate('document.documentElement.scrollWidth - innerWidth'))
  return [
    ...results.violations.map(
      ({ id, impact, nodes }) => `${impact} ${id}: ${nodes.map(({ html }) => html).join(' | ')}`,
    ),
    // WCAG 1.4.10: nothing is to be scrolled sideways
    ...(scroll > 0 ? [`the page is ${scroll} pixels wider than the window`] : []),
  ]
}

test.each(WAYS)('axe finds nothing on any page of the console, $name', async (way) => {
  const page = await openPage(way)
  const findings: Record<string, string[]> = {}
  const look = async (name: string): Promise<void> => {
    const found = await findingsOf(page)
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
  await page.context().clearCookies()
  await page.goto(`${remit.origin}/sign-in`)
  await look('sign-in')
  expect(findings).toEqual({})
  await page.context().close()
})
