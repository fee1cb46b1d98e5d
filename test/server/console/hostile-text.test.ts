import { afterAll, beforeAll, expect, test } from 'vitest'
import { createBuyer } from '../../../server/console/buyers.ts'
import { Browser, fieldsOf, type Page } from './browser.ts'
import { password, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const scripts = [
  `<script>alert(1)</script>`,
  `"><img src=x onerror=alert(1)>`,
  `' onmouseover='alert(1)`,
  `</q></title></textarea><svg/onload=alert(1)>`,
  `{{7*7}}\${7*7}<%= 7 %>`,
]
// right-to-left override, zero-width space, bell and a tag character
const hidden = 'Remit\u202e \u200bverified\u202c by\u0007 Google\u{E0041}'

let remit: TestConsole
let hers: Browser
beforeAll(async () => {
  remit = await startConsole()
  await remit.addBuyer(mara)
  hers = new Browser(remit.origin)
  const fields = fieldsOf(await hers.get('/sign-in'), '/sign-in')
  await hers.post('/sign-in', { ...fields, email: mara, password })
})
afterAll(() => remit.close())

/** of the pages where somebody signs in */
const ownScript = /<script defer src="\/assets\/sign-in-[\w-]+\.js"><\/script>/u

/** the page's own tags only: nothing that came from outside opened one, closed one or added an attribute */
function expectInert(page: Page): void {
  expect(page.text.replace(ownScript, '')).not.toMatch(
    /<script|<img src=x|<svg|onerror=alert\(1\)>|<%=/u,
  )
  const tags = [...page.text.matchAll(/<[a-z][^>]*>/gu)].map(([tag]) => tag)
  for (const tag of tags) expect(tag.replaceAll(/"[^"]*"/gu, '""')).not.toMatch(/\son[a-z]+\s*=/u)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
}

async function open(browser: Browser, url: string): Promise<Page> {
  return browser.follow(await browser.get(url))
}

async function walk(name: string, subject = name): Promise<Page[]> {
  const agent = await remit.addAgent({
    client_name: name,
    client_uri: 'https://agent.example/%22%3E%3Cscript%3E',
  })
  const details = [
    {
      type: 'gmail',
      actions: ['messages.read'],
      subject_contains: [subject],
    },
  ]
  const signIn = await open(new Browser(remit.origin), await agent.push(details))
  expect(signIn.text).toContain('name="password"')
  const browser = hers
  const consent = await open(browser, await agent.push(details))
  const confirm = consent.url.replace(remit.origin, '') + '/confirm'
  const choice = fieldsOf(consent, confirm)
  const again = await browser.post(confirm, {
    ...choice,
    'row-0-read.from': name,
    'row-0-read.days': name,
  })
  expect(again.status).toBe(422)
  await browser.follow(await browser.post(confirm, choice))
  const grants = await browser.get('/grants')
  return [signIn, consent, again, grants]
}

test.each(scripts)('an agent that calls itself %s runs nothing on any page', async (script) => {
  for (const page of await walk(script)) {
    expectInert(page)
    expect(page.text).toContain('Remit</title>')
  }
})

test('a name with hidden and reordering characters is shown without them, as the agent’s own word', async () => {
  const pages = await walk(hidden)
  for (const page of pages) expectInert(page)
  // the third gives back what the buyer typed, as it was typed
  for (const page of [pages[0], pages[1], pages[3]]) {
    expect(page?.text).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u)
  }
  expect(pages[1]?.text).toContain('<q class="agent-text">Remit verified by Google</q>')
  expect(pages[1]?.text).toContain('Nobody has checked who is behind')
})

test('an endless name is capped, and none is said to be none', async () => {
  const [, long] = await walk('x'.repeat(120))
  expect(long?.text).not.toContain('x'.repeat(81))
  const [, none] = await walk('\u200b'.repeat(5), 'order')
  expect(none?.text).toContain('The agent gave no name.')
})

test('what a visitor types is given back inert', async () => {
  const browser = new Browser(remit.origin)
  for (const script of scripts) {
    const page = await browser.get('/sign-in')
    expectInert(
      await browser.post('/sign-in', {
        ...fieldsOf(page, '/sign-in'),
        email: script,
        password: script,
      }),
    )
    expectInert(await browser.get(`/grants?after=${encodeURIComponent(script)}`))
    expectInert(await browser.get(`/consent/${encodeURIComponent(script)}`))
  }
  await expect(createBuyer(remit.database.db, scripts[0] ?? '')).rejects.toMatchObject({
    code: 'invalid_email',
  })
})
