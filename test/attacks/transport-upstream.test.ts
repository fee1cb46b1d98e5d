import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Failure } from '../fakes/gmail/index.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { MemoryConnection } from '../support/memory-ports.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'

let front: TestFront
let token: string
const message = `/gmail/v1/users/me/messages/${SEED.withPdf.id}`

beforeEach(async () => {
  front = await startTestFront({
    front: {
      upstreamLimits: {
        headersTimeoutMs: 300,
        bodyTimeoutMs: 300,
        totalTimeoutMs: 700,
        maxResponseBytes: 200_000,
      },
    },
  })
  token = front.mint(READ_ALL)
})
afterEach(() => front.close())

interface GmailError {
  readonly error: { readonly code: number; readonly message: string; readonly status: string }
}

async function readWith(
  failure: Failure,
): Promise<{ status: number; body: string; error: GmailError }> {
  front.gmail.failNext(failure)
  const answer = await front.fetch(message, token)
  const body = await answer.text()
  return { status: answer.status, body, error: JSON.parse(body) as GmailError }
}

test('a redirect is not followed, and the credential goes nowhere else', async () => {
  const elsewhere: string[] = []
  const other: Server = createServer((request, response) => {
    elsewhere.push(JSON.stringify(request.rawHeaders))
    response.end('{}')
  })
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = other.address() as AddressInfo
  for (const status of [301, 302, 307, 308]) {
    const location = `http://127.0.0.1:${port}/`
    const { status: answered, body } = await readWith({ kind: 'redirect', location, status })
    expect(elsewhere).toEqual([])
    expect(answered).toBe(502)
    expect(body).not.toContain(location)
  }
  other.close()
})

describe('an answer with the credential in it is withheld and reported', () => {
  test.each([200, 400, 403, 404, 500])('with status %d', async (status) => {
    const { status: answered, body } = await readWith({ kind: 'echo_credential', status })
    expect(body).not.toContain(front.gmail.accessToken)
    expect(answered).toBe(502)
    expect(front.ports.events).toMatchObject([{ event: 'credential_in_answer' }])
  })
})

describe('an upstream that fails is a 5xx in the shape of the provider', () => {
  const cases: [Failure, number][] = [
    [{ kind: 'hang' }, 504],
    [{ kind: 'reset' }, 502],
    [{ kind: 'cut_body' }, 502],
    [{ kind: 'truncated_json' }, 502],
    [{ kind: 'invalid_json' }, 502],
    [{ kind: 'oversized', bytes: 1_000_000 }, 502],
    [{ kind: 'slow_body', chunkBytes: 50, pauseMilliseconds: 100 }, 504],
    [{ kind: 'status', status: 500 }, 502],
    [{ kind: 'status', status: 503 }, 502],
    [{ kind: 'status', status: 403 }, 502],
    [{ kind: 'status', status: 400 }, 400],
    [{ kind: 'status', status: 429 }, 429],
    [{ kind: 'status', status: 404 }, 404],
  ]
  test.each(cases)('%j', async (failure, expected) => {
    const { status, error } = await readWith(failure)
    expect(status).toBe(expected)
    expect(error.error.code).toBe(expected)
    expect(front.upstreamRequests()).toBe(0)
    const next = await front.fetch(message, token)
    expect(next.status).toBe(200)
  })

  test('an upstream that is not there', async () => {
    await using alone = await startTestFront({ upstream: 'http://127.0.0.1:1' })
    const answer = await alone.fetch(message, alone.mint(READ_ALL))
    expect(answer.status).toBe(502)
    expect(alone.ports.record.last.outcome?.outcome).toBe('refused')
  })
})

describe('a credential that the provider refuses', () => {
  test('is replaced once, and the call succeeds', async () => {
    let connection: MemoryConnection | undefined
    await using other = await startTestFront({
      connection: (gmail) =>
        (connection = new MemoryConnection(gmail.account, ['stale', gmail.accessToken])),
    })
    const answer = await other.fetch(message, other.mint(READ_ALL))
    expect(other.gmail.requests).toHaveLength(2)
    expect(connection?.rejections).toBe(1)
    expect(answer.status).toBe(200)
  })

  test('twice is the owner\u2019s matter: a clear 502', async () => {
    await using other = await startTestFront({
      connection: (gmail) => new MemoryConnection(gmail.account, ['stale']),
    })
    const answer = await other.fetch(message, other.mint(READ_ALL))
    expect(other.gmail.requests).toHaveLength(2)
    expect(answer.status).toBe(502)
    expect(await answer.text()).toContain('owner must reconnect')
  })
})
