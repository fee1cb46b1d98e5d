import { expect, test } from 'vitest'
import { readChanges, readHistoryId } from '../../../../adapters/gmail/listing/changes.ts'
import type { QueryPairs, Reader } from '../../../../adapters/operation.ts'

/** answers in their order, and what was asked */
function scripted(answers: readonly unknown[]): {
  reader: Reader
  asked: (QueryPairs | undefined)[]
} {
  const asked: (QueryPairs | undefined)[] = []
  const read: Reader['read'] = (_path, query) => {
    asked.push(query)
    return Promise.resolve(answers[asked.length - 1])
  }
  return {
    reader: {
      read,
      readOutline: () => Promise.resolve(undefined),
      ask: () => Promise.resolve(undefined),
    },
    asked,
  }
}

const named = (id: string): { id: string; threadId: string } => ({ id, threadId: `t${id}` })

test('changes of every kind are told by all the messages that they name', async () => {
  const history = [
    { id: '11', messages: [named('1')], messagesAdded: [{ message: named('2') }] },
    { id: '12', labelsRemoved: [{ message: named('3'), labelIds: ['INBOX'] }] },
    {
      id: '13',
      messagesDeleted: [{ message: named('4') }],
      labelsAdded: [{ message: named('5') }],
    },
  ]
  const { reader, asked } = scripted([{ history, historyId: '20' }])
  expect(await readChanges(reader, 10n)).toEqual({
    until: 20n,
    changes: [
      { id: 11n, messageIds: ['1', '2'], threadIds: ['t1', 't2'] },
      { id: 12n, messageIds: ['3'], threadIds: ['t3'] },
      { id: 13n, messageIds: ['4', '5'], threadIds: ['t4', 't5'] },
    ],
  })
  expect(asked).toEqual([
    [
      ['startHistoryId', '10'],
      ['maxResults', '500'],
    ],
  ])
})

test('of several pages, only what the first one knew of is sure to be told', async () => {
  const { reader, asked } = scripted([
    { history: [{ id: '11', messages: [named('1')] }], historyId: '20', nextPageToken: 'next' },
    { history: [{ id: '21', messages: [named('2')] }], historyId: '30' },
  ])
  expect(await readChanges(reader, 10n)).toMatchObject({ until: 20n, changes: [{}, {}] })
  expect(asked[1]).toContainEqual(['pageToken', 'next'])
})

test.each([
  ['no object', []],
  ['no id of the mailbox', { history: [] }],
  ['an id that is a number', { historyId: 20 }],
  ['a history that is no list', { history: {}, historyId: '20' }],
  ['a record without an id', { history: [{ messages: [named('1')] }], historyId: '20' }],
  ['a record that names nothing', { history: [{ id: '11' }], historyId: '20' }],
  ['a kind of change that is not told', { history: [{ id: '11', moved: [{}] }], historyId: '20' }],
  ['a kind that is no list', { history: [{ id: '11', labelsAdded: {} }], historyId: '20' }],
  [
    'a message without a thread',
    { history: [{ id: '11', messages: [{ id: '1' }] }], historyId: '20' },
  ],
])('%s is not believed', async (_name, answer) => {
  expect(await readChanges(scripted([answer]).reader, 10n)).toBeUndefined()
})

test('a mailbox whose place is not told has none', async () => {
  expect(await readHistoryId(scripted([{ emailAddress: 'a@b.example' }]).reader)).toBeUndefined()
  expect(await readHistoryId(scripted([{ historyId: '5' }]).reader)).toBe(5n)
})
