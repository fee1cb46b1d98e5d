import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { createLog } from '../../../server/log.ts'
import { consentAt } from '../../fakes/consent-screen.ts'
import { OTHER_ACCOUNT } from '../../fakes/gmail/token-endpoint.ts'
import { OTHER_PORTAL } from '../../fakes/hubspot/token-endpoint.ts'
import { startFakeStripe } from '../../fakes/stripe/index.ts'
import { fieldsOf, type Browser, type Page } from './browser.ts'
import {
  act,
  connectBy,
  formsAbout,
  leaveFor,
  linkOf,
  paste,
  startConnectionsDesk,
  type ConnectionsDesk,
} from './connections-desk.ts'
import { password, signIn, startConsole } from './setup.ts'

const mara = 'mara@shop.example'
const eve = 'eve@shop.example'
const google = (name: string): string => `https://www.googleapis.com/auth/gmail.${name}`
const minutes = 60_000
let desk: ConnectionsDesk
let now = Date.now()
let browser: Browser
let maraId: string
const pages: Page[] = []

beforeAll(async () => {
  desk = await startConnectionsDesk({ now: () => now })
  maraId = (await desk.remit.addBuyer(mara, { connected: false })).id
  await desk.remit.addBuyer(eve, { connected: false })
})
afterAll(async () => desk[Symbol.asyncDispose]())
beforeEach(async () => {
  const { db } = desk.remit.database
  await db.deleteFrom('connections').execute()
  await db.deleteFrom('grants').execute()
  await db.deleteFrom('connecting').execute()
  desk.gmail.reset()
  desk.hubspot.reset()
  desk.stripe.reset()
  desk.remit.events.length = 0
  pages.length = 0
  browser = keep(await signIn(desk.remit, mara))
})

/** whatever a test did: no secret is on a page, in a log line or in a table */
afterEach(async () => {
  const { db } = desk.remit.database
  const lines: string[] = []
  const log = createLog((line) => lines.push(line))
  for (const event of desk.remit.events) log(event)
  const tables = await Promise.all(
    (['connections', 'connecting', 'records', 'notifications', 'console_sessions'] as const).map(
      (table) => db.selectFrom(table).selectAll().execute(),
    ),
  )
  const everything = [
    ...pages.map(({ text }) => text),
    ...pages.map(({ headers }) => JSON.stringify([...headers])),
    JSON.stringify(desk.remit.events),
    ...lines,
    JSON.stringify(tables),
  ].join('\n')
  for (const secret of desk.secrets()) expect(everything.includes(secret)).toBe(false)
})

/** every page that it shows is looked through afterwards */
function keep(one: Browser): Browser {
  for (const method of ['get', 'post'] as const) {
    const original = one[method].bind(one) as (...args: unknown[]) => Promise<Page>
    Object.assign(one, {
      [method]: async (...args: unknown[]) => {
        const page = await original(...args)
        pages.push(page)
        return page
      },
    })
  }
  return one
}

async function only(): Promise<Awaited<ReturnType<ConnectionsDesk['connections']>>[number]> {
  const [row, ...others] = await desk.connections()
  if (!row || others.length > 0) throw new Error('not one connection')
  return row
}

async function grantOn(connectionId: string, provider = 'gmail'): Promise<void> {
  await desk.remit.database.db
    .insertInto('grants')
    .values({
      id: `g_${connectionId}`,
      buyer_id: maraId,
      client_id: 'agent-1',
      authorization_details: '[]',
      payload: '{}',
      connections: JSON.stringify({ [provider]: connectionId }),
    })
    .execute()
}

describe('Gmail by consent', () => {
  test('reading alone asks for reading alone, and the account is what Google says', async () => {
    const room = await connectBy(browser, 'gmail')
    expect(await only()).toMatchObject({
      buyer_id: maraId,
      provider: 'gmail',
      account: desk.gmail.account,
      status: 'working',
      scopes: [google('readonly')],
    })
    expect(room.text).toContain(`${desk.gmail.account} is connected and works.`)
    const [asked] = desk.gmail.tokenEndpoint.consent.requests
    expect(Object.fromEntries(asked ?? [])).toMatchObject({
      scope: google('readonly'),
      access_type: 'offline',
      prompt: 'select_account consent',
      code_challenge_method: 'S256',
    })
    expect(asked?.has('include_granted_scopes')).toBe(false)
    expect(desk.remit.events).toContainEqual(
      expect.objectContaining({ event: 'account_connected', provider: 'gmail', again: false }),
    )
  })

  test.each([
    [['send'], ['readonly', 'send']],
    [
      ['send', 'drafts'],
      ['readonly', 'compose'],
    ],
    [['send', 'drafts', 'organise'], ['modify']],
  ])('for %j it asks for %j and no more', async (tick, scopes) => {
    await connectBy(browser, 'gmail', { tick })
    expect((await only()).scopes).toEqual(scopes.map(google))
    expect(desk.gmail.tokenEndpoint.consent.requests[0]?.get('scope')).toBe(
      scopes.map(google).join(' '),
    )
  })

  test('more is added later, with what was allowed before', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    const room = await connectBy(browser, 'gmail', { again: id, tick: ['send'] })
    expect((await only()).id).toBe(id)
    expect((await only()).scopes?.toSorted()).toEqual([google('readonly'), google('send')])
    const asked = desk.gmail.tokenEndpoint.consent.requests[1]
    expect(Object.fromEntries(asked ?? [])).toMatchObject({
      include_granted_scopes: 'true',
      login_hint: desk.gmail.account,
      prompt: 'consent',
    })
    expect(room.text).toContain('is connected again and works')
  })

  test('her no is a page that says so, and nothing is stored', async () => {
    const page = await connectBy(browser, 'gmail', { deny: true })
    expect(await desk.connections()).toEqual([])
    expect(page.status).toBe(400)
    expect(page.text).toContain('You said no at Google')
  })

  test('what she unticks there she is told of; without reading nothing is stored', async () => {
    const tick = ['send', 'organise']
    const nothing = await connectBy(browser, 'gmail', { tick, untick: [google('modify')] })
    expect(await desk.connections()).toEqual([])
    expect(nothing.text).toContain('everything that is needed was left unticked')
    desk.gmail.tokenEndpoint.forget(desk.gmail.account)
    const less = await connectBy(browser, 'gmail', { tick: ['send'], untick: [google('send')] })
    expect((await only()).scopes).toEqual([google('readonly')])
    expect(less.text).toContain('you left out: answer and send mail')
  })

  test('another account at reconnecting stands beside the first, and she is told', async () => {
    await connectBy(browser, 'gmail')
    const { id, sealed } = await only()
    const room = await connectBy(browser, 'gmail', { again: id, account: OTHER_ACCOUNT })
    const rows = await desk.connections()
    expect(rows.map(({ account }) => account).toSorted()).toEqual(
      [desk.gmail.account, OTHER_ACCOUNT].toSorted(),
    )
    expect(rows.find((row) => row.id === id)?.sealed).toBe(sealed)
    expect(room.text).toContain(`You meant to connect ${desk.gmail.account} again`)
  })

  test('access without a refresh token is not kept, and she is told how to get one', async () => {
    const url = new URL(await leaveFor(browser, 'gmail'))
    url.searchParams.delete('access_type')
    const page = await browser.get(await consentAt(url.href))
    expect(await desk.connections()).toEqual([])
    expect(page.text).toContain('access for an hour only')
    expect(page.text).toContain('In your Google account')
  })

  test('a provider that is down is said to be', async () => {
    const back = await consentAt(await leaveFor(browser, 'gmail'))
    desk.gmail.tokenEndpoint.behaviour = 'server_error'
    const page = await browser.get(back)
    expect(await desk.connections()).toEqual([])
    expect(page.text).toContain('Nothing was connected')
    expect(desk.remit.events).toContainEqual(
      expect.objectContaining({ event: 'account_not_connected', provider: 'gmail' }),
    )
  })

  test('a sign-in that is not fresh is proved before she leaves', async () => {
    const action = '/connections/gmail/connect'
    const fields = { ...fieldsOf(await browser.get('/connections'), action), 'can.send': 'on' }
    now += 6 * minutes
    const asked = await browser.post(action, fields)
    expect(asked.text).toContain('Is it you?')
    expect(asked.headers.get('refresh')).toBeNull()
    expect(await desk.remit.database.db.selectFrom('connecting').selectAll().execute()).toEqual([])
    const confirm = { ...fieldsOf(asked, action), confirm_password: password }
    const back = await consentAt(linkOf(await browser.post(action, confirm)))
    await browser.get(back)
    expect((await only()).scopes).toEqual([google('readonly'), google('send')])
  })
})

describe('the way back from a provider', () => {
  const nothingStored = async (page: Page): Promise<void> => {
    expect(await desk.connections()).toEqual([])
    expect(page.status).toBe(403)
    expect(page.text).toContain('Nothing was connected')
  }

  test('with a state that nobody was given stores nothing', async () => {
    const back = new URL(await consentAt(await leaveFor(browser, 'gmail')))
    const before = desk.gmail.tokenEndpoint.requests.length
    for (const state of ['', 'x', 'A'.repeat(43), 'A'.repeat(100_00)]) {
      back.searchParams.set('state', state)
      await nothingStored(await browser.get(back.href))
    }
    back.searchParams.delete('state')
    await nothingStored(await browser.get(back.href))
    expect(desk.gmail.tokenEndpoint.requests).toHaveLength(before)
  })

  test('is good once', async () => {
    const back = await consentAt(await leaveFor(browser, 'gmail'))
    await browser.get(back)
    const [before] = await desk.connections()
    const page = await browser.get(back)
    expect(page.status).toBe(403)
    expect(await desk.connections()).toEqual([before])
    // the code was not sent a second time: the stand-in would have ended everything
    expect(desk.gmail.tokenEndpoint.requests).toHaveLength(1)
  })

  test('is good for ten minutes', async () => {
    const back = await consentAt(await leaveFor(browser, 'gmail'))
    now += 10 * minutes
    await nothingStored(await browser.get(back))
    expect(desk.gmail.tokenEndpoint.requests).toEqual([])
  })

  test('is good in her own session alone, and stays good in it', async () => {
    const back = await consentAt(await leaveFor(browser, 'gmail'))
    for (const other of [await signIn(desk.remit, eve), await signIn(desk.remit, mara)]) {
      await nothingStored(await other.get(back))
    }
    expect(desk.gmail.tokenEndpoint.requests).toEqual([])
    await browser.get(back)
    expect((await only()).buyer_id).toBe(maraId)
  })

  test('ends with the session: whoever signed out connects nothing', async () => {
    const back = await consentAt(await leaveFor(browser, 'gmail'))
    await browser.post('/sign-out', fieldsOf(await browser.get('/connections'), '/sign-out'))
    const page = await browser.get(back)
    expect(page.status).toBe(403)
    expect(page.text).toContain('You are signed out')
    expect(await desk.connections()).toEqual([])
  })

  test('with a code of another flow fails: the proof of it is of this one (RFC 7636)', async () => {
    const stolen = new URL(await consentAt(await leaveFor(browser, 'gmail')))
    const hers = await signIn(desk.remit, eve)
    const own = new URL(await consentAt(await leaveFor(hers, 'gmail')))
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '')
    const page = await hers.get(own.href)
    expect(desk.gmail.tokenEndpoint.requests).toHaveLength(1)
    expect(await desk.connections()).toEqual([])
    expect(page.text).toContain('Google did not complete the connection')
  })

  test('from another issuer stores nothing (RFC 9207), and neither does one at another’s address', async () => {
    desk.gmail.tokenEndpoint.consent.issuer = 'https://evil.example'
    await nothingStored(await browser.get(await consentAt(await leaveFor(browser, 'gmail'))))
    desk.gmail.tokenEndpoint.consent.issuer = undefined
    const back = new URL(await consentAt(await leaveFor(browser, 'gmail')))
    // who leaves out whose answer it is (RFC 9207 is young) is told by the address
    back.searchParams.delete('iss')
    const { search } = back
    await nothingStored(await browser.get(`/connections/hubspot/callback${search}`))
    expect(desk.gmail.tokenEndpoint.requests).toEqual([])
    expect(desk.hubspot.tokenEndpoint.requests).toEqual([])
  })

  test('is nothing that the table gives away: it holds a hash, and the proof nowhere', async () => {
    const state = new URL(await leaveFor(browser, 'gmail')).searchParams.get('state') ?? ''
    const rows = await desk.remit.database.db.selectFrom('connecting').selectAll().execute()
    expect(JSON.stringify(rows)).not.toContain(state)
    expect(rows[0]?.state_hash).toBe(createHash('sha256').update(state).digest('base64url'))
  })
})

describe('HubSpot', () => {
  test('is connected by consent, with what she ticked as the most', async () => {
    const room = await connectBy(browser, 'hubspot', { tick: ['change-deals'] })
    expect(await only()).toMatchObject({ provider: 'hubspot', account: '123', status: 'working' })
    const [asked] = desk.hubspot.tokenEndpoint.consent.requests
    expect(asked?.get('scope')).toBe('oauth')
    expect(asked?.get('optional_scope')).toBe(
      'crm.objects.contacts.read crm.objects.deals.read crm.objects.deals.write',
    )
    expect(room.text).toContain('Add and change deals')
  })

  test('with nothing ticked she goes nowhere', async () => {
    const action = '/connections/hubspot/connect'
    const { 'can.contacts': _, ...fields } = fieldsOf(await browser.get('/connections'), action)
    const page = await browser.post(action, fields)
    expect([page.status, page.headers.get('refresh')]).toEqual([400, null])
    expect(await desk.remit.database.db.selectFrom('connecting').selectAll().execute()).toEqual([])
  })

  test('another portal at reconnecting stands beside the first', async () => {
    await connectBy(browser, 'hubspot')
    const { id } = await only()
    const room = await connectBy(browser, 'hubspot', { again: id, account: OTHER_PORTAL })
    expect((await desk.connections()).map(({ account }) => account)).toEqual(['123', OTHER_PORTAL])
    expect(room.text).toContain('You meant to connect HubSpot account 123 again')
  })

  test('a code of another flow fails there too', async () => {
    const stolen = new URL(await consentAt(await leaveFor(browser, 'hubspot')))
    const own = new URL(await consentAt(await leaveFor(browser, 'hubspot')))
    own.searchParams.set('code', stolen.searchParams.get('code') ?? '')
    await browser.get(own.href)
    expect(await desk.connections()).toEqual([])
    expect(desk.hubspot.tokenEndpoint.requests).toHaveLength(1)
  })

  test('a pasted token is tried on the spot; what HubSpot does not know is not stored', async () => {
    const wrong = `pat-eu1-${'0'.repeat(32)}`
    const refused = await paste(browser, 'hubspot', wrong)
    expect(await desk.connections()).toEqual([])
    expect(refused.status).toBe(400)
    expect(refused.text).toContain('HubSpot does not accept this token')
    expect(refused.text).not.toContain(wrong)
    await paste(browser, 'hubspot', desk.hubspot.accessToken)
    expect(await only()).toMatchObject({ provider: 'hubspot', account: '123', scopes: null })
  })
})

describe('Stripe', () => {
  test('a pasted key is tried on the spot and sealed', async () => {
    const room = await paste(browser, 'stripe', `  ${desk.stripe.apiKey}\n`)
    expect(await only()).toMatchObject({ provider: 'stripe', status: 'working', scopes: null })
    expect(desk.stripe.requests.map(({ path }) => path)).toEqual(['/v1/account'])
    expect(room.text).toContain('is connected and works')
    expect(room.text).not.toContain('can do everything')
  })

  test.each([
    [`pk_test_${'a1'.repeat(12)}`, 'A publishable key', 0],
    ['hello', 'This is not a key', 0],
    [`{"api_key":"rk_test_${'b2'.repeat(12)}"}`, 'This is not a key', 0],
    [`rk_test_${'c3'.repeat(12)}`, 'Stripe does not accept this key', 1],
  ])('%s is not stored, and not shown again', async (key, words, calls) => {
    const page = await paste(browser, 'stripe', key)
    expect(await desk.connections()).toEqual([])
    expect(desk.stripe.requests).toHaveLength(calls)
    expect(page.status).toBe(400)
    expect(page.text).toContain(words)
    expect(page.text).not.toContain(key)
    expect(JSON.stringify(desk.remit.events)).not.toContain(key)
    for (const [input] of page.text.matchAll(/<input[^>]*name="secret"[^>]*>/gu)) {
      expect(input).toMatch(/type="password"\s+autocomplete="off"/u)
      expect(input).not.toContain('value=')
    }
  })

  test('the page that asks who sits there does not write the key down', async () => {
    const action = '/connections/stripe/paste'
    const fields = fieldsOf(await browser.get('/connections'), action)
    now += 6 * minutes
    const asked = await browser.post(action, { ...fields, secret: desk.stripe.apiKey })
    expect(asked.text).toContain('Is it you?')
    expect(asked.text).not.toContain(desk.stripe.apiKey)
    const again = await browser.post(action, {
      ...fieldsOf(asked, action),
      confirm_password: password,
    })
    expect(again.text).toContain('Paste it here now')
    expect(await desk.connections()).toEqual([])
    await browser.post(action, { ...fieldsOf(again, action), secret: desk.stripe.apiKey })
    expect(await only()).toMatchObject({ provider: 'stripe' })
  })
})

describe('an account that is connected', () => {
  test('is shown with since when, its last use and how many grants use it', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    await grantOn(id)
    await desk.remit.database.db
      .updateTable('connections')
      .set({ last_used_at: new Date('2026-03-04T05:06:07Z') })
      .execute()
    const card = formsAbout(await browser.get('/connections'), id).text
    expect(card).toContain(desk.gmail.account)
    expect(card).toContain('1 grant')
    expect(card).toContain('4 March 2026, 05:06 UTC')
    expect(card).toContain('Read mail')
  })

  test('counts the grants that still work, and no more than a hundred of them', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    const { db } = desk.remit.database
    const grant = {
      buyer_id: maraId,
      client_id: 'agent-1',
      authorization_details: '[]',
      payload: '{}',
      connections: JSON.stringify({ gmail: id }),
    }
    const insert = async (rows: Record<string, unknown>[]): Promise<void> => {
      const values = rows.map((row, n) => ({ id: `g_${n}_${rows.length}`, ...grant, ...row }))
      await db.insertInto('grants').values(values).execute()
    }
    const [past, future] = [new Date(Date.now() - 1_000), new Date(Date.now() + 60_000)]
    await insert([
      { expires_at: past },
      { revoked_at: past },
      { connections: JSON.stringify({ stripe: id }) },
      { expires_at: future },
      { paused_at: past },
    ])
    expect(formsAbout(await browser.get('/connections'), id).text).toContain('2 grants')
    await insert(Array.from({ length: 99 }, () => ({})))
    expect(formsAbout(await browser.get('/connections'), id).text).toContain('More than 100 grants')
  })

  test('is checked with the provider; what broke is said in plain words, and reconnecting heals it', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    expect((await act(browser, id, 'check')).text).toContain('Google just said so')
    desk.gmail.tokenEndpoint.forget(desk.gmail.account)
    const broken = await act(browser, id, 'check')
    expect((await only()).status).toBe('broken')
    expect(broken.text).toContain('Google does not accept this access any more')
    expect(broken.text).toContain('Connect the account again')
    await connectBy(browser, 'gmail', { again: id })
    expect(await only()).toMatchObject({ id, status: 'working', last_error: null })
  })

  test('that only seemed broken works again after a check, and is sealed anew for the fronts', async () => {
    await paste(browser, 'stripe', desk.stripe.apiKey)
    const { id, sealed } = await only()
    await desk.remit.database.db
      .updateTable('connections')
      .set({ status: 'broken', last_error: 'the provider refuses the credential: connect again' })
      .execute()
    await act(browser, id, 'check')
    const healed = await only()
    expect(healed).toMatchObject({ status: 'working', last_error: null })
    expect(healed.sealed).not.toBe(sealed)
  })

  test('is not called broken because nobody answers', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    desk.gmail.tokenEndpoint.behaviour = 'server_error'
    const page = await act(browser, id, 'check')
    expect((await only()).status).toBe('working')
    expect(page.text).toContain('nothing is known about')
  })

  test('keeps the refresh token that a check was given', async () => {
    await connectBy(browser, 'hubspot')
    const { id, sealed } = await only()
    desk.hubspot.tokenEndpoint.behaviour = 'rotate'
    await act(browser, id, 'check')
    expect((await only()).sealed).not.toBe(sealed)
    desk.hubspot.tokenEndpoint.behaviour = 'grant'
    expect((await act(browser, id, 'check')).text).toContain('works')
    expect((await only()).status).toBe('working')
  })

  test('is disconnected: the credential is gone, and Google ends the access', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    await grantOn(id)
    const [refreshToken] = desk.gmail.tokenEndpoint.refreshTokens
    expect(formsAbout(await browser.get('/connections'), id).text).toContain(
      '1 grant uses this account and will stop working',
    )
    const page = await act(browser, id, 'disconnect')
    expect(await desk.connections()).toEqual([])
    expect(desk.gmail.tokenEndpoint.revocations).toEqual([refreshToken])
    expect(desk.gmail.tokenEndpoint.refreshTokens).toEqual([])
    expect(page.text).toContain('Google ended the access as well')
    expect(page.text).toContain('1 grant that used it stops working within five seconds')
    expect(desk.remit.events).toContainEqual({
      event: 'account_disconnected',
      connectionId: id,
      provider: 'gmail',
      grants: 1,
      withdrawn: 'done',
    })
  })

  test('is disconnected here even if Google does not answer, and the page says what stays', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    desk.gmail.tokenEndpoint.behaviour = 'server_error'
    const page = await act(browser, id, 'disconnect')
    expect(await desk.connections()).toEqual([])
    expect(page.text).toContain('Google has not confirmed that it ended the access')
    expect(page.text).toContain('In your Google account')
  })

  test('that a colleague has connected too stays good for her', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    const hers = await signIn(desk.remit, eve)
    await connectBy(hers, 'gmail')
    await act(browser, id, 'disconnect')
    expect(desk.gmail.tokenEndpoint.revocations).toEqual([])
    expect((await act(hers, (await only()).id, 'check')).text).toContain('works')
  })

  test('is disconnected by nobody who is not surely the buyer', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    const action = `/connections/${id}/disconnect`
    const fields = fieldsOf(await browser.get('/connections'), action)
    now += 6 * minutes
    const asked = await browser.post(action, fields)
    expect(asked.text).toContain('Is it you?')
    expect(await desk.connections()).toHaveLength(1)
    await browser.post(action, { ...fieldsOf(asked, action), confirm_password: password })
    expect(await desk.connections()).toEqual([])
  })

  test('is nobody else’s to see, check, replace or disconnect', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    const hers = keep(await signIn(desk.remit, eve))
    const room = await hers.get('/connections')
    expect(room.text).not.toContain(desk.gmail.account)
    const { form_token = '' } = fieldsOf(room, '/connections/stripe/paste')
    for (const verb of ['check', 'disconnect']) {
      const page = await hers.post(`/connections/${id}/${verb}`, { form_token })
      expect(page.status).toBe(404)
    }
    const fields = { form_token, connection: id }
    linkOf(await hers.post('/connections/gmail/connect', fields))
    const journeys = await desk.remit.database.db
      .selectFrom('connecting')
      .select('connection_id')
      .execute()
    expect(journeys).toEqual([{ connection_id: null }])
    expect(await only()).toMatchObject({ id, buyer_id: maraId })
  })

  test('is never changed by a form of elsewhere or without its token', async () => {
    await connectBy(browser, 'gmail')
    const { id } = await only()
    const action = `/connections/${id}/disconnect`
    const fields = fieldsOf(await browser.get('/connections'), action)
    const foreign = await browser.post(action, fields, {
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
    })
    expect(foreign.status).toBe(403)
    expect((await browser.post(action, {})).status).toBe(403)
    expect(await desk.connections()).toHaveLength(1)
  })
})

describe('the way to an agent’s request', () => {
  test('is kept through the provider and offered again', async () => {
    const back = '/consent/abc-DEF_123'
    const room = await connectBy(browser, 'gmail', {
      path: `/connections?back=${encodeURIComponent(back)}`,
    })
    expect(room.text).toContain(`<a href="${back}">go back to the request</a>`)
  })

  test('begins on its page, and the account is there when she comes back', async () => {
    const agent = await desk.remit.addAgent()
    const asked = [{ type: 'gmail', actions: ['messages.read'] }]
    const first = await browser.follow(await browser.get(await agent.push(asked)))
    const login = /action="(\/consent\/[\w-]+\/login)"/u.exec(first.text)?.[1]
    const request =
      login === undefined
        ? first
        : await browser.follow(
            await browser.post(login, { ...fieldsOf(first, login), email: mara, password }),
          )
    expect(request.text).toContain('No Gmail account is connected yet')
    const link = /<a\s+href="(\/connections\?back=[^"]+)"/u.exec(request.text)?.[1] ?? ''
    const room = await connectBy(browser, 'gmail', { path: link })
    const back = /<a href="([^"]+)">go back to the request/u.exec(room.text)?.[1] ?? ''
    expect(back).toBe(new URL(request.url).pathname)
    expect((await browser.get(back)).text).toContain(desk.gmail.account)
  })

  test.each([
    'https://evil.example/consent/x',
    '//evil.example/consent/x',
    '/consent/../sign-out',
    '/consent/x?y=1',
    '/grants',
    'javascript:alert(1)',
  ])('is no way to %s', async (back) => {
    const path = `/connections?back=${encodeURIComponent(back)}`
    expect((await browser.get(path)).text).not.toContain('go back to the request')
    const fields = fieldsOf(await browser.get('/connections'), '/connections/gmail/connect')
    const left = linkOf(await browser.post('/connections/gmail/connect', { ...fields, back }))
    const room = await browser.follow(await browser.get(await consentAt(left)))
    expect(room.url).not.toContain('evil')
    expect(room.text).not.toContain('go back to the request')
  })
})

describe('what is not set up', () => {
  test('is not offered: the page says who has to do what, with the address to register', async () => {
    await using remit = await startConsole()
    const { connectionId } = await remit.addBuyer(mara)
    const hers = await signIn(remit, mara)
    const room = await hers.get('/connections')
    expect(room.text).not.toContain('/connections/gmail/connect')
    expect(room.text).not.toContain('/connections/hubspot/connect')
    expect(room.text).toContain('whoever runs it can')
    for (const provider of ['gmail', 'hubspot']) {
      expect(room.text).toContain(`<code>${remit.origin}/connections/${provider}/callback</code>`)
    }
    // what this server cannot open any more can still be looked at and taken away
    expect((await act(hers, connectionId, 'check')).text).toContain('cannot open what it stored')
    expect((await hers.get('/connections')).text).toContain('Ask whoever runs this server')
    await act(hers, connectionId, 'disconnect')
    const rows = await remit.database.db.selectFrom('connections').select('id').execute()
    expect(rows).toEqual([])
    const { form_token = '' } = fieldsOf(room, '/connections/stripe/paste')
    const posted = await hers.post('/connections/gmail/connect', { form_token })
    expect(posted.status).toBe(409)
  })
})

test('a key that can do everything is stored, and said to be one for as long as it is', async () => {
  await using stripe = await startFakeStripe({ apiKey: `sk_test_${'d4'.repeat(12)}` })
  await using remit = await startConsole({ settings: { REMIT_STRIPE_UPSTREAM: stripe.url } })
  await remit.addBuyer(mara, { connected: false })
  const hers = await signIn(remit, mara)
  await paste(hers, 'stripe', stripe.apiKey)
  expect((await hers.get('/connections')).text).toContain('can do everything in the account')
})

test('nobody who is signed out sees anything', async () => {
  const stranger = new (browser.constructor as new (origin: string) => Browser)(desk.remit.origin)
  expect((await stranger.get('/connections')).location).toBe(`${desk.remit.origin}/sign-in`)
})
