import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED, startFakeGmail, type Failure } from '../fakes/gmail/index.ts'
import { startFrontUnderAttack, type FrontUnderAttack } from './robustness-front.ts'

/** a provider that fails in every way: the client gets one clear answer, and never the credential */
const PATIENCE = 700
let attacked: FrontUnderAttack
let hasty: FrontUnderAttack
let patient: FrontUnderAttack

beforeAll(async () => {
  hasty = await startFrontUnderAttack(PATIENCE)
  patient = await startFrontUnderAttack(20_000)
})
beforeEach(() => use(patient))
afterAll(async () => {
  await hasty.front.close()
  await patient.front.close()
})

function use(front: FrontUnderAttack): void {
  attacked = front
  attacked.front.gmail.reset()
  attacked.front.ports.events.length = 0
  attacked.front.ports.record.calls.length = 0
}

interface Seen {
  readonly status: number
  readonly text: string
  readonly headers: string
}

async function read(): Promise<Seen> {
  const path = `/gmail/v1/users/me/messages/${SEED.html.id}`
  return toSeen(await attacked.front.fetch(path, attacked.token))
}

async function send(): Promise<Seen> {
  const raw = `To: ${SEED.supportThread.customer}\r\nSubject: lids\r\n\r\nOn their way.\r\n`
  const answer = await attacked.front.fetch('/gmail/v1/users/me/messages/send', attacked.token, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ raw: Buffer.from(raw).toString('base64url') }),
  })
  return toSeen(answer)
}

async function toSeen(answer: Response): Promise<Seen> {
  const text = await answer.text()
  return { status: answer.status, text, headers: JSON.stringify([...answer.headers]) }
}

/** no credential in any spelling, no header or page of the provider's, Google's shape when it is an error */
function expectClean(seen: Seen): void {
  const { accessToken } = attacked.front.gmail
  for (const secret of [
    accessToken,
    Buffer.from(accessToken).toString('base64'),
    'fake-upstream',
  ]) {
    expect(seen.text).not.toContain(secret)
    expect(seen.headers).not.toContain(secret)
  }
  expect(seen.headers).not.toMatch(/"(?:location|set-cookie|x-debug-authorization|alt-svc)"/)
  const parsed = JSON.parse(seen.text) as { error?: unknown }
  if (seen.status >= 400) {
    expect(parsed.error).toMatchObject({ code: seen.status })
    expect(seen.text).not.toMatch(/\bat .*\.[jt]s:\d+|node_modules|ECONN|UND_ERR/)
  } else expect(parsed).not.toHaveProperty('error')
}

async function expectNothingLeft(): Promise<void> {
  await expect.poll(() => attacked.front.upstreamRequests(), { timeout: 3000 }).toBe(0)
  await expect.poll(() => attacked.front.gmail.pendingRequests(), { timeout: 3000 }).toBe(0)
  expect(attacked.front.ports.record.calls.every((call) => call.outcome)).toBe(true)
  await attacked.expectServed()
}

const FOREIGN = 'http://127.0.0.1:9/stolen'

type Case = readonly [failure: Failure, status: number]

const FAILURES: readonly Case[] = [
  [{ kind: 'status', status: 500 }, 502],
  [{ kind: 'status', status: 502 }, 502],
  [{ kind: 'status', status: 503 }, 502],
  [{ kind: 'status', status: 418 }, 502],
  [{ kind: 'status', status: 403 }, 502],
  [{ kind: 'status', status: 429 }, 429],
  [{ kind: 'hang' }, 504],
  [{ kind: 'hang', executes: true }, 504],
  [{ kind: 'reset' }, 502],
  [{ kind: 'reset', executes: true }, 502],
  [{ kind: 'cut_body' }, 502],
  [{ kind: 'redirect', location: FOREIGN }, 502],
  [{ kind: 'redirect', location: FOREIGN, status: 307 }, 502],
  [{ kind: 'redirect', location: '//evil.example', status: 308 }, 502],
  [{ kind: 'oversized', bytes: 200_000_000 }, 502],
  [{ kind: 'truncated_json' }, 502],
  [{ kind: 'invalid_json' }, 502],
  [{ kind: 'slow_body', chunkBytes: 1, pauseMilliseconds: 60 }, 504],
  [{ kind: 'slow_body', chunkBytes: 1, pauseMilliseconds: 10_000 }, 504],
  [{ kind: 'echo_credential', status: 400 }, 502],
  [{ kind: 'echo_credential', status: 401 }, 502],
  [{ kind: 'echo_credential', status: 404 }, 502],
  [{ kind: 'echo_credential', status: 500 }, 502],
  [{ kind: 'echo_credential', status: 200 }, 502],
]

/** whoever looks at the bytes alone does not see it */
const HIDDEN_ECHO: Failure = { kind: 'echo_credential', status: 200, escaped: true }

describe('a read whose provider answers with', () => {
  test.each(FAILURES)('%o becomes %i', async (failure, status) => {
    if (status === 504) use(hasty)
    attacked.front.gmail.failNext(failure, { route: 'messages.get' })
    const seen = await read()
    expect(seen.status).toBe(status)
    expectClean(seen)
    await expectNothingLeft()
  })

  test('the right thing, late but in time, is a success', async () => {
    attacked.front.gmail.failNext({ kind: 'delay', milliseconds: 50 }, { route: 'messages.get' })
    expect((await read()).status).toBe(200)
  })

  test('the right thing under a wrong content type shows only what a message has', async () => {
    const contentType = 'text/html'
    attacked.front.gmail.failNext({ kind: 'content_type', contentType }, { route: 'messages.get' })
    const seen = await read()
    expect(seen.headers).toContain('application/json')
    expectClean(seen)
  })
})

describe('a send whose provider answers with', () => {
  test.each(FAILURES)(
    '%o becomes %i, is not repeated, and is on record',
    async (failure, status) => {
      if (status === 504) use(hasty)
      const { gmail, ports } = attacked.front
      gmail.failNext(failure, { route: 'messages.send' })
      const seen = await send()
      expect(gmail.sent.length).toBeLessThanOrEqual(1)
      expect(gmail.requests.filter((request) => request.route === 'messages.send')).toHaveLength(1)
      expect(seen.status).toBe(status)
      expectClean(seen)
      // what may have gone out is never recorded as if it had not
      if (gmail.sent.length === 1) expect(ports.record.last.outcome?.outcome).toBe('unknown')
      await expectNothingLeft()
    },
  )

  test('a redirect is not followed, and the credential goes nowhere else', async () => {
    await using elsewhere = await startFakeGmail({ seed: 'empty' })
    const location = `${elsewhere.url}/gmail/v1/users/me/messages/send`
    attacked.front.gmail.failNext({ kind: 'redirect', location, status: 307 }, { times: 2 })
    expect([(await read()).status, (await send()).status]).toEqual([502, 502])
    expect(elsewhere.requests).toEqual([])
  })
})

describe('an answer that contains the credential', () => {
  test.each<Failure>([
    { kind: 'echo_credential', status: 200 },
    { kind: 'echo_credential', status: 500 },
    HIDDEN_ECHO,
  ])('is withheld and reported to the operator: %o', async (failure) => {
    const { gmail, ports } = attacked.front
    gmail.failNext(failure, { route: 'messages.get' })
    const seen = await read()
    expect(seen.status).toBe(502)
    expectClean(seen)
    expect(ports.events.map((event) => event.event)).toEqual(['credential_in_answer'])
  })
})

describe('a provider that is gone', () => {
  test('is a clear 502, and served again when it is back', async () => {
    const { gmail } = attacked.front
    gmail.failNext({ kind: 'reset' }, { times: 20 })
    for (let i = 0; i < 5; i++) expect((await read()).status).toBe(502)
    gmail.reset()
    expect((await read()).status).toBe(200)
  })

  test('that hangs does not keep others from their answer longer than its time', async () => {
    use(hasty)
    const { gmail } = attacked.front
    gmail.failNext({ kind: 'hang' }, { route: 'messages.get', times: 8 })
    const hanging = Array.from({ length: 8 }, () => read())
    const start = performance.now()
    expect((await read()).status).toBe(200)
    expect(performance.now() - start).toBeLessThan(PATIENCE + 2000)
    const statuses = await Promise.all(hanging)
    expect(statuses.map((seen) => seen.status)).toEqual(Array(8).fill(504))
  })
})
