import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { stockClient } from '../fakes/gmail-client.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'

let front: TestFront

beforeAll(async () => {
  front = await startTestFront()
})
beforeEach(() => front.gmail.reset())
afterAll(() => front.close())

const CUSTOMER = { domains: ['riverside-cafe.example'] }
const READING = { type: 'gmail', actions: ['messages.read'], from: CUSTOMER }
const TRASHING = { type: 'gmail', actions: ['messages.trash'] }
const READABLE = SEED.supportThread.id
const HIDDEN = SEED.hidden.id

let grants = 0

function users(
  details: readonly unknown[] = [READING, TRASHING],
  grantId = `g_trash_${++grants}`,
): ReturnType<typeof stockClient>['users'] {
  return stockClient(front, front.mint(details, { grantId })).users
}

function isTrashed(id: string): boolean {
  return front.gmail.mailbox.requireMessage(id).labelIds.has('TRASH')
}

function changes(): string[] {
  return front.gmail.requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, target }) => `${method} ${target.replace('/gmail/v1/users/me/', '')}`)
}

const missing = { status: 404 }

describe('an agent that may use the trash', () => {
  test('puts a message there and takes it back', async () => {
    const { messages } = users()
    const { data } = await messages.trash({ userId: 'me', id: READABLE })
    expect(isTrashed(READABLE)).toBe(true)
    expect(data.labelIds).toContain('TRASH')
    await expect(messages.get({ userId: 'me', id: READABLE })).rejects.toMatchObject(missing)
    await messages.untrash({ userId: 'me', id: READABLE })
    expect(isTrashed(READABLE)).toBe(false)
    await messages.get({ userId: 'me', id: READABLE })
  })

  test('of a thread only what it may read, and only that comes back', async () => {
    const { customer, supplier, internal } = SEED.mixedThread
    const { threads } = users([
      { ...READING, from: { addresses: [senderOf(customer.id)] } },
      TRASHING,
    ])
    await threads.trash({ userId: 'me', id: SEED.mixedThread.id })
    expect(isTrashed(customer.id)).toBe(true)
    for (const { id } of [supplier, internal]) expect(isTrashed(id)).toBe(false)
    const owner = stockClient(front.gmail).users.messages
    await owner.trash({ userId: 'me', id: supplier.id })
    await threads.untrash({ userId: 'me', id: SEED.mixedThread.id })
    expect(isTrashed(customer.id)).toBe(false)
    expect(isTrashed(supplier.id)).toBe(true)
  })

  test('cannot delete for good', async () => {
    const { messages, threads } = users()
    for (const deleting of [
      messages.delete({ userId: 'me', id: READABLE }),
      threads.delete({ userId: 'me', id: READABLE }),
      messages.batchDelete({ userId: 'me', requestBody: { ids: [READABLE] } }),
    ]) {
      await expect(deleting).rejects.toMatchObject({ status: 403 })
    }
    expect(front.gmail.requests).toEqual([])
  })
})

test('hidden mail is missing, and stays where it is', async () => {
  const { messages } = users()
  await expect(messages.trash({ userId: 'me', id: HIDDEN })).rejects.toMatchObject(missing)
  expect(changes()).toEqual([])
})

test('mail that may be read and not be thrown away is denied, in words', async () => {
  const { messages } = users([
    { ...READING, from: undefined },
    { ...TRASHING, from: CUSTOMER },
  ])
  await expect(messages.trash({ userId: 'me', id: HIDDEN })).rejects.toMatchObject({ status: 403 })
  expect(changes()).toEqual([])
})

describe('what somebody else threw away does not come back', () => {
  test('of its owner', async () => {
    const owner = stockClient(front.gmail).users.messages
    await owner.trash({ userId: 'me', id: READABLE })
    const { messages, threads } = users()
    await expect(messages.untrash({ userId: 'me', id: READABLE })).rejects.toMatchObject(missing)
    await expect(threads.untrash({ userId: 'me', id: READABLE })).rejects.toMatchObject(missing)
    expect(isTrashed(READABLE)).toBe(true)
  })

  test('of another grant', async () => {
    await users().messages.trash({ userId: 'me', id: READABLE })
    const { messages } = users()
    await expect(messages.untrash({ userId: 'me', id: READABLE })).rejects.toMatchObject(missing)
    expect(isTrashed(READABLE)).toBe(true)
  })

  test('what came back is the owner’s again: thrown away by him, it stays', async () => {
    const { messages } = users()
    await messages.trash({ userId: 'me', id: READABLE })
    await messages.untrash({ userId: 'me', id: READABLE })
    await stockClient(front.gmail).users.messages.trash({ userId: 'me', id: READABLE })
    await expect(messages.untrash({ userId: 'me', id: READABLE })).rejects.toMatchObject(missing)
    expect(isTrashed(READABLE)).toBe(true)
  })

  test('nor what the agent threw away, when its owner took it out and threw it away again', async () => {
    const { messages, threads } = users()
    await threads.trash({ userId: 'me', id: READABLE })
    const owner = stockClient(front.gmail).users.messages
    await owner.untrash({ userId: 'me', id: READABLE })
    await owner.trash({ userId: 'me', id: READABLE })
    await expect(messages.untrash({ userId: 'me', id: READABLE })).rejects.toMatchObject(missing)
    // the rest of the conversation is still the agent's to take out
    await threads.untrash({ userId: 'me', id: READABLE })
    expect(isTrashed(READABLE)).toBe(true)
    expect(isTrashed(SEED.supportLast.id)).toBe(false)
  })
})

function senderOf(id: string): string {
  const head = front.gmail.mailbox.requireMessage(id).raw.toString('latin1')
  return /^From:.*<([^>]+)>/im.exec(head)?.[1] ?? ''
}
