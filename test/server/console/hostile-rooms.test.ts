import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser, Page } from './browser.ts'
import { furnish, mara } from './furnished.ts'
import { signIn, startConsole, type TestConsole } from './setup.ts'

const scripts = `</q></title></textarea><script>alert(1)</script>"><img src=x onerror=alert(1)>`
/** right-to-left override, zero width, a tag character, a bell */
const hidden = 'Remit\u202e \u200bverified\u202c by\u0007 Google\u{E0041}'
const hostile = `${scripts}' onmouseover='alert(1) {{7*7}} ${hidden}`

let remit: TestConsole
let browser: Browser
let rooms: Readonly<Record<string, string>>
beforeAll(async () => {
  remit = await startConsole()
  const furnished = await furnish(remit, {
    agent: hostile.slice(0, 80),
    second: hidden,
    subject: hostile,
    text: hostile,
    refused: hostile,
  })
  rooms = furnished.rooms
  browser = await signIn(remit, mara)
})
afterAll(() => remit.close())

/** nothing that came from outside opened a tag, closed one or added an attribute, and nothing of it is hidden */
function expectInert(page: Page): void {
  expect(page.status).toBe(200)
  const tags = [...page.text.matchAll(/<\/?[a-z][^>]*>/giu)].map(([tag]) => tag)
  for (const tag of tags) {
    expect(tag.replaceAll(/"[^"]*"/gu, '""')).not.toMatch(/\son[a-z]+\s*=|alert|onerror/u)
  }
  expect(page.text).not.toMatch(/<script(?! defer src="\/assets\/)/u)
  expect(page.text.replaceAll(/&#?\w+;/gu, '')).not.toMatch(/\p{Cf}|(?!\n)\p{Cc}/u)
  const policy = page.headers.get('content-security-policy') ?? ''
  expect(policy).toContain("default-src 'none'")
  expect(policy).toContain("frame-ancestors 'none'")
  expect(policy).not.toMatch(/unsafe|\*/u)
}

describe('what strangers say of themselves, in mails and in requests runs and hides nothing', () => {
  test('on any page', async () => {
    let shown = 0
    for (const [room, path] of Object.entries(rooms)) {
      const page = await browser.get(path)
      expectInert(page)
      if (page.text.includes('&lt;script&gt;')) shown += 1
      else if (!page.text.includes('verified by Google')) throw new Error(`${room} shows nothing`)
    }
    expect(shown).toBeGreaterThan(4)
  })

  test('in what the activity gives away', async () => {
    const table = await browser.get('/activity/export.csv')
    expect(table.headers.get('content-type')).toContain('text/csv')
    expect(table.headers.get('content-disposition')).toContain('attachment')
    const data = await browser.get('/activity/export.json')
    expect(data.headers.get('content-type')).toContain('application/json')
    expect(() => JSON.parse(data.text) as unknown).not.toThrow()
  })
})
