import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { stockClient } from './gmail-client.ts'
import { SEED, startFakeGmail, type FakeGmail } from './gmail/index.ts'

let fake: FakeGmail

beforeAll(async () => {
  fake = await startFakeGmail()
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

function mail(headers: readonly string[], text = 'Hello'): string {
  return [...headers, 'MIME-Version: 1.0', '', text].join('\r\n')
}

function encoded(source: string): string {
  return Buffer.from(source).toString('base64url')
}

async function sendRaw(source: string, more: Record<string, unknown> = {}): Promise<string> {
  const { data } = await stockClient(fake).users.messages.send({
    userId: 'me',
    requestBody: { raw: encoded(source), ...more },
  })
  return data.threadId ?? ''
}

const SIMPLE = mail([
  'From: dana@northwind-tea.example',
  'To: Alice Moreau <alice@riverside-cafe.example>',
  'Subject: New',
])

describe('messages.send', () => {
  test('delivers to every recipient and keeps a copy under SENT', async () => {
    await sendRaw(
      mail(['To: a@x.example', 'Cc: B <b@x.example>', 'Bcc: c@x.example', 'Subject: s']),
    )
    expect(fake.sent).toHaveLength(1)
    expect(fake.sent[0]?.recipients).toEqual(['a@x.example', 'b@x.example', 'c@x.example'])
    const copy = fake.mailbox.messages.get(fake.sent[0]?.messageId ?? '')
    expect([...(copy?.labelIds ?? [])]).toEqual(['SENT'])
    expect(fake.requests[0]).toMatchObject({ route: 'messages.send', mail: fake.sent[0] })
  })

  test('without any recipient is refused', async () => {
    await expect(sendRaw(mail(['Subject: nobody']))).rejects.toMatchObject({
      status: 400,
      message: 'Recipient address required',
    })
    expect(fake.sent).toEqual([])
  })

  test.each([
    ['two To headers', mail(['To: a@x.example', 'To: eve@evil.example'])],
    ['a leading blank line', `\r\n${mail(['To: a@x.example', 'Bcc: eve@evil.example'])}`],
    ['a blank before the colon', mail(['To: a@x.example', 'Bcc : eve@evil.example'])],
    ['a Resent header', mail(['To: a@x.example', 'Resent-Bcc: eve@evil.example'])],
    ['an mbox line', `From a Mon\r\n${mail(['To: a@x.example', 'Cc: eve@evil.example'])}`],
    ['bare line feeds', mail(['To: a@x.example', 'Bcc: eve@evil.example']).replaceAll('\r', '')],
    ['a group', mail(['To: a@x.example, friends: eve@evil.example;'])],
  ])('reaches the hidden recipient of a message with %s', async (_, source) => {
    await sendRaw(source)
    expect(fake.sent[0]?.recipients).toEqual(expect.arrayContaining(['eve@evil.example']))
  })

  test('believes recipients and labels beside `raw`', async () => {
    await sendRaw(SIMPLE, { bcc: 'eve@evil.example', labelIds: ['STARRED'] })
    expect(fake.sent[0]?.recipients).toContain('eve@evil.example')
    const copy = fake.mailbox.messages.get(fake.sent[0]?.messageId ?? '')
    expect(copy?.labelIds).toContain('STARRED')
  })

  test('joins a thread only with its id, its References and its subject', async () => {
    const { threadId } = SEED.supportThread
    const last = fake.mailbox.messages.get(SEED.supportLast.id)
    const messageId = last?.root.headers.find((header) => header.name === 'Message-ID')?.value ?? ''
    const reply = (subject: string, references: string): string =>
      mail([
        'To: alice@riverside-cafe.example',
        `Subject: ${subject}`,
        `In-Reply-To: ${references}`,
        `References: ${references}`,
      ])
    const subject = SEED.supportLast.subject
    expect(await sendRaw(reply(subject, messageId), { threadId })).toBe(threadId)
    expect(await sendRaw(reply('Other', messageId), { threadId })).not.toBe(threadId)
    expect(await sendRaw(reply(subject, '<other@x.example>'), { threadId })).not.toBe(threadId)
    await expect(
      sendRaw(reply(subject, messageId), { threadId: '19aaaaaaaaaaaaaa' }),
    ).rejects.toMatchObject({ status: 404 })
  })

  test('takes the upload of the stock client, media beside JSON', async () => {
    const gmail = stockClient(fake)
    await gmail.users.messages.send(
      {
        userId: 'me',
        requestBody: { threadId: SEED.supportThread.threadId },
        media: { mimeType: 'message/rfc822', body: SIMPLE },
      },
      { rootUrl: fake.url },
    )
    expect(fake.sent[0]?.raw.toString()).toBe(SIMPLE)
    expect(fake.requests[0]?.target).toMatch(/^\/upload\/.*uploadType=multipart/)
  })

  test('takes a media upload that is nothing but the message', async () => {
    await stockClient(fake).users.messages.send(
      { userId: 'me', media: { mimeType: 'message/rfc822', body: SIMPLE } },
      { rootUrl: fake.url },
    )
    expect(fake.sent[0]?.recipients).toEqual(['alice@riverside-cafe.example'])
  })

  test('takes a resumable upload, in pieces', async () => {
    const start = await fetch(
      `${fake.url}/upload/gmail/v1/users/me/messages/send?uploadType=resumable`,
      { method: 'POST', headers: { authorization: `Bearer ${fake.accessToken}` }, body: '{}' },
    )
    const location = start.headers.get('location') ?? ''
    const put = async (part: string, range: string): Promise<number> => {
      const answer = await fetch(location, {
        method: 'PUT',
        headers: { authorization: `Bearer ${fake.accessToken}`, 'content-range': range },
        body: part,
        redirect: 'manual',
      })
      return answer.status
    }
    const size = SIMPLE.length
    expect(await put(SIMPLE.slice(0, 40), `bytes 0-39/${size}`)).toBe(308)
    expect(await put(SIMPLE.slice(40), `bytes 40-${size - 1}/${size}`)).toBe(200)
    expect(fake.sent[0]?.raw.toString()).toBe(SIMPLE)
  })

  test('keeps attachments, texts and the three readings apart', async () => {
    const source = [
      'To: a@x.example',
      'To: eve@evil.example',
      'Subject: =?utf-8?B?R3LDvMOfZQ==?=',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      '',
      'Text',
      '--b',
      'Content-Type: text/csv; name=a.csv',
      'Content-Disposition: attachment; filename=a.csv',
      'Content-Transfer-Encoding: base64',
      '',
      Buffer.from('x,y').toString('base64'),
      '--b--',
    ].join('\r\n')
    await sendRaw(source)
    const [sent] = fake.sent
    expect(sent).toMatchObject({ subject: 'Grüße', from: undefined })
    expect(sent?.attachments.map((each) => [each.filename, each.content.toString()])).toEqual([
      ['a.csv', 'x,y'],
    ])
    expect(sent?.recipientsByReader.lenient).toEqual(['eve@evil.example'])
    expect(sent?.recipientsByReader.postalMime).toContain('a@x.example')
  })
})

describe('drafts', () => {
  test('change their message at each update, and send what they hold', async () => {
    const gmail = stockClient(fake)
    const created = await gmail.users.drafts.create({
      userId: 'me',
      requestBody: { message: { raw: encoded(SIMPLE) } },
    })
    const id = created.data.id ?? ''
    const other = mail(['To: eve@evil.example', 'Subject: changed'])
    const updated = await gmail.users.drafts.update({
      userId: 'me',
      id,
      requestBody: { message: { raw: encoded(other) } },
    })
    expect(updated.data.message?.id).not.toBe(created.data.message?.id)
    await gmail.users.drafts.send({ userId: 'me', requestBody: { id } })
    expect(fake.sent.map((each) => [each.via, each.recipients])).toEqual([
      ['drafts.send', ['eve@evil.example']],
    ])
    await expect(gmail.users.drafts.get({ userId: 'me', id })).rejects.toMatchObject({
      status: 404,
    })
  })

  test('may be sent inline, without ever having been saved', async () => {
    await stockClient(fake).users.drafts.send({
      userId: 'me',
      requestBody: { message: { raw: encoded(SIMPLE) } },
    })
    expect(fake.sent).toHaveLength(1)
  })

  test('of the owner are listed', async () => {
    const { data } = await stockClient(fake).users.drafts.list({ userId: 'me' })
    expect(data.drafts?.map((draft) => draft.message?.id)).toContain(SEED.draft.id)
  })
})

test('a message that a parser gives up on is still read by the others', async () => {
  const depth = 400
  const opening = Array.from({ length: depth }, (_, level) =>
    [`Content-Type: multipart/mixed; boundary=b${level}`, '', `--b${level}`].join('\r\n'),
  )
  await sendRaw(`To: a@x.example\r\n${opening.join('\r\n')}\r\n\r\nHi`)
  expect(fake.sent[0]?.recipients).toContain('a@x.example')
})
