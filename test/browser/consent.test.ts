import type { Browser, BrowserContextOptions, Cookie, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  password,
  startConsole,
  type TestAgent,
  type TestConsole,
} from '../server/console/setup.ts'
import { expectAccessible } from './accessible.ts'
import { startAgentSite, type AgentSite } from './agent-site.ts'
import { launchChromium } from './chromium.ts'

const mara = 'mara@shop.example'
const helpdesk = [
  {
    type: 'gmail',
    actions: ['messages.read', 'messages.reply'],
    from: { domains: ['shop.example'] },
    newer_than_days: 30,
  },
  {
    type: 'gmail',
    actions: ['messages.send'],
    recipients: { domains: ['shop.example'] },
    attachments: 'any',
  },
]

type StorageState = NonNullable<BrowserContextOptions['storageState']>

let chromium: Browser
let remit: TestConsole
let site: AgentSite
let agent: TestAgent
/** signed in once: passwords are slow on purpose */
let hers: StorageState

beforeAll(async () => {
  ;[chromium, remit, site] = await Promise.all([launchChromium(), startConsole(), startAgentSite()])
  agent = await remit.addAgent({ redirect_uris: [site.callback] })
  await remit.addBuyer(mara)
  const page = await openPage()
  await page.goto(`${remit.origin}/sign-in`)
  await signIn(page)
  await page.getByRole('heading', { name: 'Agents' }).waitFor()
  // the console's session alone: the authority has none yet, so each request still begins with its sign-in step
  hers = await page.context().storageState()
  await page.context().close()
})
afterAll(async () => {
  await Promise.all([chromium.close(), remit.close(), site.close()])
})
beforeEach(() => {
  site.received.length = 0
})

/** fails on anything the browser had to block */
async function openPage(options: BrowserContextOptions = {}): Promise<Page> {
  const context = await chromium.newContext(options)
  const page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error' && /security policy|refused/iu.test(message.text())) {
      blocked.push(message.text())
    }
  })
  return page
}
const blocked: string[] = []

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('E-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function openRequest(page: Page, from: TestAgent = agent): Promise<void> {
  await page.goto(await from.push(helpdesk))
  if (await page.getByLabel('Password').isVisible()) await signIn(page)
  await page.getByRole('heading', { name: 'An agent asks to work in your name' }).waitFor()
}

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('%s', (_, javaScriptEnabled) => {
  test('the buyer signs in, tightens, allows, and lands where the agent wants her', async () => {
    const page = await openPage({ javaScriptEnabled })
    await openRequest(page)
    await page.getByRole('checkbox', { name: 'Send new mail' }).uncheck()
    const reading = page.getByRole('group', { name: 'Read mail' })
    await reading.getByText('Make this narrower').click()
    await reading.getByLabel('Days old, at most').fill('7')
    await page.getByRole('button', { name: 'Allow what is ticked' }).click()

    // form-action would have stopped the browser here, or at the agent's own redirect
    await page.waitForURL(site.home)
    const code = site.received[0]?.get('code') ?? ''
    const { body } = await agent.redeem(code)
    expect(body['authorization_details']).toEqual([
      expect.objectContaining({ actions: ['messages.reply'], newer_than_days: 30 }),
      expect.objectContaining({ actions: ['messages.read'], newer_than_days: 7 }),
    ])
    expect(blocked).toEqual([])
    await page.context().close()
  })

  test('a refusal reaches the agent', async () => {
    const page = await openPage({ javaScriptEnabled, storageState: hers })
    await openRequest(page)
    await page.getByRole('button', { name: 'Refuse everything' }).click()
    await page.waitForURL(site.home)
    expect(site.received[0]?.get('error')).toBe('access_denied')
    await page.context().close()
  })
})

test('a choice that cannot stand comes back with its place open, marked and reachable', async () => {
  const page = await openPage({ storageState: hers })
  await openRequest(page)
  const sending = page.getByRole('group', { name: 'Send new mail' })
  await sending.getByText('Make this narrower').click()
  await sending.getByLabel('Whom it may write to').fill('shop.example\nevil.example')
  await page.getByRole('button', { name: 'Allow what is ticked' }).click()

  await page.getByRole('alert').getByRole('link').first().click()
  expect(await page.evaluate('document.activeElement.id')).toBe('row-1-send.recipients')
  expect(await sending.getByLabel('Whom it may write to').inputValue()).toBe(
    'shop.example\nevil.example',
  )
  expect(await sending.getByLabel('Whom it may write to').isVisible()).toBe(true)
  expect(site.received).toEqual([])
  await page.context().close()
})

test('Enter in a field allows nothing', async () => {
  const page = await openPage({ storageState: hers })
  await openRequest(page)
  const reading = page.getByRole('group', { name: 'Read mail' })
  await reading.getByText('Make this narrower').click()
  const days = reading.getByLabel('Days old, at most')
  await days.fill('5')
  const posted: string[] = []
  page.on('request', (request) => void (request.method() === 'POST' && posted.push(request.url())))
  await days.press('Enter')
  await page.waitForTimeout(500)
  expect(posted).toEqual([])
  expect(page.url()).toContain('/consent/')
  expect(site.received).toEqual([])
  await page.context().close()
})

test('the whole decision can be made with the keyboard, and focus can be seen', async () => {
  const page = await openPage({ storageState: hers })
  // of one that she knows already, what is as before would be folded
  await openRequest(page, await remit.addAgent({ redirect_uris: [site.callback] }))
  const reached: string[] = []
  for (let i = 0; i < 40; i += 1) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate<{ name: string; outline: string }>(`(() => {
      const e = document.activeElement
      return { name: e.id || e.textContent.trim(), outline: getComputedStyle(e).outlineStyle }
    })()`)
    reached.push(focused.name)
    if (focused.name !== '') expect(focused).toMatchObject({ outline: 'solid' })
    if (focused.name === 'Refuse everything') break
  }
  expect(reached).toEqual(
    expect.arrayContaining([
      'Read-only',
      'row-1-send',
      'row-0-reply',
      'row-0-read',
      'expires_on',
      'token_seconds',
      'Allow what is ticked',
      'Refuse everything',
    ]),
  )
  await page.context().close()
})

test('no page is wider than a phone, and every control has a name', async () => {
  const page = await openPage({ viewport: { width: 320, height: 640 } })
  const check = async (): Promise<void> => {
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(320)
    const nameless =
      await page.evaluate(`[...document.querySelectorAll('input:not([type=hidden]), select, textarea')]
      .filter((e) => e.labels.length === 0).map((e) => e.name)`)
    expect(nameless).toEqual([])
  }
  await page.goto(`${remit.origin}/sign-in`)
  await check()
  await page.context().addCookies((hers as { cookies: Cookie[] }).cookies)
  await openRequest(page)
  for (const summary of await page.locator('summary').all()) await summary.click()
  await check()
  await page.goto(`${remit.origin}/grants`)
  await check()
  await page.goto(`${remit.origin}/nowhere`)
  await check()
  await page.context().close()
})

describe.each([
  ['on a desk', { viewport: { width: 1000, height: 800 } }],
  ['on a phone, in the dark', { viewport: { width: 390, height: 780 }, colorScheme: 'dark' }],
] as const)('an agent that she knows already, %s', (_, device) => {
  test('is narrowed to a role, looked at and allowed; the earlier grant ends', async () => {
    const known = await remit.addAgent({ redirect_uris: [site.callback] })
    const page = await openPage({ storageState: hers, ...device })
    await openRequest(page, known)
    await page.getByRole('button', { name: 'Allow what is ticked' }).click()
    await page.waitForURL(site.home)
    await openRequest(page, known)
    expect(await page.getByRole('checkbox', { name: 'Send new mail' }).isVisible()).toBe(false)
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Sales assistant' }).click()
    await page.getByRole('status').filter({ hasText: 'Nothing is allowed yet' }).waitFor()
    await expectAccessible(page)
    const sending = page.getByRole('group', { name: 'Send new mail' })
    expect(await sending.getByLabel('Ask me first, each time').isChecked()).toBe(true)
    await sending.getByLabel('From', { exact: true }).fill('09:00')
    await page.getByRole('button', { name: 'Allow what is ticked' }).click()
    await page.waitForURL(site.home)
    const grants = await remit.database.db
      .selectFrom('grants')
      .select(['revoked_at', 'authorization_details'])
      .where('client_id', '=', known.clientId)
      .orderBy('created_at')
      .execute()
    expect(grants.map(({ revoked_at: at }) => at !== null)).toEqual([true, false])
    expect(grants[1]?.authorization_details).toContainEqual(
      expect.objectContaining({
        actions: ['messages.send'],
        approval: 'always',
        hours: expect.objectContaining({ from: '09:00' }) as unknown,
      }),
    )
    expect(blocked).toEqual([])
    await page.context().close()
  })
})

test('a buyer revokes a grant in two steps', async () => {
  const page = await openPage({ storageState: hers })
  await openRequest(page)
  await page.getByRole('button', { name: 'Allow what is ticked' }).click()
  await page.waitForURL(site.home)
  await page.goto(`${remit.origin}/grants`)
  const grant = page.getByRole('article').first()
  expect(await grant.getByRole('button', { name: 'Revoke this grant' }).isVisible()).toBe(false)
  await grant.getByText('Revoke…').click()
  await grant.getByRole('button', { name: 'Revoke this grant' }).click()
  await page.getByRole('status').waitFor()
  expect(await grant.getByText('Revoked', { exact: true }).first().isVisible()).toBe(true)
  await page.context().close()
})
