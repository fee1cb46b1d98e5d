import type { gmail_v1 } from '@googleapis/gmail'
import { Readable } from 'node:stream'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { stockClient } from '../fakes/gmail-client.ts'
import { ALICE, EVE, NOW, ORDER, OTHER, seedOrderThreads } from '../fixtures/mail/order-threads.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { encodeRaw } from '../support/sending-desk.ts'
import { pageTokenOf } from '../support/unfinished-list.ts'

let front: TestFront

beforeAll(async () => {
  front = await startTestFront({
    gmail: { seed: seedOrderThreads, now: () => NOW },
    now: () => NOW,
  })
})
beforeEach(() => front.gmail.reset())
afterAll(() => front.close())

const WRITING = { type: 'gmail', actions: ['drafts.write'] }
const REPLYING = { type: 'gmail', actions: ['messages.reply'] }
const BOTH = [WRITING, REPLYING]

let grants = 0

/** a client of a grant of its own, unless the grant is named */
function client(
  details: readonly unknown[] = BOTH,
  grantId = `g_${++grants}`,
): gmail_v1.Resource$Users$Drafts {
  return stockClient(front, front.mint(details, { grantId })).users.drafts
}

function mail(...headers: readonly string[]): gmail_v1.Schema$Draft {
  const raw = encodeRaw([...headers, '', 'It is on its way.'].join('\r\n'))
  return { message: { threadId: ORDER, raw } }
}

const HARMLESS = mail(`To: ${ALICE}`)

async function write(
  drafts: gmail_v1.Resource$Users$Drafts,
  requestBody = HARMLESS,
): Promise<string> {
  const { data } = await drafts.create({ userId: 'me', requestBody })
  return data.id ?? ''
}

function changes(): string[] {
  return front.gmail.requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, target }) => `${method} ${target.replace('/gmail/v1/users/me/', '')}`)
}

function rawOf(id: string): string {
  const messageId = front.gmail.mailbox.drafts.get(id) ?? ''
  return front.gmail.mailbox.messages.get(messageId)?.raw.toString('utf8') ?? ''
}

const missing = { status: 404 }
const denied = { status: 403 }

describe('an agent with drafts', () => {
  test('writes, reads, changes and lists its own, and its owner finds them in Gmail', async () => {
    const drafts = client()
    const id = await write(drafts)
    expect(rawOf(id)).toContain(`To: ${ALICE}`)
    const got = await drafts.get({ userId: 'me', id })
    expect(got.data.message?.threadId).toBe(ORDER)
    const requestBody = mail(`To: ${ALICE}`, 'Subject: anything')
    await drafts.update({ userId: 'me', id, requestBody })
    expect(rawOf(id)).toContain('Re: ')
    const listed = await drafts.list({ userId: 'me' })
    expect(listed.data.drafts).toEqual([
      { id, message: { id: front.gmail.mailbox.drafts.get(id), threadId: ORDER } },
    ])
    expect(front.gmail.sent).toEqual([])
  })

  test('writes in both dialects of an upload', async () => {
    const drafts = client()
    const media = { mimeType: 'message/rfc822', body: Readable.from([`To: ${ALICE}\r\n\r\nHello`]) }
    const requestBody = { message: { threadId: ORDER } }
    const root = { rootUrl: front.url }
    const created = await drafts.create({ userId: 'me', requestBody, media }, root)
    expect(rawOf(created.data.id ?? '')).toContain('Hello')
    const answer = await front.fetch(
      '/upload/gmail/v1/users/me/drafts?uploadType=media',
      front.mint([{ ...WRITING, recipients: { addresses: [ALICE] } }]),
      {
        method: 'POST',
        headers: { 'content-type': 'message/rfc822' },
        body: `To: ${ALICE}\r\n\r\nA new one`,
      },
    )
    expect(answer.status).toBe(200)
  })

  test('sends one by its id: what was checked leaves through messages.send, and the draft is cleared away', async () => {
    const drafts = client()
    const id = await write(drafts)
    const { data } = await drafts.send({ userId: 'me', requestBody: { id } })
    expect(front.gmail.sent.map(({ recipients }) => recipients)).toEqual([[ALICE]])
    expect(data.threadId).toBe(ORDER)
    expect(changes()).toEqual(['POST drafts', 'POST messages/send', `DELETE drafts/${id}`])
    await expect(drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject(missing)
    expect(front.gmail.sent).toHaveLength(1)
  })

  test('deletes one', async () => {
    const drafts = client()
    const id = await write(drafts)
    expect((await drafts.delete({ userId: 'me', id })).status).toBe(204)
    expect(front.gmail.mailbox.drafts.has(id)).toBe(false)
    await expect(drafts.get({ userId: 'me', id })).rejects.toMatchObject(missing)
  })

  test('may name nobody yet', async () => {
    const drafts = client()
    const id = await write(drafts, mail('Subject: later'))
    await expect(drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject({
      status: 400,
    })
    expect(front.gmail.sent).toEqual([])
  })
})

describe('a draft is no way round the rules of sending', () => {
  test('create with an outsider in Cc: nothing is written', async () => {
    const creating = client().create({
      userId: 'me',
      requestBody: mail(`To: ${ALICE}`, `Cc: ${EVE}`),
    })
    await expect(creating).rejects.toMatchObject(denied)
    expect(changes()).toEqual([])
  })

  test('a harmless draft, then an update with Cc eve: what stands is the harmless one', async () => {
    const drafts = client()
    const id = await write(drafts)
    const requestBody = mail(`To: ${ALICE}`, `Cc: ${EVE}`)
    await expect(drafts.update({ userId: 'me', id, requestBody })).rejects.toMatchObject(denied)
    expect(changes()).toEqual(['POST drafts'])
    expect(rawOf(id)).not.toContain(EVE)
  })

  test('a Bcc in a draft is refused as in a mail', async () => {
    const creating = client().create({
      userId: 'me',
      requestBody: mail(`To: ${ALICE}`, `Bcc: ${EVE}`),
    })
    await expect(creating).rejects.toMatchObject({ status: 400 })
    expect(changes()).toEqual([])
  })

  test('a draft to eve by a wide right makes eve no participant of the conversation', async () => {
    const wide = { ...WRITING, recipients: { participants: true, addresses: [EVE] } }
    const drafts = client([wide, REPLYING], 'g_bootstrap')
    const id = await write(drafts, mail(`To: ${EVE}`))
    await expect(drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject(denied)
    const messages = stockClient(front, front.mint([REPLYING], { grantId: 'g_bootstrap' })).users
      .messages
    const { message } = mail(`To: ${EVE}`)
    const answering = messages.send({ userId: 'me', requestBody: message ?? {} })
    await expect(answering).rejects.toMatchObject(denied)
    // nor when its owner sends the draft without looking
    const owner = stockClient(front.gmail).users.drafts
    await owner.send({ userId: 'me', requestBody: { id } })
    const again = messages.send({ userId: 'me', requestBody: message ?? {} })
    await expect(again).rejects.toMatchObject(denied)
    expect(front.gmail.sent).toHaveLength(1)
  })

  test('drafts alone send nothing', async () => {
    const drafts = client([WRITING])
    const id = await write(drafts)
    await expect(drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject(denied)
    expect(front.gmail.sent).toEqual([])
  })

  test('a message inside drafts.send is not taken', async () => {
    const sending = client().send({ userId: 'me', requestBody: HARMLESS })
    await expect(sending).rejects.toMatchObject({ status: 400 })
    expect(front.gmail.requests).toEqual([])
  })
})

describe('the drafts of others', () => {
  test("the owner's are not listed, read, changed, sent or deleted, and Gmail is not asked", async () => {
    const owner = stockClient(front.gmail).users.drafts
    const { data } = await owner.create({ userId: 'me', requestBody: HARMLESS })
    const id = data.id ?? ''
    const seen = front.gmail.requests.length
    const drafts = client()
    await expect(drafts.get({ userId: 'me', id })).rejects.toMatchObject(missing)
    const requestBody = HARMLESS
    await expect(drafts.update({ userId: 'me', id, requestBody })).rejects.toMatchObject(missing)
    await expect(drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject(missing)
    await expect(drafts.delete({ userId: 'me', id })).rejects.toMatchObject(missing)
    const { data: listed } = await drafts.list({ userId: 'me' })
    expect(front.gmail.requests.slice(seen)).toEqual([])
    expect(listed).toEqual({ resultSizeEstimate: 0 })
  })

  test("another grant's are missing too", async () => {
    const id = await write(client())
    await expect(client().get({ userId: 'me', id })).rejects.toMatchObject(missing)
    expect((await client().list({ userId: 'me' })).data.drafts).toBeUndefined()
  })

  test('what the owner has changed is the owner’s: not read, not written over, not sent', async () => {
    const drafts = client()
    const id = await write(drafts)
    const owner = stockClient(front.gmail).users.drafts
    await owner.update({ userId: 'me', id, requestBody: mail(`To: ${ALICE}`, 'X-Note: private') })
    const before = changes()
    await expect(drafts.get({ userId: 'me', id })).rejects.toMatchObject(missing)
    const requestBody = HARMLESS
    await expect(drafts.update({ userId: 'me', id, requestBody })).rejects.toMatchObject(missing)
    await expect(drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject(missing)
    expect(changes()).toEqual(before)
    expect(rawOf(id)).toContain('private')
  })

  test('a token for another conversation does not come to a draft of this one', async () => {
    const id = await write(client(BOTH, 'g_parent'))
    const narrowed = client(
      [
        { ...WRITING, threads: ['elsewhere'] },
        { ...REPLYING, threads: ['elsewhere'] },
      ],
      'g_parent',
    )
    const before = changes()
    await expect(narrowed.get({ userId: 'me', id })).rejects.toMatchObject(missing)
    await expect(narrowed.delete({ userId: 'me', id })).rejects.toMatchObject(missing)
    await expect(narrowed.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject(
      missing,
    )
    expect((await narrowed.list({ userId: 'me' })).data.drafts).toBeUndefined()
    expect(changes()).toEqual(before)
  })

  test('nor does it take that draft over into its own conversation', async () => {
    const id = await write(client(BOTH, 'g_taken'))
    const narrowed = client([{ ...WRITING, threads: [OTHER] }], 'g_taken')
    const message = { ...mail('Subject: mine').message, threadId: OTHER }
    const taking = narrowed.update({ userId: 'me', id, requestBody: { message } })
    await expect(taking).rejects.toMatchObject(missing)
    expect(changes()).toEqual(['POST drafts'])
    // the same words as a draft of its own are allowed: it is the other draft that is refused
    await narrowed.create({ userId: 'me', requestBody: { message } })
  })
})

describe('a draft in a conversation that may be answered and not be read', () => {
  const READING = { type: 'gmail', actions: ['messages.read'] }
  const OTHERS = { ...READING, from: { addresses: ['carol@other.example'] } }

  test.each([
    ['a token that reads nothing', BOTH],
    ['one that reads other mail', [...BOTH, OTHERS]],
  ])('does not tell its subject to %s', async (_, details) => {
    const drafts = client(details)
    const id = await write(drafts)
    expect(rawOf(id)).toContain('Subject: Re: Order 12')
    for (const format of ['full', 'metadata', 'minimal'] as const) {
      const { data } = await drafts.get({ userId: 'me', id, format })
      expect(data.message?.threadId).toBe(ORDER)
      expect(JSON.stringify(data)).not.toMatch(/order 12|mail\.example/i)
    }
    await expect(drafts.get({ userId: 'me', id, format: 'raw' })).rejects.toMatchObject(missing)
  })

  test('tells it to one that may see the answered message, if only its headers', async () => {
    const drafts = client([...BOTH, { ...READING, content: 'metadata' }])
    const id = await write(drafts)
    const { data } = await drafts.get({ userId: 'me', id })
    expect(JSON.stringify(data)).toContain('Re: Order 12')
    const raw = await drafts.get({ userId: 'me', id, format: 'raw' })
    expect(raw.data.message?.raw).toBeDefined()
  })
})

describe('a list of large drafts that are not shown', () => {
  async function addLarge(grantId: string, count: number): Promise<void> {
    const { mailbox } = front.gmail
    const raw = Buffer.alloc(6_000_000, 'x')
    for (let made = 0; made < count; made++) {
      const { id: messageId } = mailbox.addMessage({ raw, labelIds: ['DRAFT'] })
      const id = `large_${made}`
      mailbox.drafts.set(id, messageId)
      await front.ports.ownItems.remember(grantId, 'draft', [
        { id, detail: { messageId, threadId: '' } },
      ])
    }
  }

  test('goes on until there is one to show', async () => {
    const grantId = 'g_large'
    const drafts = client(BOTH, grantId)
    const small = await write(drafts)
    await addLarge(grantId, 5)
    const { data } = await drafts.list({ userId: 'me' })
    expect(data.drafts?.map(({ id }) => id)).toEqual([small])
    expect(data.nextPageToken).toBeUndefined()
  })

  test('says how to go on, instead of an empty page, when it comes to no end', async () => {
    const grantId = 'g_very_large'
    const drafts = client(BOTH, grantId)
    const small = await write(drafts)
    await addLarge(grantId, 30)
    const seen = front.gmail.requests.length
    const error: unknown = await drafts.list({ userId: 'me' }).then(
      () => undefined,
      (failure: unknown) => failure,
    )
    expect(front.gmail.requests.slice(seen).length).toBeLessThan(30)
    expect(error).toMatchObject({ status: 400 })
    const rest = await drafts.list({ userId: 'me', pageToken: pageTokenOf(error) })
    expect(rest.data.drafts?.map(({ id }) => id)).toEqual([small])
  })
})

describe('between check and send', () => {
  test('a draft that is changed then: what was checked is what is sent', async () => {
    const drafts = client()
    const id = await write(drafts)
    front.gmail.onRequest = ({ method }) => {
      if (method !== 'POST') return
      front.gmail.onRequest = undefined
      const { mailbox } = front.gmail
      const message = mailbox.addMessage({
        raw: Buffer.from(`To: ${EVE}\r\n\r\nchanged`),
        threadId: ORDER,
        labelIds: ['DRAFT'],
        internalDate: NOW,
      })
      mailbox.drafts.set(id, message.id)
    }
    await drafts.send({ userId: 'me', requestBody: { id } })
    expect(front.gmail.sent.map(({ recipients }) => recipients)).toEqual([[ALICE]])
    // who changed it was its owner: what he wrote is not cleared away with what was sent
    expect(rawOf(id)).toContain('changed')
    expect(changes()).toEqual(['POST drafts', 'POST messages/send'])
  })

  test('ten that send one draft at the same time: it is sent once', async () => {
    const drafts = client()
    const id = await write(drafts)
    const sendings = Array.from({ length: 10 }, () =>
      drafts.send({ userId: 'me', requestBody: { id } }),
    )
    const settled = await Promise.allSettled(sendings)
    expect(front.gmail.sent).toHaveLength(1)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
  })

  test('a send that Gmail refuses leaves the draft to the agent, one that nobody knows of does not', async () => {
    const drafts = client()
    const id = await write(drafts)
    front.gmail.failNext({ kind: 'status', status: 400 }, { route: 'messages.send' })
    await expect(drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject({})
    expect((await drafts.get({ userId: 'me', id })).data.id).toBe(id)
    front.gmail.failNext({ kind: 'reset', executes: true }, { route: 'messages.send' })
    await expect(drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject({})
    expect(front.gmail.sent).toHaveLength(1)
    await expect(drafts.send({ userId: 'me', requestBody: { id } })).rejects.toMatchObject(missing)
    expect(front.gmail.sent).toHaveLength(1)
  })

  test('a draft that cannot be cleared away is no reason to say that the mail was not sent', async () => {
    const drafts = client()
    const id = await write(drafts)
    front.gmail.failNext({ kind: 'status', status: 500 }, { route: 'drafts.delete' })
    await drafts.send({ userId: 'me', requestBody: { id } })
    expect(front.gmail.sent).toHaveLength(1)
    expect(front.ports.events.at(-1)).toMatchObject({ event: 'not_tidied' })
    expect(front.ports.record.last.outcome).toMatchObject({ outcome: 'done', upstreamStatus: 200 })
  })
})
