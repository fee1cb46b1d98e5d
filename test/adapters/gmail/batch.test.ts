import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  expectNoBatchUpstream,
  getPart,
  joinParts,
  messagePath,
  postPart,
  sendBatch,
  toRequest,
  writeBatch,
  writePart,
} from '../../attacks/batch-front.ts'
import { openSocket } from '../../attacks/robustness-socket.ts'
import { SEED } from '../../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../../support/front.ts'
import { encodeRaw } from '../../support/sending-desk.ts'

let front: TestFront
let token: string

const CUSTOMER = SEED.supportThread.customer
const DETAILS = [
  ...READ_ALL,
  { type: 'gmail', actions: ['messages.send'], recipients: { addresses: [CUSTOMER] } },
]
const profile = '/gmail/v1/users/me/profile'

beforeAll(async () => {
  front = await startTestFront()
  token = front.mint(DETAILS)
})
afterAll(() => front.close())
beforeEach(() => {
  front.gmail.reset()
  front.ports.record.calls.length = 0
})

function sendPart(subject: string, ...headers: readonly string[]): string {
  const raw = encodeRaw(`To: ${CUSTOMER}\r\nSubject: ${subject}\r\n\r\nHello\r\n`)
  return postPart(`${messagePath('send')}?alt=json`, JSON.stringify({ raw }), ...headers)
}

describe('as stock clients write it', () => {
  test("Python's: LF, folded names, its token and host in every part", async () => {
    const own = [
      'Content-Type: application/json',
      'MIME-Version: 1.0',
      'accept: application/json',
      'accept-encoding: gzip, deflate',
      'user-agent: (gzip)',
      'x-goog-api-client: gdcl/2.201.0 gl-python/3.11.7',
      `authorization: Bearer ${token}`,
      `Host: ${new URL(front.url).host}`,
    ]
    const head = (id: string): string =>
      `Content-Type: application/http\nMIME-Version: 1.0\nContent-Transfer-Encoding: binary\nContent-ID: ${id}\n\n`
    const id = '7cdcc2e9-2df6-4fc9-9772-b2378a02b84d'
    const get = `GET ${messagePath(SEED.html.id)}?alt=json HTTP/1.1\n${own.join('\n')}\n\n`
    const list = `GET /gmail/v1/users/me/messages?q=t%C3%A9+hello&labelIds=INBOX&alt=json HTTP/1.1\n${own.join('\n')}\n\n`
    const raw = encodeRaw(`To: ${CUSTOMER}\nSubject: hello\n\nHello\n`)
    const json = `{"raw": "${raw}"}`
    const post = `POST ${messagePath('send')}?alt=json HTTP/1.1\n${own.join('\n')}\ncontent-length: ${json.length}\n\n${json}`
    const boundary = '===============5857152760659983096=='
    const parts = [
      `${head(`<${id} + 1>`)}${get}`,
      `${head(`<${id} + 2>`)}${list}`,
      `${head(`<${id} +\n a%20long%20name>`)}${post}`,
    ]
    const body = `${parts.map((part) => `--${boundary}\n${part}\n`).join('')}--${boundary}--\n`
    const contentType = `multipart/mixed; boundary="${boundary}"`
    const answer = await sendBatch(front, token, body, { path: '/batch', contentType })
    expectNoBatchUpstream(front.gmail)
    expect(front.gmail.sent.map(({ subject }) => subject)).toEqual(['hello'])
    expect(answer.status).toBe(200)
    expect(answer.parts.map(({ contentId, status }) => [contentId, status])).toEqual([
      [`<response-${id} + 1>`, 200],
      [`<response-${id} + 2>`, 200],
      [`<response-${id} + a%20long%20name>`, 200],
    ])
    expect(JSON.parse(answer.parts[0]?.body ?? '')).toMatchObject({ id: SEED.html.id })
  })

  test("Java's: the whole address, a length for every part, names without brackets", async () => {
    const request = `GET ${front.url}${profile} HTTP/1.1\r\nAuthorization: Bearer ${token}\r\n\r\n`
    const headers = [`Content-Length: ${request.length}`, 'content-transfer-encoding: binary']
    const body = joinParts(
      [1, 2].map((id) => writePart([...headers, `content-id: ${id}`], request)),
      '__END_OF_PART__0b4ed3c8__',
    )
    const contentType = 'multipart/mixed; boundary=__END_OF_PART__0b4ed3c8__'
    const { parts } = await sendBatch(front, token, body, { contentType })
    expect(parts.map(({ contentId, status }) => [contentId, status])).toEqual([
      ['response-1', 200],
      ['response-2', 200],
    ])
  })

  test("PHP's: LF in the parts, CRLF behind their headers, a line more before each delimiter", async () => {
    const part = (id: number, line: string, content: string): string =>
      `--77\nContent-Type: application/http\nContent-Transfer-Encoding: binary\nMIME-Version: 1.0\n` +
      `Content-ID: ${id}\n\n${line} HTTP/1.1\nHost:${new URL(front.url).host}\r\n` +
      `content-type:application/json\r\nX-Php-Expected-Class:Profile\r\n${content}\n\n`
    const raw = encodeRaw(`To: ${CUSTOMER}\nSubject: hello\n\nHello\n`)
    const body = [
      part(1, `GET ${profile}`, ''),
      part(2, `POST ${messagePath('send')}`, `\n{"raw":"${raw}"}`),
      '--77--',
    ].join('')
    const contentType = 'multipart/mixed; boundary=77'
    const { parts } = await sendBatch(front, token, body, { path: '/batch', contentType })
    expect(front.gmail.sent).toHaveLength(1)
    expect(parts.map(({ status }) => status)).toEqual([200, 200])
  })

  test("that of Google's guide: no version, no headers, no empty line behind them", async () => {
    const request = `GET ${profile}\r\n`
    const body = joinParts([writePart(['Content-ID: <item1:a@b.example>'], request)])
    const { parts } = await sendBatch(front, token, body)
    expect(parts.map(({ contentId, status }) => [contentId, status])).toEqual([
      ['<response-item1:a@b.example>', 200],
    ])
  })

  test('no name at all: the order of the answers is the order of the requests', async () => {
    const ids = [SEED.html.id, SEED.hidden.id, SEED.withPdf.id]
    front.gmail.failNext({ kind: 'delay', milliseconds: 80 }, { route: 'messages.get' })
    const body = joinParts(ids.map((id) => writePart([], getPart(messagePath(id)))))
    const { parts } = await sendBatch(front, token, body)
    expect(parts.map(({ contentId }) => contentId)).toEqual([undefined, undefined, undefined])
    expect(parts.map(({ body: json }) => (JSON.parse(json) as { id: string }).id)).toEqual(ids)
  })
})

describe('each request on its own', () => {
  test('fifty pass', async () => {
    const paths = Array.from({ length: 50 }, () => getPart(messagePath(SEED.html.id)))
    const { status, parts } = await sendBatch(front, token, writeBatch(paths))
    expect(status).toBe(200)
    expect(parts.map((part) => part.status)).toEqual(paths.map(() => 200))
    expect(front.gmail.requests).toHaveLength(50)
  })

  test('one that fails says nothing about the others', async () => {
    const requests = [
      getPart(messagePath(SEED.html.id)),
      getPart('/gmail/v1/users/me/settings/filters'),
      getPart(messagePath('0000000000000000')),
      'rubbish',
      getPart(profile),
    ]
    const { parts } = await sendBatch(front, token, writeBatch(requests))
    expect(parts.map(({ status }) => status)).toEqual([200, 403, 404, 400, 200])
  })

  test('each has its decision and its record, which names the batch and its place in it', async () => {
    const requests = [
      getPart(messagePath(SEED.html.id)),
      sendPart('hello'),
      getPart('/gmail/v1/users/me/settings/filters'),
      getPart(profile),
    ]
    const { parts } = await sendBatch(front, token, writeBatch(requests))
    const { calls } = front.ports.record
    const byId = new Map(calls.map((call) => [call.entry.id, call]))
    expect(calls).toHaveLength(4)
    const recorded = parts.map(({ decisionId }) => byId.get(decisionId ?? ''))
    expect(recorded.map((call) => call?.entry.operation)).toEqual([
      'gmail.users.messages.get',
      'gmail.users.messages.send',
      undefined,
      'gmail.users.getProfile',
    ])
    expect(recorded.map((call) => [call?.entry.decision, call?.outcome?.outcome])).toEqual([
      ['allow', 'done'],
      ['allow', 'done'],
      ['invalid', 'refused'],
      ['allow', 'done'],
    ])
    expect(recorded.map((call) => call?.entry.request['part'])).toEqual([1, 2, 3, 4])
    const batches = new Set(recorded.map((call) => call?.entry.request['batch']))
    expect(batches.size).toBe(1)
    expect([...batches][0]).toMatch(/^d_/)
    expect(recorded[1]?.entry.request).toMatchObject({ method: 'POST', path: messagePath('send') })
  })

  test('an answer without content is a 204 with nothing behind its head', async () => {
    const labelling = front.mint([
      ...READ_ALL,
      { type: 'gmail', actions: ['labels.apply'], add: ['STARRED'] },
    ])
    const body = JSON.stringify({ ids: [SEED.html.id], addLabelIds: ['STARRED'] })
    const requests = [postPart(messagePath('batchModify'), body), getPart(profile)]
    const { parts } = await sendBatch(front, labelling, writeBatch(requests))
    expect(front.gmail.mailbox.messages.get(SEED.html.id)?.labelIds).toContain('STARRED')
    expect(parts.map((part) => [part.status, part.body === ''])).toEqual([
      [204, true],
      [200, false],
    ])
  })

  test('the second reader is asked about every mail in it', async () => {
    const before = front.secondOpinion.authorized
    await sendBatch(front, token, writeBatch([sendPart('one'), getPart(profile), sendPart('two')]))
    expect(front.gmail.sent.map(({ subject }) => subject)).toEqual(['one', 'two'])
    expect(front.secondOpinion.authorized - before).toBe(2)
  })
})

describe('what a batch holds and for how long', () => {
  test('four reads at once, no more', async () => {
    front.gmail.failNext({ kind: 'hang' }, { route: 'messages.get', times: 4 })
    const requests = Array.from({ length: 12 }, () => getPart(messagePath(SEED.html.id)))
    const socket = await openSocket(front.port)
    socket.write(toRequest(token, writeBatch(requests)))
    await expect.poll(() => front.gmail.pendingRequests()).toBe(4)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(front.gmail.requests).toHaveLength(4)
    socket.destroy()
    await expect.poll(() => front.gmail.pendingRequests()).toBe(0)
  })

  test('a mail waits for what stands before it, and what stands behind it waits for the mail', async () => {
    const delay = { kind: 'delay', milliseconds: 60 } as const
    front.gmail.failNext(delay, { route: 'messages.get', times: 2 })
    front.gmail.failNext(delay, { route: 'messages.send', times: 2 })
    const get = getPart(messagePath(SEED.html.id))
    const requests = [get, get, sendPart('one'), sendPart('two'), getPart(profile)]
    const { parts } = await sendBatch(front, token, writeBatch(requests))
    expect(parts.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200])
    expect(front.gmail.requests.map(({ route }) => route)).toEqual([
      'messages.get',
      'messages.get',
      'messages.send',
      'messages.send',
      'getProfile',
    ])
    expect(front.gmail.sent.map(({ subject }) => subject)).toEqual(['one', 'two'])
  })

  test('answers that are too large together: the rest is to be asked for again, and nothing is done for it', async () => {
    const asked: string[] = []
    const provider = createServer((request, response) => {
      asked.push(`${request.method ?? ''} ${request.url?.split('?', 1)[0] ?? ''}`)
      response.end(nineMegabytes)
    })
    await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve))
    const { port } = provider.address() as AddressInfo
    await using small = await startTestFront({ upstream: `http://127.0.0.1:${port}` })
    const get = getPart(messagePath('m1'))
    const requests = [get, get, get, get, sendPart('late'), get]
    const { parts } = await sendBatch(small, small.mint(DETAILS), writeBatch(requests))
    provider.close()
    expect(asked).toEqual(Array(4).fill(`GET ${messagePath('m1')}`))
    expect(parts.map(({ status }) => status)).toEqual([200, 200, 200, 200, 429, 429])
  })
})

const nineMegabytes = JSON.stringify({
  id: 'm1',
  threadId: 'm1',
  labelIds: ['INBOX'],
  historyId: '1',
  internalDate: '1',
  sizeEstimate: 1,
  payload: {
    partId: '',
    mimeType: 'text/plain',
    filename: '',
    headers: [{ name: 'From', value: CUSTOMER }],
    body: { size: 6_750_000, data: 'A'.repeat(9_000_000) },
  },
})
