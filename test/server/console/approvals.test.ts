import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ApprovalCard } from '../../../adapters/ports.ts'
import { createApprovals, decideApproval } from '../../../server/state/approvals.ts'
import { revokeGrant } from '../../../server/state/revoke.ts'
import { Browser, fieldsOf } from './browser.ts'
import { password, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
let remit: TestConsole
let buyer: { id: string }
let other: { id: string }
let browser: Browser

beforeAll(async () => {
  remit = await startConsole()
  buyer = await remit.addBuyer(mara)
  other = await remit.addBuyer('eve@shop.example')
  browser = await signIn()
})
afterAll(() => remit.close())
beforeEach(async () => {
  await addGrant('g_mara', buyer.id)
  await addGrant('g_eve', other.id)
})
afterEach(async () => {
  await remit.database.db.deleteFrom('approvals').execute()
  await remit.database.db.deleteFrom('grants').execute()
})

async function signIn(email = mara): Promise<Browser> {
  const one = new Browser(remit.origin)
  const page = await one.get('/sign-in')
  await one.post('/sign-in', { ...fieldsOf(page, '/sign-in'), email, password })
  return one
}

async function addGrant(id: string, buyerId: string): Promise<void> {
  await remit.database.db
    .insertInto('grants')
    .values({
      id,
      buyer_id: buyerId,
      client_id: 'agent-1',
      authorization_details: '[]',
      payload: '{}',
    })
    .execute()
}

let asked = 0
async function ask(grantId = 'g_mara', card: Partial<ApprovalCard> = {}): Promise<string> {
  const approval = await createApprovals(remit.database.db).ask({
    grantId,
    clientId: 'agent-1',
    provider: 'gmail',
    operation: 'gmail.messages.send',
    decisionId: 'd_1',
    digest: `digest ${++asked}`,
    card: {
      title: 'Send a new mail to kim@cafe.example',
      rows: [{ label: 'Text', value: 'hello Kim', from: 'agent' }],
      ...card,
    },
  })
  if (approval === 'too_many') throw new Error('too many')
  return approval.id
}

async function statusOf(id: string): Promise<string> {
  const row = await remit.database.db
    .selectFrom('approvals')
    .select(['status', 'decided_by'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return `${row.status} ${row.decided_by ?? 'nobody'}`
}

test.each([
  ['approve', 'approved'],
  ['deny', 'denied'],
] as const)('shows what waits and lets its buyer %s it, once', async (verb, status) => {
  const id = await ask()
  const page = await browser.get('/approvals')
  expect(page.text).toContain('Send a new mail to kim@cafe.example')
  expect(page.text).toContain('agent-1')
  const action = `/approvals/${id}/${verb}`
  const answer = await browser.follow(await browser.post(action, fieldsOf(page, action)))
  expect(await statusOf(id)).toBe(`${status} buyer`)
  expect(answer.text).toContain('role="status"')
  expect(answer.text).toContain('Nothing waits for you')
  expect(remit.events).toContainEqual({ event: 'approval_decided', approvalId: id, status })
  // a second press, or another window
  for (const again of ['approve', 'deny']) {
    const late = await browser.post(`/approvals/${id}/${again}`, fieldsOf(page, action))
    expect(late.status).toBe(409)
    expect(await statusOf(id)).toBe(`${status} buyer`)
  }
})

test('neither shows nor decides what waits for another buyer', async () => {
  const [mine, hers] = [await ask(), await ask('g_eve')]
  const page = await browser.get('/approvals')
  expect(page.text).not.toContain(hers)
  const fields = fieldsOf(page, `/approvals/${mine}/approve`)
  const answer = await browser.post(`/approvals/${hers}/approve`, fields)
  const unknown = await browser.post('/approvals/apr_none/approve', fields)
  expect(await statusOf(hers)).toBe('pending nobody')
  expect(answer.status).toBe(404)
  expect(answer.text).toBe(unknown.text)
  for (const verb of ['approve', 'deny'])
    expect((await browser.post(`/approvals/apr_%00/${verb}`, fields)).status).toBe(404)
  // her form in the other buyer's browser
  const eve = await signIn('eve@shop.example')
  expect((await eve.post(`/approvals/${mine}/approve`, fields)).status).toBe(403)
  expect(await statusOf(mine)).toBe('pending nobody')
  const kind = { ...fields, grant_id: 'g_eve', operation: 'gmail.messages.send' }
  await browser.post('/approvals/deny-all', kind)
  expect(await statusOf(hers)).toBe('pending nobody')
})

test('decides nothing without a session, without the form token, by a link or from another site', async () => {
  const id = await ask()
  const action = `/approvals/${id}/approve`
  const fields = fieldsOf(await browser.get('/approvals'), action)
  const kind = { grant_id: 'g_mara', operation: 'gmail.messages.send' }
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  for (const [path, own] of [
    [action, {}],
    ['/approvals/deny-all', kind],
  ] as const) {
    const stranger = await new Browser(remit.origin).post(path, { ...fields, ...own })
    expect(stranger.location).toContain('/sign-in')
    expect((await browser.post(path, own)).status).toBe(403)
    expect((await browser.post(path, { ...fields, ...own }, foreign)).status).toBe(403)
    expect((await browser.get(path)).status).toBe(404)
  }
  expect(await statusOf(id)).toBe('pending nobody')
})

test('what ended meanwhile is not decided any more, and says so', async () => {
  const id = await ask()
  const action = `/approvals/${id}/approve`
  const fields = fieldsOf(await browser.get('/approvals'), action)
  await revokeGrant(remit.database.db, 'g_mara', 'test')
  const answer = await browser.post(action, fields)
  expect(await statusOf(id)).toBe('cancelled nobody')
  expect(answer.status).toBe(409)
  expect((await browser.get('/approvals')).text).toContain('Ended with its grant')
})

test('words that are not ours are inert, marked and capped, in what waits and in what was decided', async () => {
  const evil = `<script>alert(1)</script>"><img src=x onerror=alert(1)>\u202Eevil\u0007`
  const card: ApprovalCard = {
    title: evil,
    rows: [
      { label: 'Text', value: `${evil}\n\n\n${'A'.repeat(100_000)}`, from: 'agent' },
      { label: 'Subject', value: evil, from: 'provider' },
      { label: 'Asked because', value: evil, from: 'front' },
    ],
  }
  const id = await ask('g_mara', card)
  for (let n = 0; n < 2; n++) {
    const page = await browser.get('/approvals')
    expect(page.text).toContain('&lt;script&gt;alert(1)')
    expect(page.text).not.toMatch(/<script>|<img src=x|\u202E/u)
    expect(page.text).not.toContain('\u0007')
    expect(page.text.length).toBeLessThan(20_000)
    const scripts = page.text.match(/<script[^>]*>/gu)
    expect(scripts).toEqual([expect.stringMatching(/^<script defer src="\/assets\/[\w-]+\.js">$/u)])
    if (n === 1) continue
    expect(page.text).toMatch(/Text\s*<small>the agent’s words/u)
    expect(page.text).toMatch(/Subject\s*<small>from your account/u)
    await decideApproval(remit.database.db, { id, buyerId: undefined, status: 'denied', by: 'x' })
  }
})

test('more than five of one kind are one card with a warning, denied at once or read one by one', async () => {
  const ids: string[] = []
  for (let n = 0; n < 5; n++) ids.push(await ask())
  expect((await browser.get('/approvals')).text).not.toContain('deny-all')
  ids.push(await ask())
  const page = await browser.get('/approvals')
  expect(page.text.match(/action="\/approvals\/deny-all"/gu)).toHaveLength(1)
  expect(page.text).toContain('asks 6 times')
  expect(page.text.match(/Read them one by one/gu)).toHaveLength(1)
  const [first = '', ...others] = ids
  const one = `/approvals/${first}/approve`
  await browser.post(one, fieldsOf(page, one))
  // one more comes while she reads
  others.push(await ask())
  const answer = await browser.post('/approvals/deny-all', fieldsOf(page, '/approvals/deny-all'))
  expect(await statusOf(first)).toBe('approved buyer')
  for (const id of others) expect(await statusOf(id)).toBe('denied buyer')
  expect((await browser.follow(answer)).text).toContain('Denied 6.')
})

test('says on every page how many wait, and brings who signs in to them', async () => {
  await ask()
  await ask()
  const count = /class="count">2</u
  expect((await browser.get('/grants')).text).toMatch(count)
  expect((await browser.get('/approvals')).text).toMatch(count)
  const fresh = new Browser(remit.origin)
  const page = await fresh.get('/sign-in')
  const fields = { ...fieldsOf(page, '/sign-in'), email: mara, password }
  expect((await fresh.post('/sign-in', fields)).location).toBe(`${remit.origin}/approvals`)
  await remit.database.db.deleteFrom('approvals').execute()
  expect((await browser.get('/')).location).toBe(`${remit.origin}/grants`)
  expect((await browser.get('/grants')).text).not.toContain('class="count"')
})

test('tells a script only that something changed, and lets no other script run', async () => {
  const read = async (): Promise<unknown> => JSON.parse((await browser.get('/approvals/news')).text)
  const before = await read()
  const page = await browser.get('/approvals')
  await ask()
  expect(await read()).not.toEqual(before)
  expect(await read()).toEqual({ waiting: 1, state: expect.any(String) as string })
  const stranger = await new Browser(remit.origin).get('/approvals/news')
  expect(stranger.status).toBe(401)
  expect(stranger.text).not.toContain('waiting')
  const policy = page.headers.get('content-security-policy') ?? ''
  const script = /src="(\/assets\/[^"]+\.js)"/u.exec(page.text)?.[1] ?? ''
  expect(policy).toContain(`script-src ${remit.origin}${script};`)
  expect(policy).toContain(`connect-src ${remit.origin}/approvals/news;`)
  const grants = (await browser.get('/grants')).headers.get('content-security-policy') ?? ''
  expect(grants).not.toContain('script-src')
  expect((await browser.get(script)).headers.get('content-type')).toContain('text/javascript')
})
