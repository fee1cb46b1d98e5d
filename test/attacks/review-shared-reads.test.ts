import { expect, test } from 'vitest'
import { startTestFront } from '../support/front.ts'

const LIST = '/gmail/v1/users/me/messages'
const BY_NAME = [{ type: 'gmail', actions: ['messages.read'], labels: ['Support'] }]

test('a client that hangs up while its question is shared takes nobody else with it', async () => {
  await using front = await startTestFront()
  const token = front.mint(BY_NAME)
  const other = front.mint(BY_NAME, { grantId: 'g_other' })
  front.gmail.failNext({ kind: 'delay', milliseconds: 500 }, { route: 'labels.list' })
  const patience = new AbortController()
  const first = front.fetch(LIST, token, { signal: patience.signal })
  const gone = expect(first).rejects.toThrow('abort')
  await expect.poll(() => front.gmail.requests.length).toBe(1)
  const second = front.fetch(LIST, other)
  await new Promise((resolve) => setTimeout(resolve, 100))
  patience.abort()
  await gone
  const answer = await second
  expect(answer.status).toBe(200)
})
