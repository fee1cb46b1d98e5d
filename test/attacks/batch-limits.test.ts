import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { encodeRaw } from '../support/sending-desk.ts'
import { getPart, messagePath, postPart, sendBatch, writeBatch } from './batch-front.ts'

// a batch is no way to do many things while they are counted as one
const CUSTOMER = SEED.supportThread.customer

let front: TestFront
let grants = 0

beforeAll(async () => {
  front = await startTestFront()
})
afterAll(() => front.close())
beforeEach(() => {
  front.gmail.reset()
  grants++
})

function mint(entry: object): string {
  return front.mint([entry], { grantId: `g_batch_limits_${grants}` })
}

function sendPart(to: string): string {
  const raw = encodeRaw(`To: ${to}\r\nSubject: hello\r\n\r\nHello\r\n`)
  return postPart(messagePath('send'), JSON.stringify({ raw }))
}

test('five mails in one batch against two an hour are two, and a second batch has none', async () => {
  const recipients = { addresses: [CUSTOMER] }
  const limits = [{ per: 'hour', calls: 2 }]
  const token = mint({ type: 'gmail', actions: ['messages.send'], recipients, limits })
  const batch = writeBatch(Array.from({ length: 5 }, () => sendPart(CUSTOMER)))
  const first = await sendBatch(front, token, batch)
  const second = await sendBatch(front, token, batch)
  expect(front.gmail.sent).toHaveLength(2)
  expect(first.parts.map(({ status }) => status)).toEqual([200, 200, 403, 403, 403])
  expect(second.parts.map(({ status }) => status)).toEqual([403, 403, 403, 403, 403])
})

test('ten messages read in one batch, four at once, against three an hour are three', async () => {
  const limits = [{ per: 'hour', calls: 3 }]
  const token = mint({ type: 'gmail', actions: ['messages.read'], limits })
  const requests = Array.from({ length: 10 }, () => getPart(messagePath(SEED.html.id)))
  const { parts } = await sendBatch(front, token, writeBatch(requests))
  expect(parts.filter(({ status }) => status === 200)).toHaveLength(3)
  expect(parts.filter(({ body }) => body.includes('"snippet"'))).toHaveLength(3)
})
