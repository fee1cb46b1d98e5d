import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Budgets, Charge, RecordEntry, Recording } from '../../../adapters/ports.ts'
import { collectExpired } from '../../../server/database/collect.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { createBudgets } from '../../../server/state/budgets.ts'
import { openTestDatabase } from '../../support/database.ts'

let open: OpenDatabase
let budgets: Budgets
let holder: string
let holders = 0
let records = 0

beforeAll(async () => {
  open = await openTestDatabase()
  budgets = createBudgets(open.db)
})
afterAll(async () => open.close())
beforeEach(() => {
  holder = `g_${holders++}`
})

const NOW = Math.floor(Date.now() / 1000)

function charge(change: Partial<Charge> = {}): Charge {
  return {
    holder,
    dimension: 'gmail.messages.send.calls',
    window: 'hour',
    period: '2026-11-24T10',
    max: 2,
    amount: 1,
    periodEnd: NOW + 3600,
    holderEnd: undefined,
    ...change,
  }
}

const people = (...distinct: string[]): Partial<Charge> => ({
  dimension: 'gmail.messages.send.new_recipients',
  amount: { distinct, ever: true },
})

function entry(id = `d_${records++}`): RecordEntry {
  return {
    id,
    provider: 'gmail',
    at: NOW * 1000,
    grantId: holder,
    clientId: 'agent',
    operation: 'gmail.users.messages.send',
    request: {},
    facts: undefined,
    decision: 'allow',
    reason: undefined,
    caveat: undefined,
    explanation: undefined,
    lineage: [],
  }
}

async function begin(charges: readonly Charge[], intent = entry()): Promise<Recording> {
  const begun = await budgets.begin(intent, charges)
  if (!begun.ok) throw new Error('no room')
  return begun.recording
}

async function used(): Promise<number> {
  const rows = await open.db
    .selectFrom('budgets')
    .select(['used'])
    .where('holder', '=', holder)
    .execute()
  return rows.reduce((sum, row) => sum + row.used, 0)
}

async function findRecord(
  id: string,
): Promise<{ outcome: string | null; spent: unknown } | undefined> {
  return open.db
    .selectFrom('records')
    .select(['outcome', 'spent'])
    .where('id', '=', id)
    .executeTakeFirst()
}

const outcome = (word: 'done' | 'failed' | 'unknown') =>
  ({ outcome: word, upstreamStatus: undefined }) as const

describe('an intent and what it takes', () => {
  test('stand together before the call goes on', async () => {
    const intent = entry()
    await begin([charge()], intent)
    expect(await used()).toBe(1)
    const { holder: _, ...counter } = charge()
    expect(await findRecord(intent.id)).toEqual({
      outcome: 'pending',
      spent: [
        {
          holder,
          dimension: counter.dimension,
          window: counter.window,
          period: counter.period,
          amount: 1,
        },
      ],
    })
  })

  test('fall together when one of several budgets has no room', async () => {
    const full = charge({ window: 'day', max: 0 })
    const intent = entry()
    const begun = await budgets.begin(intent, [charge(), full, charge(people('ann'))])
    expect(begun).toEqual({ ok: false, charge: full, used: 0, asked: 1 })
    expect(await used()).toBe(0)
    expect(await findRecord(intent.id)).toBeUndefined()
    const members = open.db.selectFrom('budget_members').select('member')
    expect(await members.where('holder', '=', holder).execute()).toEqual([])
  })

  test('fall together when the record cannot be written', async () => {
    const intent = entry()
    await begin([charge()], intent)
    await expect(budgets.begin(intent, [charge()])).rejects.toThrow()
    expect(await used()).toBe(1)
  })

  test('stay when the process never comes back', async () => {
    const intent = entry()
    await begin([charge({ amount: 2 })], intent)
    const { ok } = await createBudgets(open.db).begin(entry(), [charge()])
    expect(ok).toBe(false)
    expect((await findRecord(intent.id))?.outcome).toBe('pending')
  })
})

describe('an outcome', () => {
  test.each([
    ['done', 1],
    ['unknown', 1],
    ['failed', 0],
  ] as const)('%s leaves %d taken, and comes once', async (word, left) => {
    const intent = entry()
    const recording = await begin([charge()], intent)
    await recording.finish(outcome(word))
    expect(await used()).toBe(left)
    expect((await findRecord(intent.id))?.outcome).toBe(word)
    await expect(recording.finish(outcome('failed'))).rejects.toThrow('cannot be finished')
    expect(await used()).toBe(left)
  })

  test('failed gives back nobody whom another call still counts on', async () => {
    const first = await begin([charge(people('ann', 'bob'))])
    const second = await begin([charge(people('bob'))])
    expect(await used()).toBe(2)
    await first.finish(outcome('failed'))
    expect(await used()).toBe(1)
    await second.finish(outcome('failed'))
    expect(await used()).toBe(0)
  })

  test('done makes somebody known for ever, unknown only for now', async () => {
    const today = charge(people('ann'))
    const tomorrow = charge({ ...people('ann', 'bob'), period: '2026-11-25' })
    await (await begin([today])).finish(outcome('done'))
    await (await begin([charge(people('bob'))])).finish(outcome('unknown'))
    await begin([tomorrow])
    const rows = await open.db
      .selectFrom('budgets')
      .select(['period', 'used'])
      .where('holder', '=', holder)
      .orderBy('period')
      .execute()
    expect(rows.map((row) => row.used)).toEqual([2, 1])
  })
})

test('people are kept as hashes', async () => {
  await begin([charge(people('ann@customer.example'))])
  const rows = await open.db
    .selectFrom('budget_members')
    .select(['member'])
    .where('holder', '=', holder)
    .execute()
  expect(rows.map(({ member }) => member)).toEqual([expect.stringMatching(/^[\w-]{43}$/)])
})

test('counters of windows long past go, those of a day ago and of whole grants stay', async () => {
  const day = 86_400
  await begin([charge({ window: 'day', period: 'old', periodEnd: NOW - 2 * day })])
  await begin([charge({ window: 'day', period: 'yesterday', periodEnd: NOW - day + 60 })])
  await begin([charge({ window: 'grant', period: 'grant', periodEnd: undefined })])
  const block = { window: 'grant', period: 'grant', periodEnd: undefined, holderEnd: NOW - 2 * day }
  await begin([charge({ ...block, holder: `${holder} expired` })])
  const known = charge({ ...people('ann'), period: 'old', periodEnd: NOW - 2 * day })
  await (await begin([known])).finish(outcome('done'))
  await begin([charge({ ...people('bob'), period: 'old', periodEnd: NOW - 2 * day })])
  await collectExpired(open.db, 2)
  const rows = await open.db
    .selectFrom('budgets')
    .select(['period'])
    .where('holder', 'like', `${holder}%`)
    .orderBy('period')
    .execute()
  expect(rows.map(({ period }) => period)).toEqual(['grant', 'yesterday'])
  const members = await open.db
    .selectFrom('budget_members')
    .select(['sure'])
    .where('holder', '=', holder)
    .execute()
  expect(members).toEqual([{ sure: true }])
})

test('what cannot be counted is an error, and never room', async () => {
  const closed = await openTestDatabase()
  const unreachable = createBudgets(closed.db)
  await closed.close()
  await expect(unreachable.begin(entry(), [charge()])).rejects.toThrow()
  await expect(unreachable.spend([charge()])).rejects.toThrow()
})
