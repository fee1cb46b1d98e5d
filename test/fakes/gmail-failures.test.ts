import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED, startFakeGmail, type Failure, type FakeGmail } from './gmail/index.ts'

let fake: FakeGmail

beforeAll(async () => {
  fake = await startFakeGmail()
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

async function getLabels(signal?: AbortSignal): Promise<Response> {
  return fetch(`${fake.url}/gmail/v1/users/me/labels`, {
    headers: { authorization: `Bearer ${fake.accessToken}` },
    redirect: 'manual',
    ...(signal && { signal }),
  })
}

async function send(patienceMilliseconds = 10_000): Promise<Response> {
  return fetch(`${fake.url}/gmail/v1/users/me/messages/send`, {
    method: 'POST',
    headers: { authorization: `Bearer ${fake.accessToken}`, 'content-type': 'application/json' },
    body: JSON.stringify({ raw: Buffer.from('To: a@x.example\r\n\r\nHi').toString('base64url') }),
    signal: AbortSignal.timeout(patienceMilliseconds),
  })
}

async function outcome(promise: Promise<Response>): Promise<string> {
  try {
    const response = await promise
    await response.text()
    return String(response.status)
  } catch {
    return 'no answer'
  }
}

describe('an injected failure', () => {
  test('shows once, then the API works again', async () => {
    fake.failNext({ kind: 'status', status: 503 })
    expect((await getLabels()).status).toBe(503)
    expect((await getLabels()).status).toBe(200)
  })

  test('waits for the method it is meant for, as often as told', async () => {
    fake.failNext({ kind: 'status', status: 500 }, { route: 'messages.send', times: 2 })
    expect((await getLabels()).status).toBe(200)
    expect(await outcome(send())).toBe('500')
    expect(await outcome(send())).toBe('500')
    expect(await outcome(send())).toBe('200')
  })

  test.each<[Failure, string, number]>([
    [{ kind: 'status', status: 503 }, '503', 0],
    [{ kind: 'status', status: 503, executes: true }, '503', 1],
    [{ kind: 'hang' }, 'no answer', 0],
    [{ kind: 'hang', executes: true }, 'no answer', 1],
    [{ kind: 'reset' }, 'no answer', 0],
    [{ kind: 'reset', executes: true }, 'no answer', 1],
    [{ kind: 'cut_body' }, 'no answer', 1],
    [{ kind: 'redirect', location: 'http://127.0.0.1:9/elsewhere' }, 'no answer', 0],
    [{ kind: 'delay', milliseconds: 30 }, '200', 1],
  ])('%o of a send shows as %s and sends %i messages', async (failure, shown, sent) => {
    fake.failNext(failure)
    expect(await outcome(send(failure.kind === 'hang' ? 500 : 10_000))).toBe(shown)
    await expect.poll(() => fake.sent.length).toBe(sent)
    expect(fake.requests).toHaveLength(1)
  })

  test('in status has the shape of Google and asks to come back later', async () => {
    fake.failNext({ kind: 'status', status: 429 })
    const answer = await getLabels()
    expect(answer.headers.get('retry-after')).toBe('1')
    expect(await answer.json()).toMatchObject({
      error: { code: 429, status: 'RESOURCE_EXHAUSTED', errors: [{ reason: 'rateLimitExceeded' }] },
    })
  })

  test('may be a redirect to another host', async () => {
    fake.failNext({ kind: 'redirect', location: 'https://evil.example/' })
    const answer = await getLabels()
    expect([answer.status, answer.headers.get('location')]).toEqual([302, 'https://evil.example/'])
  })

  test('may be a body that is cut, wrong, of the wrong type, or slow', async () => {
    fake.failNext({ kind: 'truncated_json' })
    await expect((await getLabels()).json()).rejects.toThrow(SyntaxError)
    fake.failNext({ kind: 'invalid_json' })
    await expect((await getLabels()).json()).rejects.toThrow(SyntaxError)
    fake.failNext({ kind: 'content_type', contentType: 'text/html' })
    expect((await getLabels()).headers.get('content-type')).toBe('text/html')
    fake.failNext({ kind: 'slow_body', chunkBytes: 1000, pauseMilliseconds: 20 })
    const start = performance.now()
    expect(await (await getLabels()).json()).toHaveProperty('labels')
    expect(performance.now() - start).toBeGreaterThan(30)
  })

  test('may be a body too large to keep, which ends when the client leaves', async () => {
    fake.failNext({ kind: 'oversized', bytes: 3_000_000 })
    expect((await (await getLabels()).text()).length).toBeGreaterThan(3_000_000)
    fake.failNext({ kind: 'oversized', bytes: 10_000_000_000 })
    const left = new AbortController()
    await getLabels(left.signal)
    left.abort()
    await expect.poll(() => fake.pendingRequests()).toBe(0)
  })

  test.each([500, 200])('may give the credential back, in an answer %i', async (status) => {
    fake.failNext({ kind: 'echo_credential', status })
    const answer = await getLabels()
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-debug-authorization')).toBe(`Bearer ${fake.accessToken}`)
    expect(await answer.text()).toContain(fake.accessToken)
  })

  test('may hide it in the escapes of JSON', async () => {
    fake.failNext({ kind: 'echo_credential', status: 200, escaped: true })
    const text = await (await getLabels()).text()
    expect(text).not.toContain(fake.accessToken)
    expect(JSON.stringify(JSON.parse(text))).toContain(fake.accessToken)
  })
})

describe('the stand-in', () => {
  test('counts what is open and what is unanswered', async () => {
    const open = fake.openSockets()
    const { hostname, port } = new URL(fake.url)
    fake.failNext({ kind: 'hang' })
    const asked = request({ hostname, port, path: '/', agent: false }).on('error', () => undefined)
    asked.end()
    await expect.poll(() => fake.pendingRequests()).toBe(1)
    expect(fake.openSockets()).toBe(open + 1)
    asked.destroy()
    await expect.poll(() => fake.pendingRequests()).toBe(0)
    await expect.poll(() => fake.openSockets()).toBe(open)
  })

  test('writes down a request whose body never came', async () => {
    const left = new AbortController()
    const body = new ReadableStream({ start: (controller) => controller.enqueue(Buffer.from('{')) })
    const answer = outcome(
      fetch(`${fake.url}/gmail/v1/users/me/messages/send`, {
        method: 'POST',
        body,
        duplex: 'half',
        signal: left.signal,
      }),
    )
    await expect.poll(() => fake.requests.length).toBe(1)
    left.abort()
    await answer
    expect(fake.requests[0]).toMatchObject({ complete: false, method: 'POST' })
  })

  test('writes down target, headers and body as they came', async () => {
    const target = '/gmail/v1/users/me/messages/%2e%2e/labels?x=%41'
    await new Promise<void>((resolve) => {
      const { port } = new URL(fake.url)
      const sent = request({ port, path: target, method: 'POST', headers: { 'X-Odd': 'a  b' } })
      sent.on('response', (answer) => answer.resume().on('end', resolve))
      sent.end('\u0000bytes')
    })
    expect(fake.requests[0]).toMatchObject({ target, body: Buffer.from('\u0000bytes') })
    expect(fake.requests[0]?.rawHeaders.slice(0, 2)).toEqual(['X-Odd', 'a  b'])
  })

  test('compresses only when asked', async () => {
    const labels = async (encoding: string): Promise<string | null> => {
      const answer = await fetch(`${fake.url}/gmail/v1/users/me/labels`, {
        headers: { authorization: `Bearer ${fake.accessToken}`, 'accept-encoding': encoding },
      })
      expect(await answer.json()).toHaveProperty('labels')
      return answer.headers.get('content-encoding')
    }
    expect(await labels('identity')).toBeNull()
    expect(await labels('gzip, deflate')).toBe('gzip')
  })

  test('does not start in production', async () => {
    const before = process.env['NODE_ENV']
    process.env['NODE_ENV'] = 'production'
    try {
      await expect(startFakeGmail()).rejects.toThrow('does not run in production')
    } finally {
      process.env['NODE_ENV'] = before
    }
  })

  test('forgets everything at a reset, credentials apart', async () => {
    await send()
    fake.mailbox.deleteMessage(fake.mailbox.requireMessage(SEED.hidden.id))
    fake.failNext({ kind: 'hang' })
    fake.reset()
    expect([fake.requests.length, fake.sent.length]).toEqual([0, 0])
    expect(fake.mailbox.messages.has(SEED.hidden.id)).toBe(true)
    expect((await getLabels()).status).toBe(200)
  })
})
