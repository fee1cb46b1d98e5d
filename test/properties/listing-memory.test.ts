import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StoredMessage } from '../fakes/gmail/index.ts'
import type { Mailbox } from '../fakes/gmail/mailbox.ts'
import { addMail, FRIEND, seedLongMailbox } from '../fixtures/mail/long-mailbox.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { MemoryConnection } from '../support/memory-ports.ts'
import { expectReached, runs } from './runs.ts'

/**
 * A listing that remembers against one that fetches: the mailbox changes between listings and before any upstream call of
 * them. What is shown must be readable at the moment that its decision was made for, and what is readable throughout is shown.
 */
const OWN_LABEL = 'Label_77'
const LABELS = ['INBOX', 'STARRED', 'TRASH', 'DRAFT', OWN_LABEL]
const MESSAGES = 12

type Change =
  | { readonly kind: 'add' | 'remove'; readonly pick: number; readonly label: string }
  | { readonly kind: 'delete' | 'new' | 'reply'; readonly pick: number }
  | { readonly kind: 'drop label' | 'forget history' }

const pick = fc.nat(40)
const change: fc.Arbitrary<Change> = fc.oneof(
  { weight: 8, arbitrary: labelChange('add') },
  { weight: 8, arbitrary: labelChange('remove') },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constantFrom('delete', 'new', 'reply'), pick }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom('drop label', 'forget history') }),
  },
)

function labelChange<Kind extends 'add' | 'remove'>(
  kind: Kind,
): fc.Arbitrary<{ kind: Kind; pick: number; label: string }> {
  return fc.record({ kind: fc.constant(kind), pick, label: fc.constantFrom(...LABELS) })
}

interface Grant {
  readonly details: readonly unknown[]
  shows(message: Seen): boolean
}

const read = { type: 'gmail', actions: ['messages.read'] }
const GRANTS: readonly Grant[] = [
  { details: [read], shows: () => true },
  {
    details: [{ ...read, labels: ['INBOX'], from: { addresses: [FRIEND] } }],
    shows: ({ labels, isFriend }) => labels.has('INBOX') && isFriend,
  },
  { details: [{ ...read, labels: [OWN_LABEL] }], shows: ({ labels }) => labels.has(OWN_LABEL) },
  {
    details: [{ ...read, has_attachment: true, labels: ['INBOX'] }],
    shows: ({ labels, isAttached }) => labels.has('INBOX') && isAttached,
  },
  {
    details: [
      { ...read, labels: ['STARRED'] },
      { ...read, labels: ['INBOX'] },
    ],
    shows: ({ labels }) => labels.has('STARRED') || labels.has('INBOX'),
  },
]

const step = fc.record({
  grant: fc.nat(GRANTS.length - 1),
  collection: fc.constantFrom('messages', 'threads'),
  /** listings at the same time */
  together: fc.constantFrom(1, 1, 1, 2, 3),
  seconds: fc.constantFrom(0, 1, 130),
  before: fc.array(change, { maxLength: 3 }),
  during: fc.array(fc.record({ call: fc.nat(8), change }), { maxLength: 3 }),
})

interface Seen {
  readonly threadId: string
  readonly labels: ReadonlySet<string>
  readonly isFriend: boolean
  readonly isAttached: boolean
}

/** the mailbox as one upstream call saw it */
interface Moment {
  readonly route: string
  readonly target: string
  readonly messages: ReadonlyMap<string, Seen>
}

let now = Date.UTC(2026, 10, 20, 9)
let connections = 0
let front: TestFront

beforeAll(async () => {
  front = await startTestFront({
    gmail: { seed: seedLongMailbox(MESSAGES), now: () => now },
    now: () => now,
    connection: (gmail) => {
      const connection = new MemoryConnection(gmail.account, [gmail.accessToken])
      return Object.defineProperty(connection, 'id', { get: () => `c_${connections}` })
    },
  })
})
afterAll(() => front.close())

function apply(mailbox: Mailbox, change: Change): void {
  switch (change.kind) {
    case 'forget history':
      return mailbox.forgetHistory()
    case 'drop label':
      // as Gmail's labels.delete: not a word in the history
      mailbox.labels.delete(OWN_LABEL)
      for (const message of mailbox.messages.values()) message.labelIds.delete(OWN_LABEL)
      return
    case 'new':
    case 'reply': {
      const { threadId } = pickMessage(mailbox, change.pick) ?? {}
      const mail = { from: FRIEND, labelIds: ['INBOX'], attached: change.pick % 2 === 0 }
      const isReply = change.kind === 'reply' && threadId !== undefined
      addMail(mailbox, { ...mail, ...(isReply && { threadId }) }, now)
      return
    }
    case 'delete': {
      const message = pickMessage(mailbox, change.pick)
      if (message) mailbox.deleteMessage(message)
      return
    }
    case 'add':
    case 'remove': {
      const message = pickMessage(mailbox, change.pick)
      if (message && mailbox.labels.has(change.label))
        mailbox.changeLabels(message, { [change.kind]: [change.label] })
    }
  }
}

function pickMessage(mailbox: Mailbox, pick: number): StoredMessage | undefined {
  const messages = [...mailbox.messages.values()]
  return messages[pick % messages.length]
}

function see({ threadId, labelIds, raw }: StoredMessage): Seen {
  const text = raw.toString('latin1')
  return {
    threadId,
    labels: new Set(labelIds),
    isFriend: text.includes(`<${FRIEND}>`),
    isAttached: text.includes('filename'),
  }
}

function look(mailbox: Mailbox): Moment['messages'] {
  return new Map([...mailbox.messages].map(([id, message]) => [id, see(message)]))
}

function isReadable(message: Seen | undefined, grant: Grant): boolean {
  const hidden = ['SPAM', 'TRASH', 'DRAFT'].some((label) => message?.labels.has(label))
  return message !== undefined && !hidden && grant.shows(message)
}

async function list(collection: string, grant: Grant): Promise<string[]> {
  const token = front.mint(grant.details)
  const answer = await front.fetch(`/gmail/v1/users/me/${collection}`, token)
  expect(answer.status).toBe(200)
  const body = (await answer.json()) as Record<string, { id: string }[]>
  return (body[collection] ?? []).map(({ id }) => id)
}

const LISTING = /^(?:messages|threads)\.list$/
const CONFIRMING = /^(?:history\.list|getProfile|labels\.list)$/

/** when a listing that was alone decided on a message: when it fetched it, else when it looked at the history after the list */
function decidedAt(all: readonly Moment[], id: string, threadId: string | undefined): Moment[] {
  const moments = all.slice(all.findLastIndex(({ route }) => LISTING.test(route)) + 1)
  const fetched = moments.findLast(
    ({ route, target }) =>
      (route === 'messages.get' && target.includes(`/messages/${id}?`)) ||
      (route === 'threads.get' && target.includes(`/threads/${threadId}?`)),
  )
  return fetched ? [fetched] : moments.filter(({ route }) => CONFIRMING.test(route))
}

test('a listing shows what is readable when it is decided, whatever earlier ones have seen', async () => {
  const reached = { shown: 0, 'shown from memory': 0, hidden: 0, 'listed together': 0 }
  const run = async (steps: readonly Step[]): Promise<void> => {
    connections++
    front.gmail.reset()
    front.gmail.mailbox.addLabel('Own', { id: OWN_LABEL })
    for (const { grant: index, collection, together, seconds, before, during } of steps) {
      now += seconds * 1000
      for (const each of before) apply(front.gmail.mailbox, each)
      const grant = GRANTS[index] as Grant
      const moments: Moment[] = []
      front.gmail.onRequest = ({ route = '', target }) => {
        for (const { call, change: each } of during)
          if (call === moments.length) apply(front.gmail.mailbox, each)
        moments.push({ route, target, messages: look(front.gmail.mailbox) })
      }
      const answers = await Promise.all(
        Array.from({ length: together }, () => list(collection, grant)),
      )
      for (const ids of answers) {
        const shown = new Set(ids)
        const isShown = (id: string, { threadId }: Seen): boolean =>
          shown.has(collection === 'messages' ? id : threadId)
        const readableAt = (ids: Iterable<string>, at: readonly Moment[]): boolean =>
          [...ids].some((id) => at.some(({ messages }) => isReadable(messages.get(id), grant)))
        for (const id of shown) {
          const members = moments.flatMap(({ messages }) =>
            [...messages].filter(([each, { threadId }]) => each === id || threadId === id),
          )
          const candidates =
            collection === 'messages' ? [id] : new Set(members.map(([each]) => each))
          const at =
            together > 1 ? moments : [...candidates].flatMap((each) => decidedAt(moments, each, id))
          expect(readableAt(candidates, at), `${id} is shown and was not readable`).toBe(true)
          reached.shown++
          if (at.every(({ route }) => CONFIRMING.test(route))) reached['shown from memory']++
          if (together > 1) reached['listed together']++
        }
        for (const [id, seen] of moments[0]?.messages ?? []) {
          if (!moments.every(({ messages }) => isReadable(messages.get(id), grant))) {
            reached.hidden++
            continue
          }
          expect(isShown(id, seen), `${id} was readable all the time and is not shown`).toBe(true)
        }
      }
    }
  }
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 2, maxLength: 6 }), run), runs(50))
  expectReached(reached)
}, 60_000)

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never
