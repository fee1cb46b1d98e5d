import type { gmail_v1 } from '@googleapis/gmail'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { frontClient } from './stock-reader.ts'

/** the known ways round a read filter, with nothing but Google's own client */
const DOMAIN = 'riverside-cafe.example'
const ME = { userId: 'me' } as const

let front: TestFront
let gmail: gmail_v1.Gmail
let other: gmail_v1.Gmail

beforeAll(async () => {
  front = await startTestFront()
  const filtered = (domain: string, grantId = 'g_test'): string =>
    front.mint([{ type: 'gmail', actions: ['messages.read'], from: { domains: [domain] } }], {
      grantId,
    })
  gmail = frontClient(front, filtered(DOMAIN))
  other = frontClient(front, filtered(DOMAIN, 'g_other'))
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

/** from the customer's domain, by the stand-in's own bytes */
function readableIds(): string[] {
  return [...front.gmail.mailbox.messages.values()]
    .filter(({ raw, labelIds }) => {
      const from = raw.toString('latin1').match(/^From: .*$/gim) ?? []
      const isOutside = ['SPAM', 'TRASH', 'DRAFT'].some((label) => labelIds.has(label))
      return from.length === 1 && from[0].trim().endsWith(`@${DOMAIN}>`) && !isOutside
    })
    .map(({ id }) => id)
    .sort()
}

async function listed(params: gmail_v1.Params$Resource$Users$Messages$List): Promise<string[]> {
  const { data } = await gmail.users.messages.list({ ...ME, ...params })
  expect(data.resultSizeEstimate).toBe(data.messages?.length ?? 0)
  return (data.messages ?? []).map(({ id }) => id ?? '').sort()
}

const upstreamTargets = (): string => front.gmail.requests.map(({ target }) => target).join('\n')

describe('listing', () => {
  test('without q: the matching ids, and an estimate of those', async () => {
    expect(await listed({})).toEqual(readableIds())
    expect(readableIds().length).toBeGreaterThan(3)
  })

  test.each(['from:alice)) OR (from:bank', '{from:x from:bank}', 'in:anywhere', 'from:alice+bank'])(
    'q `%s` finds nothing more: it is not asked',
    async (q) => {
      await expect(listed({ q })).rejects.toMatchObject({ status: 400 })
      expect(front.gmail.requests).toEqual([])
    },
  )

  test('q `-from:alice` finds matching ids only', async () => {
    expect(readableIds()).toEqual(expect.arrayContaining(await listed({ q: '-from:alice' })))
  })

  test.each([
    { includeSpamTrash: true },
    { labelIds: ['TRASH'] },
    { labelIds: ['SPAM'], includeSpamTrash: true },
    { labelIds: ['INBOX', 'TRASH'], includeSpamTrash: true },
  ])('with %o: no spam and no trash', async (params) => {
    const ids = await listed(params)
    expect(upstreamTargets()).not.toMatch(/includeSpamTrash|SPAM|TRASH/)
    expect(readableIds()).toEqual(expect.arrayContaining(ids))
    expect(ids).not.toContain(SEED.trash.id)
  })

  test('a page token of another query, another grant or another method is refused', async () => {
    const { data } = await gmail.users.messages.list({ ...ME, maxResults: 1 })
    const pageToken = data.nextPageToken ?? ''
    expect(pageToken).not.toBe('')
    const page = { ...ME, maxResults: 1, pageToken }
    const asked = front.gmail.requests.length
    await expect(gmail.users.messages.list({ ...page, q: 'order' })).rejects.toMatchObject({
      status: 400,
    })
    await expect(other.users.messages.list(page)).rejects.toMatchObject({ status: 400 })
    await expect(gmail.users.threads.list(page)).rejects.toMatchObject({ status: 400 })
    expect(front.gmail.requests).toHaveLength(asked)
    expect((await gmail.users.messages.list(page)).data.messages).toHaveLength(1)
  })

  test('of threads: neither a snippet nor a date of a message that is not shown', async () => {
    const { data } = await gmail.users.threads.list(ME)
    const row = data.threads?.find(({ id }) => id === SEED.supportThread.threadId)
    const messages = front.gmail.mailbox.threadMessages(SEED.supportThread.threadId)
    const shown = messages.filter(({ id }) => readableIds().includes(id))
    expect(shown.length).toBeLessThan(messages.length)
    expect(row?.historyId).toBe(String(Math.max(...shown.map(({ historyId }) => historyId))))
    // the newest message of the thread is the injected one
    expect(JSON.stringify(data)).not.toContain('SYSTEM NOTICE')
  })
})

describe('getting', () => {
  const id = SEED.hidden.id

  test.each([
    { fields: 'id' },
    { fields: 'payload(headers(name))' },
    { format: 'raw' },
    { format: 'minimal' },
    { format: 'metadata', metadataHeaders: ['X-Nothing'] },
  ])('an unreadable message with %o is missing', async (params) => {
    await expect(gmail.users.messages.get({ ...ME, id, ...params })).rejects.toMatchObject({
      status: 404,
      message: 'Requested entity was not found.',
    })
    expect(upstreamTargets()).toBe(`/gmail/v1/users/me/messages/${id}?format=full`)
  })

  test.each(['media', 'proto', 'MEDIA'])('nothing comes as %s', async (alt) => {
    await expect(
      gmail.users.messages.get({ ...ME, id: SEED.supportThread.id, alt }),
    ).rejects.toMatchObject({ status: 400 })
    expect(front.gmail.requests).toEqual([])
  })

  test('a customer in the display name, and two From headers, are nobody', async () => {
    for (const { id: spoofed } of [SEED.spoofedName, SEED.twoFrom])
      await expect(gmail.users.messages.get({ ...ME, id: spoofed })).rejects.toMatchObject({
        status: 404,
      })
  })

  test('a mixed thread: what matches, and not a word of the rest', async () => {
    const { threadId } = SEED.supportThread
    const { data } = await gmail.users.threads.get({ ...ME, id: threadId })
    const ids = data.messages?.map((message) => message.id ?? '') ?? []
    const messages = front.gmail.mailbox.threadMessages(threadId)
    const hidden = messages.filter((message) => !readableIds().includes(message.id))
    expect(ids).toEqual(
      messages.map((message) => message.id).filter((each) => readableIds().includes(each)),
    )
    expect(hidden.length).toBeGreaterThan(0)
    expect(data.snippet).toBeUndefined()
    for (const message of hidden) expect(JSON.stringify(data)).not.toContain(message.id)
  })

  test('a foreign attachment beside a readable message is missing', async () => {
    const { data } = await frontClient(
      front,
      front.mint([{ type: 'gmail', actions: ['messages.read'] }]),
    ).users.messages.get({ ...ME, id: SEED.twoAttachments.id })
    const foreign = data.payload?.parts?.flatMap((part) => part.body?.attachmentId ?? [])[0] ?? ''
    expect(foreign).not.toBe('')
    await expect(
      gmail.users.messages.attachments.get({ ...ME, messageId: SEED.withCsv.id, id: foreign }),
    ).rejects.toMatchObject({ status: 404 })
  })
})

test('counts by which hidden mail could be searched are zero or absent', async () => {
  const { data: profile } = await gmail.users.getProfile(ME)
  expect(profile).toEqual({
    emailAddress: front.gmail.account,
    messagesTotal: 0,
    threadsTotal: 0,
  })
  const { data: label } = await gmail.users.labels.get({ ...ME, id: SEED.labels.support })
  expect(Object.keys(label).join()).not.toMatch(/Total|Unread/)
})
