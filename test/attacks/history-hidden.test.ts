import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { stockClient } from '../fakes/gmail-client.ts'
import { SEED, type StoredMessage } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { pageTokenOf } from '../support/unfinished-list.ts'

let front: TestFront

beforeAll(async () => {
  front = await startTestFront()
})
beforeEach(() => front.gmail.reset())
afterAll(() => front.close())

const CUSTOMER = { domains: ['riverside-cafe.example'] }
const FOLLOWING = [
  { type: 'gmail', actions: ['messages.read'], from: CUSTOMER },
  { type: 'gmail', actions: ['history.read'] },
]

function users(details: readonly unknown[] = FOLLOWING): ReturnType<typeof stockClient>['users'] {
  return stockClient(front, front.mint(details)).users
}

async function now(): Promise<string> {
  const { data } = await stockClient(front.gmail).users.getProfile({ userId: 'me' })
  return data.historyId ?? ''
}

function add(like: string, labelIds = ['INBOX']): StoredMessage {
  const { raw } = front.gmail.mailbox.requireMessage(like)
  return front.gmail.mailbox.addMessage({ raw, labelIds, internalDate: Date.now() })
}

const READABLE = SEED.supportThread.id
const HIDDEN = SEED.hidden.id

test('without the right of its own it is refused, and Gmail is not asked', async () => {
  const { history } = users(FOLLOWING.slice(0, 1))
  const listing = history.list({ userId: 'me', startHistoryId: '1' })
  await expect(listing).rejects.toMatchObject({ status: 403 })
  expect(front.gmail.requests).toEqual([])
})

describe('what changed', () => {
  test('is told of the mail that the token shows, and of no other', async () => {
    const { mailbox } = front.gmail
    const startHistoryId = await now()
    const shown = add(READABLE)
    const hidden = add(HIDDEN)
    for (const id of [shown.id, hidden.id, HIDDEN]) {
      mailbox.changeLabels(mailbox.requireMessage(id), { add: ['STARRED'], remove: ['UNREAD'] })
    }
    const deleted = add(READABLE)
    mailbox.deleteMessage(deleted)
    const { data } = await users().history.list({ userId: 'me', startHistoryId })
    const text = JSON.stringify(data.history)
    for (const id of [hidden.id, HIDDEN, deleted.id]) expect(text).not.toContain(id)
    const added = data.history?.flatMap((row) => row.messagesAdded ?? [])
    expect(added?.map(({ message }) => message?.id)).toEqual([shown.id])
    const labelled = data.history?.flatMap((row) => row.labelsAdded ?? [])
    expect(labelled).toEqual([
      { message: { id: shown.id, threadId: shown.threadId }, labelIds: ['STARRED'] },
    ])
    expect(data.historyId).toBe(await now())
  })

  test('from the very beginning shows no hidden id', async () => {
    front.gmail.mailbox.changeLabels(front.gmail.mailbox.requireMessage(HIDDEN), {
      add: ['STARRED'],
    })
    const { data } = await users().history.list({ userId: 'me', startHistoryId: '4817000' })
    expect(JSON.stringify(data)).not.toContain(HIDDEN)
  })

  test('of a message that is no more readable is not told', async () => {
    const startHistoryId = await now()
    const { mailbox } = front.gmail
    mailbox.changeLabels(mailbox.requireMessage(READABLE), { add: ['SPAM'] })
    const { data } = await users().history.list({ userId: 'me', startHistoryId })
    expect(data.history).toBeUndefined()
  })

  test('comes in pages that are never empty, with tokens that only this question opens', async () => {
    const startHistoryId = await now()
    for (let round = 0; round < 12; round++) add(round % 4 === 3 ? READABLE : HIDDEN)
    const { history } = users()
    const seen: string[] = []
    let pageToken: string | undefined
    let pages = 0
    do {
      const { data } = await history.list({
        userId: 'me',
        startHistoryId,
        maxResults: 1,
        ...(pageToken && { pageToken }),
      })
      pages++
      seen.push(...(data.history ?? []).map(({ id }) => id ?? ''))
      pageToken = data.nextPageToken ?? undefined
      if (pageToken !== undefined) {
        expect(data.history).toHaveLength(1)
        const other = String(Number(startHistoryId) - 1)
        const foreign = history.list({ userId: 'me', startHistoryId: other, pageToken })
        await expect(foreign).rejects.toMatchObject({ status: 400 })
      }
    } while (pageToken !== undefined && pages < 10)
    expect(seen).toHaveLength(3)
  })

  test('is found behind however much that is hidden, with the place where the walk began', async () => {
    const startHistoryId = await now()
    for (let round = 0; round < 700; round++) add(HIDDEN)
    const shown = add(READABLE)
    const before = await now()
    let late: StoredMessage | undefined
    front.gmail.onRequest = ({ target }) => {
      // what comes in behind the first page may be missing from the others
      if (target.includes('pageToken=')) late ??= add(READABLE)
    }
    const { history } = users()
    const { data } = await history.list({ userId: 'me', startHistoryId })
    front.gmail.onRequest = undefined
    expect(late).toBeDefined()
    expect(data.history?.[0]?.messages?.[0]?.id).toBe(shown.id)
    expect(data.historyId).toBe(before)
    const next = await history.list({ userId: 'me', startHistoryId: data.historyId ?? '' })
    expect(JSON.stringify(next.data)).toContain(late?.id)
  })

  test('where very much is hidden is an error that says how to go on, never an empty page', async () => {
    const startHistoryId = await now()
    for (let round = 0; round < 2_200; round++) add(HIDDEN)
    const shown = add(READABLE)
    const { history } = users()
    const listing = history.list({ userId: 'me', startHistoryId, maxResults: 7 })
    const error: unknown = await listing.then(
      () => undefined,
      (failure: unknown) => failure,
    )
    expect(front.gmail.requests.length).toBeLessThan(2_200)
    expect(error).toMatchObject({ status: 400 })
    const rest = await history.list({
      userId: 'me',
      startHistoryId,
      pageToken: pageTokenOf(error),
    })
    expect(rest.data.history?.map(({ messages }) => messages?.[0]?.id)).toEqual([shown.id])
    expect(rest.data.nextPageToken).toBeUndefined()
  })

  test('too long ago is 404, as Gmail says it', async () => {
    front.gmail.mailbox.forgetHistory()
    const listing = users().history.list({ userId: 'me', startHistoryId: '1' })
    await expect(listing).rejects.toMatchObject({ status: 404 })
  })
})
