import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Capability } from '../../../capabilities/index.ts'
import { Browser, fieldsOf, type Page } from './browser.ts'
import { front, password, startConsole, type TestAgent, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const helpdesk = [
  {
    type: 'gmail',
    actions: ['messages.read', 'messages.reply'],
    from: { domains: ['shop.example', 'other.example'] },
    newer_than_days: 30,
  },
  {
    type: 'gmail',
    actions: ['messages.send'],
    recipients: { domains: ['shop.example'], addresses: ['boss@other.example'] },
    attachments: 'any',
  },
]

let remit: TestConsole
let agent: TestAgent
/** signed in once: passwords are slow on purpose */
let hers: Browser
let buyer: { id: string; connectionId: string }

beforeAll(async () => {
  remit = await startConsole()
  agent = await remit.addAgent()
  buyer = await remit.addBuyer(mara)
  hers = new Browser(remit.origin)
})
afterAll(() => remit.close())

async function signIn(page: Page, browser: Browser, email = mara): Promise<Page> {
  const action = /\/login$/u
  const url = /action="([^"]*\/login)"/u.exec(page.text)?.[1] ?? ''
  return browser.follow(await browser.post(url, { ...fieldsOf(page, action), email, password }))
}

async function openConsent(
  details: unknown = helpdesk,
  browser: Browser = hers,
  email = mara,
): Promise<{ browser: Browser; page: Page }> {
  const first = await browser.follow(await browser.get(await agent.push(details)))
  const page = first.text.includes('name="password"') ? await signIn(first, browser, email) : first
  expect(page.text).toContain('What it may do with Gmail')
  return { browser, page }
}

const confirmUrl = (page: Page): string =>
  `${new URL(page.url).pathname.replace(/\/confirm$/u, '')}/confirm`

async function confirm(
  browser: Browser,
  page: Page,
  changes: Record<string, string | undefined> = {},
): Promise<Page> {
  const fields = { ...fieldsOf(page, /\/confirm$/u), ...changes }
  const posted = Object.entries(fields).filter(
    (field): field is [string, string] => field[1] !== undefined,
  )
  return browser.follow(await browser.post(confirmUrl(page), Object.fromEntries(posted)))
}

async function redeem(page: Page): Promise<Capability[]> {
  const code = new URL(page.location ?? '').searchParams.get('code')
  expect(code).toBeTruthy()
  const { status, body } = await agent.redeem(String(code))
  expect(status).toBe(200)
  return body['authorization_details'] as Capability[]
}

async function countGrants(): Promise<number> {
  const rows = await remit.database.db.selectFrom('grants').select('id').execute()
  return rows.length
}

test('a buyer signs in, tightens a row, unticks another, allows, and the agent gets exactly that', async () => {
  const { browser, page } = await openConsent()
  const answer = await confirm(browser, page, {
    'row-1-send': undefined,
    'row-0-reply.answers': 'sender',
    'row-0-read.from': 'mara@shop.example',
    'row-0-read.labels': 'INBOX',
    'row-0-read.days': '7',
    'row-0-read.metadata': 'on',
  })
  expect(answer.location).toMatch(/^http:\/\/127\.0\.0\.1:9\/callback\?code=/u)
  const granted = await redeem(answer)
  expect(granted).toHaveLength(2)
  expect(granted).toContainEqual(
    expect.objectContaining({
      actions: ['messages.reply'],
      recipients: { sender_only: true },
      attachments: 'none',
      from: { domains: ['other.example', 'shop.example'] },
      newer_than_days: 30,
      locations: [front],
    }),
  )
  expect(granted).toContainEqual(
    expect.objectContaining({
      actions: ['messages.read'],
      from: { addresses: ['mara@shop.example'] },
      labels: ['INBOX'],
      newer_than_days: 7,
      content: 'metadata',
    }),
  )
  const row = await remit.database.db
    .selectFrom('grants')
    .select(['buyer_id', 'client_id', 'connections'])
    .orderBy('created_at', 'desc')
    .executeTakeFirstOrThrow()
  expect(row).toEqual({
    buyer_id: buyer.id,
    client_id: agent.clientId,
    connections: { gmail: buyer.connectionId },
  })
})

test('a form sent back untouched grants what was asked, in the shape it was asked', async () => {
  const { browser, page } = await openConsent()
  const granted = await redeem(await confirm(browser, page))
  expect(granted.map(({ actions }) => actions)).toEqual([
    ['messages.read', 'messages.reply'],
    ['messages.send'],
  ])
})

test('a last day ends every row of the grant', async () => {
  const { browser, page } = await openConsent()
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
  const end = new Date(Date.parse(`${day}T00:00:00Z`) + 86_400_000)
  const granted = await redeem(await confirm(browser, page, { expires_on: day }))
  for (const entry of granted) expect(entry.expires_at).toBe(end.toISOString().replace('.000', ''))
  const row = await remit.database.db
    .selectFrom('grants')
    .select('expires_at')
    .orderBy('created_at', 'desc')
    .executeTakeFirstOrThrow()
  const late = (row.expires_at?.getTime() ?? Infinity) - end.getTime()
  expect(late).toBeLessThanOrEqual(0)
  // the library counts in whole seconds from when it saves
  expect(late).toBeGreaterThan(-30_000)
})

async function openNewestGrant(browser: Browser): Promise<Page> {
  const list = await browser.get('/grants')
  return browser.get(/href="(\/grants\/g_[\w-]+)"/u.exec(list.text)?.[1] ?? '')
}

describe('who can use what is allowed', () => {
  const lastGrant = async (): Promise<{ dpop_bound: boolean }> =>
    remit.database.db
      .selectFrom('grants')
      .select('dpop_bound')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()

  test('is said plainly, and is anybody who gets hold of it when nothing is ticked', async () => {
    const { browser, page } = await openConsent()
    expect(page.text).toMatch(/Whoever gets hold of this agent’s access can\s+use\s+it/u)
    await redeem(await confirm(browser, page))
    expect(await lastGrant()).toEqual({ dpop_bound: false })
    const list = await openNewestGrant(browser)
    expect(list.text).toContain('whoever gets hold of the agent’s access')
  })

  test('is the agent with its key alone when the buyer ticks that', async () => {
    const { browser, page } = await openConsent()
    const answer = await confirm(browser, page, { own_key: 'on' })
    expect(await lastGrant()).toEqual({ dpop_bound: true })
    const code = new URL(answer.location ?? '').searchParams.get('code')
    const { status, body } = await agent.redeem(String(code))
    expect(body['access_token']).toBeUndefined()
    expect({ status, error: body['error'] }).toEqual({ status: 400, error: 'invalid_grant' })
    const list = await openNewestGrant(browser)
    expect(list.text).toContain('only the agent, with its own key')
  })

  test('is no question where the agent brings its key, and no form takes that back', async () => {
    const first = await hers.get(await agent.push(helpdesk, { dpop_jkt: 'k'.repeat(43) }))
    const page = await hers.follow(first)
    expect(page.text).not.toContain('name="own_key"')
    expect(page.text).toContain('a copy of its access')
    await confirm(hers, page, { own_key: '' })
    expect(await lastGrant()).toEqual({ dpop_bound: true })
  })

  test('stays ticked when the form is shown again', async () => {
    const { browser, page } = await openConsent()
    const again = await confirm(browser, page, { own_key: 'on', expires_on: 'never' })
    expect(again.status).toBe(422)
    expect(fieldsOf(again, /\/confirm$/u)['own_key']).toBe('on')
  })
})

describe('how long a copy of the access is good for', () => {
  const lastGrant = async (): Promise<{ access_token_seconds: number | null }> =>
    remit.database.db
      .selectFrom('grants')
      .select('access_token_seconds')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
  const expiresIn = async (page: Page): Promise<number> => {
    const code = new URL(page.location ?? '').searchParams.get('code')
    const { body } = await agent.redeem(String(code))
    return Number(body['expires_in'])
  }

  test('is the usual time when nothing is chosen, and stays that when the usual time changes', async () => {
    const { browser, page } = await openConsent()
    expect(page.text).toContain('A copy of its access is good for')
    expect(fieldsOf(page, /\/confirm$/u)['token_seconds']).toBe('600')
    expect(await expiresIn(await confirm(browser, page))).toBe(600)
    expect(await lastGrant()).toEqual({ access_token_seconds: 600 })
    await remit.database.db.deleteFrom('grants').execute()
    const second = await openConsent()
    await confirm(second.browser, second.page)
    const list = await openNewestGrant(browser)
    expect(list.text).not.toContain('A copy of its access is good for')
  })

  test('is what the buyer chose, and the page of the grant says so', async () => {
    const { browser, page } = await openConsent()
    for (const choice of ['5 minutes', '10 minutes', '30 minutes', '1 hour'])
      expect(page.text).toContain(`>${choice}</option>`)
    expect(page.text).not.toContain('8 hours')
    const answer = await confirm(browser, page, { token_seconds: '300' })
    expect(await expiresIn(answer)).toBe(300)
    const list = await openNewestGrant(browser)
    expect(list.text).toMatch(/A copy of its access is good for<\/dt>\s*<dd>5 minutes/u)
  })

  test('can be chosen for an agent with its own key too, in words that are true of it', async () => {
    const first = await hers.get(await agent.push(helpdesk, { dpop_jkt: 'k'.repeat(43) }))
    const page = await hers.follow(first)
    expect(page.text).not.toContain('A copy of its access is good for')
    expect(page.text).toContain('It must renew its access after')
    await confirm(hers, page, { token_seconds: '300' })
    expect(await lastGrant()).toEqual({ access_token_seconds: 300 })
  })

  test('stays chosen when the form is shown again', async () => {
    const { browser, page } = await openConsent()
    const again = await confirm(browser, page, { token_seconds: '300', expires_on: 'never' })
    expect(again.status).toBe(422)
    expect(fieldsOf(again, /\/confirm$/u)['token_seconds']).toBe('300')
  })

  test.each(['28800', '301', '0300', '-1', '', 'forever'])(
    'is nothing that was not offered: `%s`',
    async (seconds) => {
      const before = await countGrants()
      const { browser, page } = await openConsent()
      const again = await confirm(browser, page, { token_seconds: seconds })
      expect(again.status).toBe(422)
      expect(await countGrants()).toBe(before)
      expect(again.text).toContain('href="#token_seconds"')
    },
  )
})

test('a buyer who is signed in already goes straight to the request', async () => {
  const { browser } = await openConsent()
  const again = await browser.follow(await browser.get(await agent.push(helpdesk)))
  expect(again.text).not.toContain('name="password"')
  expect(again.text).toContain('What it may do with Gmail')
})

test('a client that asks for a fresh sign-in gets one', async () => {
  const { browser } = await openConsent()
  const again = await browser.follow(
    await browser.get(await agent.push(helpdesk, { prompt: 'login' })),
  )
  expect(again.text).toContain('name="password"')
})

test('refusing tells the agent so and grants nothing', async () => {
  const before = await countGrants()
  const { browser, page } = await openConsent()
  const url = confirmUrl(page).replace('/confirm', '/abort')
  const answer = await browser.follow(await browser.post(url, fieldsOf(page, url)))
  expect(new URL(answer.location ?? '').searchParams.get('error')).toBe('access_denied')
  expect(await countGrants()).toBe(before)
})

describe('a choice that cannot stand brings the page back with nothing lost', () => {
  test.each<[string, Record<string, string | undefined>, string]>([
    [
      'a domain that was not asked for',
      { 'row-1-send.recipients': 'shop.example\nevil.example' },
      'row-1-send.recipients',
    ],
    [
      'an address outside the domains',
      { 'row-0-read.from': 'eve@evil.example' },
      'row-0-read.from',
    ],
    ['more days', { 'row-0-read.days': '31' }, 'row-0-read.days'],
    ['no days', { 'row-0-read.days': '' }, 'row-0-read.days'],
    ['no limit on senders', { 'row-0-read.from': '' }, 'row-0-read.from'],
    ['nobody to write to', { 'row-1-send.recipients': ' \n ' }, 'row-1-send.recipients'],
    [
      'an address that is none',
      { 'row-1-send.recipients': 'boss@@other.example' },
      'row-1-send.recipients',
    ],
    [
      'a level that does not exist',
      { 'row-1-send.attachments': 'everything' },
      'row-1-send.attachments',
    ],
    ['a level wider than asked', { 'row-0-reply.answers': 'everybody' }, 'row-0-reply.answers'],
    ['a day that is over', { expires_on: '2020-01-01' }, 'expires_on'],
    ['a day that is none', { expires_on: '2027-02-31' }, 'expires_on'],
    ['a day after the longest', { expires_on: '2099-01-01' }, 'expires_on'],
    ['an account of somebody else', { connection: 'c_other' }, 'connection'],
    ['a field of another request', { 'row-9-read': 'on' }, 'problems'],
    ['a field that nobody offered', { 'row-0-read.recipients': 'x' }, 'problems'],
    [
      'nothing at all',
      { 'row-1-send': undefined, 'row-0-reply': undefined, 'row-0-read': undefined },
      'problems',
    ],
  ])('%s', async (_, changes, place) => {
    const before = await countGrants()
    const { browser, page } = await openConsent()
    const again = await confirm(browser, page, { 'row-0-reply.count': '3', ...changes })
    expect(again.status).toBe(422)
    expect(again.location).toBeUndefined()
    expect(await countGrants()).toBe(before)
    expect(again.text).toContain('role="alert"')
    expect(again.text).toContain(place === 'problems' ? 'id="problems"' : `href="#${place}"`)
    const entered = fieldsOf(again, /\/confirm$/u)
    expect(entered['row-0-reply.count']).toBe('3')
    for (const [field, value] of Object.entries(changes)) {
      if (['row-9-read', 'row-0-read.recipients', 'connection'].includes(field)) continue
      if (value !== 'everything' && value !== 'everybody')
        expect(entered[field]?.trim()).toBe(value?.trim())
    }
  })

  test('and the corrected form then passes', async () => {
    const { browser, page } = await openConsent()
    const again = await confirm(browser, page, { 'row-0-read.days': '31' })
    expect(again.status).toBe(422)
    const answer = await confirm(browser, again, { 'row-0-read.days': '3' })
    expect(await redeem(answer)).toContainEqual(expect.objectContaining({ newer_than_days: 3 }))
  })
})

test('without a connected account there is nothing to allow, and the page says what to do', async () => {
  await remit.addBuyer('new@shop.example', { connected: false })
  const browser = new Browser(remit.origin)
  const first = await browser.follow(await browser.get(await agent.push(helpdesk)))
  const page = await signIn(first, browser, 'new@shop.example')
  expect(page.text).toContain('No Gmail account is connected yet')
  expect(page.text).not.toContain('Allow what is ticked')
  const forced = await confirm(browser, page, { connection: buyer.connectionId })
  expect(forced.status).toBe(422)
})

describe('a decision is refused, and nothing is granted, when it comes', () => {
  test.each<[string, Record<string, string>]>([
    ['from another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }],
    ['from a neighbouring site', { origin: 'http://127.0.0.1:9', 'sec-fetch-site': 'same-site' }],
  ])('%s', async (_, headers) => {
    const before = await countGrants()
    const { browser, page } = await openConsent()
    const answer = await browser.post(confirmUrl(page), fieldsOf(page, /\/confirm$/u), headers)
    expect(answer.status).toBe(403)
    expect(await countGrants()).toBe(before)
  })

  test('without the form token, or with that of another request', async () => {
    const before = await countGrants()
    const { browser, page } = await openConsent()
    const other = await openConsent(helpdesk, browser)
    const fields = fieldsOf(page, /\/confirm$/u)
    const { form_token: otherToken = '' } = fieldsOf(other.page, /\/confirm$/u)
    for (const token of ['', 'x', otherToken]) {
      const answer = await browser.post(confirmUrl(page), { ...fields, form_token: token })
      expect(answer.status).toBe(403)
    }
    expect(await countGrants()).toBe(before)
  })

  test('from a browser that does not hold the request', async () => {
    const { page } = await openConsent()
    const thief = await openConsent(helpdesk, new Browser(remit.origin))
    const answer = await thief.browser.post(confirmUrl(page), fieldsOf(page, /\/confirm$/u))
    expect(answer.status).toBe(404)
    expect((await thief.browser.get(page.url)).status).toBe(404)
  })

  test('after signing out', async () => {
    const before = await countGrants()
    const { browser, page } = await openConsent(helpdesk, new Browser(remit.origin))
    const grants = await browser.get('/grants')
    await browser.post('/sign-out', fieldsOf(grants, '/sign-out'))
    expect((await browser.get(page.url)).status).toBe(404)
    const answer = await browser.post(confirmUrl(page), fieldsOf(page, /\/confirm$/u))
    expect(answer.status).toBe(404)
    expect(await countGrants()).toBe(before)
    // nor does the authority remember her: the next request asks for a password
    const next = await browser.follow(await browser.get(await agent.push(helpdesk)))
    expect(next.text).toContain('name="password"')
  })

  test('after the session ended, until the same buyer signs in again', async () => {
    const before = await countGrants()
    const { browser, page } = await openConsent(helpdesk, new Browser(remit.origin))
    browser.setCookie('remit_session', 'gone')
    const answer = await browser.post(confirmUrl(page), fieldsOf(page, /\/confirm$/u))
    expect(answer.status).toBe(403)
    expect(await countGrants()).toBe(before)
    const asked = await browser.get(page.url)
    const back = await signIn(asked, browser)
    expect(back.url).toBe(page.url)
    expect((await confirm(browser, back)).location).toContain('code=')
  })

  test('from another buyer at the same browser', async () => {
    const before = await countGrants()
    await remit.addBuyer('eve@shop.example')
    const { browser, page } = await openConsent(helpdesk, new Browser(remit.origin))
    browser.setCookie('remit_session', 'gone')
    const asked = await browser.get(page.url)
    const url = `${new URL(page.url).pathname}/login`
    const evesFields = { ...fieldsOf(asked, url), email: 'eve@shop.example', password }
    expect((await browser.post(url, evesFields)).status).toBe(403)
    expect((await browser.get('/grants')).location).toContain('/sign-in')

    const eve = await openConsent(helpdesk, new Browser(remit.origin), 'eve@shop.example')
    browser.setCookie('remit_session', eve.browser.cookie('remit_session') ?? '')
    expect((await browser.get(page.url)).status).toBe(403)
    const fields = fieldsOf(page, /\/confirm$/u)
    expect((await browser.post(confirmUrl(page), fields)).status).toBe(403)
    expect(await countGrants()).toBe(before)
  })

  test('twice', async () => {
    const { browser, page } = await openConsent()
    const first = await confirm(browser, page)
    const before = await countGrants()
    const second = await browser.post(confirmUrl(page), fieldsOf(page, /\/confirm$/u))
    expect(first.location).toContain('code=')
    expect(second.status).toBe(404)
    expect(await countGrants()).toBe(before)
  })
})

test('two requests open at once are answered each with its own', async () => {
  const browser = new Browser(remit.origin)
  const one = await openConsent(helpdesk, browser)
  const two = await openConsent(
    [{ type: 'gmail', actions: ['messages.read'], labels: ['INBOX'] }],
    browser,
  )
  const second = await redeem(await confirm(browser, two.page))
  const first = await redeem(await confirm(browser, one.page))
  expect(second).toHaveLength(1)
  expect(first).toHaveLength(2)
})

test('a request that is unknown or over is a page, not an error', async () => {
  const browser = new Browser(remit.origin)
  for (const page of [
    await browser.get('/consent/nothing'),
    await browser.post('/consent/nothing/confirm', { a: 'b' }),
  ]) {
    expect(page.status).toBe(404)
    expect(page.text).toContain('no longer open')
  }
})

describe('a request for two kinds of account', () => {
  const both = [
    { type: 'gmail', actions: ['messages.read'] },
    {
      type: 'stripe',
      actions: ['refunds.create'],
      amount: { currency: 'usd', max: 5_000 },
      approval: { amount_over: 2_000 },
      limits: [{ per: 'day', amount: 20_000, currency: 'usd' }],
    },
  ]

  test('shows a part for each, and binds an account of each', async () => {
    const id = `c_stripe_${buyer.id}`
    await remit.database.db
      .insertInto('connections')
      .values({ id, buyer_id: buyer.id, provider: 'stripe', account: 'acct_1', sealed: 'x' })
      .execute()
    const { browser, page } = await openConsent(both)
    expect(page.text).toContain('What it may do with Gmail')
    expect(page.text).toContain('What it may do with Stripe')
    expect(page.text).toContain(
      'Refund charges, at most $50.00 each time, at most $200.00 in refunds a day (UTC), asking you first for anything above $20.00',
    )
    // nothing about mail is asked of money
    expect(
      Object.keys(fieldsOf(page, /\/confirm$/u)).filter((name) => name.startsWith('row-1-')),
    ).toEqual([
      'row-1-refunds-create',
      'row-1-refunds-create.amount',
      'row-1-refunds-create.ask-over',
      'row-1-refunds-create.limit-day-amount',
      'row-1-refunds-create.customers',
      'row-1-refunds-create.charge-days',
      'row-1-refunds-create.hours-from',
      'row-1-refunds-create.hours-to',
      'row-1-refunds-create.hours-days',
      'row-1-refunds-create.hours-zone',
    ])
    await confirm(browser, page, {
      'row-1-refunds-create.amount': '30.00',
      'row-1-refunds-create.ask-over': '10',
      'row-1-refunds-create.limit-day-amount': '90,00',
    })
    expect(await lastConnections()).toEqual({ gmail: buyer.connectionId, stripe: id })
    expect(await lastDetails()).toContainEqual(
      expect.objectContaining({
        actions: ['refunds.create'],
        amount: { currency: 'usd', max: 3_000 },
        approval: { amount_over: 1_000 },
        limits: [{ per: 'day', amount: 9_000, currency: 'usd' }],
      }),
    )
    const wider = await openConsent(both)
    const refused = await confirm(wider.browser, wider.page, {
      'row-1-refunds-create.ask-over': '20.01',
    })
    expect(refused.status).toBe(422)
    const again = await openConsent(both)
    await confirm(again.browser, again.page, {
      'row-0-read': undefined,
      'row-1-refunds-create.ask': 'on',
    })
    expect(await lastDetails()).toEqual([expect.objectContaining({ approval: 'always' })])
    await remit.database.db.deleteFrom('connections').where('id', '=', id).execute()
  })

  test('without an account of one kind, what is about it has to be unticked', async () => {
    const { browser, page } = await openConsent(both)
    expect(page.text).toContain('No Stripe account is connected yet')
    const refused = await confirm(browser, page)
    expect(refused.status).toBe(422)
    expect(refused.text).toContain('No Stripe account is connected: untick what is about Stripe.')
    const fields = fieldsOf(page, /\/confirm$/u)
    const left = Object.fromEntries(
      Object.entries(fields).filter(([name]) => !name.startsWith('row-1-')),
    )
    await browser.follow(await browser.post(confirmUrl(page), left))
    expect(await lastConnections()).toEqual({ gmail: buyer.connectionId })
  })

  async function lastDetails(): Promise<unknown> {
    const row = await remit.database.db
      .selectFrom('grants')
      .select('authorization_details')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    return row.authorization_details
  }

  async function lastConnections(): Promise<unknown> {
    const row = await remit.database.db
      .selectFrom('grants')
      .select('connections')
      .orderBy('created_at', 'desc')
      .executeTakeFirstOrThrow()
    return row.connections
  }
})
