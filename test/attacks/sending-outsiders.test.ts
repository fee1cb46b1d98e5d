import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openSendingDesk, type SendingDesk } from '../support/sending-desk.ts'
import {
  ALICE,
  BOB,
  EVE,
  MALLORY,
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
