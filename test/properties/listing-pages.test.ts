import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { stockClient } from '../fakes/gmail-client.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { pageTokenOf } from '../support/unfinished-list.ts'

/**
 * What a client that follows pages comes to see, over random mailboxes: never an empty page with a next one, and in the end what
 * the token shows, all of it, once and in Gmail's order.
 */

let front: TestFront
let account = ''

beforeAll(async () => {
  front = await startTestFront({ gmail: { seed: 'empty' } })
  account = front.gmail.account
})
afterAll(() => front.close())

const ALICE = 'alice@riverside-cafe.example'
const BANK = 'bank@first-harbour.example'
const READ = { type: 'gmail', actions: ['messages.read'] }
const HISTORY = { type: 'gmail', actions: ['history.read'] }

interface Mail {
  readonly from: string
  readonly subject: string
  readonly isSpam: boolean
}

interface Filter {
  readonly details: readonly unknown[]
  shows(mail: Mail): boolean
}

/** the first can be said in Gmail's words, the others cannot */
const FILTERS: readonly Filter[] = [
  {
    details: [{ ...READ, from: { addresses: [ALICE] } }],
    shows: ({ from }) => from === ALICE,
  },
  {
    details: [{ ...READ, subject_contains: 'order #4' }],
    shows: ({ subject }) => subject.includes('order #4'),
  },
  {
    details: [
      { ...READ, from: { addresses: [ALICE] } },
      { ...READ, subject_contains: 'order #4' },
    ],
    shows: ({ from, subject }) => from === ALICE || subject.includes('order #4'),
  },
]

/** runs of equal mail: long ones of hidden mail are what a page ends in */
const mailbox = fc
  .array(
    fc.record({
      count: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 60 })),
      mail: fc.record({
        from: fc.constantFrom(ALICE, BANK, BANK, BANK),
        subject: fc.constantFrom('order #4', 'news', 'news', 'news'),
        isSpam: fc.integer({ min: 0, max: 5 }).map((value) => value === 0),
      }),
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((runs) => runs.flatMap(({ count, mail }) => Array.from({ length: count }, () => mail)))

interface Page {
  readonly ids: readonly string[]
  readonly estimate: number | null | undefined
  readonly next: string | undefined
}

async function follow(list: (pageToken: string | undefined) => Promise<Page>): Promise<string[]> {
  const seen: string[] = []
  let pageToken: string | undefined
  do {
    const page = await list(pageToken).catch((error: unknown) => pageTokenOf(error))
    if (typeof page === 'string') {
      pageToken = page
      continue
    }
    if (page.next !== undefined) expect(page.ids).not.toEqual([])
    if (page.estimate !== undefined) expect(page.estimate).toBe(page.ids.length)
    seen.push(...page.ids)
    pageToken = page.next
  } while (pageToken !== undefined)
  return seen
}

function idsOf(rows: readonly { id?: string | null }[] | undefined): string[] {
  return (rows ?? []).map(({ id }) => id ?? '')
}

test('a listing that is followed to its end gives what the token shows, and no page of nothing on the way', async () => {
  await fc.assert(
    fc.asyncProperty(
      mailbox,
      fc.constantFrom(...FILTERS),
      fc.constantFrom(1, 2, 7, 100),
      // a search tells of a next page only where there is something on it
      fc.constantFrom<{ labelIds?: string[] }[]>({}, { labelIds: ['INBOX'] }),
      async (mails, filter, maxResults, search) => {
        front.gmail.reset()
        const startHistoryId = String(front.gmail.mailbox.historyId)
        const stored = mails.map((mail, index) => {
          const { id, threadId } = front.gmail.mailbox.addMessage({
            raw: `From: ${mail.from}\r\nTo: ${account}\r\nSubject: ${mail.subject}\r\n\r\nmail ${index}\r\n`,
            labelIds: [mail.isSpam ? 'SPAM' : 'INBOX'],
          })
          return { id, threadId, isShown: !mail.isSpam && filter.shows(mail) }
        })
        const shown = stored.filter(({ isShown }) => isShown)
        const order = new Map(
          front.gmail.mailbox.newestFirst().map(({ id }, place) => [id, place] as const),
        )
        const newestFirst = shown.toSorted(
          (one, other) => (order.get(one.id) ?? 0) - (order.get(other.id) ?? 0),
        )
        const { users } = stockClient(front, front.mint([...filter.details, HISTORY]))
        const messages = await follow(async (pageToken) => {
          const query = { userId: 'me', maxResults, ...search, ...(pageToken && { pageToken }) }
          const { data } = await users.messages.list(query)
          return {
            ids: idsOf(data.messages),
            estimate: data.resultSizeEstimate,
            next: data.nextPageToken ?? undefined,
          }
        })
        expect(messages).toEqual(newestFirst.map(({ id }) => id))
        const threads = await follow(async (pageToken) => {
          const query = { userId: 'me', maxResults, ...search, ...(pageToken && { pageToken }) }
          const { data } = await users.threads.list(query)
          return {
            ids: idsOf(data.threads),
            estimate: data.resultSizeEstimate,
            next: data.nextPageToken ?? undefined,
          }
        })
        expect(threads).toEqual([...new Set(newestFirst.map(({ threadId }) => threadId))])
        const added = await follow(async (pageToken) => {
          const query = {
            userId: 'me',
            startHistoryId,
            maxResults,
            ...(pageToken && { pageToken }),
          }
          const { data } = await users.history.list(query)
          expect(data.historyId).toBe(String(front.gmail.mailbox.historyId))
          return {
            ids: (data.history ?? []).flatMap(({ messagesAdded }) =>
              idsOf(messagesAdded?.map(({ message }) => message ?? {})),
            ),
            estimate: undefined,
            next: data.nextPageToken ?? undefined,
          }
        })
        expect(added).toEqual(shown.map(({ id }) => id))
      },
    ),
    { numRuns: 25 },
  )
}, 120_000)

test('a mailbox of which nearly all is hidden: an error with a place to go on, for messages and threads', async () => {
  front.gmail.reset()
  const deliver = (subject: string): string =>
    front.gmail.mailbox.addMessage({
      raw: `From: ${BANK}\r\nTo: ${account}\r\nSubject: ${subject}\r\n\r\nmail\r\n`,
      labelIds: ['INBOX'],
    }).id
  const oldest = deliver('order #4')
  for (let sent = 0; sent < 2_300; sent++) deliver('news')
  const { users } = stockClient(front, front.mint([{ ...READ, subject_contains: 'order #4' }]))
  for (const list of [
    (query: object) => users.messages.list({ userId: 'me', ...query }),
    (query: object) => users.threads.list({ userId: 'me', ...query }),
  ]) {
    const from = front.gmail.requests.length
    const failure: unknown = await list({ maxResults: 5 }).then(
      () => undefined,
      (error: unknown) => error,
    )
    expect(front.gmail.requests.length - from).toBeLessThan(2_200)
    expect(JSON.stringify(failure)).not.toContain(oldest)
    const { data } = await list({ maxResults: 5, pageToken: pageTokenOf(failure) })
    expect(data.nextPageToken ?? undefined).toBeUndefined()
    const rows = 'messages' in data ? data.messages : 'threads' in data ? data.threads : []
    expect(rows).toHaveLength(1)
  }
}, 60_000)
