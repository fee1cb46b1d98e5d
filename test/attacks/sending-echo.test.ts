import type { gmail_v1 } from '@googleapis/gmail'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { attenuate } from '../../capabilities/index.ts'
import { composeMail, type FakeGmail, type MailSource } from '../fakes/gmail/index.ts'
import { stockClient } from '../fakes/gmail-client.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { MemoryConnection } from '../support/memory-ports.ts'
import { encodeRaw, NOW } from '../support/sending-desk.ts'

const ALICE = 'alice@customer.example'
const CAROL = 'carol@other.example'
/** the conversation that is answered, and the one that nothing may leave of */
const ORDER = 'a1'
const SECRET = 'b0b0b0b0'
const PASSAGE =
  'Our bid for the Leipzig warehouse is four million two hundred thousand, and the board signs on Friday at ten.'
const COMMON = 'Please do not hesitate to contact us if you have any further questions.'
const NOTES = `Minutes.\n${'Everybody agreed that the second supplier is told nothing before the contract of the first is ended. '.repeat(2)}`

let front: TestFront
let connection: MemoryConnection

beforeAll(async () => {
  front = await startTestFront({
    gmail: { seed, now: () => NOW },
    now: () => NOW,
    connection: (gmail) => (connection = new MemoryConnection(gmail.account, [gmail.accessToken])),
  })
})
beforeEach(() => {
  seen = 0
  front.gmail.reset()
  front.ports.shownPassages.failing = false
  connection.remembersShown = false
})
afterAll(async () => front.close())

function seed(mailbox: FakeGmail['mailbox']): void {
  const add = (id: string, threadId: string, source: Partial<MailSource> & { from: string }) => {
    const raw = composeMail({
      to: mailbox.account,
      subject: 'Hello',
      text: 'Hello',
      date: NOW - 86_400_000,
      messageId: `<${id}@mail.example>`,
      ...source,
    })
    mailbox.addMessage({ id, threadId, raw, labelIds: ['INBOX'], internalDate: NOW - 86_400_000 })
  }
  add('a1', ORDER, { from: ALICE, text: 'Where is my order?' })
  add('b1', SECRET, {
    from: CAROL,
    text: `Hi,\n\n${PASSAGE}\n\n${COMMON}\n`,
    attachments: [{ name: 'notes.txt', type: 'text/plain', content: Buffer.from(NOTES) }],
  })
}

const READ = { type: 'gmail', actions: ['messages.read'] }
const TO_ALICE = { participants: true, addresses: [ALICE] }
const WRITE = {
  type: 'gmail',
  actions: ['messages.reply', 'messages.send', 'drafts.write'],
  recipients: TO_ALICE,
  attachments: 'any',
  body: { echo: 'none' },
}
const UNRULED = { ...WRITE, body: undefined }

let grants = 0
const newGrant = (): string => `g_echo_${++grants}`

function client(
  details: readonly unknown[] = [READ, WRITE],
  grantId = newGrant(),
): gmail_v1.Resource$Users {
  return stockClient(front, front.mint(withoutUndefined(details), { grantId })).users
}

function withoutUndefined(details: readonly unknown[]): readonly unknown[] {
  return JSON.parse(JSON.stringify(details)) as unknown[]
}

/** an agent that has read the other conversation */
async function informed(grantId = newGrant()): Promise<gmail_v1.Resource$Users> {
  const users = client([READ, WRITE], grantId)
  await users.messages.get({ userId: 'me', id: 'b1' })
  return users
}

interface Carrier {
  readonly text?: string
  readonly subject?: string
  readonly html?: string
  readonly file?: string
}

function compose({ text = 'Hello', subject = 'Order', html, file }: Carrier): string {
  const body =
    html === undefined
      ? `Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(text)}`
      : `Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n${base64(html)}`
  const whole =
    file === undefined
      ? body
      : [
          'Content-Type: multipart/mixed; boundary=edge',
          '',
          `--edge\r\n${body}`,
          '--edge',
          'Content-Type: application/octet-stream',
          'Content-Disposition: attachment; filename=a.bin',
          'Content-Transfer-Encoding: base64',
          '',
          base64(file),
          '--edge--',
          '',
        ].join('\r\n')
  const encoded = `=?utf-8?B?${Buffer.from(subject).toString('base64')}?=`
  return `To: ${ALICE}\r\nSubject: ${encoded}\r\nMIME-Version: 1.0\r\n${whole}`
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64').replace(/.{76}/g, '$&\r\n')
}

async function send(
  users: gmail_v1.Resource$Users,
  carrier: Carrier,
  threadId: string | undefined = ORDER,
): Promise<unknown> {
  const requestBody = { raw: encodeRaw(compose(carrier)), ...(threadId && { threadId }) }
  return users.messages.send({ userId: 'me', requestBody })
}

/** requests of the arrangement are none of the test's */
let seen = 0

function changes(): string[] {
  return front.gmail.requests
    .slice(seen)
    .filter(({ method }) => method !== 'GET')
    .map(({ target }) => target)
}

const REFUSAL = 'this mail repeats a passage that was shown in another conversation'

/** nothing was posted to Gmail, and the answer says what and not from where */
async function expectKept(work: Promise<unknown>): Promise<void> {
  const error: unknown = await work.then(
    () => undefined,
    (failed: unknown) => failed,
  )
  expect(changes()).toEqual([])
  expect(error).toMatchObject({ status: 403 })
  const answer = JSON.stringify((error as { response?: { data?: unknown } }).response?.data)
  expect(answer).toContain(REFUSAL)
  for (const word of ['Leipzig', 'million', 'carol', SECRET]) expect(answer).not.toContain(word)
}

async function expectSent(work: Promise<unknown>): Promise<void> {
  const before = front.gmail.sent.length
  await work
  expect(front.gmail.sent).toHaveLength(before + 1)
}

describe('a passage of another conversation', () => {
  test('does not leave in a reply, nor in a new mail', async () => {
    const users = await informed()
    await expectKept(send(users, { text: `Hello Alice,\n${PASSAGE}` }))
    await expectKept(send(users, { text: PASSAGE }, ''))
    expect(JSON.stringify(front.ports.record.last)).not.toContain('Leipzig')
  })

  const words = PASSAGE.split(' ')
  test.each<[string, Carrier]>([
    ['in capitals, with other punctuation', { text: words.join('... ').toUpperCase() }],
    ['a letter at a time', { text: PASSAGE.split('').join(' ') }],
    ['with invisible characters', { text: PASSAGE.split('').join('\u200b') }],
    ['with soft hyphens and joiners', { text: PASSAGE.split('').join('\u00ad\u2060') }],
    ['in full-width letters', { text: fullWidth(PASSAGE) }],
    ['with accents', { text: PASSAGE.replaceAll('e', 'é').replaceAll('o', 'o\u0308') }],
    [
      'with every letter in a tag',
      {
        html: PASSAGE.split('')
          .map((one) => `<b>${one}</b>`)
          .join(''),
      },
    ],
    ['with every word in a block', { html: words.map((one) => `<div>${one}</div>`).join('') }],
    ['with comments', { html: words.join('<!-- no --> <i></i>') }],
    ['hidden by a style', { html: `Hi<p style="display:none">${PASSAGE}</p>` }],
    ['in a quotation', { text: words.map((one) => `> ${one}`).join('\r\n') }],
    ['as its HTML', { text: `<p>${words.join('</p><p>')}</p>` }],
    ['in base64', { text: Buffer.from(PASSAGE).toString('base64') }],
    ['in a link', { html: `<a href="https://a.example/?${encodeURIComponent(PASSAGE)}">x</a>` }],
    ['in an attachment', { file: `Notes\n${PASSAGE}` }],
    ['behind much other text', { text: `${'lorem ipsum dolor sit '.repeat(9000)}${PASSAGE}` }],
  ])('does not leave %s', async (_how, carrier) => {
    await expectKept(send(await informed(), carrier))
  })

  test('does not leave in the subject of a new mail', async () => {
    await expectKept(send(await informed(), { subject: PASSAGE }, ''))
  })

  test('does not leave in a draft, new, changed or sent', async () => {
    const users = await informed()
    const message = { raw: encodeRaw(compose({ text: PASSAGE })), threadId: ORDER }
    await expectKept(users.drafts.create({ userId: 'me', requestBody: { message } }))
    const harmless = { raw: encodeRaw(compose({})), threadId: ORDER }
    const { data } = await users.drafts.create({ userId: 'me', requestBody: { message: harmless } })
    seen = front.gmail.requests.length
    const id = data.id ?? ''
    await expectKept(users.drafts.update({ userId: 'me', id, requestBody: { message } }))
  })

  test('is not sent from a draft that was written before it was ruled out', async () => {
    const grantId = newGrant()
    const users = client([READ, UNRULED], grantId)
    await users.messages.get({ userId: 'me', id: 'b1' })
    const message = { raw: encodeRaw(compose({ text: PASSAGE })), threadId: ORDER }
    const { data } = await users.drafts.create({ userId: 'me', requestBody: { message } })
    seen = front.gmail.requests.length
    const ruled = await informed(grantId)
    const sending = ruled.drafts.send({ userId: 'me', requestBody: { id: data.id ?? '' } })
    await expect(sending).rejects.toMatchObject({ status: 404 })
    expect(changes()).toEqual([])
  })

  test.each<[string, (users: gmail_v1.Resource$Users) => Promise<unknown>]>([
    ['messages.get', (users) => users.messages.get({ userId: 'me', id: 'b1' })],
    ['a raw message', (users) => users.messages.get({ userId: 'me', id: 'b1', format: 'raw' })],
    ['threads.get', (users) => users.threads.get({ userId: 'me', id: SECRET })],
    [
      'the snippet of a minimal message',
      (users) => users.messages.get({ userId: 'me', id: 'b1', format: 'minimal' }),
    ],
  ])('counts as shown by %s', async (_what, show) => {
    const users = client()
    await show(users)
    await expectKept(send(users, { text: PASSAGE }))
  })

  test('counts as shown by an attachment that is text, and by the raw message that it is in', async () => {
    const users = await informed()
    await expectSent(send(users, { text: NOTES }))
    const { data } = await users.messages.get({ userId: 'me', id: 'b1' })
    const id = data.payload?.parts?.at(-1)?.body?.attachmentId ?? ''
    const reading = client()
    await reading.messages.attachments.get({ userId: 'me', messageId: 'b1', id })
    seen = front.gmail.requests.length
    await expectKept(send(reading, { text: NOTES }))
    const raw = client()
    await raw.messages.get({ userId: 'me', id: 'b1', format: 'raw' })
    await expectKept(send(raw, { text: NOTES }))
  })

  test('is not shown by a list, so that it need not be remembered', async () => {
    const { data } = await client().threads.list({ userId: 'me' })
    expect(data.threads?.map(({ snippet }) => snippet)).toEqual([undefined, undefined])
    const { data: unruled } = await client([READ, UNRULED]).threads.list({ userId: 'me' })
    expect(unruled.threads?.map(({ snippet }) => typeof snippet)).toEqual(['string', 'string'])
  })
})

describe('what may be said', () => {
  test('the same words in the conversation they come from', async () => {
    const users = await informed()
    const reply = compose({ text: PASSAGE }).replace(ALICE, CAROL)
    const requestBody = { raw: encodeRaw(reply), threadId: SECRET }
    await expectSent(users.messages.send({ userId: 'me', requestBody }))
  })

  test('what was shown of that conversation otherwise than as a message', async () => {
    const users = await informed()
    const { data } = await users.messages.get({ userId: 'me', id: 'b1' })
    const id = data.payload?.parts?.at(-1)?.body?.attachmentId ?? ''
    await users.messages.attachments.get({ userId: 'me', messageId: 'b1', id })
    const reply = compose({ text: NOTES }).replace(ALICE, CAROL)
    const requestBody = { raw: encodeRaw(reply), threadId: SECRET }
    await expectSent(users.messages.send({ userId: 'me', requestBody }))
  })

  test('a file of that conversation, although it was shown in another one as well', async () => {
    const { mailbox } = front.gmail
    const raw = composeMail({
      from: CAROL,
      to: mailbox.account,
      subject: 'Notes again',
      text: 'See the file.',
      date: NOW,
      messageId: '<c1@mail.example>',
      attachments: [{ name: 'notes.txt', type: 'text/plain', content: Buffer.from(NOTES) }],
    })
    const message = { id: 'c1', threadId: 'c1', raw, labelIds: ['INBOX'], internalDate: NOW }
    mailbox.addMessage(message)
    const users = client()
    await users.messages.get({ userId: 'me', id: 'c1', format: 'raw' })
    const reply = compose({ file: NOTES }).replace(ALICE, CAROL)
    const requestBody = { raw: encodeRaw(reply), threadId: SECRET }
    await expectSent(users.messages.send({ userId: 'me', requestBody }))
  })

  test('what also stands in the answered conversation, read or not', async () => {
    const raw = composeMail({
      from: ALICE,
      to: front.gmail.account,
      subject: 'Re: Hello',
      text: `Carol told me: ${PASSAGE}`,
      date: NOW,
      messageId: '<a2@mail.example>',
    })
    const users = await informed()
    front.gmail.mailbox.addMessage({
      id: 'a2',
      threadId: ORDER,
      raw,
      labelIds: ['INBOX'],
      internalDate: NOW,
    })
    await expectSent(send(users, { text: `You wrote: ${PASSAGE}` }))
  })

  test('a phrase that everybody uses', async () => {
    await expectSent(send(await informed(), { text: `It is on its way.\n\n${COMMON}` }))
  })

  test('what another grant was shown', async () => {
    await informed()
    await expectSent(send(client(), { text: PASSAGE }))
  })

  test("the agent's own letter again, after it has read it in another conversation, and its answer", async () => {
    const users = client()
    const letter = `Thank you for your order. We have passed it on to the warehouse, which will tell you within a day when it leaves.\n\nThe Acme support team, 12 Long Street, Springfield`
    const requestBody = {
      raw: encodeRaw(compose({ text: letter }).replace(ALICE, CAROL)),
      threadId: SECRET,
    }
    await expectSent(users.messages.send({ userId: 'me', requestBody }))
    const quoted = composeMail({
      from: CAROL,
      to: front.gmail.account,
      subject: 'Re: Hello',
      text: `Thanks!\n\n${letter.replaceAll(/^/gm, '> ')}`,
      date: NOW,
      messageId: '<b3@mail.example>',
    })
    front.gmail.mailbox.addMessage({
      id: 'b3',
      threadId: SECRET,
      raw: quoted,
      labelIds: ['INBOX'],
      internalDate: NOW,
    })
    await users.threads.get({ userId: 'me', id: SECRET })
    await expectSent(send(users, { text: letter }))
    await expectSent(send(users, { text: `Dear Alice,\n${letter.split('\n\n')[0]}` }))
  })
})

describe('ways round the memory', () => {
  test('a passage that was sent by another right does not become the agent’s own, nor the thread’s', async () => {
    const grantId = newGrant()
    const users = await informed(grantId)
    // within the conversation it comes from, with other words around it
    const reply = compose({ text: `You wrote: ${PASSAGE} Thank you.` }).replace(ALICE, CAROL)
    const requestBody = { raw: encodeRaw(reply), threadId: SECRET }
    await users.messages.send({ userId: 'me', requestBody })
    // by a token that does not ask, into the thread that is answered next
    await send(client([READ, UNRULED], grantId), { text: PASSAGE })
    seen = front.gmail.requests.length
    await expectKept(send(users, { text: PASSAGE }))
  })

  test('a token for reading alone, of a grant that asks, remembers as well', async () => {
    const grantId = newGrant()
    connection.remembersShown = true
    await client([READ], grantId).messages.get({ userId: 'me', id: 'b1' })
    await expectKept(send(client([READ, WRITE], grantId), { text: PASSAGE }))
  })

  test('a caveat that was added knows what was shown to tokens that carry it, its parent’s siblings included', async () => {
    const grantId = newGrant()
    const parent = front.mint(withoutUndefined([READ, UNRULED]), { grantId })
    const narrowing = [
      { type: 'gmail', actions: ['messages.read'] },
      { type: 'gmail', actions: ['messages.reply'], body: { echo: 'none' } },
    ]
    const [one, other] = [attenuate(parent, narrowing), attenuate(parent, narrowing)]
    await stockClient(front, one).users.messages.get({ userId: 'me', id: 'b1' })
    await expectKept(send(stockClient(front, other).users, { text: PASSAGE }))
    // who holds the parent may send without the rule anyway
    await expectSent(send(stockClient(front, parent).users, { text: PASSAGE }))
  })

  test('what cannot be remembered is not shown, and what cannot be told is not sent', async () => {
    const users = await informed()
    front.ports.shownPassages.failing = true
    for (const reading of [
      users.messages.get({ userId: 'me', id: 'b1' }),
      users.threads.get({ userId: 'me', id: SECRET }),
    ]) {
      const error: unknown = await reading.catch((failed: unknown) => failed)
      expect(error).toMatchObject({ status: 500 })
      expect(JSON.stringify(error)).not.toContain('Leipzig')
    }
    await expect(send(users, { text: COMMON.repeat(2) })).rejects.toMatchObject({ status: 500 })
    expect(changes()).toEqual([])
  })

  test('more text than can be searched is refused', async () => {
    const sending = send(client(), { file: 'lorem ipsum '.repeat(100_000) })
    await expect(sending).rejects.toMatchObject({
      status: 403,
      message: expect.stringContaining('more text than can be searched') as string,
    })
    expect(changes()).toEqual([])
  })

  test('a grant that does not ask leaves no trace', async () => {
    const users = client([READ, UNRULED])
    const before = front.ports.shownPassages.threads.size
    await users.messages.get({ userId: 'me', id: 'b1' })
    await users.threads.get({ userId: 'me', id: SECRET })
    await expectSent(send(users, { text: PASSAGE }))
    expect(front.ports.shownPassages.threads.size).toBe(before)
  })
})

function fullWidth(text: string): string {
  return text.replace(/[!-~]/g, (one) => String.fromCharCode(one.charCodeAt(0) + 0xfee0))
}
