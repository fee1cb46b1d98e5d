import { request as httpRequest, type ClientRequest } from 'node:http'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'

// what stood when the request came may have fallen before anything is forwarded
const SEND = [
  {
    type: 'gmail',
    actions: ['messages.send'],
    recipients: { domains: ['riverside-cafe.example'] },
  },
]
const raw = Buffer.from(
  'To: alice@riverside-cafe.example\r\nSubject: hello\r\nContent-Type: text/plain\r\n\r\nhello\r\n',
).toString('base64url')
const body = JSON.stringify({ raw })

let front: TestFront
let now: number

beforeEach(async () => {
  now = Date.now()
  front = await startTestFront({ now: () => now })
})
afterEach(() => front.close())

/** sends all but the end of a body, waits until the front has it, does `meanwhile`, and then sends the end */
async function sendSlowly(token: string, meanwhile: () => void): Promise<number> {
  const request: ClientRequest = httpRequest(`${front.url}/gmail/v1/users/me/messages/send`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    },
  })
  request.write(body.slice(0, 10))
  await new Promise((resolve) => setTimeout(resolve, 100))
  meanwhile()
  request.end(body.slice(10))
  const [response] = (await once(request, 'response')) as [{ statusCode: number; resume(): void }]
  response.resume()
  return response.statusCode
}

describe('while a body still comes', () => {
  test('nothing happens: the mail is sent', async () => {
    expect(await sendSlowly(front.mint(SEND), () => undefined)).toBe(200)
    expect(front.gmail.sent).toHaveLength(1)
  })

  test('the token is revoked: nothing is sent', async () => {
    const revoke = (): void => void front.ports.revocations.revoked.add('g_test')
    expect(await sendSlowly(front.mint(SEND), revoke)).toBe(401)
    expect(front.gmail.requests).toEqual([])
  })

  test('the grant is paused: nothing is sent, and the token is good again when it is resumed', async () => {
    const { paused } = front.ports.revocations
    const token = front.mint(SEND)
    expect(await sendSlowly(token, () => void paused.add('g_test'))).toBe(403)
    expect(front.gmail.requests).toEqual([])
    paused.delete('g_test')
    expect(await sendSlowly(token, () => undefined)).toBe(200)
    expect(front.gmail.sent).toHaveLength(1)
  })

  test('the feed of revocations goes stale: nothing is sent', async () => {
    const goStale = (): void => void (front.ports.revocations.fresh = false)
    expect(await sendSlowly(front.mint(SEND), goStale)).toBe(503)
    expect(front.gmail.requests).toEqual([])
  })

  test('the token expires: nothing is sent', async () => {
    const token = front.mint(SEND)
    expect(await sendSlowly(token, () => void (now += 3_601_000))).toBe(401)
    expect(front.gmail.requests).toEqual([])
  })
})

test('a read whose token is revoked while the provider is asked shows nothing', async () => {
  const token = front.mint(READ_ALL)
  front.gmail.failNext({ kind: 'delay', milliseconds: 200 }, { route: 'messages.list' })
  const answer = front.fetch('/gmail/v1/users/me/profile', token)
  expect((await answer).status).toBe(200)
  front.gmail.failNext({ kind: 'delay', milliseconds: 300 }, { route: 'messages.get' })
  const id = [...front.gmail.mailbox.messages.keys()][0] ?? ''
  const slow = front.fetch(`/gmail/v1/users/me/messages/${id}`, token)
  await expect
    .poll(() => front.gmail.requests.some(({ route }) => route === 'messages.get'))
    .toBe(true)
  front.ports.revocations.revoked.add('g_test')
  expect((await slow).status).toBe(401)
})

test('a mail that went out is never answered with "try again"', async () => {
  front.ports.record.failing = 'outcome'
  const answer = await front.fetch('/gmail/v1/users/me/messages/send', front.mint(SEND), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  })
  expect(front.gmail.sent).toHaveLength(1)
  expect(answer.status).toBe(503)
  const text = await answer.text()
  expect(text).toContain('look before trying again')
  expect(text).not.toContain('refused')
})

test('strangers cannot fill the record: they are refused all the same, and counted', async () => {
  for (let attempt = 0; attempt < 80; attempt += 1) {
    expect((await front.fetch('/gmail/v1/users/me/profile', undefined)).status).toBe(401)
  }
  expect(front.ports.record.calls.length).toBeLessThanOrEqual(60)
  now += 60_000
  await front.fetch('/gmail/v1/users/me/profile', 'rubbish')
  expect(front.ports.events).toContainEqual({ event: 'refusals_not_recorded', count: 20 })
  // a caller with a token of ours is always recorded
  const before = front.ports.record.calls.length
  await front.fetch('/gmail/v1/users/me/settings/filters', front.mint(READ_ALL))
  expect(front.ports.record.calls.length).toBe(before + 1)
})
