import { join } from 'node:path'
import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createApprovals } from '../../server/state/approvals.ts'
import { password, startConsole, type TestConsole } from '../server/console/setup.ts'
import { startAgentSite, type AgentSite } from './agent-site.ts'
import { launchChromium } from './chromium.ts'

const mara = 'mara@shop.example'
let now = Date.now()
let chromium: Browser
let remit: TestConsole
let site: AgentSite
let buyerId: string
let context: BrowserContext
let page: Page
let authenticator: CDPSession
const blocked: string[] = []

beforeAll(async () => {
  ;[chromium, remit, site] = await Promise.all([
    launchChromium(),
    startConsole({ now: () => now, host: 'localhost' }),
    startAgentSite(),
  ])
  buyerId = (await remit.addBuyer(mara)).id
  context = await chromium.newContext({
    viewport: { width: 1000, height: 760 },
    timezoneId: 'Europe/Vienna',
  })
  page = await context.newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') blocked.push(message.text())
  })
  // a device of hers with a screen lock: discoverable passkeys, and it says that it verified her
  authenticator = await context.newCDPSession(page)
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
})
afterAll(async () => {
  await Promise.all([chromium.close(), remit.close(), site.close()])
})
beforeEach(() => {
  blocked.length = 0
})

/** REMIT_PICTURES names a folder: the pages as a person sees them */
async function takePicture(name: string): Promise<void> {
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

async function isTooWide(): Promise<boolean> {
  await page.setViewportSize({ width: 390, height: 760 })
  const wide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
  await page.setViewportSize({ width: 1000, height: 760 })
  return wide === true
}

async function signOut(): Promise<void> {
  await page.goto(`${remit.origin}/you`)
  await page.getByRole('button', { name: 'Sign out', exact: true }).click()
}

/** from now on she uses the button: the browser's own suggestion would be taken at once, for want of anybody to pick it */
async function endSuggestions(): Promise<void> {
  await page.addInitScript(
    'PublicKeyCredential.isConditionalMediationAvailable = async () => false',
  )
}

function lastSignIn(): unknown {
  return remit.events.filter(({ event }) => event === 'sign_in').at(-1)
}

test('she signs in with her password and makes a passkey', async () => {
  await page.goto(`${remit.origin}/sign-in`)
  await page.getByRole('button', { name: 'Sign in with a passkey' }).waitFor()
  await takePicture('sign-in')
  await page.getByLabel('E-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor()
  await page.getByRole('link', { name: mara }).click()
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByLabel('What you call it').fill('Mara’s phone')
  await takePicture('new-passkey')
  await page.getByRole('button', { name: 'Make the passkey' }).click()
  await page.getByText('Your passkey is added').waitFor()
  expect(await page.getByText('Mara’s phone').count()).toBeGreaterThan(0)
  expect(await isTooWide()).toBe(false)
  expect(await page.getByLabel('Time zone').inputValue()).toBe('Europe/Vienna')
  await takePicture('you')
  // the same device again: it says so, and nothing is added
  await page.getByRole('button', { name: 'Add a passkey' }).click()
  await page.getByRole('button', { name: 'Make the passkey' }).click()
  await page.getByText('That did not work, and nothing has changed').waitFor()
  expect(blocked).toEqual([])
})

test('the browser suggests the passkey, and it alone signs her in', async () => {
  await signOut()
  await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor()
  expect(lastSignIn()).toEqual({ event: 'sign_in', outcome: 'done', buyerId, by: 'passkey' })
  expect(blocked).toEqual([])
})

test('so does the button', async () => {
  await endSuggestions()
  await signOut()
  remit.events.length = 0
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('heading', { name: 'Agents', exact: true }).waitFor()
  expect(lastSignIn()).toEqual({ event: 'sign_in', outcome: 'done', buyerId, by: 'passkey' })
  expect(blocked).toEqual([])
})

test('money is approved by the passkey, without the password', async () => {
  const grant = { id: 'g_1', buyer_id: buyerId, client_id: 'agent-1' }
  await remit.database.db
    .insertInto('grants')
    .values({ ...grant, authorization_details: '[]', payload: '{}' })
    .execute()
  const approval = await createApprovals(remit.database.db).ask({
    grantId: 'g_1',
    clientId: 'agent-1',
    provider: 'stripe',
    operation: 'stripe.refunds.create',
    decisionId: 'd_1',
    digest: 'digest',
    card: { title: 'Refund a charge', rows: [] },
  })
  if (approval === 'too_many') throw new Error('too many')
  now += 6 * 60_000
  await page.goto(`${remit.origin}/approvals`)
  await page.getByRole('button', { name: 'Approve once' }).click()
  await page.getByRole('heading', { name: 'Is it you?' }).waitFor()
  await takePicture('step-up')
  expect(await isTooWide()).toBe(false)
  await page.getByRole('button', { name: 'Use a passkey' }).click()
  await page.getByText('Approved. The agent can now do this').waitFor()
  const row = remit.database.db.selectFrom('approvals').select('status')
  expect((await row.executeTakeFirstOrThrow()).status).toBe('approved')
  expect(blocked).toEqual([])
})

test('an agent’s request is answered after a sign-in by passkey', async () => {
  await signOut()
  const agent = await remit.addAgent({ redirect_uris: [site.callback] })
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  await page.goto(await agent.push([{ type: 'gmail', actions: ['messages.read'] }]))
  await page.getByRole('button', { name: 'Sign in with a passkey' }).click()
  await page.getByRole('heading', { name: 'An agent asks to work in your name' }).waitFor()
  expect(blocked).toEqual([])
})

test('without a script the password does, and no dead button is shown', async () => {
  const plain = await chromium.newContext({ javaScriptEnabled: false })
  const form = await plain.newPage()
  await form.goto(`${remit.origin}/sign-in`)
  expect(await form.getByRole('button').count()).toBe(1)
  await form.getByLabel('E-mail address').fill(mara)
  await form.getByLabel('Password').fill(password)
  await form.getByRole('button', { name: 'Sign in' }).click()
  await form.goto(`${remit.origin}/you`)
  now += 6 * 60_000
  await form.getByRole('button', { name: 'Change the password' }).click()
  await form.getByRole('heading', { name: 'Is it you?' }).waitFor()
  expect(await form.getByRole('button').count()).toBe(1)
  await form.getByLabel('Password').fill(password)
  await form.getByRole('button', { name: 'Confirm' }).click()
  await form.getByLabel('New password').fill('quite another sentence')
  await form.getByRole('button', { name: 'Save the new password' }).click()
  await form.getByText('Your password is changed').waitFor()
  await plain.close()
})
