import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Browser, fieldsOf, type Page } from './browser.ts'
import { addRecord, type AddedRecord } from './activity-records.ts'
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
  browser = new Browser(remit.origin)
  const page = await browser.get('/sign-in')
  await browser.post('/sign-in', { ...fieldsOf(page, '/sign-in'), email: mara, password })
  await addGrant('g_1', buyer.id)
  await addGrant('g_2', buyer.id, 'agent-2')
  await addGrant('g_eve', other.id)
})
afterAll(() => remit.close())
beforeEach(async () => {
  await remit.database.db.deleteFrom('records').execute()
})

async function addGrant(id: string, buyerId: string, clientId = 'agent-1'): Promise<void> {
  const details = [
    { type: 'gmail', actions: ['messages.read'], from: { domains: ['shop.example'] } },
  ]
  const row = { id, buyer_id: buyerId, client_id: clientId, payload: '{}' }
  await remit.database.db
    .insertInto('grants')
    .values({ ...row, authorization_details: JSON.stringify(details) })
    .execute()
}

const add = (record: Partial<AddedRecord> & { id: string }): Promise<void> =>
  addRecord(remit.database, { grantId: 'g_1', buyerId: buyer.id, ...record })

function idsOf({ text }: Page): string[] {
  return [...text.matchAll(/<li class="call [a-z]+" id="call-([\w-]+)"/gu)].map(([, id = '']) => id)
}

const message = {
  id: 'm_7',
  subject: 'Order 4711',
  from: 'kim@cafe.example',
}

describe('a line', () => {
  it('says who, what, on what, with which result and why', async () => {
    await add({
      id: 'd_read',
      request: { method: 'GET', path: '/gmail/v1/users/me/messages/m_7', id: 'm_7' },
      facts: { operation: 'gmail.messages.read', message },
    })
    await add({
      id: 'd_refused',
      decision: 'deny',
      explanation: 'audit@evil.example is not in this conversation',
      facts: { operation: 'gmail.messages.reply', recipients: ['audit@evil.example'] },
    })
    await add({
      id: 'd_money',
      operation: 'stripe.refunds.create',
      outcome: 'unknown',
      facts: { operation: 'stripe.refunds.create', money: { amount: 8_000, currency: 'usd' } },
    })
    await add({
      id: 'd_unknown',
      operation: null,
      decision: 'invalid',
      reason: 'unknown_operation',
      request: { path: '/gmail/v1/nothing' },
    })
    const { text } = await browser.get('/activity')
    const plain = text.replaceAll(/<[^>]+>/gu, ' ').replaceAll(/\s+/gu, ' ')
    expect(plain).toMatch(
      /Allowed agent-1 : Reading e-mail mail “Order 4711” from kim@cafe.example id: m_7/,
    )
    expect(plain).toMatch(
      /Refused agent-1 : Replying to e-mail to audit@evil.example Because: audit@evil.example is not/,
    )
    expect(plain).toMatch(/Not known agent-1 : .*\$80.00 Because: it may have been carried out/)
    expect(plain).toMatch(/A call path: \/gmail\/v1\/nothing/)
  })

  it('what needs her yes leads to where she gives it, and an old call without an outcome says so', async () => {
    await add({ id: 'd_waits', decision: 'deny', reason: 'approval_pending' })
    await add({ id: 'd_now', outcome: 'pending' })
    await add({ id: 'd_lost', outcome: 'pending', at: new Date(Date.now() - 3_600_000) })
    const { text } = await browser.get('/activity')
    expect(text).toMatch(/Waits for you[\s\S]*href="\/approvals">Decide it/)
    expect(text).toContain('Under way')
    expect(text).toContain('No outcome')
  })
})

describe('what is listed', () => {
  it('is hers alone, and another buyer’s call answers as one that is not there', async () => {
    await add({ id: 'd_mine' })
    await add({ id: 'd_eve', grantId: 'g_eve', buyerId: other.id })
    expect(idsOf(await browser.get('/activity'))).toEqual(['d_mine'])
    expect(idsOf(await browser.get('/activity?grant=g_eve'))).toEqual([])
    const hidden = await browser.get('/activity/d_eve')
    const missing = await browser.get('/activity/d_none')
    expect(hidden.status).toBe(404)
    expect(hidden.text).toBe(missing.text)
    // nor as a mark, nor in an export
    expect(idsOf(await browser.get('/activity?before=d_eve'))).toEqual([])
    for (const kind of ['csv', 'json']) {
      expect((await browser.get(`/activity/export.${kind}`)).text).not.toContain('d_eve')
    }
  })

  it('needs a session', async () => {
    for (const path of [
      '/activity',
      '/activity/d_1',
      '/activity/export.csv',
      '/activity/export.json',
    ]) {
      expect((await new Browser(remit.origin).get(path)).location).toContain('/sign-in')
    }
    expect((await new Browser(remit.origin).get('/activity/events')).status).toBe(401)
  })

  it('is newest first, page by page, without losing or repeating one', async () => {
    const at = Date.now()
    for (let n = 0; n < 120; n += 1) {
      await add({ id: `d_${n}`, at: new Date(at - Math.floor(n / 7)) })
    }
    const seen: string[] = []
    let url: string | undefined = '/activity'
    for (let pages = 0; url !== undefined && pages < 10; pages += 1) {
      const page: Page = await browser.get(url)
      seen.push(...idsOf(page))
      url = /href="(\/activity\?before=[^"]+)"/u.exec(page.text)?.[1]
    }
    expect(seen).toHaveLength(120)
    expect(new Set(seen).size).toBe(120)
    expect(seen.slice(0, 7).toSorted()).toEqual(['d_0', 'd_1', 'd_2', 'd_3', 'd_4', 'd_5', 'd_6'])
  })

  it('fits every filter at once', async () => {
    const day = new Date('2026-03-31T23:59:59.999Z')
    await add({
      id: 'd_all',
      at: day,
      request: { id: 'm_77' },
      decision: 'deny',
      operation: 'gmail.messages.send',
    })
    await add({
      id: 'd_next_day',
      at: new Date('2026-04-01T00:00:00Z'),
      request: { id: 'm_77' },
      decision: 'deny',
      operation: 'gmail.messages.send',
    })
    await add({
      id: 'd_allowed',
      at: day,
      request: { id: 'm_77' },
      operation: 'gmail.messages.send',
    })
    await add({
      id: 'd_other_agent',
      at: day,
      request: { id: 'm_77' },
      decision: 'deny',
      clientId: 'agent-2',
      grantId: 'g_2',
      operation: 'gmail.messages.send',
    })
    await add({ id: 'd_other_kind', at: day, request: { id: 'm_77' }, decision: 'deny' })
    await add({
      id: 'd_other_text',
      at: day,
      request: { id: 'm_78' },
      decision: 'deny',
      operation: 'gmail.messages.send',
    })
    await add({ id: 'd_failed', at: day, outcome: 'failed' })
    await add({ id: 'd_pending', at: day, decision: 'undecided', outcome: 'pending' })
    const filters = {
      agent: 'agent-1',
      grant: 'g_1',
      result: 'refused',
      operation: 'gmail.messages.s',
      from: '2026-03-31',
      to: '2026-03-31',
      text: 'M_77',
    }
    const ask = async (query: Record<string, string>): Promise<string[]> =>
      idsOf(await browser.get(`/activity?${new URLSearchParams(query).toString()}`)).toSorted()
    expect(await ask(filters)).toEqual(['d_all'])
    expect(await ask({ agent: 'agent-2' })).toEqual(['d_other_agent'])
    expect(await ask({ grant: 'g_2' })).toEqual(['d_other_agent'])
    expect(await ask({ result: 'failed' })).toEqual(['d_failed'])
    expect(await ask({ result: 'pending' })).toEqual(['d_pending'])
    expect(await ask({ result: 'allowed' })).toEqual(['d_allowed'])
    expect(await ask({ from: '2026-04-01' })).toEqual(['d_next_day'])
    expect(await ask({ text: '100%_' })).toEqual([])
    // what was entered stands in the form again
    const page = await browser.get(`/activity?${new URLSearchParams(filters).toString()}`)
    expect(fieldsOf(page, '/activity')).toEqual(filters)
  })

  it('takes the year nought for no year: the database has none', async () => {
    expect((await browser.get('/activity?from=0001-01-01&to=9999-12-31')).status).toBe(200)
    expect((await browser.get('/activity?from=0000-01-01')).status).toBe(400)
    expect((await browser.get('/activity/export.json?to=0000-12-31')).status).toBe(400)
  })

  it('says what is wrong with a filter, keeps what was entered and lists nothing by half of it', async () => {
    await add({ id: 'd_1' })
    const page = await browser.get('/activity?from=2026-02-31&text=abc&result=perhaps')
    expect(page.status).toBe(400)
    expect(page.text).toContain('Enter a day, such as 2027-01-31.')
    expect(page.text).toContain('Choose one of the results')
    expect(fieldsOf(page, '/activity')).toMatchObject({ from: '2026-02-31', text: 'abc' })
    expect(idsOf(page)).toEqual([])
    expect((await browser.get('/activity/export.csv?from=x')).status).toBe(400)
    expect((await browser.get('/activity/events?from=x')).status).toBe(400)
  })
})

describe('a refusal', () => {
  it('leads to the rule that refused, in words, and to the grant', async () => {
    await add({
      id: 'd_refused',
      decision: 'deny',
      caveat: 'block 0: check if message_from_domain("shop.example")',
      explanation: 'mail from kim@cafe.example is not part of it',
      facts: { operation: 'gmail.messages.read', message },
    })
    const { text } = await browser.get('/activity/d_refused')
    expect(text).toContain('What you allowed does not go that far.')
    expect(text).toContain('mail from kim@cafe.example is not part of it')
    expect(text).toContain('Read e-mail from anyone at shop.example')
    expect(text).toContain('href="/grants/g_1"')
    expect(text).toContain('check if message_from_domain(&quot;shop.example&quot;)')
  })

  it('by a narrowing of the agent’s own is not said to be hers, and one beside the grant neither', async () => {
    await add({ id: 'd_narrow', decision: 'deny', caveat: 'block 2: check if x(1)' })
    await add({ id: 'd_bare', decision: 'invalid', reason: 'expired' })
    await add({ id: 'd_paused', decision: 'deny', reason: 'paused' })
    expect((await browser.get('/activity/d_narrow')).text).toContain('narrowed it for this task')
    expect((await browser.get('/activity/d_bare')).text).toContain('the access had expired')
    expect((await browser.get('/activity/d_paused')).text).toContain('The grant was paused when')
  })
})
