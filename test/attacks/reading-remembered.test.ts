import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { SEED } from '../fakes/gmail/index.ts'
import { READ_ALL, startTestFront, type TestFront } from '../support/front.ts'

/** what a listing has seen is remembered for the mailbox, whoever lists it: that widens nobody's sight */
const FILTERED = [
  { type: 'gmail', actions: ['messages.read'], from: { domains: ['riverside-cafe.example'] } },
]

let front: TestFront
let all: string
let filtered: string

beforeAll(async () => {
  front = await startTestFront()
  all = front.mint(READ_ALL, { grantId: 'g_all' })
  filtered = front.mint(FILTERED)
})
afterAll(() => front.close())
beforeEach(() => front.gmail.reset())

async function list(bearer: string, collection = 'messages'): Promise<string> {
  const answer = await front.fetch(`/gmail/v1/users/me/${collection}`, bearer)
  expect(answer.status).toBe(200)
  return answer.text()
}

test.each(['messages', 'threads'])(
  'a narrow grant sees the same %s after a wide one has listed as before',
  async (collection) => {
    const before = await list(filtered, collection)
    await list(all, collection)
    const asked = front.gmail.requests.length
    expect(await list(filtered, collection)).toBe(before)
    // from memory, indeed
    expect(front.gmail.requests.slice(asked).map(({ route }) => route)).toEqual([
      `${collection}.list`,
      'history.list',
    ])
  },
)

test.each(['TRASH', 'SPAM', 'DRAFT'])(
  'a message that becomes %s after Gmail has listed it is in no listing',
  async (label) => {
    const { id } = SEED.supportThread
    expect(await list(filtered)).toContain(`"id":"${id}"`)
    front.gmail.onRequest = ({ route }) => {
      if (route !== 'history.list') return
      front.gmail.mailbox.changeLabels(front.gmail.mailbox.requireMessage(id), { add: [label] })
    }
    expect(await list(filtered)).not.toContain(`"id":"${id}"`)
    expect(await list(all)).not.toContain(`"id":"${id}"`)
  },
)

test('a label that lets a grant read is believed no longer than it is there', async () => {
  const labelled = front.mint([
    { type: 'gmail', actions: ['messages.read'], labels: [SEED.labels.orders] },
  ])
  const message = front.gmail.mailbox.requireMessage(SEED.hidden.id)
  expect(await list(labelled)).not.toContain(message.id)
  front.gmail.mailbox.changeLabels(message, { add: [SEED.labels.orders] })
  expect(await list(labelled)).toContain(message.id)
  front.gmail.mailbox.changeLabels(message, { remove: [SEED.labels.orders] })
  expect(await list(labelled)).not.toContain(message.id)
})
