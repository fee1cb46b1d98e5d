import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { appendBlock, compileAttenuation, parseNarrowing } from '../../capabilities/index.ts'
import type {
  Expression,
  Fact,
  Predicate,
  Query,
  Term,
  Value,
} from '../../capabilities/token/syntax.ts'
import { stockClient } from '../fakes/gmail-client.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'

let front: TestFront
const followUp = 'Label_77'

beforeAll(async () => {
  front = await startTestFront()
})
beforeEach(() => {
  front.gmail.reset()
  front.gmail.mailbox.addLabel('Follow up', { id: followUp })
})
afterAll(() => front.close())

const CUSTOMER = { domains: ['riverside-cafe.example'] }
const READING = { type: 'gmail', actions: ['messages.read'], from: CUSTOMER }
const LABELLING = { type: 'gmail', actions: ['labels.apply'] }
const READABLE = SEED.supportThread.id
const HIDDEN = SEED.hidden.id

function users(details: readonly unknown[]): ReturnType<typeof stockClient>['users'] {
  return stockClient(front, front.mint(details)).users
}

function granted(add: readonly string[], remove: readonly string[] = []): readonly unknown[] {
  return [READING, { ...LABELLING, add, remove }]
}

function changes(): unknown[] {
  return front.gmail.requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, target, body }) => ({
      call: `${method} ${target.replace('/gmail/v1/users/me/', '')}`,
      ...(JSON.parse(body.toString('utf8')) as object),
    }))
}

function labelsOf(id: string): ReadonlySet<string> {
  return front.gmail.mailbox.requireMessage(id).labelIds
}

const missing = { status: 404 }
const denied = { status: 403 }

describe('an agent that may label', () => {
  test('puts a granted label, named by its name, on a message that it may read', async () => {
    const { messages } = users(granted(['Follow up'], ['UNREAD']))
    const requestBody = { addLabelIds: [followUp], removeLabelIds: ['UNREAD'] }
    const { data } = await messages.modify({ userId: 'me', id: READABLE, requestBody })
    expect(labelsOf(READABLE).has(followUp)).toBe(true)
    expect(data.labelIds).toEqual([...labelsOf(READABLE)])
    expect(changes()).toEqual([
      { call: 'POST messages/batchModify', ids: [READABLE], ...requestBody },
    ])
  })

  test('labels many at once, and is told as Gmail tells', async () => {
    const { messages } = users(granted(['Follow up']))
    const ids = [READABLE, SEED.supportLast.id]
    const requestBody = { ids, addLabelIds: [followUp] }
    const answer = await messages.batchModify({ userId: 'me', requestBody })
    expect(answer.status).toBe(204)
    for (const id of ids) expect(labelsOf(id).has(followUp)).toBe(true)
  })

  test.each(['INBOX', 'TRASH', 'SPAM', 'STARRED', 'Label_none'])(
    'does not add %s, which nobody granted',
    async (label) => {
      const { messages } = users(granted(['Follow up']))
      const requestBody = { addLabelIds: [followUp, label] }
      const changing = messages.modify({ userId: 'me', id: READABLE, requestBody })
      await expect(changing).rejects.toMatchObject(denied)
      expect(changes()).toEqual([])
    },
  )

  test('does not remove what it may only add', async () => {
    const { messages } = users(granted(['Follow up']))
    const requestBody = { removeLabelIds: [followUp] }
    const changing = messages.modify({ userId: 'me', id: READABLE, requestBody })
    await expect(changing).rejects.toMatchObject(denied)
    expect(changes()).toEqual([])
  })
})

describe('hidden mail', () => {
  test('cannot be labelled, and is missing like what does not exist', async () => {
    const { messages } = users(granted(['Follow up']))
    const requestBody = { addLabelIds: [followUp] }
    const answers = await Promise.all(
      [HIDDEN, 'ffffffffffff0000'].map((id) =>
        messages.modify({ userId: 'me', id, requestBody }).catch((error: unknown) => error),
      ),
    )
    expect(changes()).toEqual([])
    const [hidden, unknown] = answers.map((error) => {
      const { status, data } = (error as { response: { status: number; data: unknown } }).response
      return { status, data: JSON.stringify(data).replace(/d_[0-9a-f-]{36}/g, 'd_x') }
    })
    expect(hidden).toEqual(unknown)
    expect(hidden?.status).toBe(404)
  })

  test('one hidden message among 199 readable ones: nothing is changed', async () => {
    const { mailbox } = front.gmail
    const { raw } = mailbox.requireMessage(READABLE)
    const ids = Array.from(
      { length: 199 },
      () => mailbox.addMessage({ raw, labelIds: ['INBOX'], internalDate: Date.now() }).id,
    )
    const { messages } = users(granted(['Follow up']))
    const requestBody = { ids: [...ids, HIDDEN], addLabelIds: [followUp] }
    const changing = messages.batchModify({ userId: 'me', requestBody })
    await expect(changing).rejects.toMatchObject(missing)
    expect(changes()).toEqual([])
    await messages.batchModify({ userId: 'me', requestBody: { ids, addLabelIds: [followUp] } })
    expect(changes()).toHaveLength(1)
  })

  test('one that may be read and not be labelled, among others that may: nothing is changed', async () => {
    const { messages } = users([
      { ...READING, from: undefined },
      { ...LABELLING, add: ['Follow up'], from: CUSTOMER },
    ])
    for (const ids of [
      [READABLE, HIDDEN],
      [HIDDEN, READABLE],
    ]) {
      const requestBody = { ids, addLabelIds: [followUp] }
      const changing = messages.batchModify({ userId: 'me', requestBody })
      await expect(changing).rejects.toMatchObject(denied)
    }
    expect(changes()).toEqual([])
  })

  test('each of many is decided by the second reader too', async () => {
    const { messages } = users(granted(['Follow up']))
    const before = front.secondOpinion.authorized
    const requestBody = { ids: [READABLE, SEED.supportLast.id], addLabelIds: [followUp] }
    await messages.batchModify({ userId: 'me', requestBody })
    expect(front.secondOpinion.authorized - before).toBe(2)
  })

  test('in a mixed thread stays as it is', async () => {
    const { customer, supplier, internal } = SEED.mixedThread
    const from = { addresses: [addressOf(customer.id)] }
    const { threads } = users([
      { ...READING, from },
      { ...LABELLING, add: ['Follow up'] },
    ])
    const requestBody = { addLabelIds: [followUp] }
    const { data } = await threads.modify({ userId: 'me', id: SEED.mixedThread.id, requestBody })
    expect(data.messages?.map(({ id }) => id)).toContain(customer.id)
    expect(labelsOf(customer.id).has(followUp)).toBe(true)
    for (const { id } of [supplier, internal]) expect(labelsOf(id).has(followUp)).toBe(false)
    expect(JSON.stringify(data)).not.toContain(supplier.id)
  })

  test('a message that comes into the thread meanwhile is not labelled with the others', async () => {
    const { threads } = users(granted(['Follow up']))
    const { raw } = front.gmail.mailbox.requireMessage(READABLE)
    let late = ''
    front.gmail.onRequest = ({ method }) => {
      if (method !== 'POST') return
      front.gmail.onRequest = undefined
      const threadId = READABLE
      late = front.gmail.mailbox.addMessage({ raw, threadId, labelIds: ['INBOX'] }).id
    }
    const requestBody = { addLabelIds: [followUp] }
    await threads.modify({ userId: 'me', id: READABLE, requestBody })
    expect(labelsOf(READABLE).has(followUp)).toBe(true)
    expect(labelsOf(late).has(followUp)).toBe(false)
  })
})

describe('label it, then read it', () => {
  const supportByName = { type: 'gmail', actions: ['messages.read'], labels: ['Support'] }
  const support = SEED.labels.support

  test('a grant that filters by a label and changes it is not made', () => {
    const both = [supportByName, { ...LABELLING, add: ['Support'] }]
    expect(() => front.mint(both)).toThrow('decides what may be read')
  })

  test('named by its id on one side and by its name on the other: the front refuses the change', async () => {
    const { messages } = users([READING, supportByName, { ...LABELLING, add: [support] }])
    const requestBody = { addLabelIds: [support] }
    const changing = messages.modify({ userId: 'me', id: READABLE, requestBody })
    await expect(changing).rejects.toMatchObject(denied)
    expect(changes()).toEqual([])
    expect(front.ports.record.last.entry.reason).toBe('filter_label')
  })

  test('a filter that a later block added is one too', async () => {
    const token = front.mint([READING, { ...LABELLING, add: ['Follow up'] }])
    const narrowed = appendBlock(
      token,
      compileAttenuation(
        parseNarrowing([
          { type: 'gmail', actions: ['messages.read'], labels: ['Follow up'] },
          LABELLING,
        ]),
      ),
    ).token
    front.gmail.mailbox.changeLabels(front.gmail.mailbox.requireMessage(READABLE), {
      add: [followUp],
    })
    const { messages } = stockClient(front, narrowed).users
    await messages.get({ userId: 'me', id: READABLE })
    const requestBody = { addLabelIds: [followUp] }
    const changing = messages.modify({ userId: 'me', id: READABLE, requestBody })
    await expect(changing).rejects.toMatchObject(denied)
    expect(changes()).toEqual([])
  })
})

describe('a filter in words of its writer', () => {
  const text = (value: string): Value => ({ type: 'string', value })
  const textSet = (value: string): Value => ({ type: 'set', value: [{ type: 'string', value }] })
  const variable = (name: string): Term => ({ type: 'variable', name })
  const on = (operation: string): Predicate => ({ name: 'op', terms: [text(operation)] })
  const held: Predicate = { name: 'message_labels', terms: [variable('labels')] }
  const holds = (term: Term): Expression => [
    { type: 'term', term: variable('labels') },
    { type: 'term', term },
    { type: 'binary', operator: 'contains' },
  ]
  const shown: Predicate = { name: 'content', terms: [text('metadata')] }
  const wanted: Predicate = { name: 'wanted', terms: [variable('label')] }
  const exact: Predicate = { name: 'message_labels', terms: [textSet(followUp)] }
  const filters: Record<string, { filter: Query; facts?: readonly Fact[] }> = {
    'one label': { filter: { predicates: [held], expressions: [holds(text(followUp))] } },
    'one label, by its name': {
      filter: { predicates: [held], expressions: [holds(text('Follow up'))] },
    },
    'a fact of the block': {
      filter: { predicates: [held, wanted], expressions: [holds(variable('label'))] },
      facts: [{ name: 'wanted', terms: [text(followUp)] }],
    },
    'all its labels': { filter: { predicates: [exact], expressions: [] } },
  }

  test.each(Object.keys(filters))('%s: what it looks for is not changed', async (which) => {
    const { filter, facts = [] } = filters[which] ?? {}
    if (filter === undefined) throw new Error('no such filter')
    const reading = on('gmail.messages.read')
    const queries = [
      { predicates: [reading, shown], expressions: [] },
      { ...filter, predicates: [reading, ...filter.predicates] },
      { predicates: [on('gmail.labels.apply')], expressions: [] },
    ]
    const token = front.mint(granted([followUp]))
    const narrowed = appendBlock(token, { facts, checks: [{ queries }] }).token
    const { messages } = stockClient(front, narrowed).users
    const { data } = await messages.get({ userId: 'me', id: READABLE })
    expect(data.payload?.parts ?? data.payload?.body).toBeUndefined()
    const requestBody = { addLabelIds: [followUp] }
    const changing = messages.modify({ userId: 'me', id: READABLE, requestBody })
    await expect(changing).rejects.toMatchObject(denied)
    expect(changes()).toEqual([])
  })
})

describe('what is no change of labels', () => {
  const bodies: Record<string, unknown> = {
    'a field of another method': { addLabelIds: ['x'], ids: [HIDDEN] },
    'no label': {},
    'a label that is no id': { addLabelIds: ['a b'] },
    'a list that is none': { addLabelIds: 'STARRED' },
    'one label twice over': { addLabelIds: ['STARRED'], removeLabelIds: ['STARRED'] },
    'too many': { addLabelIds: Array.from({ length: 101 }, (_, index) => `L${index}`) },
  }

  test.each(Object.keys(bodies))('%s', async (what) => {
    const answer = await front.fetch(
      `/gmail/v1/users/me/messages/${READABLE}/modify`,
      front.mint(granted(['Follow up'])),
      {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(bodies[what]),
      },
    )
    expect(front.gmail.requests).toEqual([])
    expect(answer.status).toBe(400)
  })
})

function addressOf(id: string): string {
  const head = front.gmail.mailbox.requireMessage(id).raw.toString('latin1')
  return /^From:.*<([^>]+)>/im.exec(head)?.[1] ?? ''
}
