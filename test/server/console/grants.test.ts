import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseCapabilities } from '../../../capabilities/index.ts'
import { Browser, fieldsOf } from './browser.ts'
import { password, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
let remit: TestConsole
let buyer: { id: string; connectionId: string }
let other: { id: string; connectionId: string }
let browser: Browser

beforeAll(async () => {
  remit = await startConsole()
  buyer = await remit.addBuyer(mara)
  other = await remit.addBuyer('eve@shop.example')
  browser = new Browser(remit.origin)
  const page = await browser.get('/sign-in')
  await browser.post('/sign-in', { ...fieldsOf(page, '/sign-in'), email: mara, password })
})
afterAll(() => remit.close())

const reading = parseCapabilities([
  { type: 'gmail', actions: ['messages.read'], from: { domains: ['shop.example'] } },
])

async function addGrant(
  id: string,
  owner: { id: string; connectionId: string } = buyer,
  change: Record<string, unknown> = {},
): Promise<void> {
  await remit.database.db
    .insertInto('grants')
    .values({
      id,
      buyer_id: owner.id,
      client_id: 'agent-1',
      authorization_details: JSON.stringify(reading),
      payload: '{}',
      connections: JSON.stringify({ gmail: owner.connectionId }),
      expires_at: new Date(Date.now() + 86_400_000),
      ...change,
    })
    .execute()
}

async function isRevoked(id: string): Promise<boolean> {
  const row = await remit.database.db
    .selectFrom('grants')
    .select('revoked_at')
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  return row.revoked_at !== null
}

test('lists a grant in words, with its account, and revokes it at once', async () => {
  await addGrant('g_first')
  const page = await browser.get('/grants')
  expect(page.text).toContain('shop.example')
  expect(page.text).toContain(`support-${mara}`)
  const action = '/grants/g_first/revoke'
  const answer = await browser.follow(await browser.post(action, fieldsOf(page, action)))
  expect(await isRevoked('g_first')).toBe(true)
  const published = await remit.database.db
    .selectFrom('revocations')
    .select(['kind', 'reason'])
    .where('id', '=', 'g_first')
    .execute()
  expect(published).toEqual([{ kind: 'grant', reason: 'revoked by the buyer' }])
  expect(answer.text).toContain('role="status"')
  expect(answer.text).not.toContain(action)
  expect(remit.events).toContainEqual(
    expect.objectContaining({ event: 'grant_revoked', grantId: 'g_first' }),
  )
})

test('neither shows nor revokes the grant of another buyer', async () => {
  await addGrant('g_eve', other)
  await addGrant('g_mine')
  const page = await browser.get('/grants')
  expect(page.text).not.toContain('g_eve')
  const fields = fieldsOf(page, '/grants/g_mine/revoke')
  const answer = await browser.post('/grants/g_eve/revoke', fields)
  const unknown = await browser.post('/grants/g_none/revoke', fields)
  expect(answer.status).toBe(404)
  expect(answer.text).toBe(unknown.text)
  expect(await isRevoked('g_eve')).toBe(false)
  // nor learns of it by using it as a mark in the list
  const after = await browser.get('/grants?after=g_eve')
  expect(after.text).toContain('Nothing is allowed yet')
})

test('revokes nothing without a session, without the form token or from another site', async () => {
  await addGrant('g_guarded')
  const fields = fieldsOf(await browser.get('/grants'), '/grants/g_guarded/revoke')
  const action = '/grants/g_guarded/revoke'
  expect((await new Browser(remit.origin).post(action, fields)).location).toContain('/sign-in')
  expect((await browser.post(action, {})).status).toBe(403)
  expect(
    (await browser.post(action, { form_token: fields['form_token']?.replace(/^./u, '_') ?? '' }))
      .status,
  ).toBe(403)
  const foreign = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  expect((await browser.post(action, fields, foreign)).status).toBe(403)
  expect((await browser.get(action)).status).toBe(404)
  expect(await isRevoked('g_guarded')).toBe(false)
})

test('pages through many grants without losing or repeating one', async () => {
  const at = new Date(Date.now() - 3_600_000)
  for (let i = 0; i < 45; i += 1) {
    await addGrant(`g_many_${i}`, buyer, {
      created_at: new Date(at.getTime() - Math.floor(i / 10)),
    })
  }
  const seen: string[] = []
  let url: string | undefined = '/grants'
  for (let pages = 0; url !== undefined && pages < 10; pages += 1) {
    const { text } = await browser.get(url)
    seen.push(...[...text.matchAll(/<h2 id="(g_many_\d+)"/gu)].map(([, id = '']) => id))
    url = /href="(\/grants\?after=[^"]+)"/u.exec(text)?.[1]
  }
  expect(seen).toHaveLength(45)
  expect(new Set(seen).size).toBe(45)
})

test('lists a grant that it cannot read, so that it can be revoked', async () => {
  await addGrant('g_future', buyer, {
    authorization_details: JSON.stringify([{ type: 'telegraph' }]),
  })
  const page = await browser.get('/grants')
  expect(page.text).toContain('cannot be put into words')
  await browser.post('/grants/g_future/revoke', fieldsOf(page, '/grants/g_future/revoke'))
  expect(await isRevoked('g_future')).toBe(true)
})

test('offers nothing to revoke on what has ended', async () => {
  await addGrant('g_over', buyer, { expires_at: new Date(Date.now() - 1000) })
  const page = await browser.get('/grants')
  expect(page.text).toContain('id="g_over"')
  expect(page.text).not.toContain('/grants/g_over/revoke')
})

test('shows what was tried under a grant and refused, as inert text, and nothing of other grants', async () => {
  await addGrant('g_tried')
  await addGrant('g_tried_eve', other)
  await remit.database.db
    .insertInto('records')
    .values(
      [
        { id: 'd_1', grant_id: 'g_tried', explanation: '<b>audit@evil.example</b> is not in it' },
        { id: 'd_2', grant_id: 'g_tried', explanation: null },
        { id: 'd_3', grant_id: 'g_tried_eve', explanation: 'somebody else’s refusal' },
        ...Array.from({ length: 9 }, (_, n) => ({
          id: `d_old_${n}`,
          grant_id: 'g_tried',
          explanation: `an older refusal ${n}`,
        })),
      ].map((row) => ({
        ...row,
        at: row.id.startsWith('d_old') ? new Date(0) : new Date(),
        provider: 'gmail',
        request: '{}',
        decision: 'deny' as const,
        lineage: [],
        outcome: 'refused' as const,
      })),
    )
    .execute()
  const page = await browser.get('/grants/g_tried')
  expect(page.text).toContain('&lt;b&gt;audit@evil.example')
  expect(page.text).not.toContain('<b>audit')
  expect(page.text).not.toContain('somebody else')
  expect(page.text.match(/an older refusal/g)).toHaveLength(4)
})

test('one grant has a page of its own, which another buyer’s has not', async () => {
  await addGrant('g_page')
  await addGrant('g_page_eve', other)
  const page = await browser.get('/grants/g_page')
  expect(page.text).toContain('agent-1')
  expect(page.text).toContain(`support-${mara}`)
  expect(page.text).toContain('/grants/g_page/change')
  const [eve, none] = [await browser.get('/grants/g_page_eve'), await browser.get('/grants/g_none')]
  expect(eve.status).toBe(404)
  expect(eve.text).toBe(none.text)
})

test('shows how much of each limit is used, when it acted last, and how often it was refused', async () => {
  const { db } = remit.database
  const details = parseCapabilities([
    {
      type: 'gmail',
      actions: ['messages.send'],
      recipients: { domains: ['shop.example'] },
      limits: [
        { per: 'grant', calls: 40 },
        { per: 'day', new_recipients: 3, over: 'ask' },
      ],
    },
  ])
  await addGrant('g_used', buyer, { authorization_details: JSON.stringify(details) })
  const counter = { holder: 'g_used', kept_until: null }
  const today = new Date().toISOString().slice(0, 10)
  await db
    .insertInto('budgets')
    .values([
      {
        ...counter,
        dimension: 'gmail.messages.send.calls',
        time_window: 'grant',
        period: 'grant',
        used: 12,
      },
      {
        ...counter,
        dimension: 'gmail.messages.send.new_recipients',
        time_window: 'day',
        period: today,
        used: 3,
      },
      // somebody else's, and another day's
      {
        ...counter,
        holder: 'g_other',
        dimension: 'gmail.messages.send.calls',
        time_window: 'grant',
        period: 'grant',
        used: 39,
      },
      {
        ...counter,
        dimension: 'gmail.messages.send.new_recipients',
        time_window: 'day',
        period: '2020-01-01',
        used: 2,
      },
    ])
    .execute()
  const call = { provider: 'gmail', request: '{}', lineage: [], outcome: null }
  await db
    .insertInto('records')
    .values([
      { ...call, id: 'd_u1', grant_id: 'g_used', at: new Date(), decision: 'deny' },
      { ...call, id: 'd_u2', grant_id: 'g_used', at: new Date(0), decision: 'deny' },
      { ...call, id: 'd_u3', grant_id: 'g_used', at: new Date(), decision: 'allow' },
    ])
    .execute()
  for (const path of ['/grants', '/grants/g_used']) {
    const { text } = await browser.get(path)
    expect(text).toContain('aria-label="12 of 40 new e-mails in all"')
    expect(text).toContain('aria-label="3 of 3 new recipients today"')
    expect(text).toContain('Used up: it asks you for each one more')
    expect(text).toMatch(/1 refused in seven\s+days/u)
    expect(text).toMatch(/Last active\s+<time datetime="2/u)
  }
})
