import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Snapshot } from '../../adapters/snapshot.ts'
import { stockClient } from '../fakes/gmail-client.ts'
import { headerValue } from '../fakes/gmail/index.ts'
import {
  encodeRaw,
  jsonRequest,
  openSendingDesk,
  type SendingDesk,
} from '../support/sending-desk.ts'
import { ALICE, EVE, ORDER, seedOrderThreads } from '../fixtures/mail/order-threads.ts'

let desk: SendingDesk

beforeAll(async () => {
  desk = await openSendingDesk(seedOrderThreads)
})
beforeEach(() => {
  desk.gmail.reset()
  desk.grant(
    { actions: ['messages.reply'] },
    { actions: ['messages.send'], recipients: { addresses: [ALICE] } },
  )
})
afterAll(async () => desk.close())

const GOOD = `To: ${ALICE}\r\nSubject: Hello\r\n\r\nIt is on its way.\r\n`
const WITH_BCC = `To: ${ALICE}\r\nBcc: ${EVE}\r\n\r\nIt is on its way.\r\n`
const TO_EVE = `To: ${EVE}\r\n\r\nIt is on its way.\r\n`

function upload(
  uploadType: string,
  contentType: string | readonly string[],
  body: string | Buffer,
  ...more: (readonly [string, string])[]
): Partial<Snapshot> {
  return {
    query: [['uploadType', uploadType], ...more],
    headers: { authorization: [], dpop: [], contentType: [contentType].flat(), hasBody: true },
    body: Buffer.from(body),
  }
}

const JSON_PART = 'Content-Type: application/json\r\n\r\n{}'
const MAIL_PART = `Content-Type: message/rfc822\r\n\r\n${GOOD}`

function related(...parts: string[]): Partial<Snapshot> {
  const body = parts.map((part) => `--xyz\r\n${part}\r\n`).join('')
  return upload('multipart', 'multipart/related; boundary=xyz', `${body}--xyz--`)
}

function posted(): { raw?: string; threadId?: string }[] {
  return desk.gmail.requests
    .filter(({ method }) => method === 'POST')
    .map(({ body }) => JSON.parse(body.toString()) as { raw?: string; threadId?: string })
}

describe('an upload leaves as the same JSON that the JSON dialect leaves as', () => {
  test.each([
    ['media', upload('media', 'message/rfc822', GOOD)],
    ['multipart', related(JSON_PART, MAIL_PART)],
    [
      'multipart in a thread',
      related(
        `Content-Type: application/json; charset=UTF-8\r\n\r\n{"threadId":"${ORDER}"}`,
        MAIL_PART,
      ),
    ],
  ])('%s', async (_name, request) => {
    expect(await desk.request(request, 'upload')).toMatchObject({ sent: { recipients: [ALICE] } })
    expect(desk.gmail.requests.at(-1)?.target).toBe('/gmail/v1/users/me/messages/send')
    expect(posted()).toHaveLength(1)
  })

  test("Google's client for Python, whose generator writes bare LF", async () => {
    const body = [
      '--===============1==',
      'Content-Type: application/json',
      'MIME-Version: 1.0',
      '',
      `{"threadId": "${ORDER}"}`,
      '--===============1==',
      'Content-Type: message/rfc822',
      'MIME-Version: 1.0',
      'Content-Transfer-Encoding: binary',
      '',
      GOOD,
      '--===============1==--',
    ].join('\n')
    const request = upload('multipart', 'multipart/related; boundary="===============1=="', body, [
      'alt',
      'json',
    ])
    expect(await desk.request(request, 'upload')).toMatchObject({ sent: { threadId: ORDER } })
  })

  test.each([
    ['media', {}],
    ['multipart', { requestBody: { threadId: ORDER } }],
  ])("Google's stock client for Node, %s", async (uploadType, more) => {
    const media = { mimeType: 'message/rfc822', body: Readable.from([GOOD]) }
    await stockClient(desk.gmail).users.messages.send(
      { userId: 'me', ...more, media },
      { rootUrl: desk.gmail.url },
    )
    const recorded = desk.gmail.requests.at(-1)
    expect(recorded?.target).toContain(`uploadType=${uploadType}`)
    const contentType = headerValue(recorded?.rawHeaders ?? [], 'content-type') ?? ''
    const request = upload(uploadType, contentType, recorded?.body ?? '')
    expect(await desk.request(request, 'upload')).toMatchObject({ sent: { recipients: [ALICE] } })
  })
})

describe('an upload gets the verdict of the JSON dialect', () => {
  test.each([
    ['media', (message: string) => upload('media', 'message/rfc822', message)],
    [
      'multipart',
      (message: string) => related(JSON_PART, `Content-Type: message/rfc822\r\n\r\n${message}`),
    ],
  ])('%s', async (_name, toRequest) => {
    expect(await desk.request(toRequest(WITH_BCC), 'upload')).toHaveProperty('refused')
    expect(await desk.request(toRequest(TO_EVE), 'upload')).toHaveProperty('denied')
    expect(desk.gmail.requests).toEqual([])
  })
})

describe('refuses, and sends nothing upstream', () => {
  test.each([
    ['a resumable upload', upload('resumable', 'message/rfc822', GOOD)],
    ['an unknown upload type', upload('x', 'message/rfc822', GOOD)],
    ['two upload types', upload('media', 'message/rfc822', GOOD, ['uploadType', 'multipart'])],
    ['an unknown query parameter', upload('media', 'message/rfc822', GOOD, ['upload_id', 'x'])],
    ['alt=media', upload('media', 'message/rfc822', GOOD, ['alt', 'media'])],
    ['media of another type', upload('media', 'text/plain', GOOD)],
    ['two content types', upload('media', ['message/rfc822', 'application/json'], GOOD)],
    ['no content type', upload('media', [], GOOD)],
    [
      'a multipart under another name',
      upload(
        'multipart',
        'multipart/mixed; boundary=xyz',
        `--xyz\r\n${JSON_PART}\r\n--xyz\r\n${MAIL_PART}\r\n--xyz--`,
      ),
    ],
    [
      'two boundary parameters',
      upload(
        'multipart',
        'multipart/related; boundary=xyz; boundary=abc',
        `--xyz\r\n${JSON_PART}\r\n--xyz\r\n${MAIL_PART}\r\n--xyz--`,
      ),
    ],
    [
      'a missing final boundary',
      upload(
        'multipart',
        'multipart/related; boundary=xyz',
        `--xyz\r\n${JSON_PART}\r\n--xyz\r\n${MAIL_PART}\r\n`,
      ),
    ],
    ['a third part', related(JSON_PART, MAIL_PART, MAIL_PART)],
    ['one part', related(MAIL_PART)],
    ['the parts the other way round', related(MAIL_PART, JSON_PART)],
    [
      'raw in the JSON part',
      related(`Content-Type: application/json\r\n\r\n{"raw":"${encodeRaw(TO_EVE)}"}`, MAIL_PART),
    ],
    [
      'a repeated threadId',
      related(
        `Content-Type: application/json\r\n\r\n{"threadId":"${ORDER}","threadId":"b1"}`,
        MAIL_PART,
      ),
    ],
    [
      'an encoded message part',
      related(
        JSON_PART,
        `Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from(GOOD).toString('base64')}`,
      ),
    ],
    [
      'two Content-Type headers in a part',
      related(JSON_PART, `Content-Type: message/rfc822\r\nContent-Type: text/plain\r\n\r\n${GOOD}`),
    ],
    ['a part without headers', related(JSON_PART, `\r\n${GOOD}`)],
    ['a part without an empty line', related(JSON_PART, 'Content-Type: message/rfc822')],
    ['a list as JSON part', related('Content-Type: application/json\r\n\r\n[]', MAIL_PART)],
    ['an empty body', upload('media', 'message/rfc822', '')],
  ])('%s', async (_name, request) => {
    expect(await desk.request(request, 'upload')).toHaveProperty('refused')
    expect(desk.gmail.requests).toEqual([])
  })

  test.each([
    ['another content type', ['text/plain']],
    ['two content types', ['application/json', 'application/json']],
    ['another charset', ['application/json; charset=utf-16']],
    ['none', []],
  ])('JSON under %s', async (_name, contentType) => {
    const headers = { authorization: [], dpop: [], contentType, hasBody: true }
    const request = { ...jsonRequest({ raw: encodeRaw(GOOD) }), headers }
    expect(await desk.request(request, 'json')).toMatchObject({
      refused: { code: 'unsupported_media_type' },
    })
  })
})
