import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../../support/front.ts'

let front: TestFront
let metadataOnly: string
let whole: string

beforeAll(async () => {
  front = await startTestFront()
  whole = front.mint([{ type: 'gmail', actions: ['messages.read'] }])
  metadataOnly = front.mint([{ type: 'gmail', actions: ['messages.read'], content: 'metadata' }])
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

interface Message {
  readonly id: string
  readonly snippet?: string
  readonly raw?: string
  readonly payload?: {
    readonly headers?: { name: string; value: string }[]
    readonly body?: unknown
    readonly parts?: unknown
  }
}

async function get(token: string, path: string): Promise<{ status: number; message: Message }> {
  const answer = await front.fetch(`/gmail/v1/users/me/${path}`, token)
  return { status: answer.status, message: (await answer.json()) as Message }
}

describe('a grant of metadata', () => {
  test('shows headers, whatever format is asked for, and no word of the text', async () => {
    for (const query of ['', '?format=full', '?format=metadata']) {
      const { status, message } = await get(metadataOnly, `messages/${SEED.html.id}${query}`)
      expect(status).toBe(200)
      expect(Object.keys(message.payload ?? {}).sort()).toEqual(['headers', 'mimeType'])
      expect(message.snippet).toBeUndefined()
    }
    const { message } = await get(metadataOnly, `messages/${SEED.html.id}?format=minimal`)
    expect(message.payload).toBeUndefined()
    expect(message.snippet).toBeUndefined()
  })

  test('shows no raw message, no attachment, no snippet of a thread', async () => {
    expect((await get(metadataOnly, `messages/${SEED.html.id}?format=raw`)).status).toBe(404)
    expect(front.gmail.requests.map(({ target }) => target).join()).not.toContain('format=raw')
    const threads = await front.fetch('/gmail/v1/users/me/threads', metadataOnly)
    expect(await threads.text()).not.toContain('snippet')
    const thread = await front.fetch(
      `/gmail/v1/users/me/threads/${SEED.html.threadId}`,
      metadataOnly,
    )
    expect(await thread.text()).not.toMatch(/snippet|"body"|"parts"/)
  })
})

describe('a search by a grant of metadata', () => {
  async function found(q: string, token: string): Promise<number> {
    const answer = await front.fetch(
      `/gmail/v1/users/me/messages?q=${encodeURIComponent(q)}`,
      token,
    )
    return ((await answer.json()) as { messages?: unknown[] }).messages?.length ?? 0
  }

  test('finds by headers, and nothing by the text', async () => {
    expect(await found('from:alice@riverside-cafe.example', metadataOnly)).toBeGreaterThan(0)
    for (const q of [
      'lids',
      '"lids"',
      'from:alice lids',
      'from:alice OR lids',
      '{lids}',
      'is:(lids)',
    ]) {
      expect(await found(q, metadataOnly)).toBe(0)
    }
    expect(await found('lids', whole)).toBeGreaterThan(0)
  })
})

describe('a grant of everything', () => {
  test('shows a message as Gmail does, field for field', async () => {
    for (const format of ['full', 'metadata', 'minimal', 'raw']) {
      const { message } = await get(whole, `messages/${SEED.html.id}?format=${format}`)
      const direct = await fetch(
        `${front.gmail.url}/gmail/v1/users/me/messages/${SEED.html.id}?format=${format}`,
        { headers: { authorization: `Bearer ${front.gmail.accessToken}` } },
      )
      const expected = (await direct.json()) as Message
      const unstable = { historyId: '', internalDate: '' }
      expect({ ...message, ...unstable }).toEqual({ ...expected, ...unstable })
    }
  })

  test('metadataHeaders choose among the headers, without case', async () => {
    const { message } = await get(
      whole,
      `messages/${SEED.html.id}?format=metadata&metadataHeaders=from&metadataHeaders=SUBJECT`,
    )
    expect(message.payload?.headers?.map(({ name }) => name.toLowerCase()).sort()).toEqual([
      'from',
      'subject',
    ])
  })
})

describe('filters beside the sender', () => {
  test('has_attachment is decided on the whole message, in lists too', async () => {
    const token = front.mint([{ type: 'gmail', actions: ['messages.read'], has_attachment: true }])
    expect((await get(token, `messages/${SEED.withPdf.id}`)).status).toBe(200)
    expect((await get(token, `messages/${SEED.supportLast.id}`)).status).toBe(404)
    const list = await front.fetch('/gmail/v1/users/me/messages', token)
    const ids = ((await list.json()) as { messages: { id: string }[] }).messages.map(({ id }) => id)
    expect(ids).toContain(SEED.withPdf.id)
    expect(ids).not.toContain(SEED.supportLast.id)
  })

  test('authenticated asks for Gmail\u2019s own verdict, topmost', async () => {
    const token = front.mint([{ type: 'gmail', actions: ['messages.read'], authenticated: true }])
    expect((await get(token, `messages/${SEED.unauthenticated.id}`)).status).toBe(404)
    expect((await get(token, `messages/${SEED.mixedThread.customer.id}`)).status).toBe(200)
  })

  test('labels are those of the moment', async () => {
    const { id } = SEED.mixedThread.customer
    const label = SEED.labels.orders
    const token = front.mint([{ type: 'gmail', actions: ['messages.read'], labels: [label] }])
    const stored = front.gmail.mailbox.requireMessage(id)
    front.gmail.mailbox.changeLabels(stored, { add: [label] })
    expect((await get(token, `messages/${id}`)).status).toBe(200)
    front.gmail.mailbox.changeLabels(stored, { remove: [label] })
    expect((await get(token, `messages/${id}`)).status).toBe(404)
  })
})
