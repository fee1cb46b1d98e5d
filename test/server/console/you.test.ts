import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Browser, fieldsOf, type Page } from './browser.ts'
import { password, signIn, startConsole, type TestConsole } from './setup.ts'

const minutes = 60_000
const days = 24 * 3_600_000
let now = Date.now()
let remit: TestConsole
let email = ''
let id = ''

beforeAll(async () => {
  remit = await startConsole({ now: () => now })
})
afterAll(() => remit.close())

let buyers = 0
beforeEach(async () => {
  now = Date.now()
  await remit.database.db.deleteFrom('sign_in_attempts').execute()
  email = `mara${++buyers}@shop.example`
  id = (await remit.addBuyer(email)).id
})

async function signInAs(userAgent: string, secret = password): Promise<Browser> {
  const browser = new Browser(remit.origin)
  const page = await browser.get('/sign-in')
  const fields = { ...fieldsOf(page, '/sign-in'), email, password: secret }
  await browser.post('/sign-in', fields, { 'user-agent': userAgent })
  return browser
}

async function sessions(): Promise<{ id_hash: string; seen_at: Date }[]> {
  const { db } = remit.database
  const rows = db.selectFrom('console_sessions').select(['id_hash', 'seen_at'])
  return rows.where('buyer_id', '=', id).orderBy('created_at').execute()
}

async function tokenOf(browser: Browser): Promise<string> {
  return fieldsOf(await browser.get('/you'), '/sign-out')['form_token'] ?? ''
}

const isIn = async (browser: Browser): Promise<boolean> =>
  (await browser.get('/grants')).status === 200

const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'
const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1 Version/19.0 Mobile Safari/604.1'

test('she sees where she is signed in, and ends one session at once', async () => {
  const here = await signInAs(firefox)
  now += 1_000
  const there = await signInAs(iphone)
  const page = await here.get('/you')
  expect(page.text).toMatch(/Firefox on Windows<\/span>\s*<span class="state active">This browser/u)
  expect(page.text).toContain('Safari on an iPhone')
  const form = fieldsOf(page, '/you/sessions/end')
  await here.post('/you/sessions/end', form)
  expect(await isIn(there)).toBe(false)
  expect(await isIn(here)).toBe(true)
})

test('all others end together, and this one stays', async () => {
  const here = await signInAs(firefox)
  const others = [await signInAs(iphone), await signInAs('curl/8')]
  await here.post('/you/sessions/end-others', { form_token: await tokenOf(here) })
  expect(await Promise.all(others.map(isIn))).toEqual([false, false])
  expect(await isIn(here)).toBe(true)
  expect((await here.get('/you')).text).toContain('Signed out everywhere else')
})

test('a session alone cannot push what happened off her page', async () => {
  const thief = await signInAs('curl/8')
  const form_token = await tokenOf(thief)
  for (let n = 0; n < 13; n += 1) await thief.post('/you/sessions/end-others', { form_token })
  expect((await (await signInAs(firefox)).get('/you')).text).toMatch(
    /Signed in from a new browser: <span[^>]*>curl/u,
  )
})

test('nobody ends another buyer’s session, nor anybody’s by another’s form', async () => {
  const mara = await signInAs(firefox)
  const [own] = await sessions()
  const victim = own?.id_hash ?? ''
  email = `eve${buyers}@shop.example`
  await remit.addBuyer(email)
  const eve = await signInAs(firefox)
  const form_token = await tokenOf(eve)
  await eve.post('/you/sessions/end', { form_token, session: victim })
  await eve.post('/you/sessions/end-others', { form_token })
  const foreign = await mara.post('/you/sessions/end', { form_token, session: victim })
  expect(foreign.status).toBe(403)
  const cross = { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }
  await mara.post('/you/sessions/end', { form_token: await tokenOf(mara), session: victim }, cross)
  expect(await isIn(mara)).toBe(true)
})

test('a new password takes a fresh proof, is not shown again, and ends the other sessions', async () => {
  const here = await signInAs(firefox)
  const there = await signInAs(iphone)
  const form_token = await tokenOf(here)
  now += 6 * minutes
  const next = 'quite another sentence'
  const asked = await here.post('/you/password', { form_token, new_password: next })
  expect(asked.text).toContain('Is it you?')
  expect(asked.text).not.toContain(next)
  expect(await isIn(there)).toBe(true)
  const proven = await here.post('/you/password', {
    ...fieldsOf(asked, '/you/password'),
    confirm_password: password,
  })
  expect(proven.location).toBe(`${remit.origin}/you/password`)
  const page = await here.get('/you/password')
  const weak = await here.post('/you/password', {
    ...fieldsOf(page, '/you/password'),
    new_password: 'too short',
  })
  expect(weak.status).toBe(422)
  expect(await isIn(there)).toBe(true)
  await here.post('/you/password', { ...fieldsOf(page, '/you/password'), new_password: next })
  expect(await isIn(there)).toBe(false)
  expect(await isIn(here)).toBe(true)
  expect(await isIn(await signInAs(firefox))).toBe(false)
  expect(await isIn(await signInAs(firefox, next))).toBe(true)
  expect((await here.get('/you')).text).toContain('Password changed')
})

test('a session ends when nobody has used it for four days, whatever its page asks by itself', async () => {
  const used = await signIn(remit, email)
  const left = await signIn(remit, email)
  const poll = async (): Promise<Response> =>
    fetch(`${remit.origin}/approvals/news`, {
      headers: {
        cookie: `remit_session=${left.cookie('remit_session')}`,
        'sec-fetch-dest': 'empty',
      },
    })
  for (let day = 0; day < 4; day += 1) {
    expect((await poll()).status).toBe(200)
    expect(await isIn(used)).toBe(true)
    now += days
  }
  expect((await poll()).status).toBe(401)
  expect(await isIn(left)).toBe(false)
  for (let day = 4; day < 14; day += 1) {
    expect(await isIn(used)).toBe(true)
    now += days
  }
  expect(await isIn(used)).toBe(false)
})

test('when it was last seen is written at most once in five minutes', async () => {
  const browser = await signInAs(firefox)
  const at = async (): Promise<number> => (await sessions())[0]?.seen_at.getTime() ?? 0
  const start = await at()
  now = start + 4 * minutes
  await browser.get('/you')
  expect(await at()).toBe(start)
  now = start + 5 * minutes
  await browser.get('/you')
  expect(await at()).toBe(now)
})

test('a new browser is told of once, for each buyer who uses it', async () => {
  const browser = await signInAs(firefox)
  const again = async (): Promise<Page> => {
    const page = await browser.get('/you')
    await browser.post('/sign-out', fieldsOf(page, '/sign-out'))
    const start = await browser.get('/sign-in')
    await browser.post('/sign-in', { ...fieldsOf(start, '/sign-in'), email, password })
    return browser.get('/you')
  }
  const count = (page: Page): number => page.text.split('Signed in from a new browser').length - 1
  expect(count(await again())).toBe(1)
  expect(count(await again())).toBe(1)
  await signInAs(iphone)
  expect(count(await browser.get('/you'))).toBe(2)
  // a mark that somebody made up is none
  const forged = new Browser(remit.origin)
  forged.setCookie('remit_device', 'A'.repeat(43))
  const start = await forged.get('/sign-in')
  await forged.post('/sign-in', { ...fieldsOf(start, '/sign-in'), email, password })
  expect(count(await browser.get('/you'))).toBe(3)
})

test('of what happened a hundred lines are kept', async () => {
  const browser = await signInAs(firefox)
  const form_token = await tokenOf(browser)
  const { db } = remit.database
  const other = { buyer_id: id, expires_at: new Date(now + days) }
  for (let n = 0; n < 105; n += 1) {
    await db
      .insertInto('console_sessions')
      .values({ ...other, id_hash: `other ${n}` })
      .execute()
    await browser.post('/you/sessions/end-others', { form_token })
  }
  const rows = await db
    .selectFrom('security_events')
    .select('kind')
    .where('buyer_id', '=', id)
    .execute()
  expect(rows).toHaveLength(100)
})

test.each([
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  'x'.repeat(8_000),
  'Chrome on your own laptop, all is well',
])('what a browser says of itself is shown and does nothing: %.30s', async (userAgent) => {
  const browser = await signInAs(userAgent)
  const page = await browser.get('/you')
  expect(page.text).not.toMatch(/<script>alert|<img src=x/u)
  const shown = /<span class="agent-text">([^<]*)<\/span>\s*<span class="state active">/u.exec(
    page.text,
  )
  expect((shown?.[1] ?? '').replaceAll(/&\w+;/gu, '.').length).toBeLessThanOrEqual(40)
})

test('times are shown as she chooses, and only what is in the lists can be chosen', async () => {
  const browser = await signInAs(firefox)
  const form_token = await tokenOf(browser)
  await browser.post('/you/reading', { form_token, locale: 'de-AT', zone: 'Europe/Vienna' })
  const page = await browser.get('/you')
  expect(page.text).toMatch(/<time [^>]*lang="de-AT"/u)
  expect(page.text).toMatch(/value="Europe\/Vienna" selected/u)
  expect(page.text).toContain('German (Austria)')
  for (const wrong of [
    { locale: 'xx-XX', zone: 'UTC' },
    { locale: 'de-AT', zone: 'Mars/Olympus' },
  ]) {
    expect((await browser.post('/you/reading', { form_token, ...wrong })).status).toBe(400)
  }
  expect((await browser.get('/you')).text).toMatch(/value="Europe\/Vienna" selected/u)
  // what her browser says at a sign-in does not undo it
  const other = new Browser(remit.origin)
  const start = await other.get('/sign-in')
  const fields = { ...fieldsOf(start, '/sign-in'), email, password, zone: 'Asia/Tokyo' }
  await other.post('/sign-in', fields)
  expect((await other.get('/you')).text).toMatch(/value="Europe\/Vienna" selected/u)
})

test('who is signed out is sent to sign in, and changes nothing', async () => {
  const nobody = new Browser(remit.origin)
  for (const path of ['/you', '/you/password', '/you/passkeys/new', '/welcome']) {
    expect((await nobody.get(path)).location).toBe(`${remit.origin}/sign-in`)
  }
  for (const path of [
    '/you/password',
    '/you/password/end',
    '/you/passkeys',
    '/you/passkeys/new',
    '/you/passkeys/remove',
    '/you/reading',
    '/you/sessions/end',
    '/you/sessions/end-others',
  ]) {
    expect((await nobody.post(path, { form_token: 'x' })).location).toBe(`${remit.origin}/sign-in`)
    const signedIn = await signInAs(firefox)
    expect((await signedIn.post(path, { form_token: 'x' })).status).toBe(403)
  }
})
