import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { rawGet, sendRaw } from '../support/raw-http.ts'

/**
 * Unreadable is as missing: whoever asks for an id learns nothing from the status, the bytes, the headers, or from how much
 * is asked of Gmail, which is what the time of an answer is made of.
 */
let front: TestFront
let token: string

beforeAll(async () => {
  front = await startTestFront()
  token = front.mint([
    { type: 'gmail', actions: ['messages.read'], from: { domains: ['riverside-cafe.example'] } },
  ])
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

interface Learned {
  readonly status: number
  readonly head: string
  readonly body: string
  /** methods that were reached upstream, and with which parameters */
  readonly asked: readonly string[]
}

async function ask(path: string, id: string): Promise<Learned> {
  const before = front.gmail.requests.length
  const target = `/gmail/v1/users/me/${path.replace('{id}', id)}`
  const answer = await sendRaw(
    front.port,
    rawGet(target, [`Authorization: Bearer ${token}`, 'Accept-Encoding: gzip']),
  )
  const head = answer.head.replace(/^date: .*$/im, 'date').replace(/d_[0-9a-f-]{36}/g, 'decision')
  const asked = front.gmail.requests
    .slice(before)
    .map(({ route, target: upstream }) => `${route} ${upstream.replace(id, '{id}')}`)
  return { status: answer.status, head, body: answer.body.replaceAll(id, '{id}'), asked }
}

const MISSING = '19c0ffee00c0ffee'
const UNREADABLE = [
  ['a bank statement', SEED.hidden],
  ['spam', SEED.spam],
  ['trash, from the customer herself', SEED.trash],
  ['a draft', SEED.draft],
  ['a customer in the display name only', SEED.spoofedName],
  ['two From headers', SEED.twoFrom],
] as const

const MESSAGE_PATHS = [
  'messages/{id}',
  'messages/{id}?format=full',
  'messages/{id}?format=metadata&metadataHeaders=Subject',
  'messages/{id}?format=minimal',
  'messages/{id}?format=raw',
  'messages/{id}?fields=id',
  'messages/{id}/attachments/ANGjdJ8w',
]

test.each(MESSAGE_PATHS)(
  '%s of an unreadable message is as that of a missing one',
  async (path) => {
    const missing = await ask(path, MISSING)
    expect(missing.asked).toEqual(['messages.get /gmail/v1/users/me/messages/{id}?format=full'])
    expect(missing.status).toBe(404)
    for (const [name, { id }] of UNREADABLE)
      expect({ name, ...(await ask(path, id)) }).toEqual({ name, ...missing })
  },
)

test.each(['threads/{id}', 'threads/{id}?format=metadata', 'threads/{id}?format=minimal'])(
  '%s without a readable message is as that of a missing one',
  async (path) => {
    const missing = await ask(path, MISSING)
    expect(missing.asked).toEqual(['threads.get /gmail/v1/users/me/threads/{id}?format=full'])
    expect(missing.status).toBe(404)
    expect(await ask(path, SEED.hidden.threadId)).toEqual(missing)
  },
)

test('a listing before does not change it: what it has seen answers nobody', async () => {
  const missing = await ask('messages/{id}', MISSING)
  const all = front.mint([{ type: 'gmail', actions: ['messages.read'] }])
  expect((await front.fetch('/gmail/v1/users/me/messages', all)).status).toBe(200)
  expect(await ask('messages/{id}', SEED.hidden.id)).toEqual(missing)
})
