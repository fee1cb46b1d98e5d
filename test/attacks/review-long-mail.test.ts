import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { toFacts, type Block, type GmailAction } from '../../capabilities/index.ts'
import { compileGrant } from '../../capabilities/compile.ts'
import { parseCapabilities } from '../../capabilities/parse.ts'
import { ALICE, NOW, ORDER, seedOrderThreads } from '../fixtures/mail/order-threads.ts'
import { startTestFront, type TestFront } from '../support/front.ts'

const SEND = '/gmail/v1/users/me/messages/send'
const CARD = 'Please charge 4111 1111 1111 1111'

let front: TestFront
let token: string

const WORDS_RULED = [
  {
    type: 'gmail',
    actions: ['messages.reply'],
    attachments: 'any',
    body: { refuse: ['payment_card', 'project'] },
  },
]

beforeAll(async () => {
  front = await startTestFront({
    gmail: { seed: seedOrderThreads, now: () => NOW },
    now: () => NOW,
  })
  token = front.mint(WORDS_RULED)
})
beforeEach(() => front.gmail.reset())
afterAll(() => front.close())

function post(body: string): Promise<Response> {
  const headers = { 'content-type': 'application/json' }
  return front.fetch(SEND, token, { method: 'POST', headers, body })
}

function sendFile(content: Buffer): Promise<Response> {
  const mail = [
    `To: ${ALICE}`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'See the file.',
    '--b',
    'Content-Type: application/octet-stream',
    'Content-Disposition: attachment; filename=notes.txt',
    'Content-Transfer-Encoding: base64',
    '',
    content.toString('base64').replace(/.{76}/g, '$&\r\n'),
    '--b--',
    '',
  ].join('\r\n')
  return post(JSON.stringify({ threadId: ORDER, raw: Buffer.from(mail).toString('base64url') }))
}

describe('a text that hides from the search of what may not be sent', () => {
  test.each([
    ['behind one NUL', Buffer.from(`${CARD}\0`)],
    ['in UTF-16, big-endian', Buffer.from(`\ufeff${CARD}`, 'utf16le').swap16()],
    ['in UTF-16 without its mark', Buffer.from(CARD, 'utf16le')],
    [
      'in Latin-1 with a control',
      Buffer.from(`Caf\u00e9 \u0001, ${CARD}, merci beaucoup`, 'latin1'),
    ],
  ])('%s is found', async (_how, content) => {
    const answer = await sendFile(content)
    expect(answer.status).toBe(403)
    expect(await answer.text()).toContain('payment card numbers')
    expect(front.gmail.sent).toEqual([])
  })

  test('is refused when it is too long to be searched, and a short one passes', async () => {
    const long = await sendFile(Buffer.from('lorem ipsum '.repeat(100_000)))
    expect(long.status).toBe(403)
    expect(await long.text()).toContain('more text than can be searched')
    expect((await sendFile(Buffer.from('lorem ipsum'))).status).toBe(200)
  })

  test('is searched once, whatever number of messages it could answer', () => {
    const capabilities = parseCapabilities(WORDS_RULED)
    const content = { grantId: 'g', clientId: 'c', audience: 'https://gmail.test', expiresAt: NOW }
    const blocks: readonly Block[] = [compileGrant({ ...content, capabilities })]
    let reads = 0
    const texts = new Proxy([CARD], {
      get(target, name, receiver) {
        if (name === '0') reads++
        return Reflect.get(target, name, receiver) as unknown
      },
    })
    const action: GmailAction = {
      operation: 'gmail.messages.send',
      mail: { recipients: [], attachmentOrigins: [], html: 'none', linkOrigins: [], texts },
    }
    const decide = (): unknown => toFacts(action, { now: NOW, audience: 'a' }, blocks)
    const first = decide()
    const once = reads
    expect(decide()).toEqual(first)
    // its length is looked at again
    expect(reads - once).toBeLessThanOrEqual(1)
  })
})

describe('a body of millions of small values', () => {
  test.each([
    ['names', `{${Array.from({ length: 3000 }, (_, index) => `"${index}":0`).join(',')}}`],
    ['objects', `{"raw":[${'{},'.repeat(6000)}{}]}`],
    ['numbers', `{"raw":[${'0,'.repeat(6000)}0]}`],
    ['a text that never ends', `{"raw":"${'\\"'.repeat(6000)}`],
  ])('is refused before it is made: %s', async (_what, body) => {
    const answer = await post(body)
    expect(answer.status).toBe(400)
    expect(front.gmail.requests).toEqual([])
  })

  test('says what is wrong', async () => {
    const answer = await post(`[${'0,'.repeat(6000)}0]`)
    expect(await answer.text()).toContain('too many values')
  })
})
