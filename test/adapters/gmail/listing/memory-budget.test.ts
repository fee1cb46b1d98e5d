import { expect, test } from 'vitest'
import { MailboxMemory } from '../../../../adapters/gmail/listing/mailbox-memory.ts'
import { MemoryBudget } from '../../../../adapters/gmail/listing/memory-budget.ts'
import { sizeOf, type Row } from '../../../../adapters/gmail/listing/row.ts'
import type { Reader } from '../../../../adapters/operation.ts'

/** a mailbox in which nothing happens */
const quiet: Reader = {
  read: () => Promise.resolve({ historyId: '7' }),
  readOutline: () => Promise.resolve(undefined),
  ask: () => Promise.resolve(undefined),
}

function row(id: string, to: readonly string[] = []): Row {
  const lasting = {
    id,
    threadId: id,
    from: undefined,
    to,
    cc: [],
    subject: '',
    authenticated: false,
  }
  const plain = { id, threadId: id, labelIds: ['INBOX'], internalDate: 0, resource: {} }
  return { ...plain, lasting, hasAttachment: undefined }
}

const ROW = sizeOf(row('00000'))

async function open(budget: MemoryBudget, now = 0): Promise<MailboxMemory> {
  const memory = new MailboxMemory(budget)
  await memory.confirm({ reader: quiet, now, asksLabels: false })
  return memory
}

function fill(memory: MailboxMemory, count: number): void {
  for (let index = 0; index < count; index++)
    memory.keep(row(String(index).padStart(5, '0')), memory.generation)
}

test('mailboxes share what they may take; the one listed longest ago makes room', async () => {
  const budget = new MemoryBudget(10 * ROW)
  const first = await open(budget)
  fill(first, 6)
  expect(budget.bytes).toBe(6 * ROW)
  const second = await open(budget, 1)
  fill(second, 4)
  expect(first.find('00000')).toBeDefined()
  second.keep(row('99999'), second.generation)
  expect(first.find('00000')).toBeUndefined()
  expect(second.find('00000')).toBeDefined()
  expect(budget.bytes).toBe(5 * ROW)
})

test('one mailbox alone does not take more than all may', async () => {
  const budget = new MemoryBudget(10 * ROW)
  const only = await open(budget)
  for (let page = 0; page < 5; page++) {
    fill(only, 25)
    expect(budget.bytes).toBeLessThanOrEqual(10 * ROW)
    await only.confirm({ reader: quiet, now: 0, asksLabels: false })
  }
  only.forget()
  expect(budget.bytes).toBe(0)
})

test('a mailbox that nobody lists for a quarter of an hour is forgotten when another one is listed', async () => {
  const budget = new MemoryBudget(100 * ROW)
  const idle = await open(budget, 0)
  fill(idle, 3)
  await open(budget, 900)
  expect(idle.find('00000')).toBeDefined()
  await open(budget, 901)
  expect(idle.find('00000')).toBeUndefined()
  expect(budget.bytes).toBe(0)
})

test('a mailbox keeps five thousand rows, those that were used last', async () => {
  const budget = new MemoryBudget(1e9)
  const memory = await open(budget)
  fill(memory, 5000)
  expect(memory.find('00000')).toBeDefined()
  memory.keep(row('99999'), memory.generation)
  expect(memory.find('00000')).toBeDefined()
  expect(memory.find('00001')).toBeUndefined()
  expect(memory.bytes).toBe(5000 * ROW)
})

test('a row with very many recipients is not kept', async () => {
  const memory = await open(new MemoryBudget(1e9))
  memory.keep(row('1', Array<string>(500).fill('somebody@somewhere.example')), memory.generation)
  expect(memory.find('1')).toBeUndefined()
  expect(memory.bytes).toBe(0)
})

test('a thread of which one message is gone is not known', async () => {
  const memory = await open(new MemoryBudget(1e9))
  memory.keepThread('t', [row('1'), row('2')], '5', memory.generation)
  expect(memory.findThread('t')?.map(({ id }) => id)).toEqual(['1', '2'])
  fill(memory, 5000)
  expect(memory.findThread('t')).toBeUndefined()
})
