import { afterEach, beforeEach, expect, test } from 'vitest'
import { createBuyer } from '../../../server/console/buyers.ts'
import {
  createWelcomeLink,
  findWelcomeLink,
  useWelcomeLink,
  type WelcomePurpose,
} from '../../../server/console/people/welcome-links.ts'
import { Authenticator, optionsOf } from './authenticator.ts'
import { Browser, fieldsOf, type Page } from './browser.ts'
import { password, signIn, signInByPassword, startConsole, type TestConsole } from './setup.ts'

const hours = 3_600_000
const mara = 'mara@shop.example'
let now = Date.now()
let remit: TestConsole

beforeEach(async () => {
  now = Date.now()
  remit = await startConsole({ now: () => now, host: 'localhost' })
})
afterEach(() => remit.close())

async function link(purpose: WelcomePurpose = { for: 'first' }): Promise<string> {
  return new URL(await createWelcomeLink(remit.database.db, remit.origin, purpose, now)).pathname
}

async function buyers(): Promise<string[]> {
  const rows = await remit.database.db.selectFrom('buyers').select('email').execute()
  return rows.map(({ email }) => email)
}

async function open(
  path: string,
  browser = new Browser(remit.origin),
): Promise<{
  browser: Browser
  page: Page
  send: (fields: Record<string, string>) => Promise<Page>
}> {
  const page = await browser.get(path)
  const fields = page.status === 200 ? fieldsOf(page, path) : { form_token: 'x' }
  return { browser, page, send: (more) => browser.post(path, { ...fields, ...more }) }
}

const good = { email: mara, password, zone: 'Europe/Vienna' }

test('the first account is made by the link, with her time zone, and she is at her first steps', async () => {
  const path = await link()
  const { browser, send } = await open(path)
  const made = await send(good)
  expect(await buyers()).toEqual([mara])
  expect(made.location).toBe(`${remit.origin}/welcome`)
  const steps = await browser.get('/welcome')
  expect(steps.text).toContain('First steps')
  expect(steps.text).toContain('href="/connections"')
  expect(steps.text).toContain('href="/developers"')
  const { time_zone } = await remit.database.db
    .selectFrom('buyers')
    .select('time_zone')
    .executeTakeFirstOrThrow()
  expect(time_zone).toBe('Europe/Vienna')
  expect((await signInByPassword(remit, mara)).cookie('remit_session')).toBeDefined()
})

test('of twenty posts with one link one makes an account', async () => {
  const path = await link()
  const pages = await Promise.all(Array.from({ length: 20 }, async () => open(path)))
  const answers = await Promise.all(
    pages.map(({ send }, n) => send({ ...good, email: `mara${n}@shop.example` })),
  )
  expect(await buyers()).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 303)).toHaveLength(1)
  expect(answers.filter(({ status }) => status === 404)).toHaveLength(19)
  const sessions = await remit.database.db
    .selectFrom('console_sessions')
    .select('id_hash')
    .execute()
  expect(sessions).toHaveLength(1)
})

test('a newer link ends the one before, for the first buyer and for every other', async () => {
  const { id: buyerId } = await remit.addBuyer(mara)
  const recovery = { for: 'recovery', buyerId, email: mara } as const
  const further = { for: 'further', email: 'eve@shop.example' } as const
  const olds = [await link(recovery), await link(further)]
  const news = [await link(recovery), await link(further)]
  for (const path of olds) expect((await open(path)).page.status).toBe(404)
  for (const path of news) expect((await open(path)).page.status).toBe(200)
  await remit.database.db.deleteFrom('buyers').execute()
  const [first, second] = [await link(), await link()]
  expect((await open(first)).page.status).toBe(404)
  expect((await open(second)).page.status).toBe(200)
})

test('with a buyer the first link is no page any more, and makes nothing', async () => {
  const path = await link()
  const opened = await open(path)
  await remit.addBuyer('eve@shop.example')
  expect((await open(path)).page.status).toBe(404)
  expect((await opened.send(good)).status).toBe(404)
  expect(await buyers()).toEqual(['eve@shop.example'])
})

test('a buyer who is added while the first link is being used comes first', async () => {
  const { db } = remit.database
  const found = await findWelcomeLink(db, (await link()).slice('/welcome/'.length), now)
  if (!found) throw new Error('no link')
  await remit.addBuyer('eve@shop.example')
  const used = await db.transaction().execute((one) => useWelcomeLink(one, found, now))
  expect(used).toBe(false)
})

test('an expired, used or made-up link makes nothing and shows one page', async () => {
  const used = await link({ for: 'further', email: 'eve@shop.example' })
  const late = await open(used)
  await (await open(used)).send({ password })
  const answers = [await late.send({ password })]
  expect(await buyers()).toEqual(['eve@shop.example'])
  await remit.database.db.deleteFrom('buyers').execute()
  const expired = await open(await link())
  now += 24 * hours
  answers.push(await expired.send(good))
  for (const path of [
    used,
    '/welcome/x',
    `/welcome/${'A'.repeat(43)}`,
    '/welcome/%27%20or%201=1',
  ]) {
    answers.push((await open(path)).page, await (await open(path)).send(good))
  }
  expect(await buyers()).toEqual([])
  for (const page of answers) {
    expect(page.status).toBe(404)
    expect(page.text).toContain('This link is no longer good')
    expect(page.text).toBe(answers[0]?.text)
  }
})

test('what is wrong with the form leaves the link as it was', async () => {
  const path = await link()
  const { send, page } = await open(path)
  expect(page.text).toContain('minlength="12"')
  const refused = [
    await send({ ...good, password: 'short' }),
    await send({ ...good, password: 'x'.repeat(300) }),
    await send({ ...good, email: 'no address' }),
    await send({ ...good, passkey: '{"id":"x"}' }),
    await send({ ...good, form_token: 'forged' }),
  ]
  expect(refused.map(({ status }) => status)).toEqual([422, 422, 422, 422, 403])
  expect(refused[0]?.text).toContain('at least 12 characters')
  expect(refused[0]?.text).not.toContain('short')
  expect(await buyers()).toEqual([])
  await new Browser(remit.origin).post(path, good)
  expect(await buyers()).toEqual([])
  expect((await send(good)).status).toBe(303)
})

test('an address that is taken is said, and the link stays', async () => {
  const path = await link({ for: 'further', email: mara })
  await createBuyer(remit.database.db, mara, 'another password of hers')
  const { send } = await open(path)
  expect((await send({ password })).text).toContain('has an account here already')
  const links = await remit.database.db.selectFrom('welcome_links').select('email').execute()
  expect(links).toEqual([{ email: mara }])
})

test('the first account can have a passkey and no password', async () => {
  const path = await link()
  const { browser, page, send } = await open(path)
  const authenticator = new Authenticator(remit.origin)
  const foreign = optionsOf(await (await open(path)).browser.get(path)).challenge
  const wrong = await send({
    ...good,
    passkey: authenticator.create(optionsOf(page), { challenge: foreign }),
  })
  expect(wrong.status).toBe(422)
  expect(await buyers()).toEqual([])
  const passkey = authenticator.create(optionsOf(wrong))
  const made = await browser.post(path, { ...fieldsOf(wrong, path), email: mara, passkey })
  expect(made.status).toBe(303)
  expect((await signInByPassword(remit, mara)).cookie('remit_session')).toBeUndefined()
  const other = new Browser(remit.origin)
  const start = await other.get('/sign-in')
  const signedIn = await other.post('/sign-in', {
    ...fieldsOf(start, '/sign-in'),
    passkey: authenticator.get(optionsOf(start)),
  })
  expect(signedIn.location).toBe(`${remit.origin}/welcome`)
  const you = await other.get('/you')
  expect(you.text).toContain('You have none: only your passkeys sign you in')
})

test('recovery sets a new password, ends every session and the old password, and she is told', async () => {
  const { id: buyerId } = await remit.addBuyer(mara)
  const before = await signIn(remit, mara)
  const path = await link({ for: 'recovery', buyerId, email: mara })
  const { browser, send } = await open(path)
  expect((await before.get('/grants')).status).toBe(200)
  const done = await send({ password: 'a wholly new sentence' })
  expect((await before.get('/grants')).location).toBe(`${remit.origin}/sign-in`)
  expect(done.location).toBe(`${remit.origin}/you?done=recovered`)
  const you = await browser.get('/you?done=recovered')
  expect(you.text).toContain('A recovery link was used to sign in')
  expect(you.text).toContain('remove what is not yours')
  expect((await signInByPassword(remit, mara)).cookie('remit_session')).toBeUndefined()
  expect((await send({ password: 'once more, with feeling' })).status).toBe(404)
  expect(await buyers()).toEqual([mara])
})

test('of twenty posts with one recovery link one sets the password', async () => {
  const { id: buyerId } = await remit.addBuyer(mara)
  const path = await link({ for: 'recovery', buyerId, email: mara })
  const pages = await Promise.all(Array.from({ length: 20 }, async () => open(path)))
  const answers = await Promise.all(
    pages.map(({ send }, n) => send({ password: `sentence number ${n}` })),
  )
  const done = answers.flatMap(({ status }, n) => (status === 303 ? [n] : []))
  expect(done).toHaveLength(1)
  const right = { email: mara, password: `sentence number ${done[0]}` }
  const browser = new Browser(remit.origin)
  const start = await browser.get('/sign-in')
  const page = await browser.post('/sign-in', { ...fieldsOf(start, '/sign-in'), ...right })
  expect(page.status).toBe(303)
})

test('the token is stored as a hash, logged nowhere, and no page that follows is told it', async () => {
  const path = await link()
  const token = path.slice('/welcome/'.length)
  expect(token).toMatch(/^[\w-]{43}$/u)
  const { page, send } = await open(path)
  expect(page.headers.get('referrer-policy')).toBe('strict-origin')
  const refused = await send({ ...good, password: 'short' })
  expect(refused.headers.get('referrer-policy')).toBe('strict-origin')
  const rows = await remit.database.db
    .selectFrom('welcome_links')
    .select(['token_hash', 'email', 'buyer_id'])
    .execute()
  expect(JSON.stringify(rows)).not.toContain(token)
  const done = await send(good)
  expect(done.headers.get('referrer-policy')).toBe('strict-origin')
  expect(JSON.stringify(remit.events)).not.toContain(token)
})

test('who looks in before anybody has an account is told where the link stands', async () => {
  expect((await new Browser(remit.origin).get('/sign-in')).text).toContain('Nobody has an account')
  await remit.addBuyer(mara)
  expect((await new Browser(remit.origin).get('/sign-in')).text).not.toContain('Nobody has')
})

test('the steps are ticked from what is there, and who is through goes to her agents', async () => {
  const { id: buyer_id } = await remit.addBuyer(mara, { connected: false })
  const browser = await signIn(remit, mara)
  expect((await browser.get('/')).location).toBe(`${remit.origin}/welcome`)
  const connection = { id: 'c_1', buyer_id, provider: 'stripe', account: 'shop', sealed: 'x' }
  await remit.database.db.insertInto('connections').values(connection).execute()
  expect((await browser.get('/')).location).toBe(`${remit.origin}/grants`)
  const half = await browser.get('/welcome')
  expect(half.text).toContain('What to give the agent')
  const grant = { id: 'g_1', buyer_id, client_id: 'a', authorization_details: '[]', payload: '{}' }
  await remit.database.db.insertInto('grants').values(grant).execute()
  expect((await browser.get('/welcome')).text).toContain('Everything is set up')
})

test('a new password ends a recovery link that nobody has used', async () => {
  const { id: buyerId } = await remit.addBuyer(mara)
  const path = await link({ for: 'recovery', buyerId, email: mara })
  const browser = await signIn(remit, mara)
  const fields = fieldsOf(await browser.get('/you/password'), '/you/password')
  await browser.post('/you/password', { ...fields, new_password: 'a better horse battery' })
  const { page } = await open(path)
  expect(page.status).toBe(404)
})
