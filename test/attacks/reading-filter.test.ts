import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED, type StoredMessage } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'

let front: TestFront
let token: string

/** mail from one customer's domain, and nothing else */
const DOMAIN = 'riverside-cafe.example'
const FILTERED = [{ type: 'gmail', actions: ['messages.read'], from: { domains: [DOMAIN] } }]

beforeAll(async () => {
  front = await startTestFront()
  token = front.mint(FILTERED)
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

interface List {
  readonly messages?: readonly { readonly id: string; readonly threadId: string }[]
  readonly nextPageToken?: string
  readonly resultSizeEstimate: number
}

async function list(query = '', bearer = token): Promise<List> {
  const answer = await front.fetch(`/gmail/v1/users/me/messages${query}`, bearer)
  expect(answer.status).toBe(200)
  return (await answer.json()) as List
}

/** the oracle: what the stand-in itself holds, read from the raw bytes */
function isReadable(message: StoredMessage): boolean {
  const head = message.raw.toString('latin1').split('\r\n\r\n')[0] ?? ''
  const from = head.split(/\r\n(?![ \t])/).filter((line) => /^from:/i.test(line))
  const hidden = ['SPAM', 'TRASH', 'DRAFT'].some((label) => message.labelIds.has(label))
  return from.length === 1 && (from[0] ?? '').trimEnd().endsWith(`@${DOMAIN}>`) && !hidden
}

function readableIds(): string[] {
  return [...front.gmail.mailbox.messages.values()]
    .filter(isReadable)
    .map(({ id }) => id)
    .sort()
}

function targets(): string[] {
  return front.gmail.requests.map((request) => request.target)
}

describe('messages.list shows matching messages only', () => {
  test('without q: all of them, and an estimate that counts what is shown', async () => {
    const { messages = [], resultSizeEstimate, nextPageToken } = await list()
    expect(messages.map(({ id }) => id).sort()).toEqual(readableIds())
    expect(messages.length).toBeGreaterThan(3)
    expect(resultSizeEstimate).toBe(messages.length)
    expect(nextPageToken).toBeUndefined()
  })

  test.each([
    'from:alice)) OR (from:statements',
    '{from:alice from:statements}',
    'in:anywhere',
    'in:spam OR in:trash',
    '-in:spam',
    'rfc822msgid:x OR label:inbox',
  ])('q `%s` is no conjunction of plain terms: refused, and not asked', async (q) => {
    const answer = await front.fetch(
      `/gmail/v1/users/me/messages?q=${encodeURIComponent(q)}`,
      token,
    )
    expect(targets()).toEqual([])
    expect(answer.status).toBe(400)
  })

  test.each([`-from:${DOMAIN}`, 'from:statements@first-harbour-bank.example', 'order'])(
    'with q `%s`: never another one',
    async (q) => {
      const { messages = [] } = await list(`?q=${encodeURIComponent(q)}`)
      expect(readableIds()).toEqual(expect.arrayContaining(messages.map(({ id }) => id)))
    },
  )

  test('includeSpamTrash and the labels of spam, trash and drafts change nothing', async () => {
    for (const query of [
      '?includeSpamTrash=true',
      '?labelIds=SPAM',
      '?labelIds=TRASH&includeSpamTrash=true',
      '?labelIds=DRAFT',
    ]) {
      const { messages = [] } = await list(query)
      expect(targets().join()).not.toContain('includeSpamTrash')
      expect(readableIds()).toEqual(expect.arrayContaining(messages.map(({ id }) => id)))
    }
  })

  test('a short page is refilled: no empty page while there is more to show', async () => {
    const seen: string[] = []
    let query = '?maxResults=3'
    for (let page = 0; page < 30; page++) {
      const { messages = [], nextPageToken } = await list(query)
      expect(messages.length).toBeLessThanOrEqual(3)
      if (nextPageToken !== undefined) expect(messages).toHaveLength(3)
      seen.push(...messages.map(({ id }) => id))
      if (nextPageToken === undefined) break
      query = `?maxResults=3&pageToken=${nextPageToken}`
    }
    expect([...seen].sort()).toEqual(readableIds())
  })
})

describe('a page token opens only where it was given', () => {
  async function firstToken(bearer = token): Promise<string> {
    return (await list('?maxResults=1', bearer)).nextPageToken ?? ''
  }

  async function expectRefused(query: string, bearer = token): Promise<void> {
    front.gmail.reset()
    const answer = await front.fetch(`/gmail/v1/users/me/${query}`, bearer)
    expect(targets()).toEqual([])
    expect(answer.status).toBe(400)
  }

  test('not for another query, another grant, another method, nor as Gmail spells it', async () => {
    const pageToken = await firstToken()
    expect(pageToken).not.toBe('')
    await expectRefused(`messages?maxResults=1&q=a&pageToken=${pageToken}`)
    await expectRefused(`messages?labelIds=INBOX&pageToken=${pageToken}`)
    await expectRefused(`threads?maxResults=1&pageToken=${pageToken}`)
    await expectRefused(
      `messages?maxResults=1&pageToken=${pageToken}`,
      front.mint(FILTERED, { grantId: 'g_other' }),
    )
    await expectRefused(`messages?pageToken=${pageToken.slice(0, -2)}AA`)
    await expectRefused('messages?pageToken=00001093774112003519')
  })
})

describe('messages.get', () => {
  test('an unreadable message and a missing one are the same answer', async () => {
    const answers = []
    for (const id of [SEED.hidden.id, '1999999999999999', SEED.spam.id, SEED.draft.id]) {
      const answer = await front.fetch(`/gmail/v1/users/me/messages/${id}`, token)
      const headers = Object.fromEntries(answer.headers)
      answers.push({
        status: answer.status,
        body: await answer.text(),
        headers: { ...headers, date: '', 'x-remit-decision': headers['x-remit-decision']?.length },
      })
    }
    expect(answers[0]?.status).toBe(404)
    for (const answer of answers) expect(answer).toEqual(answers[0])
    expect(targets().every((target) => target.endsWith('?format=full'))).toBe(true)
  })

  test.each([
    ['a display name that looks like the customer', SEED.spoofedName],
    ['two From headers', SEED.twoFrom],
    ['spam', SEED.spam],
    ['trash, from the customer herself', SEED.trash],
    ['a draft', SEED.draft],
  ])('does not match: %s', async (_name, { id }) => {
    const answer = await front.fetch(`/gmail/v1/users/me/messages/${id}`, token)
    expect(answer.status).toBe(404)
  })

  test.each([
    '?fields=id',
    '?fields=snippet',
    '?format=raw',
    '?format=minimal',
    '?format=metadata&metadataHeaders=X',
  ])('%s does not get around the filter', async (query) => {
    const answer = await front.fetch(`/gmail/v1/users/me/messages/${SEED.hidden.id}${query}`, token)
    expect(targets()).toEqual([`/gmail/v1/users/me/messages/${SEED.hidden.id}?format=full`])
    expect(answer.status).toBe(404)
  })

  test('every message of the mailbox is readable exactly when the oracle says so', async () => {
    for (const message of front.gmail.mailbox.messages.values()) {
      const answer = await front.fetch(`/gmail/v1/users/me/messages/${message.id}`, token)
      await answer.text()
      expect({ id: message.id, status: answer.status }).toEqual({
        id: message.id,
        status: isReadable(message) ? 200 : 404,
      })
    }
  })
})

describe('attachments', () => {
  interface Part {
    readonly filename?: string
    readonly body?: { readonly attachmentId?: string; readonly size?: number }
    readonly parts?: readonly Part[]
  }

  async function attachmentIds(messageId: string, bearer: string): Promise<string[]> {
    const answer = await front.fetch(`/gmail/v1/users/me/messages/${messageId}`, bearer)
    const collect = (part: Part): string[] => [
      ...(part.body?.attachmentId === undefined ? [] : [part.body.attachmentId]),
      ...(part.parts ?? []).flatMap(collect),
    ]
    return collect(((await answer.json()) as { payload: Part }).payload)
  }

  const get = (messageId: string, attachmentId: string, bearer: string): Promise<Response> =>
    front.fetch(`/gmail/v1/users/me/messages/${messageId}/attachments/${attachmentId}`, bearer)

  test('of a readable message are shown, though their ids change at every look', async () => {
    const all = front.mint([{ type: 'gmail', actions: ['messages.read'] }])
    const ids = await attachmentIds(SEED.twoAttachments.id, all)
    expect(ids).toHaveLength(2)
    for (const id of ids) {
      const answer = await get(SEED.twoAttachments.id, id, all)
      expect(answer.status).toBe(200)
      const { size, data } = (await answer.json()) as { size: number; data: string }
      expect(Buffer.from(data, 'base64url')).toHaveLength(size)
    }
  })

  test('a foreign attachment beside a readable message is missing', async () => {
    const all = front.mint([{ type: 'gmail', actions: ['messages.read'] }])
    const [foreign = ''] = await attachmentIds(SEED.twoAttachments.id, all)
    // the stand-in, like Gmail, would show it: the id alone says which bytes
    const readable = SEED.withCsv.id
    const own = await attachmentIds(readable, token)
    expect(own).not.toEqual([])
    const answer = await get(readable, foreign, token)
    expect(answer.status).toBe(404)
    expect(await answer.text()).toContain('Requested entity was not found.')
  })

  test('of an unreadable message are missing, and never fetched', async () => {
    const all = front.mint([{ type: 'gmail', actions: ['messages.read'] }])
    const [id = ''] = await attachmentIds(SEED.twoAttachments.id, all)
    front.gmail.reset()
    const answer = await get(SEED.twoAttachments.id, id, token)
    expect(targets().join()).not.toContain('attachments')
    expect(answer.status).toBe(404)
  })

  test('an id that nobody gave is missing', async () => {
    const answer = await get(SEED.withCsv.id, 'ANGjdJ-no-such-attachment', token)
    expect(answer.status).toBe(404)
  })

  test('are remembered by their bytes', async () => {
    const all = front.mint([{ type: 'gmail', actions: ['messages.read'] }])
    const [id = ''] = await attachmentIds(SEED.withCsv.id, all)
    const { data } = (await (await get(SEED.withCsv.id, id, all)).json()) as { data: string }
    const { createHash } = await import('node:crypto')
    const sha256 = createHash('sha256').update(Buffer.from(data, 'base64url')).digest('hex')
    expect(await front.ports.servedAttachments.messagesWith('g_test', sha256)).toEqual([
      SEED.withCsv.id,
    ])
  })
})

describe('threads', () => {
  const mixed = SEED.mixedThread
  const hidden = [mixed.supplier, mixed.internal]

  function threadMessages(): StoredMessage[] {
    return [...front.gmail.mailbox.messages.values()]
      .filter(({ threadId }) => threadId === mixed.threadId)
      .sort((a, b) => a.internalDate - b.internalDate)
  }

  /** everything from the customer of the mixed thread */
  function visibleIds(): string[] {
    return threadMessages()
      .filter(({ raw }) => /^From: .*@bellandsons\.example>\r$/m.test(raw.toString('latin1')))
      .map(({ id }) => id)
  }

  async function snippetOf(id: string): Promise<string> {
    const all = front.mint([{ type: 'gmail', actions: ['messages.read'] }])
    const answer = await front.fetch(`/gmail/v1/users/me/messages/${id}?format=minimal`, all)
    return ((await answer.json()) as { snippet: string }).snippet
  }

  test('threads.get of a mixed thread shows the matching messages, and nothing of the others', async () => {
    const bearer = front.mint([
      { type: 'gmail', actions: ['messages.read'], from: { domains: ['bellandsons.example'] } },
    ])
    for (const format of ['full', 'metadata', 'minimal']) {
      const answer = await front.fetch(
        `/gmail/v1/users/me/threads/${mixed.threadId}?format=${format}`,
        bearer,
      )
      const text = await answer.text()
      const thread = JSON.parse(text) as { messages: { id: string }[]; snippet?: string }
      expect(thread.messages.map(({ id }) => id)).toEqual(visibleIds())
      expect(thread.snippet).toBeUndefined()
      for (const { id } of hidden) {
        expect(text).not.toContain(id)
        expect(text).not.toContain(await snippetOf(id))
      }
    }
  })

  test('threads.get without a readable message is missing', async () => {
    const answer = await front.fetch(`/gmail/v1/users/me/threads/${SEED.hidden.threadId}`, token)
    expect(answer.status).toBe(404)
  })

  function senderOf(id: string): string {
    const { raw } = front.gmail.mailbox.requireMessage(id)
    return /^From: (?:.*<)?([^<>\r]+)>?\r$/m.exec(raw.toString('latin1'))?.[1] ?? ''
  }

  test('threads.list says nothing about messages that are not shown', async () => {
    const { id } = mixed.supplier
    const from = { addresses: [senderOf(id)] }
    const bearer = front.mint([{ type: 'gmail', actions: ['messages.read'], from }])
    const answer = await front.fetch('/gmail/v1/users/me/threads', bearer)
    const { threads, resultSizeEstimate } = (await answer.json()) as {
      threads: { id: string; snippet: string; historyId: string }[]
      resultSizeEstimate: number
    }
    expect(id).not.toBe(threadMessages().at(-1)?.id)
    const row = threads.find((thread) => thread.id === mixed.threadId)
    expect(row?.snippet).toBe(await snippetOf(id))
    expect(row?.historyId).toBe(String(front.gmail.mailbox.requireMessage(id).historyId))
    expect(resultSizeEstimate).toBe(threads.length)
  })

  test('threads.list finds no thread by a message that is not shown', async () => {
    const bearer = front.mint([
      { type: 'gmail', actions: ['messages.read'], from: { domains: ['bellandsons.example'] } },
    ])
    const found = async (q: string): Promise<string[]> => {
      const answer = await front.fetch(
        `/gmail/v1/users/me/threads?q=${encodeURIComponent(q)}`,
        bearer,
      )
      const { threads = [] } = (await answer.json()) as { threads?: { id: string }[] }
      return threads.map(({ id }) => id)
    }
    for (const { id } of hidden) {
      expect(await found(`from:${senderOf(id)}`)).toEqual([])
    }
    expect(await found('from:marcus.bell')).toEqual([mixed.threadId])
  })
})

describe('counts', () => {
  test('of the profile are zero, of labels absent', async () => {
    const profile = await front.fetch('/gmail/v1/users/me/profile', token)
    expect(await profile.json()).toEqual({
      emailAddress: front.gmail.account,
      messagesTotal: 0,
      threadsTotal: 0,
    })
    for (const path of ['labels', 'labels/INBOX']) {
      const answer = await front.fetch(`/gmail/v1/users/me/${path}`, token)
      expect(answer.status).toBe(200)
      expect(await answer.text()).not.toMatch(/Total|Unread"/)
    }
  })
})
