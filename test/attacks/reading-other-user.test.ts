import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'
import { rawGet, sendRaw } from '../support/raw-http.ts'
import { frontClient } from './stock-reader.ts'

/** a credential for a whole domain would serve anybody's mailbox by address: only the literal `me` is a user here */
let front: TestFront
let token: string

beforeAll(async () => {
  front = await startTestFront()
  token = front.mint(READ_ALL)
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

const USERS = [
  'ME',
  'Me',
  'me%20',
  'me%00',
  'mE',
  SEED.account,
  SEED.colleague,
  encodeURIComponent(SEED.colleague),
  encodeURIComponent(SEED.colleague.toUpperCase()),
  '%2540',
  '0',
]

test.each(USERS)('users/%s is nobody', async (user) => {
  for (const path of ['messages', `messages/${SEED.html.id}`, 'threads', 'labels', 'profile']) {
    const target = `/gmail/v1/users/${user}/${path}`
    const answer = await sendRaw(front.port, rawGet(target, [`Authorization: Bearer ${token}`]))
    expect(front.gmail.requests).toEqual([])
    expect([400, 403]).toContain(answer.status)
  }
})

test('whatever is answered for an encoded `me`, it is asked of `me`', async () => {
  const answer = await sendRaw(
    front.port,
    rawGet('/gmail/v1/users/%6d%65/profile', [`Authorization: Bearer ${token}`]),
  )
  for (const { target } of front.gmail.requests) expect(target).toBe('/gmail/v1/users/me/profile')
  expect(answer.status === 200 || answer.status === 400 || answer.status === 403).toBe(true)
})

test('the stock client’s userId is nobody either', async () => {
  const client = frontClient(front, token)
  for (const userId of [SEED.colleague, SEED.account, 'ME', '../me'])
    await expect(client.users.messages.list({ userId })).rejects.toThrow()
  expect(front.gmail.requests).toEqual([])
})
