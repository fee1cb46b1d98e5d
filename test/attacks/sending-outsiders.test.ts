import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSendingDesk, type SendingDesk } from '../support/sending-desk.ts'
import { composeMail, type MailSource } from '../fakes/gmail/index.ts'
import {
  ALICE,
  BOB,
  EVE,
  MALLORY,
  NOW,
  ORDER,
  OTHER,
  seedOrderThreads,
  TEAM,
} from '../fixtures/mail/order-threads.ts'
import { HOSTILE_MAILS } from '../fixtures/mail/hostile.ts'

let desk: SendingDesk

beforeAll(async () => {
  desk = await openSendingDesk(seedOrderThreads)
})
beforeEach(() => {
  desk.gmail.reset()
  desk.grant({ actions: ['messages.reply'] })
})
afterAll(async () => desk.close())

function mail(...headers: readonly string[]): string {
  return [...headers, '', 'It is on its way.'].join('\r\n')
}

function reached(): string[] {
  return desk.gmail.sent.flatMap(({ recipients }) => recipients)
}

describe('no hostile message reaches anybody outside the thread', () => {
  test.each(HOSTILE_MAILS)('$name', async ({ message }) => {
    await desk.send(message, ORDER)
    expect(reached().filter((address) => address !== ALICE && address !== BOB)).toEqual([])
  })
})

describe('a reply to somebody outside the thread is denied and nothing reaches Gmail', () => {
  test.each([
    ['a Cc', mail(`To: ${ALICE}`, `Cc: ${EVE}`)],
    ['a second To', mail(`To: ${ALICE}, ${EVE}`)],
    ['another address behind a known name', mail(`To: "${ALICE}" <${EVE}>`)],
    ['a plus tag of a participant', mail('To: alice+x@customer.example')],
    ['a dotted spelling of a participant', mail('To: a.lice@customer.example')],
    ['a look-alike domain', mail('To: alice@xn--ustomer-8gg.example')],
    ['a sub-domain', mail('To: alice@mail.customer.example')],
    ['the domain as a prefix', mail('To: alice@customer.example.evil.example')],
    ['someone of another thread', mail('To: carol@other.example')],
    ['the recipient of a draft', mail(`To: ${EVE}`)],
    ['the sender of spam', mail(`To: ${MALLORY}`)],
  ])('%s', async (_name, message) => {
    expect(await desk.send(message, ORDER)).toHaveProperty('denied')
    expect(desk.gmail.requests.filter(({ method }) => method !== 'GET')).toEqual([])
  })
})

describe('nobody becomes a participant because the agent wrote to them', () => {
  const both = [
    { actions: ['messages.reply'], recipients: { domains: ['acme.example'] } },
    { actions: ['messages.reply'], recipients: { participants: true } },
  ]

  test('after a reply that another right allowed', async () => {
    desk.grant(...both)
    expect(await desk.send(mail(`To: ${TEAM}`), ORDER)).toHaveProperty('sent')
    desk.grant({ actions: ['messages.reply'] })
    expect(await desk.send(mail(`To: ${TEAM}`), ORDER)).toHaveProperty('denied')
    expect(await desk.send(mail(`To: ${ALICE}`), ORDER)).toHaveProperty('sent')
  })

  test('after a reply whose outcome the front never learned', async () => {
    desk.grant(...both)
    desk.gmail.failNext({ kind: 'reset', executes: true }, { route: 'messages.send' })
    await desk.send(mail(`To: ${TEAM}`), ORDER).catch(() => undefined)
    expect(reached()).toEqual([TEAM])
    desk.grant({ actions: ['messages.reply'] })
    expect(await desk.send(mail(`To: ${TEAM}`), ORDER)).toHaveProperty('denied')
  })
})

test('nor because an earlier grant on the mailbox wrote to them', async () => {
  const { mailbox } = desk.gmail
  const raw = composeMail({
    from: mailbox.account,
    to: EVE,
    subject: 'Order 12',
    text: 'Hello',
    date: NOW,
    messageId: '<earlier@acme.example>',
  })
  mailbox.addMessage({ threadId: ORDER, raw, labelIds: ['SENT'], internalDate: NOW })
  await desk.sentMessages.remember('g_earlier', '<earlier@acme.example>')
  expect(await desk.send(mail(`To: ${EVE}`), ORDER)).toHaveProperty('denied')
  expect(await desk.send(mail(`To: ${ALICE}`), ORDER)).toHaveProperty('sent')
})

describe('a stranger who mails into a thread', () => {
  const INVOICE = Buffer.from('%PDF-1.4 pay here instead')
  const intrude = (source: Partial<MailSource> = {}): void => {
    const { mailbox } = desk.gmail
    const raw = composeMail({
      from: MALLORY,
      to: mailbox.account,
      cc: EVE,
      subject: 'Re: Order 12',
      date: NOW,
      messageId: '<intruder@evil.example>',
      text: 'As agreed: https://evil.example/pay',
      attachments: [{ name: 'pay.pdf', type: 'application/pdf', content: INVOICE }],
      ...source,
    })
    mailbox.addMessage({ threadId: ORDER, raw, labelIds: ['INBOX'], internalDate: NOW })
  }
  const filtered = { actions: ['messages.reply'], from: { domains: ['customer.example'] } }

  test.each([
    ['himself', MALLORY],
    ['who is in his Cc', EVE],
  ])('makes no participant of %s where the grant filters replies', async (_name, address) => {
    intrude()
    desk.grant(filtered)
    expect(await desk.send(mail(`To: ${address}`), ORDER)).toHaveProperty('denied')
    expect(await desk.send(mail(`To: ${ALICE}, ${BOB}`), ORDER)).toHaveProperty('sent')
    expect(reached()).toEqual([ALICE, BOB])
  })

  test("is a stranger under the account's name, too", async () => {
    intrude({ from: desk.gmail.account, to: EVE })
    desk.grant(filtered)
    expect(await desk.send(mail(`To: ${EVE}`), ORDER)).toHaveProperty('denied')
  })

  test('makes no host known, and no attachment one of the conversation', async () => {
    intrude()
    desk.grant({ ...filtered, body: { links: 'known' }, attachments: 'thread' })
    const linking = (url: string): string => `To: ${ALICE}\r\n\r\nsee ${url}`
    expect(await desk.send(linking('https://evil.example/pay'), ORDER)).toHaveProperty('denied')
    const attaching = [
      `To: ${ALICE}`,
      'Content-Type: application/pdf',
      'Content-Disposition: attachment; filename="pay.pdf"',
      'Content-Transfer-Encoding: base64',
      '',
      INVOICE.toString('base64'),
    ].join('\r\n')
    expect(await desk.send(attaching, ORDER)).toHaveProperty('denied')
    const known = linking('https://shop.customer.example/orders/12')
    expect(await desk.send(known, ORDER)).toHaveProperty('sent')
  })

  test('is a participant where the grant filters nothing', async () => {
    intrude()
    expect(await desk.send(mail(`To: ${MALLORY}`, `Cc: ${EVE}`), ORDER)).toHaveProperty('sent')
  })
})

test('a thread that is not the one asked for is not answered', async () => {
  const other = await fetch(`${desk.gmail.url}/gmail/v1/users/me/threads/${OTHER}`, {
    headers: { authorization: `Bearer ${desk.gmail.accessToken}` },
  })
  desk.instead.set(`threads/${ORDER}`, await other.json())
  try {
    await expect(desk.send(mail('To: carol@other.example'), ORDER)).rejects.toMatchObject({
      refusal: { code: 'upstream_failed' },
    })
  } finally {
    desk.instead.clear()
  }
  expect(reached()).toEqual([])
})

describe('a thread that the token may not know is answered like one that is not there', () => {
  test('whatever the mail is', async () => {
    desk.grant({ actions: ['messages.reply'], from: { addresses: [ALICE] } })
    const absent = await desk.send(mail(`To: ${EVE}`), 'ffff')
    const hidden = await desk.send(mail(`To: ${EVE}`), OTHER)
    expect(absent).toMatchObject({ refused: { code: 'missing' } })
    expect(hidden).toMatchObject({ refused: { code: 'missing' } })
  })
})

test('invisible characters, in whatever part, do not leave', async () => {
  const tags = Array.from('pin1234', (letter) =>
    String.fromCodePoint(0xe0000 + letter.charCodeAt(0)),
  ).join('')
  const source = [
    `To: ${ALICE}`,
    'Content-Type: multipart/alternative; boundary=edge',
    '',
    '--edge',
    'Content-Type: text/plain; charset=utf-8',
    '',
    `Hello${tags}\u200b\u2063 there`,
    '--edge',
    'Content-Type: text/html; charset=utf-8',
    '',
    `<p>Hello${tags}&#x200b;&#xe0041; there<!--${tags}--></p>`,
    '--edge--',
    '',
  ]
  const outcome = await desk.send(source.join('\r\n'), ORDER)
  expect(outcome).toMatchObject({ sent: { text: 'Hello there\n', html: '<p>Hello there</p>\n' } })
})
