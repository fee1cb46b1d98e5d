import { gmail as googleGmail, type gmail_v1 } from '@googleapis/gmail'
import { OAuth2Client } from 'google-auth-library'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { gmailProvider } from '../../adapters/gmail/provider.ts'
import { startTestFront, type TestFront } from '../support/front.ts'

let front: TestFront
let client: gmail_v1.Gmail
let token: string

/** the widest grant of this version: whatever is refused below is refused for everybody */
const WIDEST = [
  {
    type: 'gmail',
    actions: ['messages.read', 'messages.reply', 'drafts.write', 'messages.trash', 'history.read'],
  },
  { type: 'gmail', actions: ['labels.apply'], add: ['UNREAD'], remove: ['UNREAD'] },
  { type: 'gmail', actions: ['messages.send'], recipients: { domains: ['example.com'] } },
]

beforeAll(async () => {
  front = await startTestFront()
  token = front.mint(WIDEST)
  const auth = new OAuth2Client()
  auth.setCredentials({ access_token: token })
  // per-call rootUrl also moves the upload twins, which the constructor's does not
  client = googleGmail({ version: 'v1', auth, rootUrl: `${front.url}/` })
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

type Method = (params: object, options: object) => Promise<unknown>

/** every method of the installed client, by its full name */
function allMethods(): Map<string, Method> {
  const methods = new Map<string, Method>()
  const walk = (value: object, path: string): void => {
    for (const [name, member] of Object.entries(value)) {
      if (name === 'context' || typeof member !== 'object' || member === null) continue
      const resource = member as object
      const prototype = Object.getPrototypeOf(resource) as object
      for (const method of Object.getOwnPropertyNames(prototype)) {
        if (method === 'constructor') continue
        const call = (prototype as Record<string, Method>)[method]
        if (typeof call === 'function')
          methods.set(`${path}.${name}.${method}`, call.bind(resource))
      }
      walk(resource, `${path}.${name}`)
    }
  }
  walk(client, 'gmail')
  return methods
}

const PARAMS = {
  userId: 'me',
  id: 'm1',
  messageId: 'm1',
  delegateEmail: 'eve@evil.test',
  forwardingEmail: 'eve@evil.test',
  sendAsEmail: 'eve@evil.test',
  cseEmailAddress: 'eve@evil.test',
  keyPairId: 'k1',
  emailAddress: 'eve@evil.test',
}

const listed = new Set(gmailProvider.operations.map((operation) => operation.name))

async function statusOf(call: Promise<unknown>): Promise<{ status: number; reason: string }> {
  try {
    await call
    return { status: 200, reason: '' }
  } catch (error) {
    const { response } = error as {
      response?: { status: number; data: { error: { errors: { reason: string }[] } } }
    }
    if (response === undefined) throw error
    return { status: response.status, reason: response.data.error.errors[0]?.reason ?? '' }
  }
}

test('every method of the stock client that is not in the table is refused without an upstream call', async () => {
  const methods = allMethods()
  expect(methods.size).toBe(79)
  const refused: string[] = []
  for (const [name, call] of methods) {
    if (listed.has(name)) continue
    const body = { raw: 'eA', message: { raw: 'eA' }, ids: ['m1'], addLabelIds: ['INBOX'] }
    const isGet = /\.(get|list)\w*$/.test(name)
    const params = isGet ? PARAMS : { ...PARAMS, requestBody: body }
    const { status, reason } = await statusOf(
      call(params, { rootUrl: `${front.url}/`, retry: false }),
    )
    expect(front.gmail.requests).toEqual([])
    expect({ name, status, reason }).toEqual({ name, status: 403, reason: 'unknownOperation' })
    refused.push(name)
  }
  expect(refused).toHaveLength(79 - listed.size)
})

test('the upload twins of what is not in the table are refused too', async () => {
  for (const path of ['messages', 'messages/import', 'messages/m1/modify']) {
    for (const method of ['POST', 'PUT']) {
      for (const prefix of ['/upload', '/resumable/upload']) {
        const answer = await front.fetch(
          `${prefix}/gmail/v1/users/me/${path}?uploadType=media`,
          token,
          {
            method,
            body: 'From: a@b.example\r\n\r\n',
            headers: { 'content-type': 'message/rfc822' },
          },
        )
        expect(front.gmail.requests).toEqual([])
        expect(answer.status).toBe(403)
      }
    }
  }
})

test('a batch anywhere but at its two addresses is refused whole', async () => {
  const targets = ['/batch/', '/batch/gmail', '/batch/gmail/v2', '/batch/drive/v3', '/Batch']
  for (const path of [...targets, '/upload/batch', '/gmail/v1/batch', '/batch/gmail/v1/']) {
    for (const method of ['POST', 'PUT']) {
      const answer = await front.fetch(path, token, {
        method,
        headers: { 'content-type': 'multipart/mixed; boundary=b' },
        body: '--b\r\nContent-Type: application/http\r\n\r\nGET /gmail/v1/users/me/profile\r\n\r\n--b--',
      })
      expect(front.gmail.requests).toEqual([])
      expect(answer.status).toBe(403)
    }
  }
  for (const method of ['GET', 'PUT', 'DELETE', 'PATCH']) {
    expect((await front.fetch('/batch/gmail/v1', token, { method })).status).toBe(403)
    expect(front.gmail.requests).toEqual([])
  }
})
