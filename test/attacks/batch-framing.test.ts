import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { sendRaw } from '../support/raw-http.ts'
import {
  getPart,
  joinParts,
  messagePath,
  postPart,
  reasonOf,
  sendBatch,
  toRequest,
  writeBatch,
  writePart,
  type BatchOptions,
} from './batch-front.ts'

let front: TestFront
let token: string

const GET = getPart(messagePath(SEED.html.id))
const SEND = messagePath('send')

beforeAll(async () => {
  front = await startTestFront()
  token = front.mint(READ_ALL)
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

/** whole: nothing of it is done, however much of it is well-formed */
async function expectRefusedWhole(
  body: string,
  status: number,
  options?: BatchOptions,
): Promise<void> {
  const before = front.ports.record.calls.length
  const answer = await sendBatch(front, token, body, options)
  expect(front.gmail.requests).toEqual([])
  expect(answer.status).toBe(status)
  expect(answer.contentType).toMatch(/^application\/json/)
  expect(reasonOf(answer)).not.toBe('internalError')
  expect(front.ports.record.calls.length).toBe(before + 1)
  expect(front.ports.record.last.outcome?.outcome).toBe('refused')
}

describe('a batch of which it is doubtful where a request ends is refused whole', () => {
  test('a Content-Length that is not the length of what stands there', async () => {
    const json = '{"raw":"eA"}'
    const lengths = ['0', '11', '13', '9999', '-1', '+12', '12, 12', '0x0c', '1e1', '', '12 ']
    for (const length of lengths.filter((each) => each.trim() !== '12')) {
      const post = `POST ${SEND} HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${json}`
      await expectRefusedWhole(writeBatch([GET, post]), 400)
    }
    const twice = postPart(SEND, json, 'Content-Length: 12')
    await expectRefusedWhole(writeBatch([GET, twice]), 400)
  })

  test('a length that reaches over the next delimiter, to hide a request from one of two parsers', async () => {
    const hidden = `POST ${SEND} HTTP/1.1\r\n\r\n{}`
    const whole = writeBatch([GET, hidden])
    const reach = whole.length
    await expectRefusedWhole(
      writeBatch([GET.replace('\r\n\r\n', `\r\nContent-Length: ${reach}\r\n\r\n`), hidden]),
      400,
    )
    const part = writePart([`Content-Length: ${reach}`], GET)
    await expectRefusedWhole(joinParts([part, writePart([], hidden)]), 400)
  })

  test.each(['chunked', 'identity', 'gzip, chunked'])('Transfer-Encoding: %s', async (coding) => {
    const post = `POST ${SEND} HTTP/1.1\r\nTransfer-Encoding: ${coding}\r\n\r\n0\r\n\r\n`
    await expectRefusedWhole(writeBatch([GET, post]), 400)
  })

  test('header lines that one parser folds, splits or skips', async () => {
    for (const lines of [
      'X-A: 1\r\n Authorization: Bearer x',
      'X-A: 1\r\n\tb',
      'Authorization : Bearer x',
      ': x',
      'X-A',
      'X-A: 1\rX-B: 2',
      'X-A: \u0000',
      'X-\u00c4: 1',
      'X-A: \u00e4',
    ]) {
      await expectRefusedWhole(writeBatch([GET.replace('\r\n\r\n', `\r\n${lines}\r\n\r\n`)]), 400)
    }
  })

  test('a head that does not end', async () => {
    await expectRefusedWhole(writeBatch([`GET /${'a'.repeat(20_000)}`]), 400)
    const head = `GET ${SEND} HTTP/1.1\r\n${'X-A: 1\r\n'.repeat(3000)}\r\n`
    await expectRefusedWhole(writeBatch([head]), 400)
  })
})

describe('a multipart that parsers read differently is refused whole', () => {
  test('no boundary, an empty one, two, one that is too long, one of other characters', async () => {
    const body = writeBatch([GET])
    const long = 'b'.repeat(71)
    for (const parameters of [
      '',
      '; boundary=',
      '; boundary=""',
      '; boundary=batch_of_the_test; boundary=other',
      '; boundary*0=batch_of; boundary*1=_the_test',
      '; boundary="batch_of_the_test "',
      '; boundary="batch;of"',
    ]) {
      const contentType = `multipart/mixed${parameters}`
      const answer = await sendBatch(front, token, body, { contentType })
      expect(front.gmail.requests).toEqual([])
      expect([400, 415]).toContain(answer.status)
    }
    const contentType = `multipart/mixed; boundary=${long}`
    await expectRefusedWhole(joinParts([writePart([], GET)], long), 415, { contentType })
  })

  test('another type, none, or two', async () => {
    const body = writeBatch([GET])
    for (const type of ['multipart/related', 'multipart/form-data', 'application/json', 'mixed']) {
      const contentType = `${type}; boundary=batch_of_the_test`
      await expectRefusedWhole(body, 415, { contentType })
    }
    const valid = 'multipart/mixed; boundary=batch_of_the_test'
    const twice = `${valid}\r\nContent-Type: ${valid}`
    await expectRefusedWhole(body, 415, { contentType: twice })
    const request = toRequest(token, body).replace(/^Content-Type: .*\r\n/m, '')
    expect((await sendRaw(front.port, request)).status).toBe(415)
    expect(front.gmail.requests).toEqual([])
  })

  test('no parts, no body, no end', async () => {
    await expectRefusedWhole('', 400)
    await expectRefusedWhole('hello', 400)
    await expectRefusedWhole('--batch_of_the_test--\r\n', 400)
    await expectRefusedWhole(writeBatch([GET]).replace('--batch_of_the_test--\r\n', ''), 400)
    await expectRefusedWhole(writeBatch([GET]).slice(0, -4), 400)
  })

  test('a part that is no HTTP request, or is encoded', async () => {
    const part = writePart([], GET)
    for (const wrong of [
      part.replace('application/http', 'text/plain'),
      part.replace('application/http', 'multipart/mixed; boundary=x'),
      part.replace('application/http', 'message/http'),
      part.replace('Content-Type: application/http\r\n', ''),
      part.replace('\r\n', '\r\nContent-Type: application/http\r\n'),
      writePart(['Content-Transfer-Encoding: base64'], Buffer.from(GET).toString('base64')),
      writePart(['Content-Transfer-Encoding: quoted-printable'], GET),
      writePart(['Content-Disposition: form-data; name=x'], GET),
      'Content-Type: application/http',
      '',
    ]) {
      await expectRefusedWhole(joinParts([part, wrong]), 400)
    }
  })

  test('two parts of one name, names with line ends or without end', async () => {
    const named = (id: string): string => writePart([`Content-ID: ${id}`], GET)
    await expectRefusedWhole(joinParts([named('<a>'), named('<b>'), named('<a>')]), 400)
    await expectRefusedWhole(joinParts([named('')]), 400)
    await expectRefusedWhole(joinParts([named(`<${'a'.repeat(200)}>`)]), 400)
    await expectRefusedWhole(joinParts([named('<\u00e4>')]), 400)
    await expectRefusedWhole(joinParts([named('<a\rSet-Cookie: x>')]), 400)
  })

  test('something before the first delimiter or behind the last', async () => {
    const batch = writeBatch([GET])
    for (const body of [
      `This is a multi-part message.\r\n${batch}`,
      `${GET}\r\n${batch}`,
      batch.replace('--batch_of_the_test\r\n', '--batch_of_the_test\r\r\n') + batch,
      `${batch}${GET}`,
      `${batch}${batch}`,
      `${batch}--batch_of_the_test--\r\n`,
    ]) {
      await expectRefusedWhole(body, 400)
    }
    const { parts } = await sendBatch(front, token, `\r\n${batch}\r\n`)
    expect(parts.map(({ status }) => status)).toEqual([200])
  })
})

describe('a batch that is too much is refused whole', () => {
  test('fifty-one requests', async () => {
    await expectRefusedWhole(writeBatch(Array.from({ length: 51 }, () => GET)), 400)
  })

  test('thousands of delimiters, or of lines that look like one', async () => {
    await expectRefusedWhole('--batch_of_the_test\r\n'.repeat(100_000), 400)
    await expectRefusedWhole(`${'--batch_of_the_test_\r\n'.repeat(100_000)}`, 400)
  })

  test('a body that says it is too large is not waited for, one that does not say is cut off', async () => {
    const size = 8 * 1024 * 1024 + 1
    const head = toRequest(token, '').replace('Content-Length: 0', `Content-Length: ${size}`)
    const declared = await sendRaw(front.port, head)
    expect(declared.status).toBe(413)
    const chunked = toRequest(token, '').replace('Content-Length: 0', 'Transfer-Encoding: chunked')
    const chunk = `${size.toString(16)}\r\n${'a'.repeat(size)}\r\n`
    expect((await sendRaw(front.port, chunked + chunk)).status).toBe(413)
    expect(front.gmail.requests).toEqual([])
  })

  test('a token to which nothing here is open is refused before its batch is read', async () => {
    const foreign = front.mint(READ_ALL, { audience: 'https://other.example' })
    const size = 8_000_000
    const head = toRequest(foreign, '').replace('Content-Length: 0', `Content-Length: ${size}`)
    expect((await sendRaw(front.port, head)).status).toBe(401)
    expect(front.ports.record.last.entry.reason).toBe('audience')
    expect(front.gmail.requests).toEqual([])
  })
})

test('a batch has no parameters, and no compressed body', async () => {
  const body = writeBatch([GET])
  await expectRefusedWhole(body, 400, { path: '/batch/gmail/v1?x=1' })
  await expectRefusedWhole(body, 400, { path: '/batch/gmail/v1?alt=media' })
  await expectRefusedWhole(body, 403, { path: `/batch/gmail/v1?access_token=${token}` })
  const authorization = [`Authorization: Bearer ${token}`, 'Content-Encoding: gzip']
  const answer = await sendBatch(front, token, body, { authorization })
  expect(front.gmail.requests).toEqual([])
  expect(answer.status).toBe(415)
  expect((await sendBatch(front, token, body, { path: '/batch?alt=json' })).status).toBe(200)
})
