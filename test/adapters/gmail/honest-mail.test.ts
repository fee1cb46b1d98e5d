import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { SentMail } from '../../fakes/gmail/index.ts'
import { honestMails } from '../../fixtures/mail/honest.ts'
import type { HonestMail } from '../../fixtures/mail/honest/honest-mail.ts'
import { REFUSED_MAILS } from '../../fixtures/mail/honest/refused.ts'
import { NOW, ORDER, seedOrderThreads } from '../../fixtures/mail/order-threads.ts'
import { startTestFront, type TestFront } from '../../support/front.ts'
import { encodeRaw } from '../../support/sending-desk.ts'

/** through the whole front over HTTP, under a grant that allows the mail; what counts is what reached Gmail's stand-in */
let front: TestFront

beforeAll(async () => {
  front = await startTestFront({
    gmail: { seed: seedOrderThreads, now: () => NOW },
    now: () => NOW,
  })
})
beforeEach(() => front.gmail.reset())
afterAll(async () => front.close())

const GRANT = [
  {
    type: 'gmail',
    actions: ['messages.send', 'messages.reply'],
    recipients: { domains: ['customer.example'] },
    attachments: 'any',
    body: { links: 'any' },
  },
]

async function post(message: Buffer, threadId?: string): Promise<Response> {
  return front.fetch('/gmail/v1/users/me/messages/send', front.mint(GRANT), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ raw: encodeRaw(message), ...(threadId !== undefined && { threadId }) }),
  })
}

async function send(message: Buffer, threadId?: string): Promise<SentMail> {
  const response = await post(message, threadId)
  const answer = await response.text()
  const [sent, ...others] = front.gmail.sent
  expect({ status: response.status, answer, sent: front.gmail.sent.length }).toMatchObject({
    status: 200,
    sent: 1,
  })
  if (sent === undefined || others.length > 0) throw new Error('not sent once')
  return sent
}

function expectSaid(sent: SentMail, mail: HonestMail): void {
  const recipients = [...mail.to, ...(mail.cc ?? [])].toSorted()
  expect(sent.recipients).toEqual(recipients)
  expect(sent.recipientsByReader).toEqual({
    postalMime: [...mail.to, ...(mail.cc ?? [])],
    mailparser: [...mail.to, ...(mail.cc ?? [])],
    lenient: [...mail.to, ...(mail.cc ?? [])],
  })
  expect(sent.from).toBe(front.gmail.account)
  expect(`${sent.text}${sent.html ?? ''}`).toContain(mail.says)
  if (mail.text !== undefined) expect(sent.text.trimEnd()).toBe(mail.text)
  if (mail.html !== undefined) expect(sent.html?.trimEnd()).toBe(mail.html)
  expect(sent.attachments.map(({ filename }) => filename)).toEqual(mail.attachments ?? [])
  if (mail.contents !== undefined) {
    expect(sent.attachments.map(({ content }) => content.toString())).toEqual(mail.contents)
  }
}

const mails = await honestMails()

test('the corpus is as large as it says', () => {
  expect(mails.length).toBeGreaterThanOrEqual(40)
  expect(new Set(mails.map(({ name }) => name)).size).toBe(mails.length)
})

describe('an honest message leaves as a new mail, saying what it said', () => {
  test.each(mails)('$name', async (mail) => {
    const sent = await send(mail.message)
    expectSaid(sent, mail)
    expect(sent.subject).toBe(mail.subject)
  })
})

describe('an honest message leaves as a reply, under the subject of its thread', () => {
  test.each(mails)('$name', async (mail) => {
    const sent = await send(mail.message, ORDER)
    expectSaid(sent, mail)
    expect(sent).toMatchObject({ threadId: ORDER, subject: 'Re: Order 12' })
  })
})

describe('an honest message that stays refused is told what to do', () => {
  test.each(REFUSED_MAILS)('$name', async ({ message, sentence }) => {
    const response = await post(message)
    const answer = await response.text()
    expect(front.gmail.requests).toEqual([])
    expect(response.status).toBe(400)
    expect(answer).toContain(sentence)
  })
})
