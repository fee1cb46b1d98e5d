import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { encodeRaw } from '../support/sending-desk.ts'
import {
  getPart,
  joinParts,
  messagePath,
  postPart,
  reasonOf,
  sendBatch,
  writeBatch,
  writePart,
} from './batch-front.ts'

let front: TestFront
let token: string

const MESSAGE = messagePath(SEED.html.id)
const SEND = messagePath('send')
const CUSTOMER = SEED.supportThread.customer

beforeAll(async () => {
  front = await startTestFront()
  const recipients = { addresses: [CUSTOMER] }
  token = front.mint([...READ_ALL, { type: 'gmail', actions: ['messages.send'], recipients }])
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

/** refused alone, without an upstream call: the requests before and behind it are served */
async function expectRefused(request: string, status: number, reason?: string): Promise<void> {
  front.gmail.reset()
  const profile = getPart('/gmail/v1/users/me/profile')
  const { parts } = await sendBatch(front, token, writeBatch([profile, request, profile]))
  expect(front.gmail.requests.map(({ route }) => route)).toEqual(['getProfile', 'getProfile'])
  expect(parts.map((part) => part.status)).toEqual([200, status, 200])
  if (reason !== undefined) expect(reasonOf(parts[1] ?? { body: '' })).toBe(reason)
}

describe('an inner request that would be another one further on is refused', () => {
  test.each([
    'X-HTTP-Method-Override: DELETE',
    'X-HTTP-Method: DELETE',
    'x-method-override: POST',
    'X-Goog-FieldMask: *',
    'X-Goog-Api-Key: AIza',
    'X-Goog-User-Project: other',
    'x-goog-authuser: 1',
    'X-Goog-Encode-Response-If-Executable: base64',
    'X-Goog-Upload-Protocol: resumable',
  ])('%s', async (header) => expectRefused(getPart(MESSAGE, header), 403, 'unknownOperation'))

  test.each(['Host: gmail.googleapis.com', 'Host: evil.test', 'Host: localhost', 'Host:'])(
    '%s',
    async (header) => expectRefused(getPart(MESSAGE, header), 400),
  )

  test('two hosts, even the right one twice', async () => {
    const host = `Host: ${new URL(front.url).host}`
    await expectRefused(getPart(MESSAGE, host, host), 400)
    await expectRefused(getPart(MESSAGE, host, 'Host: evil.test'), 400)
  })

  test.each(['Content-Encoding: gzip', 'Content-Encoding: br', 'Content-Encoding: identity, gzip'])(
    '%s',
    async (header) => expectRefused(getPart(MESSAGE, header), 415),
  )
})

describe('a target that is not one path of this front is refused', () => {
  test.each([
    `https://gmail.googleapis.com${MESSAGE}`,
    `http://evil.test${MESSAGE}`,
    `//evil.test${MESSAGE}`,
    'evil.test:443',
    '*',
    `/gmail/v1/users/me/messages/%2e%2e`,
    `/gmail/v1/users/me/messages/..`,
    `/gmail/v1/users/me/messages/m1%2f..%2f..%2fsettings%2fsendAs`,
    `${MESSAGE};x=1`,
    `${MESSAGE}%00`,
    `${MESSAGE}%ff`,
    `${MESSAGE}#part`,
    `${MESSAGE}?format=full?format=raw`,
    `${MESSAGE}?format=raw&format=full`,
    `${MESSAGE}?alt=media`,
    `${MESSAGE}?callback=x`,
    `${MESSAGE}?q=${'a'.repeat(8200)}`,
  ])('%s', async (target) => expectRefused(getPart(target), 400))

  test('this front under a name that only begins like it', async () => {
    await expectRefused(getPart(`${front.url}.evil.test${MESSAGE}`), 400)
    await expectRefused(getPart(`${front.url}@evil.test${MESSAGE}`), 400)
    await expectRefused(getPart(`${front.url}//evil.test${MESSAGE}`), 400)
    await expectRefused(getPart(front.url), 400)
  })

  test('spellings that a lenient router would match', async () => {
    for (const target of [
      MESSAGE.replace('/gmail/', '/Gmail/'),
      `${MESSAGE}/`,
      MESSAGE.replace('/me/', '/ME/'),
      MESSAGE.replace('/me/', `/${SEED.account}/`),
    ]) {
      await expectRefused(getPart(target), 403)
    }
  })
})

describe('what a request of its own may not ask, no batch may', () => {
  test.each([
    'GET /gmail/v1/users/me/settings/filters',
    'GET /gmail/v1/users/me/settings/sendAs',
    'POST /gmail/v1/users/me/settings/filters',
    'POST /gmail/v1/users/me/settings/forwardingAddresses',
    'PUT /gmail/v1/users/me/settings/vacation',
    'POST /gmail/v1/users/me/messages/import',
    'POST /gmail/v1/users/me/messages',
    'POST /gmail/v1/users/me/watch',
    `DELETE ${MESSAGE}`,
    `HEAD ${MESSAGE}`,
    `OPTIONS ${MESSAGE}`,
    'GET /.well-known/oauth-protected-resource',
    'GET /healthz',
    'GET /token',
  ])('%s', async (line) => expectRefused(`${line} HTTP/1.1\r\n\r\n`, 403, 'unknownOperation'))

  test('a batch in a batch', async () => {
    const inner = writeBatch([getPart(MESSAGE)])
    for (const path of ['/batch', '/batch/gmail/v1']) {
      const head = `POST ${path} HTTP/1.1\r\nContent-Type: multipart/mixed; boundary=inner\r\n\r\n`
      const request = head + inner.replaceAll('batch_of_the_test', 'inner')
      await expectRefused(request, 403, 'unknownOperation')
    }
  })

  test('an upload, which Gmail takes in no batch', async () => {
    const mail = `To: ${CUSTOMER}\r\nSubject: hello\r\n\r\nHello\r\n`
    for (const prefix of ['/upload', '/resumable/upload']) {
      for (const type of ['media', 'multipart', 'resumable']) {
        const line = `POST ${prefix}${SEND}?uploadType=${type} HTTP/1.1`
        const request = `${line}\r\nContent-Type: message/rfc822\r\n\r\n${mail}`
        await expectRefused(request, 403, 'unknownOperation')
      }
    }
  })

  test('a body that is read two ways, is of another type, or has no place', async () => {
    const raw = encodeRaw(`To: ${CUSTOMER}\r\nSubject: hello\r\n\r\nHello\r\n`)
    const evil = encodeRaw(`To: ${SEED.evil}\r\nSubject: hello\r\n\r\nHello\r\n`)
    await expectRefused(postPart(SEND, `{"raw":"${raw}","raw":"${evil}"}`), 400)
    await expectRefused(postPart(SEND, `{"raw":"${evil}"}`), 403, 'caveatDenied')
    await expectRefused(postPart(SEND, `{"raw":"${raw}","labelIds":["INBOX"]}`), 400)
    await expectRefused(`POST ${SEND} HTTP/1.1\r\n\r\n{"raw":"${raw}"}`, 415)
    const twice = postPart(SEND, `{"raw":"${raw}"}`, 'Content-Type: text/plain')
    await expectRefused(twice, 415)
    await expectRefused(`GET ${MESSAGE} HTTP/1.1\r\n\r\n{"raw":"${raw}"}`, 400)
    await expectRefused(getPart(MESSAGE) + '\r\n'.repeat(3), 400)
  })

  test('a request line that is none', async () => {
    for (const line of [
      '',
      'GET',
      MESSAGE,
      `get ${MESSAGE} HTTP/1.1`,
      `GET  ${MESSAGE} HTTP/1.1`,
      `GET ${MESSAGE}  HTTP/1.1`,
      `GET\t${MESSAGE} HTTP/1.1`,
      ` GET ${MESSAGE} HTTP/1.1`,
      `GET ${MESSAGE} HTTP/1.0`,
      `GET ${MESSAGE} HTTP/2`,
      `GET ${MESSAGE} x HTTP/1.1`,
      `GET ${MESSAGE}\u00e9 HTTP/1.1`,
      'HTTP/1.1 200 OK',
    ]) {
      await expectRefused(`${line}\r\n\r\n`, 400)
    }
  })
})

test('headers of the part are not headers of the request', async () => {
  for (const header of ['Authorization: Bearer x', 'X-HTTP-Method-Override: DELETE', 'Cc: a@b.c']) {
    const body = joinParts([writePart([header], getPart(MESSAGE))])
    const answer = await sendBatch(front, token, body)
    expect(front.gmail.requests).toEqual([])
    expect(answer.status).toBe(400)
  }
})
