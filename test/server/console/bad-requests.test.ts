import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Browser } from './browser.ts'
import { startConsole, type TestConsole } from './setup.ts'

let remit: TestConsole
beforeAll(async () => {
  remit = await startConsole()
})
afterAll(() => remit.close())

test.each([
  '/consent/%zz',
  '/consent/%00',
  '/grants/%E0%A4/revoke',
  '/grants/%00/revoke',
  '/grants?after=%00',
  '/grants?after=%zz&after=1',
  '/assets/..%2f..%2fpackage.json',
  '/assets/console.css',
  `/consent/${'x'.repeat(4_000)}`,
])('answers %s with a page and no trace', async (path) => {
  const browser = new Browser(remit.origin)
  for (const page of [await browser.get(path), await browser.post(path, { a: 'b' })]) {
    expect([303, 400, 403, 404]).toContain(page.status)
    expect(page.text).not.toMatch(/node_modules|\.ts:\d|Error:/u)
  }
  expect(remit.events).toEqual([])
})

test('an error that cannot go back to the agent is a page, with what was asked shown inert', async () => {
  const query = new URLSearchParams({ client_id: '<script>alert(1)</script>', scope: '<b>' })
  const page = await new Browser(remit.origin).get(`/oauth/authorize?${query.toString()}`)
  expect(page.status).toBe(400)
  expect(page.text).toContain('The agent’s request cannot be answered')
  expect(page.text).not.toMatch(/<script|<b>/u)
  expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
})

test('a form that never ends is cut off, and one whose sender hangs up leaves nothing behind', async () => {
  const { hostname, port } = new URL(remit.origin)
  const open = (body: string): Promise<string> =>
    new Promise((resolve) => {
      let answer = ''
      const socket = connect(Number(port), hostname, () => {
        socket.write(
          `POST /sign-in HTTP/1.1\r\nhost: ${hostname}:${port}\r\norigin: ${remit.origin}\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: 100000\r\n\r\n${body}`,
        )
        if (body.length < 100) setTimeout(() => socket.destroy(), 50)
      })
      socket.setEncoding('utf8')
      socket.on('data', (data: string) => (answer += data))
      socket.on('error', () => undefined)
      socket.on('close', () => resolve(answer))
    })
  const tooLong = fetch(`${remit.origin}/sign-in`, {
    method: 'POST',
    headers: { origin: remit.origin, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'a='.padEnd(1_000_000, 'x'),
  })
  expect((await tooLong).status).toBe(413)
  expect((await tooLong).headers.get('connection')).toBe('close')
  expect(await Promise.all(Array.from({ length: 50 }, () => open('email=mara')))).toEqual(
    Array<string>(50).fill(''),
  )
  await sleep(50)
  expect(remit.events).toEqual([])
  expect((await new Browser(remit.origin).get('/sign-in')).status).toBe(200)
})
