import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { getPart, messagePath, reasonOf, sendBatch, writeBatch } from './batch-front.ts'

let front: TestFront
let token: string
let narrow: string

const PROFILE = '/gmail/v1/users/me/profile'
const MESSAGE = messagePath(SEED.hidden.id)

beforeAll(async () => {
  front = await startTestFront()
  token = front.mint(READ_ALL)
  narrow = front.mint([{ type: 'gmail', actions: ['messages.read'], labels: ['Support'] }])
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

/** the inner request alone is refused; its neighbour is served with the credential of the batch */
async function expectRefused(request: string, status: number, outer = token): Promise<void> {
  const { parts } = await sendBatch(front, outer, writeBatch([request]))
  expect(front.gmail.requests).toEqual([])
  expect(parts.map((part) => part.status)).toEqual([status])
  expect(front.ports.record.last.entry.decision).not.toBe('allow')
  expect(front.ports.record.last.outcome?.outcome).toBe('refused')
}

describe('a credential inside a batch is refused', () => {
  test('another token, even a wider one of the same buyer, or a real credential', async () => {
    const { accessToken } = front.gmail
    for (const value of [
      `Bearer ${token}`,
      `Bearer ${accessToken}`,
      'Bearer other',
      'Basic eA==',
      '',
    ]) {
      await expectRefused(getPart(MESSAGE, `Authorization: ${value}`), 403, narrow)
      expect(front.ports.record.last.entry.reason).toBe('inner_credential')
    }
  })

  test('the same token under another scheme or in another spelling', async () => {
    for (const value of [`DPoP ${token}`, `bearer ${token}`, `Bearer  ${token}`, token]) {
      await expectRefused(getPart(MESSAGE, `Authorization: ${value}`), 403)
    }
  })

  test('one beside the repeated one, whichever comes first', async () => {
    const repeated = `Authorization: Bearer ${narrow}`
    const own = `authorization: Bearer ${token}`
    await expectRefused(getPart(MESSAGE, repeated, own), 403, narrow)
    await expectRefused(getPart(MESSAGE, own, repeated), 403, narrow)
  })

  test.each(['Cookie: SID=1', 'DPoP: e30.e30.', 'Proxy-Authorization: Bearer x'])(
    '%s',
    async (header) => {
      await expectRefused(getPart(MESSAGE, header), 403)
      expect(front.ports.record.last.entry.reason).toBe('inner_credential')
    },
  )

  test.each(['access_token', 'oauth_token', 'key', 'Access_Token', 'token'])(
    '?%s=',
    async (name) => {
      await expectRefused(getPart(`${PROFILE}?${name}=${token}`), 403)
      expect(front.ports.record.last.entry.reason).toBe('token_in_query')
    },
  )
})

test('what repeats the credential of the batch, as stock clients do, gains nothing by it', async () => {
  const request = getPart(MESSAGE, `Authorization: Bearer ${narrow}`)
  const { parts } = await sendBatch(front, narrow, writeBatch([request]))
  expect(parts.map(({ status }) => status)).toEqual([404])
})

test('a part that carries a credential is no reason to leave out the outer one', async () => {
  const request = getPart(PROFILE, `Authorization: Bearer ${token}`)
  const answer = await sendBatch(front, token, writeBatch([request]), { authorization: [] })
  expect(front.gmail.requests).toEqual([])
  expect(answer.status).toBe(401)
  expect(reasonOf(answer)).toBe('required')
  expect(answer.parts).toEqual([])
})

test('the provider sees one real credential, made for each request, and no token of ours', async () => {
  const request = getPart(PROFILE, `Authorization: Bearer ${token}`)
  await sendBatch(front, token, writeBatch([request, request]))
  const sent = front.gmail.requests.map(({ rawHeaders }) => rawHeaders.join('\n'))
  expect(sent).toHaveLength(2)
  for (const headers of sent) {
    expect(headers).toContain(`Bearer ${front.gmail.accessToken}`)
    expect(headers).not.toContain(token)
  }
})

test('a provider that echoes the real credential: the part is refused, its neighbours are not', async () => {
  for (const escaped of [false, true]) {
    front.gmail.reset()
    const echo = { kind: 'echo_credential', status: 200, escaped } as const
    front.gmail.failNext(echo, { route: 'messages.get' })
    const requests = [getPart(messagePath(SEED.html.id)), getPart(PROFILE)]
    const { parts, body } = await sendBatch(front, token, writeBatch(requests))
    expect(body).not.toContain(front.gmail.accessToken)
    expect(front.ports.events).toContainEqual(
      expect.objectContaining({ event: 'credential_in_answer' }),
    )
    expect(parts.map(({ status }) => status)).toEqual([502, 200])
  }
})
