import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { Browser, fieldsOf, type Page } from './browser.ts'
import { password, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
let remit: TestConsole
let now = Date.now()

beforeAll(async () => {
  remit = await startConsole({ now: () => now })
  await remit.addBuyer(mara)
})
afterAll(() => remit.close())
beforeEach(async () => {
  now = Date.now()
  await remit.database.db.deleteFrom('sign_in_attempts').execute()
})

async function signIn(browser: Browser, email: string, secret: string): Promise<Page> {
  const page = await browser.get('/sign-in')
  return browser.post('/sign-in', { ...fieldsOf(page, '/sign-in'), email, password: secret })
}

async function sessionCount(): Promise<number> {
  return (await remit.database.db.selectFrom('console_sessions').select('id_hash').execute()).length
}

test('signs in with the right password, whatever the case of the address, and out again', async () => {
  const browser = new Browser(remit.origin)
  expect((await browser.get('/')).location).toBe(`${remit.origin}/sign-in`)
  expect((await browser.get('/grants')).location).toBe(`${remit.origin}/sign-in`)
  expect((await signIn(browser, ' Mara@SHOP.example ', password)).location).toBe(
    `${remit.origin}/grants`,
  )
  const grants = await browser.get('/grants')
  expect(grants.text).toContain(mara)
  expect((await browser.get('/sign-in')).location).toBe(`${remit.origin}/grants`)

  const session = browser.cookie('remit_session') ?? ''
  const out = await browser.post('/sign-out', fieldsOf(grants, '/sign-out'))
  expect(out.location).toBe(`${remit.origin}/sign-in`)
  browser.setCookie('remit_session', session)
  expect((await browser.get('/grants')).status).toBe(303)
})

test('answers an unknown address and a wrong password alike, and opens nothing', async () => {
  const before = await sessionCount()
  const known = await signIn(new Browser(remit.origin), mara, 'wrong')
  const unknown = await signIn(new Browser(remit.origin), 'nobody@shop.example', 'wrong')
  const unreadable = await signIn(new Browser(remit.origin), 'not an address', 'wrong')
  const bare = (page: Page): string =>
    page.text.replaceAll(/(name="form_token"\s+|id="email"[^>]*)value="[^"]*"/gu, '')
  for (const page of [known, unknown, unreadable]) {
    expect(page.status).toBe(401)
    expect(page.headers.getSetCookie().join()).not.toContain('remit_session')
    expect(bare(page)).toBe(bare(known))
  }
  expect(await sessionCount()).toBe(before)
})

test('keeps the session out of scripts and other sites, and only its hash in the database', async () => {
  const page = await signIn(new Browser(remit.origin), mara, password)
  const cookie = page.headers.getSetCookie().find((line) => line.startsWith('remit_session='))
  expect(cookie).toMatch(
    /^remit_session=[\w-]{43}; Max-Age=1209600; Path=\/; HttpOnly; SameSite=Lax$/u,
  )
  const rows = await remit.database.db.selectFrom('console_sessions').select('id_hash').execute()
  expect(JSON.stringify(rows)).not.toContain(/=([\w-]{43});/u.exec(cookie ?? '')?.[1])
})

test('never adopts a session id that somebody planted, and ends the one before', async () => {
  const browser = new Browser(remit.origin)
  const planted = 'A'.repeat(43)
  browser.setCookie('remit_session', planted)
  await signIn(browser, mara, password)
  const first = browser.cookie('remit_session') ?? ''
  expect(first).not.toBe(planted)

  const attacker = new Browser(remit.origin)
  attacker.setCookie('remit_session', planted)
  expect((await attacker.get('/grants')).status).toBe(303)
})

test('a session ends after its time', async () => {
  const browser = new Browser(remit.origin)
  await signIn(browser, mara, password)
  now += 14 * 86_400_000 + 1
  expect((await browser.get('/grants')).location).toBe(`${remit.origin}/sign-in`)
})

test('refuses a form without its token, with another browser’s, or from another site', async () => {
  const before = await sessionCount()
  const browser = new Browser(remit.origin)
  const fields = { ...fieldsOf(await browser.get('/sign-in'), '/sign-in'), email: mara, password }
  const other = fieldsOf(await new Browser(remit.origin).get('/sign-in'), '/sign-in')
  const refused = [
    await browser.post('/sign-in', { ...fields, form_token: '' }),
    await browser.post('/sign-in', { ...fields, ...other }),
    await browser.post('/sign-in', fields, {
      origin: 'https://evil.example',
      'sec-fetch-site': 'cross-site',
    }),
    await new Browser(remit.origin).post('/sign-in', fields),
  ]
  for (const page of refused) expect(page.status).toBe(403)
  expect(await sessionCount()).toBe(before)
})

test('stops guessing after ten attempts, says for how long, and lets the buyer in afterwards', async () => {
  const browser = new Browser(remit.origin)
  const page = await browser.get('/sign-in')
  const guess = (): Promise<Page> =>
    browser.post('/sign-in', {
      ...fieldsOf(page, '/sign-in'),
      email: mara,
      password: 'guess',
    })
  const answers = await Promise.all(Array.from({ length: 14 }, guess))
  expect(answers.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([
    ...Array<number>(10).fill(401),
    ...Array<number>(4).fill(429),
  ])

  const blocked = await signIn(browser, mara, password)
  expect(blocked.status).toBe(429)
  expect(blocked.text).toContain('Too many attempts. Wait 15 minutes')
  expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(800)
  now += 15 * 60_000 + 1_000
  expect((await signIn(browser, mara, password)).status).toBe(303)
})

test('survives forms that cannot be read', async () => {
  const browser = new Browser(remit.origin)
  const send = async (body: string, type: string): Promise<number> => {
    const headers = { 'content-type': type, origin: remit.origin }
    const response = await fetch(`${remit.origin}/sign-in`, { method: 'POST', body, headers })
    const text = await response.text()
    expect(text).toContain('<!doctype html>')
    expect(text).not.toMatch(/node_modules|\bat .*\.ts/u)
    return response.status
  }
  const form = 'application/x-www-form-urlencoded'
  expect(await send('a=%zz', form)).toBe(400)
  expect(await send('a=1&a=2', form)).toBe(400)
  expect(await send('{}', 'application/json')).toBe(415)
  expect(await send('a='.padEnd(300_000, 'x'), form)).toBe(413)
  expect((await signIn(browser, mara, password)).status).toBe(303)
})

test('gives every page its security headers, and nothing to load from elsewhere', async () => {
  const browser = new Browser(remit.origin)
  for (const path of ['/sign-in', '/consent/none', '/nowhere']) {
    const page = await browser.get(path)
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toMatch(/^default-src 'none'; style-src 'self'; img-src 'self'; /u)
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect(page.headers.get('x-frame-options')).toBe('DENY')
    expect(page.headers.get('cache-control')).toBe('no-store')
    const { own, rest } = takeScript(page)
    expect(rest).not.toMatch(/<script|<style| style=| on\w+=|https?:\/\//u)
    expect(policy.includes('script-src')).toBe(path === '/sign-in')
    if (own !== undefined) expect(policy).toContain(`; script-src ${remit.origin}${own}; `)
    expect(policy).not.toContain('connect-src')
    for (const [, asset = ''] of page.text.matchAll(/(?:href|src)="(\/assets\/[^"]*)"/gu)) {
      const loaded = await browser.get(asset)
      expect(loaded.status).toBe(200)
      expect(loaded.headers.get('cache-control')).toContain('immutable')
    }
  }
})

/** the one script that a page may name, and the page without it */
function takeScript({ text }: Page): { own: string | undefined; rest: string } {
  const script = /<script defer src="(\/assets\/sign-in-[^"]*\.js)"><\/script>/u
  return { own: script.exec(text)?.[1], rest: text.replace(script, '') }
}

test('an unknown page is a page', async () => {
  const page = await new Browser(remit.origin).get('/nowhere')
  expect(page.status).toBe(404)
  expect(page.text).toContain('There is no such page')
})
