import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { ProofKey } from '../support/oauth-proof.ts'
import { encodeRaw } from '../support/sending-desk.ts'
import {
  getPart,
  messagePath,
  postPart,
  sendBatch,
  toRequest,
  writeBatch,
  type BatchAnswer,
} from './batch-front.ts'
import { openSocket } from './robustness-socket.ts'

// who calls is asked once; whether the token still stands is asked for each request of the batch
const CUSTOMER = SEED.supportThread.customer
const DETAILS = [
  ...READ_ALL,
  { type: 'gmail', actions: ['messages.send'], recipients: { addresses: [CUSTOMER] } },
]
const GET = getPart(messagePath(SEED.html.id))
const SEND = postPart(
  messagePath('send'),
  JSON.stringify({ raw: encodeRaw(`To: ${CUSTOMER}\r\nSubject: hello\r\n\r\nHello\r\n`) }),
)

let front: TestFront
let now: number

beforeEach(async () => {
  now = Date.now()
  front = await startTestFront({ now: () => now })
})
afterEach(() => front.close())

/** one read, answered late; while the provider works on it, `meanwhile` happens; then five more requests */
async function runWhile(meanwhile: () => void): Promise<BatchAnswer> {
  front.gmail.failNext({ kind: 'delay', milliseconds: 200 }, { route: 'messages.send' })
  const requests = [SEND, GET, GET, SEND, GET, GET]
  const answer = sendBatch(front, front.mint(DETAILS), writeBatch(requests))
  await expect.poll(() => front.gmail.sent.length).toBe(1)
  meanwhile()
  return answer
}

describe('in the middle of a batch', () => {
  test('nothing happens: all of it is done', async () => {
    const { parts } = await runWhile(() => undefined)
    expect(front.gmail.sent).toHaveLength(2)
    expect(parts.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200, 200])
  })

  test('the token is revoked: what has not begun is refused, and nothing more goes upstream', async () => {
    const { status, parts } = await runWhile(() => front.ports.revocations.revoked.add('g_test'))
    expect(front.gmail.requests.map(({ route }) => route)).toEqual(['messages.send'])
    expect(front.gmail.sent).toHaveLength(1)
    expect(status).toBe(200)
    expect(parts.map((part) => part.status)).toEqual([200, 401, 401, 401, 401, 401])
    const reasons = front.ports.record.calls.map(({ entry }) => entry.reason)
    expect(reasons).toEqual([undefined, ...Array<string>(5).fill('revoked')])
  })

  test('the feed of revocations goes stale: what has not begun is refused', async () => {
    const { parts } = await runWhile(() => void (front.ports.revocations.fresh = false))
    expect(front.gmail.requests).toHaveLength(1)
    expect(parts.map(({ status }) => status)).toEqual([200, 503, 503, 503, 503, 503])
  })

  test('the token expires: what has not begun is refused', async () => {
    const { parts } = await runWhile(() => void (now += 3_601_000))
    expect(front.gmail.requests).toHaveLength(1)
    expect(parts.map(({ status }) => status)).toEqual([200, 401, 401, 401, 401, 401])
  })

  test('a read under way when the token is revoked shows nothing', async () => {
    front.gmail.failNext({ kind: 'delay', milliseconds: 200 }, { route: 'messages.get', times: 2 })
    const answer = sendBatch(front, front.mint(DETAILS), writeBatch([GET, GET]))
    await expect.poll(() => front.gmail.pendingRequests()).toBe(2)
    front.ports.revocations.revoked.add('g_test')
    const { parts, body } = await answer
    expect(body).not.toContain(SEED.html.subject)
    expect(parts.map(({ status }) => status)).toEqual([401, 401])
  })

  test('the client hangs up: a mail under way is seen to its end, what has not begun is not done', async () => {
    front.gmail.failNext({ kind: 'delay', milliseconds: 200 }, { route: 'messages.send' })
    const socket = await openSocket(front.port)
    socket.write(toRequest(front.mint(DETAILS), writeBatch([SEND, SEND, GET, GET, SEND])))
    await expect.poll(() => front.gmail.sent.length).toBe(1)
    socket.resetAndDestroy()
    await expect.poll(() => front.ports.record.calls.length).toBe(5)
    await expect
      .poll(() => front.ports.record.calls.every(({ outcome }) => outcome !== undefined))
      .toBe(true)
    expect(front.gmail.requests).toHaveLength(1)
    expect(front.ports.record.calls.map(({ outcome }) => outcome?.outcome)).toEqual([
      'done',
      ...Array<string>(4).fill('refused'),
    ])
    expect(front.ports.record.last.entry.reason).toBe('client_closed')
    expect(front.ports.events).toEqual([])
    await expect.poll(() => front.openConnections()).toBe(0)
  })

  test('the client hangs up while reads hang: the provider is let go, and no further read begins', async () => {
    front.gmail.failNext({ kind: 'hang' }, { route: 'messages.get', times: 50 })
    const socket = await openSocket(front.port)
    const requests = Array.from({ length: 50 }, () => GET)
    socket.write(toRequest(front.mint(DETAILS), writeBatch(requests)))
    await expect.poll(() => front.gmail.pendingRequests()).toBe(4)
    socket.destroy()
    await expect.poll(() => front.upstreamRequests()).toBe(0)
    await expect.poll(() => front.ports.record.calls.length).toBe(50)
    expect(front.gmail.requests).toHaveLength(4)
    const reasons = new Set(front.ports.record.calls.map(({ entry }) => entry.reason))
    expect(reasons).toEqual(new Set(['client_closed']))
  })
})

test('a client that leaves in the middle of its batch has nothing done', async () => {
  const request = toRequest(front.mint(DETAILS), writeBatch([SEND, GET]))
  for (const length of [
    request.length - 1,
    request.length - 30,
    request.indexOf('\r\n\r\n') + 40,
  ]) {
    const before = front.ports.record.calls.length
    const socket = await openSocket(front.port)
    socket.write(request.slice(0, length))
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.destroy()
    await expect.poll(() => front.ports.record.calls.length).toBe(before + 1)
    expect(front.ports.record.last.entry.reason).toBe('client_closed')
  }
  expect(front.gmail.requests).toEqual([])
})

describe('a batch of a token that is bound to a key', () => {
  const PATH = '/batch/gmail/v1'

  async function bind(): Promise<{ key: ProofKey; token: string }> {
    const key = await ProofKey.create()
    return { key, token: front.mint(DETAILS, { keyThumbprint: key.thumbprint }) }
  }

  async function send(token: string, proof: string, body: string): Promise<BatchAnswer> {
    const authorization = [`Authorization: DPoP ${token}`, `DPoP: ${proof}`]
    return sendBatch(front, token, body, { path: PATH, authorization })
  }

  test('one proof, for the batch, lets all of it in, and stands in every record', async () => {
    const { key, token } = await bind()
    const { DPoP: proof } = await key.prove('POST', front.url + PATH, { token })
    const requests = [SEND, GET, getPart(messagePath(SEED.html.id), `Authorization: DPoP ${token}`)]
    const { parts } = await send(token, proof, writeBatch(requests))
    expect(front.gmail.sent).toHaveLength(1)
    expect(parts.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(front.ports.usedProofs.claims).toBe(1)
    const keys = front.ports.record.calls.map(({ entry }) => entry.request['key'])
    expect(keys).toEqual([key.thumbprint, key.thumbprint, key.thumbprint])
  })

  test('a proof for one of the inner requests is none for the batch', async () => {
    const { key, token } = await bind()
    for (const [method, path] of [
      ['GET', messagePath(SEED.html.id)],
      ['POST', messagePath('send')],
      ['POST', '/batch'],
      ['GET', PATH],
    ] as const) {
      const { DPoP: proof } = await key.prove(method, front.url + path, { token })
      const answer = await send(token, proof, writeBatch([GET, SEND]))
      expect(front.gmail.requests).toEqual([])
      expect(answer.status).toBe(401)
    }
  })

  test('the same batch again is a replay, and a batch without a proof is refused', async () => {
    const { key, token } = await bind()
    const { DPoP: proof } = await key.prove('POST', front.url + PATH, { token })
    expect((await send(token, proof, writeBatch([GET]))).status).toBe(200)
    front.gmail.reset()
    const replayed = await send(token, proof, writeBatch([SEND]))
    const bare = await sendBatch(front, token, writeBatch([SEND]))
    expect(front.gmail.requests).toEqual([])
    expect([replayed.status, bare.status]).toEqual([401, 401])
  })

  test('a proof inside is refused: it is for a request that never came', async () => {
    const { key, token } = await bind()
    const outer = await key.prove('POST', front.url + PATH, { token })
    const inner = await key.prove('GET', front.url + messagePath(SEED.html.id), { token })
    const request = getPart(messagePath(SEED.html.id), `DPoP: ${inner.DPoP}`)
    const { parts } = await send(token, outer.DPoP, writeBatch([request]))
    expect(front.gmail.requests).toEqual([])
    expect(parts.map(({ status }) => status)).toEqual([403])
  })
})
