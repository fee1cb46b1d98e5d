import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import {
  appendBlock,
  compileAttenuation,
  parseNarrowing,
  type Block,
} from '../../capabilities/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'

let front: TestFront

beforeEach(async () => {
  front = await startTestFront()
})
afterEach(() => front.close())

const ALICE = 'alice@riverside-cafe.example'
const FROM_ALICE = { type: 'gmail', actions: ['messages.read'], from: { addresses: [ALICE] } }

function deliver(from: string, subject: string, body: string): void {
  front.gmail.mailbox.addMessage({
    raw: `From: ${from}\r\nTo: me@example.org\r\nSubject: ${subject}\r\n\r\n${body}\r\n`,
  })
}

async function ask(
  method: string,
  parameters: Record<string, string>,
  token: string,
): Promise<unknown> {
  const query = new URLSearchParams(parameters).toString()
  const answer = await front.fetch(`/gmail/v1/users/me/${method}?${query}`, token)
  const body = (await answer.json()) as Record<string, unknown>
  const { nextPageToken, messages, threads, resultSizeEstimate } = body
  return {
    status: answer.status,
    more: nextPageToken !== undefined,
    rows: messages ?? threads,
    resultSizeEstimate,
  }
}

function upstreamLists(): URLSearchParams[] {
  return front.gmail.requests
    .filter(({ route }) => route === 'messages.list' || route === 'threads.list')
    .map(({ target }) => new URL(target, 'http://gmail').searchParams)
}

describe.each(['messages', 'threads'])(
  '%s.list: a search says nothing of hidden mail',
  (method) => {
    beforeEach(() => {
      for (let sent = 0; sent < 30; sent++) {
        deliver('news@bulk.example', 'bulknews', 'the pin is 4711')
      }
      deliver('bank@bulk.example', 'secret', 'pin is 4711')
    })

    test.each(['4711', 'subject:bulknews 4711', '"pin is 4711"', 'secret'])(
      '`%s` answers as what nothing holds',
      async (q) => {
        const token = front.mint([FROM_ALICE])
        const hit = await ask(method, { q, maxResults: '1' }, token)
        const missed = await ask(
          method,
          { q: q.replace(/\w+(?="?$)/, '4712'), maxResults: '1' },
          token,
        )
        expect(hit).toEqual(missed)
        expect(hit).toMatchObject({ status: 200, more: false, rows: undefined })
      },
    )

    test('the question in braces is refused', async () => {
      const token = front.mint([FROM_ALICE])
      for (const pin of ['4711', '4712']) {
        const q = `{subject:bulknews ${pin}}`
        expect(await ask(method, { q, maxResults: '1' }, token)).toMatchObject({ status: 400 })
      }
      expect(front.gmail.requests).toEqual([])
    })

    test('a full page tells of more only if more may be seen', async () => {
      // Gmail finds the display name as well: narrowing upstream does not leave this one out
      deliver(`"${ALICE}" <eve@evil.example>`, 'spoof', 'zanzibar 1')
      deliver(ALICE, 'newest', 'zanzibar 2')
      const token = front.mint([FROM_ALICE])
      const one = await ask(method, { q: 'zanzibar', maxResults: '1' }, token)
      expect(one).toMatchObject({ status: 200, more: false, resultSizeEstimate: 1 })
      deliver(ALICE, 'second', 'zanzibar 3')
      const two = await ask(method, { q: 'zanzibar', maxResults: '1' }, token)
      expect(two).toMatchObject({ status: 200, more: true, resultSizeEstimate: 1 })
    })

    test('a token without the text is not asked about texts', async () => {
      const token = front.mint([{ ...FROM_ALICE, content: 'metadata' }])
      expect(await ask(method, { q: '4711' }, token)).toMatchObject({ status: 400 })
      expect(upstreamLists()).toEqual([])
      expect(await ask(method, { q: 'subject:bulknews' }, token)).toMatchObject({ status: 200 })
    })

    test('a search by text walks only what one may read in full', async () => {
      const token = front.mint([
        FROM_ALICE,
        { type: 'gmail', actions: ['messages.read'], content: 'metadata' },
      ])
      const q = 'subject:bulknews 4711'
      expect(await ask(method, { q, maxResults: '1' }, token)).toMatchObject({
        status: 200,
        more: false,
      })
    })

    test('what the question cannot say is not searched, and is listed', async () => {
      const read = { type: 'gmail', actions: ['messages.read'] }
      const tokens = [
        front.mint([{ ...read, authenticated: true }]),
        front.mint([{ ...read, threads: ['1900000000000001'] }]),
        front.mint([FROM_ALICE, { ...read, labels: ['INBOX'] }]),
        front.mint([{ ...read, from: { addresses: ['a+b@acme.com'] } }]),
        appendBlock(front.mint([FROM_ALICE]), custom).token,
      ]
      for (const token of tokens) {
        front.gmail.reset()
        expect(await ask(method, { q: '4711' }, token)).toMatchObject({ status: 400 })
        expect(front.gmail.requests).toEqual([])
        expect(await ask(method, {}, token)).toMatchObject({ status: 200 })
      }
    })

    test('every block narrows', async () => {
      const entries = parseNarrowing([
        { type: 'gmail', actions: ['messages.read'], from: { domains: ['bulk.example'] } },
      ])
      const all = front.mint([{ type: 'gmail', actions: ['messages.read'], labels: ['INBOX'] }])
      const { token } = appendBlock(all, compileAttenuation(entries))
      await ask(method, { q: '-zanzibar', labelIds: 'UNREAD' }, token)
      const [question] = upstreamLists()
      expect(question?.get('q')).toBe('-zanzibar from:bulk.example -in:drafts')
      expect(question?.getAll('labelIds').sort()).toEqual(['INBOX', 'UNREAD'])
    })

    test('spam, trash and drafts are not asked for', async () => {
      const token = front.mint([FROM_ALICE])
      for (const labelIds of ['SPAM', 'TRASH', 'DRAFT', 'trash', 'Spam']) {
        expect(await ask(method, { labelIds, q: '4711' }, token)).toMatchObject({
          status: 200,
          more: false,
          rows: undefined,
        })
      }
      // Gmail's own spelling of the trash, for one
      expect(await ask(method, { labelIds: '^k', q: '4711' }, token)).toMatchObject({ status: 400 })
      expect(upstreamLists()).toEqual([])
    })
  },
)

/** a check that the vocabulary does not write */
const custom: Block = {
  facts: [],
  checks: [
    {
      queries: [
        {
          predicates: [{ name: 'message_subject', terms: [{ type: 'string', value: 'x' }] }],
          expressions: [],
        },
        {
          predicates: [{ name: 'op', terms: [{ type: 'string', value: 'gmail.messages.list' }] }],
          expressions: [],
        },
      ],
    },
  ],
}
