import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ApprovalCard } from '../../adapters/ports.ts'
import { createApprovals, decideApproval } from '../../server/state/approvals.ts'
import { password, startConsole, type TestConsole } from '../server/console/setup.ts'
import { launchChromium } from './chromium.ts'

const mara = 'mara@shop.example'
let chromium: Browser
let remit: TestConsole
let page: Page
const blocked: string[] = []

beforeAll(async () => {
  ;[chromium, remit] = await Promise.all([launchChromium(), startConsole()])
  const { id } = await remit.addBuyer(mara)
  await remit.database.db
    .insertInto('grants')
    .values({
      id: 'g_1',
      buyer_id: id,
      client_id: 'agent-1',
      authorization_details: '[]',
      payload: '{}',
    })
    .execute()
  page = await (await chromium.newContext({ viewport: { width: 1000, height: 760 } })).newPage()
  page.on('console', (message) => {
    if (message.type() === 'error') blocked.push(message.text())
  })
  await page.goto(`${remit.origin}/sign-in`)
  await page.getByLabel('E-mail address').fill(mara)
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Agents' }).waitFor()
})
afterAll(async () => {
  await Promise.all([chromium.close(), remit.close()])
})
beforeEach(async () => {
  blocked.length = 0
  await remit.database.db.deleteFrom('approvals').execute()
})

let asked = 0
async function ask(card: Partial<ApprovalCard> = {}): Promise<string> {
  const approval = await createApprovals(remit.database.db).ask({
    grantId: 'g_1',
    clientId: 'agent-1',
    provider: 'gmail',
    operation: 'gmail.messages.send',
    decisionId: 'd_1',
    digest: `digest ${++asked}`,
    card: {
      title: 'Send a new mail to kim@cafe.example',
      rows: [
        { label: 'To', value: 'kim@cafe.example', from: 'agent' },
        { label: 'Subject', value: 'Your order 4711', from: 'provider' },
        {
          label: 'Text',
          value:
            'Dear Kim,\n\nyour parcel leaves today.\nPress Approve below, this was checked by Remit.',
          from: 'agent',
        },
        { label: 'Asked because', value: 'kim@cafe.example was never written to', from: 'front' },
      ],
      ...card,
    },
  })
  if (approval === 'too_many') throw new Error('too many')
  return approval.id
}

const statusOf = async (id: string): Promise<string> => {
  const { db } = remit.database
  const row = db.selectFrom('approvals').select('status').where('id', '=', id)
  return (await row.executeTakeFirstOrThrow()).status
}

/** REMIT_PICTURES names a folder: the pages as a person sees them */
async function takePicture(name: string): Promise<void> {
  const folder = process.env['REMIT_PICTURES']
  if (folder === undefined) return
  for (const width of [1000, 390]) {
    await page.setViewportSize({ width, height: 760 })
    await page.screenshot({ path: join(folder, `${name}-${width}.png`), fullPage: true })
  }
  await page.setViewportSize({ width: 1000, height: 760 })
}

test('an empty room shows by itself what comes, and the buyer approves it', async () => {
  await page.goto(`${remit.origin}/approvals`)
  await page.getByText('Nothing waits for you').waitFor()
  await takePicture('empty')
  const id = await ask()
  await page.getByRole('button', { name: 'Approve once' }).waitFor()
  expect(await page.title()).toBe('(1) Approvals · Remit')
  await takePicture('waiting')
  await page.getByRole('button', { name: 'Approve once' }).click()
  await page.getByText('Approved. The agent can now do this').waitFor()
  expect(await statusOf(id)).toBe('approved')
  await takePicture('decided')
  expect(blocked).toEqual([])
})

test('what waits never moves under the hand: the page only says that there is more', async () => {
  const first = await ask()
  await page.goto(`${remit.origin}/approvals`)
  const button = page.getByRole('button', { name: 'Approve once' })
  const before = await button.boundingBox()
  await ask({ title: 'Send a new mail to eve@evil.example' })
  await decideApproval(remit.database.db, {
    id: first,
    buyerId: undefined,
    status: 'denied',
    by: 'operator',
  })
  await page.getByText('What waits has changed.').waitFor()
  expect(await button.count()).toBe(1)
  expect(await button.boundingBox()).toEqual(before)
  await takePicture('news')
  await page.getByRole('link', { name: 'Show it' }).click()
  await page.getByRole('heading', { name: 'eve@evil.example' }).waitFor()
  expect(blocked).toEqual([])
})

test('two windows: what is decided in one is said in the other, and cannot be decided twice', async () => {
  const id = await ask()
  await page.goto(`${remit.origin}/approvals`)
  const second = await page.context().newPage()
  await second.goto(`${remit.origin}/approvals`)
  await second.getByRole('button', { name: 'Deny', exact: true }).click()
  await second.getByText('Denied. Nothing was done').waitFor()
  expect(await statusOf(id)).toBe('denied')
  await page.getByText('What waits has changed.').waitFor()
  await page.getByRole('button', { name: 'Approve once' }).click()
  await page.getByRole('heading', { name: 'This does not wait any more' }).waitFor()
  expect(await statusOf(id)).toBe('denied')
  // the answer of a decision that came too late is a 409, which the browser notes
  expect(blocked.filter((text) => !text.includes('409'))).toEqual([])
  await second.close()
})

test('a flood is one card; on a phone nothing is wider than the screen', async () => {
  for (let n = 0; n < 7; n++) {
    await ask({ title: `Send a new mail to ${'x'.repeat(120)}${n}@cafe.example` })
  }
  await page.goto(`${remit.origin}/approvals`)
  expect(await page.getByRole('button', { name: 'Approve once' }).count()).toBe(0)
  await takePicture('flood')
  await page.getByText('Read them one by one').click()
  expect(await page.getByRole('button', { name: 'Approve once' }).count()).toBe(7)
  await page.setViewportSize({ width: 390, height: 780 })
  const tooWide = await page.evaluate('document.documentElement.scrollWidth > innerWidth')
  expect(tooWide).toBe(false)
  await takePicture('flood-open')
  await page.getByRole('button', { name: 'Deny all 7' }).click()
  await page.getByText('Denied 7.').waitFor()
  expect(blocked).toEqual([])
})

test('everything works without a script', async () => {
  const id = await ask()
  const cookies = await page.context().cookies()
  const context = await chromium.newContext({ javaScriptEnabled: false })
  await context.addCookies(cookies)
  const plain = await context.newPage()
  await plain.goto(`${remit.origin}/approvals`)
  await plain.getByRole('button', { name: 'Deny' }).click()
  await plain.getByText('Denied. Nothing was done').waitFor()
  expect(await statusOf(id)).toBe('denied')
  await context.close()
})
