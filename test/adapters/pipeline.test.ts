import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  attenuate,
  compileGrant,
  generateRootKey,
  mintToken,
  parseCapabilities,
  parseToken,
  SecondReader,
} from '../../capabilities/index.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'

let front: TestFront
let token: string
const message = `/gmail/v1/users/me/messages/${SEED.withPdf.id}`
const send = '/gmail/v1/users/me/messages/send'
const SEND = [
  {
    type: 'gmail',
    actions: ['messages.send'],
    recipients: { domains: ['riverside-cafe.example'] },
  },
]

beforeEach(async () => {
  front = await startTestFront()
  token = front.mint(READ_ALL)
})
afterEach(() => front.close())

function rawMail(to: string): string {
  const lines = [`To: ${to}`, 'Subject: hello', 'Content-Type: text/plain', '', 'hello', '']
  return Buffer.from(lines.join('\r\n')).toString('base64url')
}

async function startSecondReader(): Promise<AsyncDisposable & { opinion: SecondReader }> {
  const opinion = await SecondReader.start()
  return { opinion, [Symbol.asyncDispose]: () => opinion.close() }
}

function sendMail(bearer: string, to = 'alice@riverside-cafe.example'): Promise<Response> {
  return front.fetch(send, bearer, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ raw: rawMail(to) }),
  })
}

async function expectRefused(answer: Response, status: number, reason: string): Promise<void> {
  expect(front.gmail.requests).toEqual([])
  expect(answer.status).toBe(status)
  const { entry, outcome } = front.ports.record.last
  expect(entry.id).toBe(answer.headers.get('x-remit-decision'))
  expect(entry.reason).toBe(reason)
  expect(outcome?.outcome).toBe('refused')
}

describe('the token', () => {
  test('that is no token is refused, with the way to a better one', async () => {
    for (const text of ['x', 'En0KEw', '\u00e9'.repeat(0) + 'a'.repeat(9000)]) {
      const answer = await front.fetch(message, text)
      expect(front.gmail.requests).toEqual([])
      expect(answer.status).toBe(401)
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer resource_metadata="http:.*\/\.well-known\/oauth-protected-resource", error="invalid_token", error_description="[^"\\]+", DPoP resource_metadata="[^"]+", algs="ES256 Ed25519 EdDSA"$/,
      )
    }
    const none = await front.fetch(message, undefined)
    expect(none.headers.get('www-authenticate')).not.toContain('error')
    await expectRefused(none, 401, 'token_missing')
  })

  test('of another root key is refused', async () => {
    const block = compileGrant({
      grantId: 'g_test',
      clientId: 'agent',
      audience: front.url,
      expiresAt: Math.floor(Date.now() / 1000) + 60,
      capabilities: parseCapabilities(READ_ALL),
    })
    const { privateKey } = generateRootKey()
    const forged = mintToken(block, { id: 1, privateKey }).token
    await expectRefused(await front.fetch(message, forged), 401, 'bad_signature')
    const unknown = mintToken(block, { id: 2, privateKey }).token
    await expectRefused(await front.fetch(message, unknown), 401, 'unknown_key')
  })

  test('that has expired, by its grant or by an attenuation, is refused', async () => {
    const past = Math.floor(Date.now() / 1000) - 1
    await expectRefused(
      await front.fetch(message, front.mint(READ_ALL, { expiresAt: past })),
      401,
      'expired',
    )
    const narrowed = attenuate(token, READ_ALL, { expiresAt: past })
    await expectRefused(await front.fetch(message, narrowed), 401, 'expired')
  })

  test('for another front is refused', async () => {
    const other = front.mint(READ_ALL, { audience: 'http://127.0.0.1:4002' })
    await expectRefused(await front.fetch(message, other), 401, 'audience')
  })

  test('bound to a key is refused as long as nobody proves the key', async () => {
    const bound = front.mint(READ_ALL, { keyThumbprint: 'a'.repeat(43) })
    const answer = await front.fetch(message, bound, { headers: { dpop: 'x.y.z' } })
    await expectRefused(answer, 401, 'key')
  })

  test('without the right is refused before anything is read', async () => {
    const answer = await front.fetch(message, front.mint(SEND))
    await expectRefused(answer, 403, 'no_right')
    expect(await answer.json()).toMatchObject({
      error: { status: 'PERMISSION_DENIED', details: [{ metadata: { constraint: 'operation' } }] },
    })
  })
})

describe('revocation', () => {
  test('stops a token, its attenuations, and its grant', async () => {
    const narrowed = attenuate(token, READ_ALL)
    const parsed = parseToken(token)
    if (!parsed.ok) throw new Error('the token does not parse')
    front.ports.revocations.revoked.add(parsed.token.revocationIds[0] ?? '')
    await expectRefused(await front.fetch(message, token), 401, 'revoked')
    await expectRefused(await front.fetch(message, narrowed), 401, 'revoked')
    const other = front.mint(READ_ALL, { grantId: 'g_2' })
    front.ports.revocations.revoked.add('g_2')
    await expectRefused(await front.fetch(message, other), 401, 'revoked')
  })

  test('stops a token that was accepted a moment ago', async () => {
    expect((await front.fetch(message, token)).status).toBe(200)
    front.gmail.reset()
    front.ports.revocations.revoked.add('g_test')
    await expectRefused(await front.fetch(message, token), 401, 'revoked')
  })

  test('that can not be checked refuses everything', async () => {
    front.ports.revocations.fresh = false
    await expectRefused(await front.fetch(message, token), 503, 'revocations_stale')
    expect((await front.fetch('/readyz', undefined)).status).toBe(503)
    expect((await front.fetch('/healthz', undefined)).status).toBe(200)
  })
})

describe('the second reader', () => {
  test('is asked once about a token, however many requests come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 10 }, () => front.fetch(message, token)))
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 10 }, () => 200))
    await front.fetch(message, token)
    expect(front.secondOpinion.accepted).toBe(1)
    expect(front.secondOpinion.authorized).toBe(0)
  })

  test('that refuses the token refuses it', async () => {
    front.secondOpinion.acceptance = 'refused'
    await expectRefused(await front.fetch(message, token), 401, 'second_reader_refused')
  })

  test('that is unavailable is a 503, and asked again', async () => {
    front.secondOpinion.acceptance = 'unavailable'
    await expectRefused(await front.fetch(message, token), 503, 'second_reader_unavailable')
    front.secondOpinion.acceptance = 'accepted'
    expect((await front.fetch(message, token)).status).toBe(200)
  })

  test('has to allow an effect as well', async () => {
    const bearer = front.mint(SEND)
    front.secondOpinion.verdict = 'deny'
    const denied = await sendMail(bearer)
    expect(front.gmail.sent).toEqual([])
    expect(denied.status).toBe(403)
    expect(front.ports.events).toMatchObject([{ event: 'readers_disagree' }])
    front.secondOpinion.verdict = 'unavailable'
    const unavailable = await sendMail(bearer)
    expect(front.gmail.sent).toEqual([])
    expect(unavailable.status).toBe(503)
    front.secondOpinion.verdict = 'agree'
    expect((await sendMail(bearer)).status).toBe(200)
    expect(front.gmail.sent).toHaveLength(1)
  })

  test('decides a share of the reads again, and after a disagreement all of them', async () => {
    await using checked = await startTestFront({ front: { crossCheckShare: 1 } })
    const bearer = checked.mint(READ_ALL)
    checked.secondOpinion.verdict = 'deny'
    const first = await checked.fetch(message, bearer)
    expect(first.status).toBe(200)
    await expect.poll(() => checked.ports.events).toMatchObject([{ event: 'readers_disagree' }])
    const second = await checked.fetch(message, bearer)
    expect(second.status).toBe(403)
  })
})

test('both readers decide alike over a whole mailbox', async () => {
  await using reader = await startSecondReader()
  await using checked = await startTestFront({
    secondOpinion: reader.opinion,
    front: { crossCheckShare: 1 },
  })
  const bearer = checked.mint([
    {
      type: 'gmail',
      actions: ['messages.read'],
      from: { domains: ['riverside-cafe.example', 'jade-house.example'] },
      newer_than_days: 365,
      hours: {
        zone: 'Europe/Berlin',
        days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
        from: '00:00',
        to: '24:00',
      },
    },
  ])
  let shown = 0
  for (const id of checked.gmail.mailbox.messages.keys()) {
    const answer = await checked.fetch(`/gmail/v1/users/me/messages/${id}`, bearer)
    await answer.text()
    if (answer.status === 200) shown++
    expect([200, 404]).toContain(answer.status)
  }
  expect(shown).toBeGreaterThan(0)
  expect(checked.ports.events).toEqual([])
  const sent = await checked.fetch(send, checked.mint(SEND), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ raw: rawMail('alice@riverside-cafe.example') }),
  })
  expect(checked.gmail.sent).toHaveLength(1)
  expect(sent.status).toBe(200)
})

describe('the record', () => {
  test('of a read has the facts, and is finished before the answer', async () => {
    const answer = await front.fetch(message, token)
    expect(answer.status).toBe(200)
    const { entry, outcome } = front.ports.record.last
    expect(outcome).toEqual({ outcome: 'done', upstreamStatus: 200 })
    expect(entry).toMatchObject({
      id: answer.headers.get('x-remit-decision'),
      grantId: 'g_test',
      clientId: 'agent',
      operation: 'gmail.users.messages.get',
      decision: 'allow',
      request: { id: SEED.withPdf.id, format: 'full' },
      facts: { operation: 'gmail.messages.read', message: { id: SEED.withPdf.id } },
    })
    expect(entry.lineage).toHaveLength(1)
  })

  test('of a hidden message names the caveat, which the answer does not', async () => {
    const narrow = front.mint([
      { type: 'gmail', actions: ['messages.read'], from: { domains: ['acme.example'] } },
    ])
    const answer = await front.fetch(message, narrow)
    expect(answer.status).toBe(404)
    expect(await answer.text()).not.toContain('acme')
    expect(front.ports.record.last.entry).toMatchObject({ decision: 'deny', reason: 'caveat' })
    expect(front.ports.record.last.entry.caveat).toContain('acme.example')
  })

  test('holds no token, no credential and no text of a mail', async () => {
    await front.fetch(message, token)
    await sendMail(front.mint(SEND))
    await sendMail(front.mint(SEND), 'eve@evil.test')
    const text = JSON.stringify(front.ports.record.calls)
    expect(text).not.toContain(token)
    expect(text).not.toContain(front.gmail.accessToken)
    expect(text).not.toContain('hello')
  })

  test('that can not be written refuses the call, before an effect and after a read', async () => {
    front.ports.record.failing = 'everything'
    expect((await front.fetch(message, undefined)).status).toBe(503)
    const read = await front.fetch(message, token)
    expect(read.status).toBe(503)
    expect(await read.text()).not.toContain('payload')
    expect((await sendMail(front.mint(SEND))).status).toBe(503)
    expect(front.gmail.sent).toEqual([])
    expect(front.ports.events.map(({ event }) => event)).toEqual(
      Array.from({ length: 3 }, () => 'record_failed'),
    )
  })

  test('of an effect is committed before it is forwarded', async () => {
    front.ports.record.failing = 'intent'
    expect((await sendMail(front.mint(SEND))).status).toBe(503)
    expect(front.gmail.sent).toEqual([])
    front.ports.record.failing = 'nothing'
    expect((await sendMail(front.mint(SEND))).status).toBe(200)
    expect(front.ports.record.last.outcome).toEqual({ outcome: 'done', upstreamStatus: 200 })
  })

  test('of a read is begun before the provider is asked anything', async () => {
    front.gmail.failNext({ kind: 'hang' }, { route: 'messages.get' })
    const leaving = new AbortController()
    const pending = fetch(`${front.url}${message}`, {
      headers: { authorization: `Bearer ${token}` },
      signal: leaving.signal,
    }).catch(() => undefined)
    await expect.poll(() => front.gmail.requests.length).toBe(1)
    expect(front.ports.record.last).toMatchObject({
      entry: { decision: 'undecided', operation: 'gmail.users.messages.get' },
      outcome: undefined,
    })
    leaving.abort()
    await pending
    await expect.poll(() => front.ports.record.last.outcome?.outcome).toBe('refused')
    expect(front.ports.record.calls).toHaveLength(1)
  })

  test('of an effect with an unknown end says so', async () => {
    front.gmail.failNext({ kind: 'reset', executes: true }, { route: 'messages.send' })
    expect((await sendMail(front.mint(SEND))).status).toBe(502)
    expect(front.gmail.sent).toHaveLength(1)
    expect(front.ports.record.last.outcome?.outcome).toBe('unknown')
    // done, but the answer can not be passed on
    front.gmail.failNext({ kind: 'echo_credential', status: 200 }, { route: 'messages.send' })
    expect((await sendMail(front.mint(SEND))).status).toBe(502)
    expect(front.gmail.sent).toHaveLength(2)
    expect(front.ports.record.last.outcome?.outcome).toBe('unknown')
    front.gmail.failNext({ kind: 'status', status: 400 }, { route: 'messages.send' })
    expect((await sendMail(front.mint(SEND))).status).toBe(400)
    expect(front.ports.record.last.outcome?.outcome).toBe('failed')
  })
})

test('a denied mail names the recipient and what would be allowed', async () => {
  const answer = await sendMail(front.mint(SEND), 'eve@evil.test')
  expect(front.gmail.sent).toEqual([])
  expect(answer.status).toBe(403)
  const { error } = (await answer.json()) as { error: { message: string; details: unknown[] } }
  expect(error.message).toContain('eve@evil.test')
  expect(error.message).toContain('riverside-cafe.example')
  expect(error.details).toMatchObject([{ metadata: { constraint: 'recipients' } }])
})

test('the front says who issues its tokens (RFC 9728)', async () => {
  const answer = await front.fetch('/.well-known/oauth-protected-resource', undefined)
  expect(await answer.json()).toMatchObject({
    resource: front.url,
    authorization_servers: ['http://127.0.0.1:4000'],
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: ['ES256', 'Ed25519', 'EdDSA'],
    dpop_bound_access_tokens_required: false,
    authorization_details_types_supported: ['gmail'],
  })
})
