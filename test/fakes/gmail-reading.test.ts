import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { gmail_v1 } from '@googleapis/gmail'
import { stockClient } from './gmail-client.ts'
import { SEED, startFakeGmail, type FakeGmail, type SeedMessage } from './gmail/index.ts'

const NOW = Date.UTC(2026, 10, 20, 9)
let fake: FakeGmail

beforeAll(async () => {
  fake = await startFakeGmail({ now: () => NOW })
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

function isSeedMessage(value: unknown): value is SeedMessage {
  return typeof value === 'object' && value !== null && 'threadId' in value
}

async function search(q: string): Promise<string[]> {
  const { data } = await stockClient(fake).users.messages.list({ userId: 'me', q })
  return (data.messages ?? []).map((message) => message.id ?? '')
}

describe('the seeded mailbox', () => {
  test('has about sixty messages in about thirty threads of the last ninety days', async () => {
    const { data } = await stockClient(fake).users.getProfile({ userId: 'me' })
    expect(data).toMatchObject({ emailAddress: SEED.account, messagesTotal: 60 })
    expect(data.threadsTotal).toBeGreaterThan(30)
    for (const message of fake.mailbox.messages.values()) {
      expect(NOW - message.internalDate).toBeLessThan(90 * 86_400_000)
      expect(message.internalDate).toBeLessThan(NOW)
      expect(message.id).toMatch(/^[0-9a-f]{16}$/)
    }
  })

  test('has the same ids on every start', async () => {
    await using other = await startFakeGmail()
    expect([...other.mailbox.messages.keys()]).toEqual([...fake.mailbox.messages.keys()])
  })

  test('holds every message that SEED names, under its subject and in its thread', () => {
    const values = Object.values<unknown>({
      ...SEED,
      ...SEED.mixedThread,
      itself: SEED.mixedThread,
    })
    const named = values.filter(isSeedMessage)
    expect(named.length).toBeGreaterThan(18)
    for (const { id, threadId, subject } of named) {
      expect(fake.mailbox.messages.get(id)?.threadId).toBe(threadId)
      expect(fake.mailbox.findBySubject(subject)).toBeDefined()
    }
  })
})

describe('messages', () => {
  test('are listed newest first, page by page, with a wrong estimate', async () => {
    const gmail = stockClient(fake)
    const ids: string[] = []
    let pageToken: string | undefined
    do {
      const { data } = await gmail.users.messages.list({
        userId: 'me',
        maxResults: 20,
        includeSpamTrash: true,
        ...(pageToken && { pageToken }),
      })
      ids.push(...(data.messages ?? []).map((message) => message.id ?? ''))
      pageToken = data.nextPageToken ?? undefined
      if (pageToken) expect(data.resultSizeEstimate).toBe(201)
    } while (pageToken)
    expect(ids).toEqual(fake.mailbox.newestFirst().map((message) => message.id))
  })

  test('in spam and trash are left out unless asked for', async () => {
    expect(await search('')).not.toContain(SEED.spam.id)
    expect(await search('')).not.toContain(SEED.trash.id)
    expect(await search('in:spam')).toContain(SEED.spam.id)
    expect(await search('in:anywhere')).toContain(SEED.trash.id)
  })

  test('are listed by all of several labels', async () => {
    const { data } = await stockClient(fake).users.messages.list({
      userId: 'me',
      labelIds: [SEED.labels.support, SEED.labels.orders],
    })
    expect(data.messages?.map((message) => message.threadId)).toEqual([
      SEED.mixedThread.threadId,
      SEED.mixedThread.threadId,
    ])
  })

  test('an empty list has no `messages` at all', async () => {
    const { data } = await stockClient(fake).users.messages.list({ userId: 'me', q: 'xyzzy' })
    expect(data).toEqual({ resultSizeEstimate: 0 })
  })

  test('are given in full, with decoded headers and text in UTF-8', async () => {
    const { data } = await stockClient(fake).users.messages.get({
      userId: 'me',
      id: SEED.nonAscii.id,
    })
    const header = (name: string): string | null | undefined =>
      data.payload?.headers?.find((each) => each.name === name)?.value
    expect(header('From')).toBe('Søren Ångström <soren@fjord-bageri.example>')
    expect(header('Subject')).toBe(SEED.nonAscii.subject)
    expect(header('Content-Type')).toContain('iso-8859-1')
    expect(Buffer.from(data.payload?.body?.data ?? '', 'base64url').toString()).toContain(
      'Vi åbner',
    )
    expect(data.internalDate).toBe(
      String(fake.mailbox.messages.get(SEED.nonAscii.id)?.internalDate),
    )
  })

  test('as metadata show only the headers asked for, and no text', async () => {
    const { data } = await stockClient(fake).users.messages.get({
      userId: 'me',
      id: SEED.html.id,
      format: 'metadata',
      metadataHeaders: ['from', 'Subject'],
    })
    expect(data.payload?.headers?.map((each) => each.name)).toEqual(['From', 'Subject'])
    expect(data.payload?.parts).toBeUndefined()
    expect(data.payload?.body).toBeUndefined()
  })

  test('as raw are the bytes of the source, and minimal has no payload', async () => {
    const gmail = stockClient(fake)
    const raw = await gmail.users.messages.get({ userId: 'me', id: SEED.html.id, format: 'raw' })
    expect(Buffer.from(raw.data.raw ?? '', 'base64url')).toEqual(
      fake.mailbox.messages.get(SEED.html.id)?.raw,
    )
    const minimal = await gmail.users.messages.get({
      userId: 'me',
      id: SEED.html.id,
      format: 'minimal',
    })
    expect(minimal.data.payload).toBeUndefined()
    expect(minimal.data.snippet).toContain('Nussallergie')
  })

  test('show both of two From headers', async () => {
    const { data } = await stockClient(fake).users.messages.get({
      userId: 'me',
      id: SEED.twoFrom.id,
    })
    expect(data.payload?.headers?.filter((each) => each.name === 'From')).toHaveLength(2)
  })

  test('that do not exist are answered as Google does', async () => {
    const answer = await fetch(`${fake.url}/gmail/v1/users/me/messages/19aaaaaaaaaaaaaa`, {
      headers: { authorization: `Bearer ${fake.accessToken}` },
    })
    expect(answer.status).toBe(404)
    expect(await answer.json()).toEqual({
      error: {
        code: 404,
        message: 'Requested entity was not found.',
        errors: [
          { message: 'Requested entity was not found.', domain: 'global', reason: 'notFound' },
        ],
        status: 'NOT_FOUND',
      },
    })
  })

  test('are cut by `fields`', async () => {
    const { data } = await stockClient(fake).users.messages.get({
      userId: 'me',
      id: SEED.html.id,
      fields: 'id,payload(mimeType,headers/name)',
    })
    expect(Object.keys(data)).toEqual(['id', 'payload'])
    expect(data.payload?.headers?.[0]).toEqual({ name: 'Delivered-To' })
  })
})

describe('attachments', () => {
  async function attachmentIds(): Promise<string[]> {
    const { data } = await stockClient(fake).users.messages.get({
      userId: 'me',
      id: SEED.twoAttachments.id,
    })
    return (data.payload?.parts ?? []).flatMap((part) => part.body?.attachmentId ?? [])
  }

  test('have new ids at every fetch, and the old ones go on working', async () => {
    const first = await attachmentIds()
    const second = await attachmentIds()
    expect(first).toHaveLength(2)
    expect(second).not.toEqual(first)
    for (const id of [first[0], second[0]]) {
      const { data } = await stockClient(fake).users.messages.attachments.get({
        userId: 'me',
        messageId: SEED.twoAttachments.id,
        id: id ?? '',
      })
      expect(Buffer.from(data.data ?? '', 'base64url').toString()).toContain(
        'Harbour Breakfast,250 g',
      )
    }
  })

  test('whose ids are unknown or forgotten are refused', async () => {
    const [id = ''] = await attachmentIds()
    fake.attachmentIds.forget()
    const request = { userId: 'me', messageId: SEED.twoAttachments.id, id }
    await expect(stockClient(fake).users.messages.attachments.get(request)).rejects.toMatchObject({
      status: 400,
      message: 'Invalid attachment token',
    })
  })
})

describe('threads', () => {
  test('come with all their messages, oldest first', async () => {
    const { data } = await stockClient(fake).users.threads.get({
      userId: 'me',
      id: SEED.mixedThread.threadId,
      format: 'metadata',
    })
    expect(data.messages?.map((message) => message.id)).toEqual(
      fake.mailbox.threadMessages(SEED.mixedThread.threadId).map((message) => message.id),
    )
    expect(data.messages).toHaveLength(5)
  })

  test('are listed when one message matches, with the snippet of another', async () => {
    const { data } = await stockClient(fake).users.threads.list({
      userId: 'me',
      q: 'from:alice cracked label:support',
    })
    const row = data.threads?.find((thread) => thread.id === SEED.supportThread.threadId)
    expect(row?.snippet).toContain('SYSTEM NOTICE')
  })
})

describe('labels', () => {
  test('are listed without counts and given with them', async () => {
    const gmail = stockClient(fake)
    const { data } = await gmail.users.labels.list({ userId: 'me' })
    const support = data.labels?.find((label) => label.name === 'Support')
    expect(support).toMatchObject({ id: SEED.labels.support, type: 'user' })
    expect(support?.messagesTotal).toBeUndefined()
    const one = await gmail.users.labels.get({ userId: 'me', id: SEED.labels.support })
    expect(one.data.messagesTotal).toBeGreaterThan(15)
  })
})

describe('history', () => {
  const list = async (
    query: Readonly<Record<string, string | string[] | number>>,
  ): Promise<gmail_v1.Schema$ListHistoryResponse> =>
    (await stockClient(fake).users.history.list({ userId: 'me', ...query })).data

  test('tells what has changed since, oldest first, with ids that rise', async () => {
    const gmail = stockClient(fake)
    const startHistoryId = String(fake.mailbox.historyId)
    await gmail.users.messages.trash({ userId: 'me', id: SEED.html.id })
    await gmail.users.messages.delete({ userId: 'me', id: SEED.hidden.id })
    const added = fake.mailbox.addMessage({ raw: 'Subject: x\r\n\r\nx', labelIds: ['INBOX'] })
    const { history = [], historyId, nextPageToken } = await list({ startHistoryId })
    expect(history.map((entry) => Object.keys(entry).at(-1))).toEqual([
      'labelsAdded',
      'labelsRemoved',
      'messagesDeleted',
      'messagesAdded',
    ])
    const ids = history.map((entry) => Number(entry.id))
    expect(ids).toEqual([...ids].sort((a, b) => a - b))
    expect(Math.min(...ids)).toBeGreaterThan(Number(startHistoryId))
    expect(historyId).toBe(String(ids.at(-1)))
    expect(nextPageToken).toBeUndefined()
    expect(history[0]?.labelsAdded).toMatchObject([
      { labelIds: ['TRASH'], message: { id: SEED.html.id, threadId: SEED.html.threadId } },
    ])
    expect(history[3]?.messages).toEqual([{ id: added.id, threadId: added.threadId }])
  })

  test('raises the history id of the message that changed, and of no other', async () => {
    const before = fake.mailbox.requireMessage(SEED.hidden.id).historyId
    await stockClient(fake).users.messages.modify({
      userId: 'me',
      id: SEED.html.id,
      requestBody: { addLabelIds: ['STARRED'] },
    })
    expect(fake.mailbox.requireMessage(SEED.html.id).historyId).toBe(fake.mailbox.historyId)
    expect(fake.mailbox.requireMessage(SEED.hidden.id).historyId).toBe(before)
  })

  test('has nothing to tell of a change that changes nothing', async () => {
    const startHistoryId = String(fake.mailbox.historyId)
    await stockClient(fake).users.messages.modify({
      userId: 'me',
      id: SEED.html.id,
      requestBody: { addLabelIds: ['INBOX'], removeLabelIds: ['STARRED'] },
    })
    expect(await list({ startHistoryId })).toEqual({ historyId: startHistoryId })
  })

  test('comes in pages, by type and by label', async () => {
    const startHistoryId = String(fake.mailbox.historyId)
    const message = fake.mailbox.requireMessage(SEED.html.id)
    for (let turn = 0; turn < 3; turn++) {
      fake.mailbox.changeLabels(message, { add: ['STARRED'] })
      fake.mailbox.changeLabels(message, { remove: ['STARRED'] })
    }
    const first = await list({ startHistoryId, maxResults: 4 })
    expect(first.history).toHaveLength(4)
    const pageToken = first.nextPageToken ?? ''
    const second = await list({ startHistoryId, maxResults: 4, pageToken })
    expect(second.history).toHaveLength(2)
    expect(second.nextPageToken).toBeUndefined()
    const added = await list({ startHistoryId, historyTypes: ['labelAdded'] })
    expect(added.history).toHaveLength(3)
    expect((await list({ startHistoryId, labelId: 'STARRED' })).history).toHaveLength(3)
  })

  test.each([
    ['0', 404],
    ['no number', 400],
    ['99999999999', 404],
  ])('does not begin at %s', async (startHistoryId, status) => {
    await expect(list({ startHistoryId })).rejects.toMatchObject({ status })
  })

  test('refuses a type in the plural', async () => {
    const startHistoryId = String(fake.mailbox.historyId)
    await expect(list({ startHistoryId, historyTypes: ['labelsAdded'] })).rejects.toMatchObject({
      status: 400,
    })
  })

  test('is forgotten one day, and goes on after a reset', async () => {
    const startHistoryId = String(fake.mailbox.historyId)
    fake.mailbox.forgetHistory()
    await expect(list({ startHistoryId })).rejects.toMatchObject({ status: 404 })
    expect((await list({ startHistoryId: String(fake.mailbox.historyId) })).history).toBeUndefined()
    fake.reset()
    expect(fake.mailbox.historyId).toBeGreaterThan(Number(startHistoryId))
  })
})

describe('a search', () => {
  test.each([
    ['subject:"cracked lids"', SEED.supportThread.id, true],
    ['from:soren@fjord-bageri.example', SEED.nonAscii.id, true],
    ['has:attachment filename:pdf', SEED.withPdf.id, true],
    ['has:attachment', SEED.html.id, false],
    ['newer_than:7d from:alice', SEED.supportThread.id, true],
    ['older_than:7d from:alice', SEED.supportThread.id, false],
    ['-from:alice label:support', SEED.supportThread.id, false],
    ['{from:soren from:zoe}', SEED.html.id, true],
    ['from:(alice OR zoe) allergene', SEED.html.id, true],
    ['list:traders', SEED.mailingList.id, true],
    ['is:unread in:inbox', SEED.injected.id, true],
    ['after:2026/11/19 before:2026/11/21', SEED.supportThread.id, false],
    ['larger:1M', SEED.withPdf.id, false],
  ])('for `%s` decides on %s as Gmail would', async (q, id, found) => {
    expect((await search(q)).includes(id)).toBe(found)
  })

  test('matches display names, and reads a plus as OR: it is no boundary', async () => {
    expect(await search('from:harbour-hotel.example')).toContain(SEED.spoofedName.id)
    expect(await search('from:zoe+bank')).toEqual(
      expect.arrayContaining([SEED.html.id, SEED.hidden.id]),
    )
  })

  test('that breaks out of its parentheses finds more', async () => {
    expect(await search('from:(alice)) OR (from:bank')).toContain(SEED.hidden.id)
    expect(await search('label:support from:alice OR from:bank')).toContain(SEED.hidden.id)
  })
})
