import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { encodeRaw } from '../support/sending-desk.ts'
import {
  expectNoBatchUpstream,
  getPart,
  messagePath,
  postPart,
  reasonOf,
  sendBatch,
  writeBatch,
} from './batch-front.ts'

let front: TestFront
let token: string

/** mail of one customer's domain; answers in its threads */
const DOMAIN = 'riverside-cafe.example'

beforeAll(async () => {
  front = await startTestFront()
  const from = { domains: [DOMAIN] }
  token = front.mint([
    { type: 'gmail', actions: ['messages.read'], from },
    { type: 'gmail', actions: ['messages.reply'], from, recipients: { participants: true } },
  ])
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

function replyPart(threadId: string, ...headers: readonly string[]): string {
  const raw = encodeRaw(`${headers.join('\r\n')}\r\nSubject: lids\r\n\r\nHello\r\n`)
  return postPart(messagePath('send'), JSON.stringify({ raw, threadId }))
}

describe('a batch shows nothing that a request of its own would not', () => {
  test('a hidden message among readable ones is the same bytes as a missing one', async () => {
    const requests = [SEED.supportThread.id, SEED.hidden.id, '0123456789abcdef'].map((id) =>
      getPart(messagePath(id)),
    )
    const { parts, body } = await sendBatch(front, token, writeBatch(requests))
    expectNoBatchUpstream(front.gmail)
    expect(body).not.toContain(SEED.hidden.subject)
    expect(parts.map(({ status }) => status)).toEqual([200, 404, 404])
    expect(parts[1]?.body).toBe(parts[2]?.body)
  })

  test('lists hold matching mail only', async () => {
    const list = '/gmail/v1/users/me/messages?maxResults=100'
    const [own, inner] = [
      await front.fetch(list, token),
      await sendBatch(front, token, writeBatch([getPart(list), getPart(list)])),
    ]
    const expected = await own.text()
    expect(inner.parts.map(({ body }) => body)).toEqual([expected, expected])
  })

  test('fifty guesses at hidden ids are fifty times missing, and fifty records', async () => {
    const before = front.ports.record.calls.length
    const requests = Array.from({ length: 50 }, () => getPart(messagePath(SEED.hidden.id)))
    const { parts } = await sendBatch(front, token, writeBatch(requests))
    expect(new Set(parts.map(({ status }) => status))).toEqual(new Set([404]))
    const records = front.ports.record.calls.slice(before)
    expect(records.map(({ entry }) => entry.decision)).toEqual(requests.map(() => 'deny'))
  })
})

describe('a batch sends nothing that a request of its own would not', () => {
  test('an injected Cc in one of its mails: that one is refused, and says which recipient', async () => {
    const { threadId, customer } = SEED.supportThread
    const requests = [
      replyPart(threadId, `To: ${customer}`, `Cc: ${SEED.evil}`),
      replyPart(threadId, `To: ${customer}`),
      replyPart(SEED.hidden.threadId, `To: ${SEED.evil}`),
    ]
    const { parts } = await sendBatch(front, token, writeBatch(requests))
    expect(front.gmail.sent.map(({ recipients }) => recipients)).toEqual([[customer]])
    expect(parts.map(({ status }) => status)).toEqual([403, 200, 404])
    expect(parts[0]?.body).toContain(SEED.evil)
  })

  test('whom the first mail of a batch writes to is no participant for the second', async () => {
    const { threadId, customer } = SEED.supportThread
    const requests = [
      replyPart(threadId, `To: ${customer}`),
      replyPart(threadId, `To: ${customer}`, `Cc: outsider@${DOMAIN}`),
    ]
    const { parts } = await sendBatch(front, token, writeBatch(requests))
    expect(front.gmail.sent).toHaveLength(1)
    expect(parts.map(({ status }) => status)).toEqual([200, 403])
  })

  test('a mail whose outcome is unknown is told so in its part, and the next is still decided', async () => {
    front.gmail.failNext({ kind: 'reset', executes: true }, { route: 'messages.send' })
    const { threadId, customer } = SEED.supportThread
    const reply = replyPart(threadId, `To: ${customer}`)
    const { parts } = await sendBatch(front, token, writeBatch([reply, reply]))
    expect(front.gmail.sent).toHaveLength(2)
    expect(parts.map(({ status }) => status)).toEqual([502, 200])
    expect(parts[0]?.body).toContain('look before trying again')
    const outcomes = front.ports.record.calls.slice(-2).map(({ outcome }) => outcome?.outcome)
    expect(outcomes).toEqual(['unknown', 'done'])
  })
})

test('a record that cannot be written refuses the parts: nothing is sent and nothing is shown', async () => {
  front.ports.record.failing = 'everything'
  try {
    const reply = replyPart(SEED.supportThread.threadId, `To: ${SEED.supportThread.customer}`)
    const requests = [reply, getPart(messagePath(SEED.supportThread.id))]
    const { parts } = await sendBatch(front, token, writeBatch(requests))
    expect(front.gmail.sent).toEqual([])
    expect(parts.map(({ status }) => status)).toEqual([503, 503])
    expect(parts.map(reasonOf)).toEqual(['backendError', 'backendError'])
  } finally {
    front.ports.record.failing = 'nothing'
  }
})
