import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startFrontUnderAttack, type FrontUnderAttack } from './robustness-front.ts'
import { exchange, openSocket, readAnswers } from './robustness-socket.ts'

let attacked: FrontUnderAttack

beforeAll(async () => {
  attacked = await startFrontUnderAttack(2000)
})
beforeEach(() => attacked.front.gmail.reset())
afterAll(async () => attacked.front.close())

const USER = '/gmail/v1/users/me'

/** a request that is right in everything but what the case makes wrong */
function requestOf(
  line: string,
  headers: readonly string[] = [],
  body: string | Buffer = '',
): Buffer {
  const head = [line, 'Host: front.example', `Authorization: Bearer ${attacked.token}`, ...headers]
  return Buffer.concat([
    Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'),
    typeof body === 'string' ? Buffer.from(body, 'latin1') : body,
  ])
}

function labels(headers: readonly string[] = [], body: string | Buffer = ''): Buffer {
  return requestOf(`GET ${USER}/labels HTTP/1.1`, headers, body)
}

function send(headers: readonly string[], body: string | Buffer): Buffer {
  return requestOf(
    `POST ${USER}/messages/send HTTP/1.1`,
    ['Content-Type: application/json', ...headers],
    body,
  )
}

function sendJson(body: string | Buffer): Buffer {
  return send([`Content-Length: ${Buffer.byteLength(body)}`], body)
}

type Case = readonly [name: string, bytes: () => Buffer | string]

/** neither may any of these be answered with success, nor may anything of them reach the provider */
const NOT_HTTP: readonly Case[] = [
  ['a TLS greeting', () => Buffer.from('16030100c8010000c40303', 'hex')],
  ['the HTTP/2 preface', () => 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['another protocol', () => 'SSH-2.0-OpenSSH_9.2\r\n'],
  ['random bytes', () => Buffer.from(Array.from({ length: 4096 }, (_, i) => (i * 7919) % 256))],
  ['nothing but NULs', () => Buffer.alloc(4096)],
  ['a line without a version', () => `GET ${USER}/labels\r\n\r\n`],
  ['version 3.7', () => requestOf(`GET ${USER}/labels HTTP/3.7`)],
  ['version 0.9', () => `GET ${USER}/labels HTTP/0.9\r\n\r\n`],
  ['a method in lower case', () => requestOf(`get ${USER}/labels HTTP/1.1`)],
  ['an unknown method', () => requestOf(`BREW ${USER}/labels HTTP/1.1`)],
  ['a NUL in the method', () => requestOf(`G\0ET ${USER}/labels HTTP/1.1`)],
  ['blanks in the target', () => requestOf(`GET ${USER}/labels and more HTTP/1.1`)],
  ['a NUL in the target', () => requestOf(`GET ${USER}/labels\0 HTTP/1.1`)],
  ['raw bytes in the target', () => requestOf(`GET ${USER}/labels/\xff\xfe HTTP/1.1`)],
  ['a target of 20 kB', () => requestOf(`GET ${USER}/${'a'.repeat(20_000)} HTTP/1.1`)],
  ['CONNECT', () => requestOf('CONNECT evil.example:443 HTTP/1.1')],
  ['a header without a colon', () => labels(['Nonsense'])],
  ['a header without a name', () => labels([': value'])],
  ['a blank before the colon', () => labels(['X-Odd : 1'])],
  ['a NUL in a header', () => labels(['X-Odd: a\0b'])],
  ['a bare carriage return', () => labels(['X-Odd: a\rAuthorization: Bearer x'])],
  ['a header of 20 kB', () => labels([`X-Long: ${'a'.repeat(20_000)}`])],
  ['five thousand headers', () => labels(Array.from({ length: 5000 }, (_, i) => `X-${i}: ${i}`))],
  ['two lengths', () => send(['Content-Length: 2', 'Content-Length: 3'], '{}x')],
  ['a negative length', () => send(['Content-Length: -1'], '{}')],
  ['a length with a sign', () => send(['Content-Length: +2'], '{}')],
  ['a length in hex', () => send(['Content-Length: 0x2'], '{}')],
  ['a length beyond numbers', () => send([`Content-Length: ${'9'.repeat(40)}`], '{}')],
  [
    'a length and chunks',
    () => send(['Content-Length: 2', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
  ],
  [
    'chunks named twice',
    () => send(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
  ],
  ['an unknown transfer coding', () => send(['Transfer-Encoding: xchunked'], '{}')],
  ['chunks that are not last', () => send(['Transfer-Encoding: chunked, gzip'], '0\r\n\r\n')],
  [
    'a chunk size that is no number',
    () => send(['Transfer-Encoding: chunked'], 'zz\r\n{}\r\n0\r\n\r\n'),
  ],
  ['a negative chunk', () => send(['Transfer-Encoding: chunked'], '-2\r\n{}\r\n0\r\n\r\n')],
  ['an endless chunk size', () => send(['Transfer-Encoding: chunked'], `${'f'.repeat(30)}\r\n{}`)],
  [
    'a long chunk extension',
    () => send(['Transfer-Encoding: chunked'], `2;${'x'.repeat(40_000)}\r\n{}\r\n0\r\n\r\n`),
  ],
  ['bare line feeds in chunks', () => send(['Transfer-Encoding: chunked'], '2\n{}\n0\n\n')],
]

/** these may still become a request; Node's own timeouts end them */
const UNFINISHED: readonly Case[] = [
  ['nothing but line ends', () => '\r\n'.repeat(2000)],
  ['half a request line', () => `GET ${USER}/la`],
  ['headers without an end', () => labels(['X-More: 1']).subarray(0, -2)],
  ['a body that stops', () => send(['Content-Length: 500'], '{"raw":"')],
]

const REFUSED: readonly (readonly [name: string, status: number, bytes: () => Buffer | string])[] =
  [
    ['an unknown expectation', 400, () => labels(['Expect: a-miracle'])],
    ['no Host', 400, () => `GET ${USER}/labels HTTP/1.1\r\n\r\n`],
    [
      'another host as target',
      400,
      () => requestOf('GET //evil.example/gmail/v1/users/me/labels HTTP/1.1'),
    ],
    [
      'a target in absolute form',
      400,
      () => requestOf(`GET http://evil.example${USER}/labels HTTP/1.1`),
    ],
    ['an asterisk as target', 400, () => requestOf('OPTIONS * HTTP/1.1')],
    ['TRACE', 403, () => requestOf(`TRACE ${USER}/labels HTTP/1.1`)],
    [
      'an upgrade to another protocol',
      400,
      () => labels(['Connection: Upgrade', 'Upgrade: h2c', 'Content-Length: 2'], '{}'),
    ],
    ['a fragment', 400, () => requestOf(`GET ${USER}/labels#x HTTP/1.1`)],
    ['a backslash', 400, () => requestOf(`GET ${USER}\\labels HTTP/1.1`)],
    ['dot segments', 400, () => requestOf(`GET ${USER}/messages/../labels HTTP/1.1`)],
    ['encoded dot segments', 400, () => requestOf(`GET ${USER}/messages/%2e%2e/labels HTTP/1.1`)],
    ['an encoded slash', 400, () => requestOf(`GET ${USER}/messages/a%2flabels HTTP/1.1`)],
    ['a broken escape', 400, () => requestOf(`GET ${USER}/messages/%zz HTTP/1.1`)],
    ['an escaped NUL', 400, () => requestOf(`GET ${USER}/messages/%00 HTTP/1.1`)],
    ['an overlong escape', 400, () => requestOf(`GET ${USER}/messages/%c0%ae%c0%ae HTTP/1.1`)],
    ['a body where none belongs', 400, () => labels(['Content-Length: 2'], '{}')],
    ['two credentials', 401, () => labels([`Authorization: Bearer ${attacked.token}`])],
    ['another method by header', 403, () => labels(['X-HTTP-Method-Override: DELETE'])],
    ['a compressed body', 415, () => send(['Content-Encoding: gzip', 'Content-Length: 2'], '{}')],
    ['an empty body', 400, () => sendJson('')],
    ['JSON that is none', 400, () => sendJson('{"raw":')],
    [
      'JSON nested ten thousand deep',
      400,
      () => sendJson(`${'['.repeat(10_000)}${']'.repeat(10_000)}`),
    ],
    ['JSON that is not an object', 400, () => sendJson('[1,2,3]')],
    ['a name that stands twice', 400, () => sendJson('{"raw":"aaaa","raw":"bbbb"}')],
    ['text that is not UTF-8', 400, () => sendJson(Buffer.from('{"raw":"\xff\xfe"}', 'latin1'))],
    ['a mail that is no base64', 400, () => sendJson('{"raw":"***"}')],
    [
      'a mail that is no mail',
      400,
      () => sendJson(JSON.stringify({ raw: Buffer.alloc(64).toString('base64url') })),
    ],
    ['a body over the limit', 413, () => send([`Content-Length: ${500_000_000}`], '{"raw":"')],
  ]

describe('a client that does not speak HTTP', () => {
  test.each(NOT_HTTP)('is refused or cut off: %s', async (_, bytes) => {
    for (const answer of await expectHarmless(bytes())) expectErrorShape(answer.body)
  })

  test.each(UNFINISHED)('waits no longer than the headers may take: %s', async (_, bytes) => {
    await expectHarmless(bytes(), true)
  })
})

describe('a request that no operation takes', () => {
  test.each(REFUSED)(
    'is answered in the shape of Gmail’s errors: %s, %i',
    async (_, status, bytes) => {
      const answers = await expectHarmless(bytes())
      expect(answers.map((answer) => answer.status)).toEqual([status])
      expectGoogleError(answers[0]?.body ?? '', status)
    },
  )
})

test('a client whose body is refused is not listened to any longer', async () => {
  const socket = await openSocket(attacked.front.port)
  const ended = new Promise((resolve) => socket.once('end', resolve).resume())
  socket.write(send([`Content-Length: ${500_000_000}`], '{"raw":"'))
  await ended
  socket.destroy()
})

describe('a second request hidden in the first', () => {
  test('is not found where a body ends', async () => {
    const hidden = requestOf(`GET ${USER}/profile HTTP/1.1`).toString('latin1')
    const smuggled = send(
      ['Content-Length: 4', 'Transfer-Encoding : chunked'],
      `0\r\n\r\n${hidden}`,
    )
    await expectHarmless(smuggled)
  })

  test('is answered in its turn when it is a request of its own', async () => {
    const both = Buffer.concat([labels(), labels(['Connection: close'])])
    const { received } = await exchange(attacked.front.port, both, 5000)
    expect(readAnswers(received).map((answer) => answer.status)).toEqual([200, 200])
  })
})

describe('after every one of them', () => {
  test('nothing is left open', async () => {
    await expect.poll(() => attacked.front.upstreamRequests(), { timeout: 5000 }).toBe(0)
    await expect.poll(() => attacked.front.gmail.pendingRequests(), { timeout: 5000 }).toBe(0)
    await expect.poll(() => attacked.front.openConnections(), { timeout: 10_000 }).toBe(0)
  })
})

/** an answer or a closed connection; no success, no stack trace, no credential, nothing upstream; the next one is served */
async function expectHarmless(
  bytes: Buffer | string,
  waits = false,
): Promise<ReturnType<typeof readAnswers>> {
  const { received, ending } = await exchange(attacked.front.port, bytes, waits ? 300 : 5000)
  const answers = readAnswers(received)
  expect(attacked.front.gmail.requests).toEqual([])
  expect(attacked.front.gmail.sent).toEqual([])
  for (const answer of answers) expect(answer.status).toBeGreaterThanOrEqual(400)
  if (!waits && answers.length === 0) expect(ending).not.toBe('open')
  expect(received).not.toMatch(/\bat .*\.[jt]s:\d+|node:internal|node_modules/)
  expect(received).not.toContain(attacked.front.gmail.accessToken)
  await attacked.expectServed()
  return answers
}

function expectGoogleError(body: string, status: number): void {
  expect(expectErrorShape(body)).toBe(status)
}

function expectErrorShape(body: string): unknown {
  const { error } = JSON.parse(body) as { error?: Record<string, unknown> }
  expect(typeof error?.['message']).toBe('string')
  expect(typeof error?.['status']).toBe('string')
  return error?.['code']
}
