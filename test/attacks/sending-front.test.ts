import { auth, gmail, type gmail_v1 } from '@googleapis/gmail'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { ALICE, EVE, NOW, ORDER, seedOrderThreads } from '../fixtures/mail/order-threads.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { encodeRaw } from '../support/sending-desk.ts'

let front: TestFront

beforeAll(async () => {
  front = await startTestFront({
    gmail: { seed: seedOrderThreads, now: () => NOW },
    now: () => NOW,
    front: {
      upstreamLimits: {
        headersTimeoutMs: 300,
        bodyTimeoutMs: 300,
        totalTimeoutMs: 700,
        maxResponseBytes: 1_000_000,
      },
    },
  })
})
beforeEach(() => front.gmail.reset())
afterAll(async () => front.close())

const REPLY = [{ type: 'gmail', actions: ['messages.reply'] }]

function client(details: readonly unknown[] = REPLY): gmail_v1.Gmail {
  const credentials = new auth.OAuth2()
  credentials.setCredentials({ access_token: front.mint(details) })
  return gmail({ version: 'v1', auth: credentials, rootUrl: front.url, retry: false })
}

function reply(...headers: readonly string[]): {
  userId: string
  requestBody: gmail_v1.Schema$Message
} {
  const raw = encodeRaw([...headers, '', 'It is on its way.'].join('\r\n'))
  return { userId: 'me', requestBody: { threadId: ORDER, raw } }
}

function posts(): number {
  return front.gmail.requests.filter(({ method }) => method === 'POST').length
}

describe("Google's stock client, through the whole front", () => {
  test('replies to a participant, in both dialects', async () => {
    const { data } = await client().users.messages.send(reply(`To: ${ALICE}`))
    expect(data).toMatchObject({ threadId: ORDER, labelIds: ['SENT'] })
    const media = { mimeType: 'message/rfc822', body: Readable.from([`To: ${ALICE}\r\n\r\nHello`]) }
    const upload = { userId: 'me', requestBody: { threadId: ORDER }, media }
    await client().users.messages.send(upload, { rootUrl: front.url })
    expect(front.gmail.sent.map(({ recipients }) => recipients)).toEqual([[ALICE], [ALICE]])
  })

  test('is told which recipient is outside, and nothing reaches Gmail', async () => {
    const injected = client().users.messages.send(reply(`To: ${ALICE}`, `Cc: ${EVE}`))
    await expect(injected).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining(EVE) as string,
    })
    expect(posts()).toBe(0)
  })

  test('gets a 400 with a sentence for a Bcc, and nothing reaches Gmail', async () => {
    const hidden = client().users.messages.send(reply(`To: ${ALICE}`, `Bcc: ${EVE}`))
    await expect(hidden).rejects.toMatchObject({
      status: 400,
      message: expect.stringContaining('Bcc') as string,
    })
    expect(front.gmail.requests).toEqual([])
  })

  test('cannot send outside a thread with the right to reply', async () => {
    const raw = encodeRaw(`To: ${ALICE}\r\n\r\nHello`)
    await expect(
      client().users.messages.send({ userId: 'me', requestBody: { raw } }),
    ).rejects.toMatchObject({ status: 403 })
    expect(posts()).toBe(0)
  })

  test('learns that a mail may be out when Gmail does not answer', async () => {
    front.gmail.failNext({ kind: 'hang', executes: true }, { route: 'messages.send' })
    const sending = client().users.messages.send(reply(`To: ${ALICE}`))
    await expect(sending).rejects.toMatchObject({
      status: 504,
      message: expect.stringContaining('may have been') as string,
    })
    expect(posts()).toBe(1)
  })
})

test('a second reader that denies keeps a mail in', async () => {
  front.secondOpinion.verdict = 'deny'
  try {
    await expect(client().users.messages.send(reply(`To: ${ALICE}`))).rejects.toMatchObject({
      status: 403,
    })
    expect(posts()).toBe(0)
  } finally {
    front.secondOpinion.verdict = 'agree'
  }
})
