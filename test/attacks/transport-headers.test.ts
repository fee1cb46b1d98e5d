import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { attenuate } from '../../capabilities/index.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { rawGet, sendRaw } from '../support/raw-http.ts'

let front: TestFront
let token: string
const message = `/gmail/v1/users/me/messages/${SEED.withPdf.id}`

beforeAll(async () => {
  front = await startTestFront()
  token = front.mint(READ_ALL)
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

async function expectRefused(request: string, status: number): Promise<void> {
  const answer = await sendRaw(front.port, request)
  expect(front.gmail.requests).toEqual([])
  expect(answer.status).toBe(status)
}

describe('a method that overrides the one that was checked is refused', () => {
  test.each(['X-HTTP-Method-Override: DELETE', 'X-HTTP-Method: DELETE', 'x-method-override: POST'])(
    '%s',
    (header) => expectRefused(rawGet(message, [`Authorization: Bearer ${token}`, header]), 403),
  )
})

describe('a token that is not in the one Authorization header is refused', () => {
  test('a second Authorization header, whichever comes first', async () => {
    const valid = `Authorization: Bearer ${token}`
    await expectRefused(rawGet(message, [valid, 'Authorization: Bearer other']), 401)
    await expectRefused(rawGet(message, ['authorization: Bearer other', valid]), 401)
    await expectRefused(rawGet(message, [valid, valid]), 401)
  })

  test.each(['access_token', 'oauth_token', 'key', 'Access_Token'])('?%s=', async (name) => {
    await expectRefused(rawGet(`${message}?${name}=${token}`), 403)
    await expectRefused(rawGet(`${message}?${name}=x`, [`Authorization: Bearer ${token}`]), 403)
  })

  test('another scheme, no scheme, nothing', async () => {
    for (const value of [`DPoP ${token}`, `Basic ${token}`, token, 'Bearer', 'Bearer ']) {
      await expectRefused(rawGet(message, [`Authorization: ${value}`]), 401)
    }
    await expectRefused(rawGet(message), 401)
  })
})

describe('a body whose extent or coding is doubtful is refused', () => {
  const head = (headers: readonly string[]): string =>
    [
      `GET ${message} HTTP/1.1`,
      'Host: front',
      `Authorization: Bearer ${token}`,
      ...headers,
      'Connection: close',
      '',
      '',
    ].join('\r\n')

  test('both Content-Length and Transfer-Encoding', () =>
    expectRefused(`${head(['Content-Length: 3', 'Transfer-Encoding: chunked'])}0\r\n\r\n`, 400))
  test('two Content-Length', () =>
    expectRefused(`${head(['Content-Length: 3', 'Content-Length: 4'])}abc`, 400))
  test('a compressed body', () =>
    expectRefused(`${head(['Content-Encoding: gzip', 'Content-Length: 3'])}abc`, 415))
  test('a body where none belongs', () => expectRefused(`${head(['Content-Length: 3'])}abc`, 400))
  test('a folded header', () => expectRefused(head(['X-A: b\r\n c']), 400))
  test('a space before the colon', () => expectRefused(head(['X-A : b']), 400))
})

describe('what is not HTTP is answered and harms nobody', () => {
  test('garbage, a bare method, a missing Host', async () => {
    await expectRefused('\x16\x03\x01\x02\x00garbage\r\n\r\n', 400)
    await expectRefused('GET\r\n\r\n', 400)
    await expectRefused(`GET ${message} HTTP/1.1\r\nConnection: close\r\n\r\n`, 400)
    const answer = await front.fetch(message, token)
    expect(answer.status).toBe(200)
  })

  test('17 kB of headers are 431 in the shape of the provider', async () => {
    const answer = await sendRaw(front.port, rawGet(message, [`X-Long: ${'a'.repeat(17_000)}`]))
    expect(answer.status).toBe(431)
    expect(JSON.parse(answer.body)).toMatchObject({ error: { status: 'INVALID_ARGUMENT' } })
  })

  test('every other method is refused in shape', async () => {
    for (const method of [
      'POST',
      'PUT',
      'PATCH',
      'DELETE',
      'OPTIONS',
      'HEAD',
      'TRACE',
      'PROPFIND',
    ]) {
      const request = rawGet(message, [`Authorization: Bearer ${token}`]).replace('GET', method)
      await expectRefused(request, 403)
    }
  })
})

test('a token of six blocks passes', async () => {
  let narrowed = token
  for (let block = 1; block < 6; block++) {
    narrowed = attenuate(narrowed, [{ type: 'gmail', actions: ['messages.read'] }], {
      expiresAt: Math.floor(Date.now() / 1000) + 600 - block,
    })
  }
  const answer = await front.fetch(message, narrowed)
  expect(front.gmail.requests).toHaveLength(1)
  expect(answer.status).toBe(200)
})

test('upstream sees exactly the real credential, and no header of the agent', async () => {
  await front.fetch(message, token, {
    headers: {
      cookie: 'a=b',
      'x-goog-user-project': 'evil',
      'x-goog-fieldmask': 'id',
      'x-forwarded-for': '10.0.0.1',
      'accept-encoding': 'gzip',
    },
  })
  const [request] = front.gmail.requests
  const names = request?.rawHeaders.filter((_, index) => index % 2 === 0)
  expect(names?.map((name) => name.toLowerCase()).sort()).toEqual([
    'accept',
    'authorization',
    'connection',
    'host',
    'user-agent',
  ])
  expect(request?.rawHeaders).toContain(`Bearer ${front.gmail.accessToken}`)
  expect(JSON.stringify(request)).not.toContain(token)
})
