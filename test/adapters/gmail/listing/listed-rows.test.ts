import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Connection } from '../../../../adapters/ports.ts'
import { addMail, FRIEND, seedLongMailbox } from '../../../fixtures/mail/long-mailbox.ts'
import { startTestFront, type TestFront } from '../../../support/front.ts'
import { MemoryConnection } from '../../../support/memory-ports.ts'

const LIST = '/gmail/v1/users/me/messages'
const THREADS = '/gmail/v1/users/me/threads'
const NOW = Date.UTC(2026, 10, 20, 9)

let now = NOW
let front: TestFront
let token: string

/** one mailbox after the other, as two grants of two buyers would have */
let connectionId = 'c_test'
let counted = 0

beforeEach(async () => {
  now = NOW
  connectionId = 'c_test'
  counted = 0
  front = await startTestFront({
    gmail: { seed: seedLongMailbox(100), now: () => now },
    now: () => now,
    connection: (gmail): Connection => {
      const connection = new MemoryConnection(gmail.account, [gmail.accessToken])
      return Object.defineProperty(connection, 'id', { get: () => connectionId })
    },
  })
  token = front.mint([
    { type: 'gmail', actions: ['messages.read'], labels: ['INBOX'], from: { addresses: [FRIEND] } },
    { type: 'gmail', actions: ['messages.read'], labels: ['STARRED'] },
  ])
})
afterEach(() => front.close())

async function list(path = LIST, bearer = token): Promise<string[]> {
  const answer = await front.fetch(path, bearer)
  expect(answer.status).toBe(200)
  const { messages, threads } = (await answer.json()) as Record<string, { id: string }[]>
  return (messages ?? threads ?? []).map(({ id }) => id)
}

/** upstream calls since the last count, by method */
function calls(): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const { route = '' } of front.gmail.requests.slice(counted))
    counts[route] = (counts[route] ?? 0) + 1
  counted = front.gmail.requests.length
  return counts
}

const message = (id = ''): ReturnType<typeof front.gmail.mailbox.requireMessage> =>
  front.gmail.mailbox.requireMessage(id)

describe('a listing of 100', () => {
  test('costs 100 fetches once, and then a list and a look at the history', async () => {
    const first = await list()
    expect(first).toHaveLength(50)
    expect(calls()).toEqual({ 'messages.list': 1, getProfile: 1, 'messages.get': 100 })
    expect(await list()).toEqual(first)
    expect(calls()).toEqual({ 'messages.list': 1, 'history.list': 1 })
  })

  test('of threads too', async () => {
    const first = await list(THREADS)
    expect(first).toHaveLength(50)
    expect(calls()).toEqual({ 'threads.list': 1, getProfile: 1, 'threads.get': 50 })
    expect(await list(THREADS)).toEqual(first)
    expect(calls()).toEqual({ 'threads.list': 1, 'history.list': 1 })
    // whoever saw the threads saw the messages
    expect(await list()).toHaveLength(50)
    expect(calls()).toEqual({ 'messages.list': 1, 'history.list': 1 })
  })

  test('looks for attachments once', async () => {
    const bearer = front.mint([{ type: 'gmail', actions: ['messages.read'], has_attachment: true }])
    const first = await list(LIST, bearer)
    expect(first).toHaveLength(20)
    expect(calls()).toEqual({ 'messages.list': 1, getProfile: 1, 'messages.get': 200 })
    expect(await list(LIST, bearer)).toEqual(first)
    expect(calls()).toEqual({ 'messages.list': 1, 'history.list': 1 })
  })

  test('shows the same rows of threads from memory as from Gmail', async () => {
    const rows = async (): Promise<unknown> => (await front.fetch(THREADS, token)).json()
    const first = await rows()
    expect(await rows()).toEqual(first)
  })
})

describe('what has changed is fetched again, and nothing else', () => {
  test('a label that was taken away, one that was put on, one message gone, one new', async () => {
    const [taken, , gone] = await list()
    const hidden = front.gmail.mailbox.newestFirst()[0]
    calls()
    front.gmail.mailbox.changeLabels(message(taken), { remove: ['INBOX'] })
    front.gmail.mailbox.changeLabels(message(hidden?.id), { add: ['STARRED'] })
    front.gmail.mailbox.deleteMessage(message(gone))
    const added = addMail(
      front.gmail.mailbox,
      { from: FRIEND, labelIds: ['INBOX'], attached: false },
      now,
    )
    const second = await list()
    expect(second).not.toContain(taken)
    expect(second).not.toContain(gone)
    expect(second).toContain(hidden?.id)
    expect(second).toContain(added)
    expect(calls()).toEqual({ 'messages.list': 1, 'history.list': 1, 'messages.get': 3 })
  })

  test('a new message in a known thread', async () => {
    await list(THREADS)
    const threadId = front.gmail.mailbox.newestFirst()[0]?.threadId ?? ''
    calls()
    const id = addMail(
      front.gmail.mailbox,
      { from: FRIEND, labelIds: ['INBOX'], attached: false, threadId },
      now,
    )
    const answer = await front.fetch(THREADS, token)
    const { threads } = (await answer.json()) as { threads: Record<string, string>[] }
    expect(threads[0]).toMatchObject({ id: threadId, historyId: String(message(id).historyId) })
    expect(calls()).toEqual({ 'threads.list': 1, 'history.list': 1, 'threads.get': 1 })
  })

  test('whatever the history id of a message says', async () => {
    const [first] = await list()
    front.gmail.mailbox.changeLabels(message(first), { add: ['STARRED'] })
    message(first).historyId = 9_000_000_000
    expect(await list()).toContain(first)
    front.gmail.mailbox.changeLabels(message(first), { remove: ['INBOX', 'STARRED'] })
    expect(await list()).not.toContain(first)
  })

  test('a draft that was saved again has another id', async () => {
    const drafted = { from: FRIEND, labelIds: ['INBOX'], attached: false }
    const old = addMail(front.gmail.mailbox, drafted, now)
    expect(await list()).toContain(old)
    front.gmail.mailbox.deleteMessage(message(old))
    const id = addMail(front.gmail.mailbox, { ...drafted, labelIds: ['DRAFT'] }, now)
    const ids = await list()
    expect(ids).not.toContain(old)
    expect(ids).not.toContain(id)
  })

  test('a label of its own that the owner deletes, which the history does not tell', async () => {
    const { id: label } = front.gmail.mailbox.addLabel('Friends')
    const labelled = front.gmail.mailbox.newestFirst().slice(0, 3)
    for (const each of labelled) front.gmail.mailbox.changeLabels(each, { add: [label] })
    const bearer = front.mint([
      { type: 'gmail', actions: ['messages.read'], labels: [label], from: { addresses: [FRIEND] } },
      { type: 'gmail', actions: ['messages.read'], labels: [label] },
    ])
    expect(await list(LIST, bearer)).toHaveLength(3)
    calls()
    expect(await list(LIST, bearer)).toHaveLength(3)
    expect(calls()).toEqual({ 'messages.list': 1, 'history.list': 1, 'labels.list': 1 })
    front.gmail.mailbox.labels.delete(label)
    for (const each of labelled) each.labelIds.delete(label)
    expect(await list(LIST, bearer)).toEqual([])
  })

  test('after a forgotten history, everything', async () => {
    const [first] = await list()
    calls()
    front.gmail.mailbox.changeLabels(message(first), { remove: ['INBOX'] })
    front.gmail.mailbox.forgetHistory()
    expect(await list()).not.toContain(first)
    expect(calls()).toEqual({
      'messages.list': 1,
      'history.list': 1,
      getProfile: 1,
      'messages.get': 100,
    })
    await list()
    expect(calls()).toEqual({ 'messages.list': 1, 'history.list': 1 })
  })

  test('after more changes than four pages, everything', async () => {
    const [first] = await list()
    calls()
    for (let turn = 0; turn < 1001; turn++) {
      front.gmail.mailbox.changeLabels(message(first), { add: ['STARRED'] })
      front.gmail.mailbox.changeLabels(message(first), { remove: ['STARRED'] })
    }
    front.gmail.mailbox.changeLabels(message(first), { remove: ['INBOX'] })
    expect(await list()).not.toContain(first)
    expect(calls()).toMatchObject({ 'history.list': 4, getProfile: 1, 'messages.get': 100 })
  })
})

describe('a change while a listing runs', () => {
  /** does something once, before the first upstream call that reaches a method */
  function before(route: string, change: () => void, skip = 0): void {
    let left = skip
    front.gmail.onRequest = (request) => {
      if (request.route !== route || left-- > 0) return
      front.gmail.onRequest = undefined
      change()
    }
  }

  const hide = (id?: string) => (): void =>
    front.gmail.mailbox.changeLabels(message(id), { remove: ['INBOX'] })

  test.each(['messages.list', 'history.list'])('before its %s is seen', async (route) => {
    const [first] = await list()
    before(route, hide(first))
    expect(await list()).not.toContain(first)
  })

  test('after a row was fetched is seen by the next listing', async () => {
    const shown = front.gmail.mailbox.newestFirst()[1]?.id
    before('messages.get', hide(shown), 90)
    expect(await list()).toContain(shown)
    expect(await list()).not.toContain(shown)
  })

  test('while the place in the history is being read is seen', async () => {
    const shown = front.gmail.mailbox.newestFirst()[1]?.id
    before('getProfile', hide(shown))
    expect(await list()).not.toContain(shown)
  })

  test('a row that comes in while another listing begins anew is not kept', async () => {
    await list()
    const slow = addMail(
      front.gmail.mailbox,
      { from: FRIEND, labelIds: ['INBOX'], attached: false },
      now,
    )
    front.gmail.failNext({ kind: 'delay', milliseconds: 200 }, { route: 'messages.get' })
    calls()
    const early = list()
    await expect.poll(() => front.gmail.requests[counted + 2]?.route).toBe('messages.get')
    hide(slow)()
    front.gmail.mailbox.forgetHistory()
    front.gmail.failNext({ kind: 'delay', milliseconds: 400 }, { route: 'getProfile' })
    expect(await list()).not.toContain(slow)
    expect(await early).toContain(slow)
  })

  test('a row whose fetch began before another listing looked at the history is not kept', async () => {
    await list()
    const slow = addMail(
      front.gmail.mailbox,
      { from: FRIEND, labelIds: ['INBOX'], attached: false },
      now,
    )
    // the answer is made at once, and arrives late: it does not know what happens meanwhile
    front.gmail.failNext({ kind: 'delay', milliseconds: 400 }, { route: 'messages.get' })
    calls()
    const early = list()
    await expect.poll(() => front.gmail.requests[counted + 2]?.route).toBe('messages.get')
    hide(slow)()
    // so long that the change is not asked for a second time
    for (let turn = 0; turn < 3; turn++) {
      now += 121_000
      expect(await list()).not.toContain(slow)
    }
    expect(await early).toContain(slow)
    expect(await list()).not.toContain(slow)
  })
})

describe('listings at the same time', () => {
  test('share one look at the history', async () => {
    await list()
    calls()
    front.gmail.failNext({ kind: 'delay', milliseconds: 1000 }, { route: 'history.list' })
    const first = list()
    await expect.poll(() => front.gmail.requests.at(-1)?.route).toBe('history.list')
    const others = await Promise.all([list(), list(), list(THREADS), list()])
    await first
    for (const ids of others) expect(ids).toHaveLength(50)
    const { 'history.list': looks = 0, 'messages.list': lists } = calls()
    expect(lists).toBe(4)
    expect(looks).toBe(2)
  })

  test('one whose client leaves takes nobody with it', async () => {
    await list()
    front.gmail.failNext({ kind: 'delay', milliseconds: 200 }, { route: 'history.list', times: 2 })
    const running = list()
    await expect.poll(() => front.gmail.requests.at(-1)?.route).toBe('history.list')
    const patience = new AbortController()
    const gone = expect(front.fetch(LIST, token, { signal: patience.signal })).rejects.toThrow(
      'abort',
    )
    await expect.poll(() => front.gmail.requests.at(-1)?.route).toBe('messages.list')
    const shared = list()
    await new Promise((resolve) => setTimeout(resolve, 50))
    patience.abort()
    await gone
    expect(await running).toHaveLength(50)
    expect(await shared).toHaveLength(50)
  })

  test('of two connections share nothing', async () => {
    await list()
    calls()
    connectionId = 'c_other'
    expect(await list()).toHaveLength(50)
    expect(calls()).toEqual({ 'messages.list': 1, getProfile: 1, 'messages.get': 100 })
  })
})

describe('nothing is remembered', () => {
  test('longer than a quarter of an hour', async () => {
    await list()
    now += 900_001
    calls()
    await list()
    expect(calls()).toMatchObject({ getProfile: 1, 'messages.get': 100 })
  })

  test('for whoever asks for a message', async () => {
    const [id] = await list()
    calls()
    expect((await front.fetch(`${LIST}/${id}`, token)).status).toBe(200)
    expect(calls()).toEqual({ 'messages.get': 1 })
  })

  test.each(['getProfile', 'history.list'])(
    'while Gmail refuses %s, and rows are shown',
    async (route) => {
      await list()
      front.gmail.mailbox.forgetHistory()
      front.gmail.failNext({ kind: 'status', status: 403 }, { route, times: 2 })
      calls()
      expect(await list()).toHaveLength(50)
      expect(calls()).toMatchObject({ 'messages.get': 100 })
      expect(await list()).toHaveLength(50)
    },
  )

  test.each([429, 503])(
    'and the listing ends where Gmail answers the history with %i',
    async (status) => {
      await list()
      front.gmail.failNext({ kind: 'status', status }, { route: 'history.list' })
      expect((await front.fetch(LIST, token)).ok).toBe(false)
      expect(await list()).toHaveLength(50)
    },
  )
})

test('changes that Gmail tells before its reads know them are asked for again', async () => {
  const [id = ''] = await list()
  const { mailbox } = front.gmail
  mailbox.changeLabels(message(id), { remove: ['INBOX'] })
  const changedAt = message(id).historyId
  // a replica that is behind: the change is in the history, and the message is as it was
  front.gmail.onRequest = ({ route, target }) => {
    if (route !== 'messages.get' || !target.includes(id)) return
    front.gmail.onRequest = undefined
    message(id).labelIds.add('INBOX')
    message(id).historyId = changedAt - 1
  }
  expect(await list()).toContain(id)
  message(id).labelIds.delete('INBOX')
  message(id).historyId = changedAt
  expect(await list()).not.toContain(id)
})
