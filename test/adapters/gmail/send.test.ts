import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  encodeRaw,
  jsonRequest,
  openSendingDesk,
  type Outcome,
  type SendingDesk,
} from '../../support/sending-desk.ts'
import {
  ALICE,
  BOB,
  CONTRACT,
  INVOICE,
  MIXED,
  ORDER,
  OTHER,
  OUTBOUND,
  seedOrderThreads,
  UNTHREADABLE,
} from '../../fixtures/mail/order-threads.ts'

let desk: SendingDesk

beforeAll(async () => {
  desk = await openSendingDesk(seedOrderThreads)
})
beforeEach(() => {
  desk.gmail.reset()
  desk.served.clear()
  desk.grant({ actions: ['messages.reply'] })
})
afterAll(async () => desk.close())

function mail(to: string, ...headers: readonly string[]): string {
  return [`To: ${to}`, 'Subject: Whatever', ...headers, '', 'It is on its way.'].join('\r\n')
}

function withAttachment(content: Buffer, name = 'renamed.bin'): string {
  return [
    `To: ${ALICE}`,
    'Content-Type: multipart/mixed; boundary=edge',
    '',
    '--edge',
    '',
    'attached',
    '--edge',
    `Content-Type: application/octet-stream; name="${name}"`,
    'Content-Disposition: attachment',
    'Content-Transfer-Encoding: base64',
    '',
    content.toString('base64'),
    '--edge--',
    '',
  ].join('\r\n')
}

function withHtml(html: string, text?: string): string {
  const parts = [
    ...(text === undefined ? [] : [`Content-Type: text/plain\r\n\r\n${text}`]),
    `Content-Type: text/html; charset=utf-8\r\n\r\n${html}`,
  ]
  const body = parts.map((part) => `--edge\r\n${part}\r\n`).join('')
  return `To: ${ALICE}\r\nContent-Type: multipart/alternative; boundary=edge\r\n\r\n${body}--edge--\r\n`
}

function sentMail(outcome: Outcome): Extract<Outcome, { sent: unknown }>['sent'] {
  if (!('sent' in outcome)) throw new Error(`not sent: ${JSON.stringify(outcome)}`)
  return outcome.sent
}

function header(outcome: Outcome, name: string): string[] {
  return sentMail(outcome)
    .headers.filter((each) => each.name.toLowerCase() === name)
    .map(({ value }) => value)
}

describe('a reply', () => {
  test('goes into its thread with headers that the front sets', async () => {
    const outcome = await desk.send(
      mail(
        `Alice <${ALICE}>`,
        'In-Reply-To: <evil@x.example>',
        'References: <evil@x.example>',
        'X-Note: secret',
      ),
      ORDER,
    )
    expect(sentMail(outcome)).toMatchObject({
      recipients: [ALICE],
      from: desk.gmail.account,
      threadId: ORDER,
      subject: 'Re: Order 12',
    })
    expect(header(outcome, 'in-reply-to')).toEqual(['<a6@mail.example>'])
    expect(header(outcome, 'references').join(' ').split(/\s+/)).toEqual([
      '<a1@mail.example>',
      '<a2@mail.example>',
      '<a6@mail.example>',
    ])
    const names = new Set(sentMail(outcome).headers.map(({ name }) => name.toLowerCase()))
    expect(names).toEqual(
      new Set([
        'from',
        'to',
        'subject',
        'message-id',
        'date',
        'in-reply-to',
        'references',
        'mime-version',
        'content-type',
        'content-transfer-encoding',
      ]),
    )
  })

  test('is posted as threadId and raw, nothing else, and answered with an allow-list', async () => {
    const outcome = await desk.send(mail(ALICE), ORDER)
    const posted = desk.gmail.requests.filter(({ method }) => method === 'POST')
    expect(posted).toHaveLength(1)
    expect(Object.keys(JSON.parse(String(posted[0]?.body)) as object).toSorted()).toEqual([
      'raw',
      'threadId',
    ])
    expect(outcome).toMatchObject({
      body: { id: sentMail(outcome).messageId, threadId: ORDER, labelIds: ['SENT'] },
    })
  })

  test('may name whom the owner has written to in the thread', async () => {
    expect(sentMail(await desk.send(mail(`${ALICE}, ${BOB}`), ORDER)).recipients).toEqual([
      ALICE,
      BOB,
    ])
  })

  test('answers the newest message that the grant allows', async () => {
    desk.grant({ actions: ['messages.reply'], from: { addresses: [ALICE] } })
    const outcome = await desk.send(mail(ALICE), MIXED)
    expect(header(outcome, 'in-reply-to')).toEqual([`<${MIXED}@mail.example>`])
  })

  test.each([
    ['a thread that is not there', 'ffff'],
    ['a thread that the filter hides', OTHER],
    ['a thread in which nobody else has written', OUTBOUND],
  ])('to %s is answered as missing', async (_name, threadId) => {
    desk.grant({ actions: ['messages.reply'], from: { addresses: [ALICE] } })
    expect(await desk.send(mail(ALICE), threadId)).toMatchObject({ refused: { code: 'missing' } })
    expect(desk.gmail.sent).toEqual([])
  })

  test('that Gmail puts elsewhere is reported to the operator', async () => {
    const outcome = await desk.send(mail(ALICE), UNTHREADABLE)
    expect(sentMail(outcome).threadId).not.toBe(UNTHREADABLE)
    expect(desk.events).toContainEqual({ event: 'thread_mismatch', decisionId: 'd_1' })
  })
})

describe('a new mail', () => {
  test('goes to the addresses of the grant, under a fresh identity', async () => {
    desk.grant({ actions: ['messages.send'], recipients: { domains: ['customer.example'] } })
    const outcome = await desk.send(
      mail(
        ALICE,
        'From: CEO <ceo@acme.example>',
        'Sender: eve@evil.example',
        'Message-ID: <chosen@x.example>',
      ),
    )
    expect(sentMail(outcome)).toMatchObject({
      from: desk.gmail.account,
      subject: 'Whatever',
      recipients: [ALICE],
    })
    expect(header(outcome, 'sender')).toEqual([])
    expect(header(outcome, 'message-id')[0]).not.toContain('chosen')
    expect(header(outcome, 'from')).toEqual([desk.gmail.account])
  })

  test('keeps a plain display name of the account and of recipients', async () => {
    desk.grant({ actions: ['messages.send'], recipients: { domains: ['customer.example'] } })
    const outcome = await desk.send(
      [
        `To: "Alice M." <${ALICE}>, "boss@acme.example" <${BOB}>`,
        `From: Acme Support <${desk.gmail.account}>`,
        '',
        'Hi',
      ].join('\r\n'),
    )
    expect(header(outcome, 'from')).toEqual([`Acme Support <${desk.gmail.account}>`])
    expect(header(outcome, 'to')).toEqual([`"Alice M." <${ALICE}>, ${BOB}`])
  })
})

describe('attachments', () => {
  test('of the thread travel under their own name, whatever the agent calls them', async () => {
    desk.grant({ actions: ['messages.reply'], attachments: 'thread' })
    const outcome = await desk.send(withAttachment(INVOICE), ORDER)
    expect(sentMail(outcome).attachments).toMatchObject([
      { filename: 'Invoice 12.pdf', mimeType: 'application/pdf', content: INVOICE },
    ])
  })

  test('with one byte changed are from outside', async () => {
    desk.grant({ actions: ['messages.reply'], attachments: 'thread' })
    const changed = Buffer.from(INVOICE)
    changed[3] = 0x41
    expect(await desk.send(withAttachment(changed), ORDER)).toHaveProperty('denied')
    expect(desk.gmail.sent).toEqual([])
  })

  test('of another message pass only where the grant says readable, and only when they were shown', async () => {
    const sha256 = createHash('sha256').update(CONTRACT).digest('hex')
    desk.grant({ actions: ['messages.reply', 'messages.read'], attachments: 'readable' })
    expect(await desk.send(withAttachment(CONTRACT), ORDER)).toHaveProperty('denied')
    desk.served.set(sha256, [OTHER])
    expect(
      sentMail(await desk.send(withAttachment(CONTRACT), ORDER)).attachments[0]?.filename,
    ).toBe('contract.pdf')
    desk.grant({ actions: ['messages.reply', 'messages.read'], attachments: 'thread' })
    expect(await desk.send(withAttachment(CONTRACT), ORDER)).toHaveProperty('denied')
  })

  test('shown once count no more when the token cannot read their message now', async () => {
    const sha256 = createHash('sha256').update(CONTRACT).digest('hex')
    desk.served.set(sha256, [OTHER])
    desk.grant(
      { actions: ['messages.reply'], attachments: 'readable' },
      { actions: ['messages.read'], from: { addresses: [ALICE] } },
    )
    expect(await desk.send(withAttachment(CONTRACT), ORDER)).toHaveProperty('denied')
  })
})

describe('HTML and links', () => {
  test('HTML leaves sanitised', async () => {
    const outcome = await desk.send(
      withHtml('<p style="display:none">Hi<img src="https://evil.example/x"></p>'),
      ORDER,
    )
    expect(sentMail(outcome).html?.trim()).toBe('<p>Hi</p>')
  })

  test('a grant without HTML lets the text of a mail with both pass, and refuses HTML alone', async () => {
    desk.grant({ actions: ['messages.reply'], body: { html: 'none' } })
    const outcome = await desk.send(withHtml('<p>Hi</p>', 'Hi there'), ORDER)
    expect(sentMail(outcome)).toMatchObject({ html: undefined })
    expect(sentMail(outcome).text.trim()).toBe('Hi there')
    expect(await desk.send(withHtml('<p>Hi</p>'), ORDER)).toHaveProperty('denied')
  })

  test.each([
    ['known', 'see https://shop.customer.example/orders/12', 'sent'],
    ['known', 'see https://track.customer.example/x', 'sent'],
    ['known', 'see https://evil.example/?d=secret', 'denied'],
    ['known', 'see evil.com/secret', 'denied'],
    ['none', 'see https://shop.customer.example/orders/12', 'denied'],
    ['none', 'no link here', 'sent'],
    ['any', 'see https://evil.example/', 'sent'],
  ])('links %s: %s is %s', async (links, text, outcome) => {
    desk.grant({ actions: ['messages.reply'], body: { links } })
    expect(await desk.send(`To: ${ALICE}\r\n\r\n${text}`, ORDER)).toHaveProperty(outcome)
  })
})

/** the same message to a lenient decoder: only bits that no octet uses are set */
function withLeftoverBits(message: string): string {
  const raw = encodeRaw(message + ' '.repeat((4 - (Buffer.byteLength(message) % 3)) % 3))
  if (raw.length % 4 !== 2) throw new Error('this message leaves no bits over')
  return `${raw.slice(0, -1)}h`
}

describe('the JSON dialect', () => {
  test.each([
    [
      'a repeated name',
      `{"raw":"${encodeRaw(mail(ALICE))}","raw":"${encodeRaw(mail('eve@evil.example'))}"}`,
    ],
    [
      'a repeated name written with an escape',
      `{"raw":"${encodeRaw(mail(ALICE))}","r\\u0061w":"eA"}`,
    ],
    ['a repeated name with a gap before its colon', `{"raw":"eA","raw"${' '.repeat(200)}:"eA"}`],
    ['a list', '[]'],
    ['no JSON', 'raw=x'],
    ['a byte order mark', '\ufeff{"raw":"eA"}'],
    ['no raw', '{}'],
    ['raw that is no text', '{"raw":{}}'],
    ['to beside raw', JSON.stringify({ raw: encodeRaw(mail(ALICE)), to: 'eve@evil.example' })],
    ['a payload', JSON.stringify({ raw: encodeRaw(mail(ALICE)), payload: { headers: [] } })],
    ['label ids', JSON.stringify({ raw: encodeRaw(mail(ALICE)), labelIds: ['INBOX'] })],
    ['a __proto__', `{"raw":"${encodeRaw(mail(ALICE))}","__proto__":{"threadId":"a1"}}`],
    [
      'a thread id with a path',
      JSON.stringify({ raw: encodeRaw(mail(ALICE)), threadId: '../messages' }),
    ],
    ['standard base64', JSON.stringify({ raw: '+/+/' })],
    ['base64url with a space', JSON.stringify({ raw: `${encodeRaw(mail(ALICE))} ` })],
    [
      'base64url with a line end',
      JSON.stringify({
        raw: `${encodeRaw(mail(ALICE)).slice(0, 8)}\n${encodeRaw(mail(ALICE)).slice(8)}`,
      }),
    ],
    ['base64url with leftover bits', JSON.stringify({ raw: withLeftoverBits(mail(ALICE)) })],
    ['base64url cut off', JSON.stringify({ raw: 'eAeAe' })],
    ['an empty raw', JSON.stringify({ raw: '' })],
  ])('refuses %s', async (_name, body) => {
    desk.grant({
      actions: ['messages.send'],
      recipients: { domains: ['customer.example', 'evil.example'] },
    })
    expect(await desk.request(jsonRequest(body), 'json')).toMatchObject({
      refused: { code: 'bad_request' },
    })
    expect(desk.gmail.sent).toEqual([])
  })

  test('takes padding, white space and a charset', async () => {
    const raw = Buffer.from(mail(ALICE))
      .toString('base64')
      .replaceAll('+', '-')
      .replaceAll('/', '_')
    const request = jsonRequest(` { "threadId" : "${ORDER}",\n "raw" : "${raw}" } `)
    const headers = {
      authorization: [],
      dpop: [],
      contentType: ['application/json; charset=UTF-8'],
      hasBody: true,
    }
    expect(await desk.request({ ...request, headers }, 'json')).toHaveProperty('sent')
  })
})
