import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { ApprovalRequest } from '../../../adapters/ports.ts'
import { createApprovals } from '../../../server/state/approvals.ts'
import { revokeGrant } from '../../../server/state/revoke.ts'
import { Browser, fieldsOf, type Page } from './browser.ts'
import { password, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
let remit: TestConsole
let buyer: { id: string }
let hers: Browser
let others: Browser
let grantId: string
let grants = 0

beforeAll(async () => {
  remit = await startConsole()
  buyer = await remit.addBuyer(mara)
  hers = await signIn(mara)
  await remit.addBuyer('eve@shop.example')
  others = await signIn('eve@shop.example')
})
afterAll(() => remit.close())
beforeEach(async () => {
  await remit.database.db.deleteFrom('approvals').execute()
  grantId = `g_${++grants}`
  await remit.database.db
    .insertInto('grants')
    .values({
      id: grantId,
      buyer_id: buyer.id,
      client_id: 'agent-1',
      authorization_details: '[]',
      payload: '{}',
      expires_at: null,
      revoked_at: null,
      revoked_reason: null,
    })
    .execute()
})

async function signIn(email: string): Promise<Browser> {
  const browser = new Browser(remit.origin)
  const page = await browser.get('/sign-in')
  await browser.post('/sign-in', { ...fieldsOf(page, '/sign-in'), email, password })
  return browser
}

async function ask(change: Partial<ApprovalRequest> = {}): Promise<string> {
  const approval = await createApprovals(remit.database.db).ask({
    grantId,
    clientId: 'agent-1',
    provider: 'gmail',
    operation: 'gmail.users.messages.send',
    decisionId: 'd_1',
    digest: `digest ${Math.random()}`,
    card: {
      title: 'Send a new mail to kim@acme.com',
      rows: [
        { label: 'Subject', value: '<b>Approve me</b>\u202e', from: 'agent' },
        { label: 'Asked because', value: 'kim@acme.com is new', from: 'front' },
      ],
    },
    ...change,
  })
  if (approval === 'too_many') throw new Error(approval)
  return approval.id
}

async function statusOf(id: string): Promise<string> {
  const row = await remit.database.db
    .selectFrom('approvals')
    .select('status')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row.status
}

async function press(browser: Browser, page: Page, action: string): Promise<Page> {
  return browser.follow(await browser.post(action, fieldsOf(page, action)))
}

describe('the approvals room', () => {
  test('shows what waits, the agent’s words marked and harmless, and approves it once', async () => {
    const id = await ask()
    const page = await hers.get('/approvals')
    expect(page.text).toContain('Send a new mail to kim@acme.com')
    expect(page.text).toContain('Approvals <span class="count">1</span>')
    expect(page.text).toMatch(/class="agent-text"[^>]*>&lt;b&gt;Approve me&lt;\/b&gt;<\/span/u)
    expect(page.text).not.toContain('\u202e')
    const after = await press(hers, page, `/approvals/${id}/approve`)
    expect(await statusOf(id)).toBe('approved')
    expect(after.text).toContain('Approved. The agent can do this once now')
    expect(after.text).toContain('Nothing waits for you')
    expect((await hers.get('/grants')).text).not.toContain('class="count"')
    // decided is decided
    const late = await press(hers, page, `/approvals/${id}/deny`)
    expect(await statusOf(id)).toBe('approved')
    expect(late.text).toContain('Nothing was decided')
  })

  test('denies', async () => {
    const id = await ask()
    await press(hers, await hers.get('/approvals'), `/approvals/${id}/deny`)
    expect(await statusOf(id)).toBe('denied')
  })

  test('is another buyer’s room for another buyer', async () => {
    const id = await ask()
    const page = await hers.get('/approvals')
    const theirs = await others.get('/approvals')
    expect(theirs.text).not.toContain('kim@acme.com')
    const action = `/approvals/${id}/approve`
    await others.post(action, { form_token: tokenIn(theirs) })
    expect(await statusOf(id)).toBe('pending')
    // her form in somebody else's browser, or in none
    expect((await others.post(action, fieldsOf(page, action))).status).toBe(403)
    const nobody = new Browser(remit.origin)
    expect((await nobody.post(action, fieldsOf(page, action))).location).toContain('/sign-in')
    expect((await nobody.get('/approvals')).location).toContain('/sign-in')
    expect(await statusOf(id)).toBe('pending')
  })

  test('decides by its own forms alone: no link, no other origin', async () => {
    const id = await ask()
    const action = `/approvals/${id}/approve`
    const fields = fieldsOf(await hers.get('/approvals'), action)
    await hers.get(action)
    await hers.get(`${action}?form_token=${fields['form_token']}`)
    const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
    await hers.post(action, fields, foreign)
    await hers.post(action, { form_token: 'x' })
    expect(await statusOf(id)).toBe('pending')
  })

  test('what ended with its grant cannot be approved', async () => {
    const id = await ask()
    const page = await hers.get('/approvals')
    await revokeGrant(remit.database.db, grantId, 'stopped')
    await press(hers, page, `/approvals/${id}/approve`)
    expect(await statusOf(id)).toBe('cancelled')
  })

  test('makes one card of more than five of a kind, with a warning, and denies them at once', async () => {
    const ids = await Promise.all(Array.from({ length: 7 }, () => ask()))
    const other = await ask({ operation: 'gmail.users.messages.modify' })
    const page = await hers.get('/approvals')
    expect(page.text).toContain('7 calls of one kind wait.')
    await press(hers, page, '/approvals/deny-all')
    expect(new Set(await Promise.all(ids.map(statusOf)))).toEqual(new Set(['denied']))
    expect(await statusOf(other)).toBe('pending')
  })

  test('runs one script of ours and no other, and only here', async () => {
    const page = await hers.get('/approvals')
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("script-src 'self'")
    expect(policy).not.toContain('unsafe-inline')
    expect(page.text.match(/<script/gu)).toHaveLength(1)
    const src = /src="([^"]+)"/u.exec(page.text)?.[1] ?? ''
    expect((await hers.get(src)).status).toBe(200)
    const grantsPage = await hers.get('/grants')
    expect(grantsPage.headers.get('content-security-policy')).not.toContain('script-src')
  })

  test('tells its script when something else waits', async () => {
    const before = (await hers.get('/approvals/version')).text
    await ask()
    expect((await hers.get('/approvals/version')).text).not.toBe(before)
    expect((await new Browser(remit.origin).get('/approvals/version')).status).toBe(401)
  })
})

function tokenIn(page: Page): string {
  return /name="form_token" value="([^"]+)"/u.exec(page.text)?.[1] ?? ''
}
