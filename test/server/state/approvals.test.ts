import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { ApprovalRequest, Charge } from '../../../adapters/ports.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import {
  createApprovals,
  countWaitingOf,
  decideApproval,
  denyKind,
  listDecided,
  listWaiting,
  type ApprovalNews,
} from '../../../server/state/approvals.ts'
import { createBudgets } from '../../../server/state/budgets.ts'
import { revokeAll, revokeGrant } from '../../../server/state/revoke.ts'
import type { LogEvent } from '../../../server/log.ts'
import { openTestDatabase } from '../../support/database.ts'
import { openBeside } from '../../support/processes.ts'

let database: OpenDatabase
let beside: OpenDatabase
let grantId: string
let buyerId: string
let news: ApprovalNews['kind'][]
let events: LogEvent[]
let grants = 0

beforeAll(async () => {
  database = await openTestDatabase()
  beside = await openBeside(database)
})
afterAll(async () => {
  if (beside !== database) await beside.close()
  await database.close()
})
beforeEach(async () => {
  grantId = `g_${++grants}`
  buyerId = `b_${grants}`
  news = []
  events = []
  await database.db
    .insertInto('grants')
    .values({
      id: grantId,
      buyer_id: buyerId,
      client_id: 'agent',
      authorization_details: '[]',
      payload: '{}',
    })
    .execute()
})

const approvals = (db = database.db): ReturnType<typeof createApprovals> =>
  createApprovals(
    db,
    (_transaction, { kind }) => {
      news.push(kind)
      return Promise.resolve()
    },
    (event) => void events.push(event),
  )

function request(digest: string, change: Partial<ApprovalRequest> = {}): ApprovalRequest {
  return {
    grantId,
    clientId: 'agent',
    provider: 'gmail',
    operation: 'gmail.messages.send',
    decisionId: 'd_1',
    digest,
    card: { title: `Send ${digest}`, rows: [] },
    ...change,
  }
}

async function ask(digest: string, change: Partial<ApprovalRequest> = {}): Promise<string> {
  const asked = await approvals().ask(request(digest, change))
  if (asked === 'too_many') throw new Error('too many')
  return asked.id
}

const decide = async (
  id: string,
  status: 'approved' | 'denied' = 'approved',
  by: string | undefined = buyerId,
): Promise<boolean> => decideApproval(database.db, { id, buyerId: by, status, by: 'buyer' })

async function expire(id: string): Promise<void> {
  await sql`update approvals set expires_at = now() - interval '1 second' where id = ${id}`.execute(
    database.db,
  )
}

const statusOf = async (id: string): Promise<string | undefined> =>
  (await approvals().find(grantId, id))?.status

test('whoever asks for one action at once, at two processes, makes one approval and one notice', async () => {
  const asked = await Promise.all(
    Array.from({ length: 12 }, async (_, n) =>
      approvals((n % 2 === 0 ? database : beside).db).ask(request('same')),
    ),
  )
  expect(new Set(asked.map((one) => (one === 'too_many' ? one : one.id))).size).toBe(1)
  expect(news).toEqual(['waiting'])
  expect(await countWaitingOf(database.db, buyerId)).toBe(1)
})

test('a notice that cannot be written leaves nothing that waits', async () => {
  const broken = createApprovals(database.db, () => Promise.reject(new Error('no outbox')))
  await expect(broken.ask(request('lost'))).rejects.toThrow('no outbox')
  expect(await countWaitingOf(database.db, buyerId)).toBe(0)
})

test('of many who decide at once one does; nobody decides for another buyer', async () => {
  const id = await ask('a')
  expect(await decide(id, 'approved', 'b_other')).toBe(false)
  expect(await statusOf(id)).toBe('pending')
  const won = await Promise.all(
    Array.from({ length: 10 }, async (_, n) => decide(id, n % 2 === 0 ? 'approved' : 'denied')),
  )
  expect(won.filter(Boolean)).toHaveLength(1)
})

test('what is over can neither be decided nor used, and is asked for anew', async () => {
  const late = await ask('late')
  await expire(late)
  expect(await decide(late)).toBe(false)
  expect(await statusOf(late)).toBe('expired')
  const again = await ask('late')
  expect(again).not.toBe(late)
  expect(await decide(again)).toBe(true)
  await expire(again)
  expect(await approvals().findGiven(grantId, 'late')).toBeUndefined()
  const begun = await createBudgets(database.db).begin(entry('d_late'), [], { approvalId: again })
  expect(begun).toEqual({ ok: false, approval: 'gone' })
})

test('a no is answered until it is forgotten', async () => {
  const id = await ask('no')
  await decide(id, 'denied')
  expect(await ask('no')).toBe(id)
  expect(await statusOf(id)).toBe('denied')
  await expire(id)
  expect(await statusOf(id)).toBe('denied')
  expect(await ask('no')).not.toBe(id)
})

test.each([
  ['one grant', () => revokeGrant(database.db, grantId, 'test')],
  ['all of a buyer', () => revokeAll(database.db, 'test', buyerId)],
])('revoking %s cancels what waits and makes a yes good for nothing', async (_name, revoke) => {
  const [waiting, given] = [await ask('w'), await ask('g')]
  await decide(given)
  await revoke()
  expect(await statusOf(waiting)).toBe('cancelled')
  expect(await decide(waiting)).toBe(false)
  expect(await approvals().findGiven(grantId, 'g')).toBeUndefined()
  const begun = await createBudgets(database.db).begin(entry(`d_${grantId}`), [charge()], {
    approvalId: given,
  })
  expect(begun).toEqual({ ok: false, approval: 'gone' })
  expect(await readUsed()).toBe(0)
  const lately = await listDecided(database.db, buyerId, 10)
  expect(new Set(lately.map(({ status }) => status))).toEqual(new Set(['approved', 'cancelled']))
})

test('what was asked for while its grant was being revoked can be neither seen, decided nor used', async () => {
  const [waiting, given] = [await ask('w'), await ask('g')]
  await decide(given)
  // as a revocation leaves it that began before they were there
  await sql`update grants set revoked_at = now() where id = ${grantId}`.execute(database.db)
  expect(await listWaiting(database.db, buyerId)).toEqual([])
  expect(await countWaitingOf(database.db, buyerId)).toBe(0)
  expect(await decide(waiting)).toBe(false)
  const begun = await createBudgets(database.db).begin(entry('d_blind'), [], { approvalId: given })
  expect(begun).toEqual({ ok: false, approval: 'gone' })
})

test('an approval is used with the budgets or not at all', async () => {
  const id = await ask('b')
  await decide(id)
  const budgets = createBudgets(database.db)
  const full = await budgets.begin(entry('d_full'), [charge({ amount: 3 })], { approvalId: id })
  expect(full.ok).toBe(false)
  expect(await approvals().findGiven(grantId, 'b')).toBeDefined()
  const begun = await budgets.begin(entry('d_used'), [charge()], { approvalId: id })
  expect(begun.ok).toBe(true)
  const second = await budgets.begin(entry('d_second'), [charge()], { approvalId: id })
  expect(second).toEqual({ ok: false, approval: 'gone' })
  expect(await readUsed()).toBe(1)
})

test.each([
  ['failed', true],
  ['refused', true],
  ['done', false],
  ['unknown', false],
] as const)('a call that is %s gives its approval back: %s', async (outcome, isBack) => {
  const id = await ask('o')
  await decide(id)
  const begun = await createBudgets(database.db).begin(entry(`d_o_${outcome}`), [], {
    approvalId: id,
  })
  if (!begun.ok) throw new Error('not begun')
  expect(await approvals().findGiven(grantId, 'o')).toBeUndefined()
  await begun.recording.finish({ outcome, upstreamStatus: undefined })
  expect((await approvals().findGiven(grantId, 'o'))?.id).toBe(isBack ? id : undefined)
})

test('what is given back does not stand beside what was asked for meanwhile', async () => {
  const id = await ask('m')
  await decide(id)
  const begun = await createBudgets(database.db).begin(entry('d_m'), [], { approvalId: id })
  if (!begun.ok) throw new Error('not begun')
  const meanwhile = await ask('m')
  expect(meanwhile).not.toBe(id)
  await begun.recording.finish({ outcome: 'failed', upstreamStatus: undefined })
  expect(await approvals().findGiven(grantId, 'm')).toBeUndefined()
  expect(await statusOf(meanwhile)).toBe('pending')
})

test('the sixth of a kind warns once, more say nothing, and the fifty-first is not asked', async () => {
  for (let n = 0; n < 8; n++) await ask(`k${n}`)
  expect(news).toEqual([...Array<string>(5).fill('waiting'), 'collapsed'])
  const operation = 'gmail.messages.send'
  expect(events).toEqual([{ event: 'approvals_collapsed', grantId, operation }])
  await ask('other', { operation: 'gmail.messages.trash' })
  expect(news.at(-1)).toBe('waiting')
  for (let n = 8; n < 49; n++) await ask(`k${n}`)
  expect(await approvals().ask(request('k49'))).toBe('too_many')
  // what waits already is answered all the same
  expect((await listWaiting(database.db, buyerId)).length).toBe(50)
  expect(await ask('k3')).toBeDefined()
})

test('a kind is denied as a whole, by its own buyer, and nothing else with it', async () => {
  for (let n = 0; n < 7; n++) await ask(`k${n}`)
  const other = await ask('other', { operation: 'gmail.messages.trash' })
  const kind = { grantId, operation: 'gmail.messages.send', by: 'buyer' }
  expect(await denyKind(database.db, { ...kind, buyerId: 'b_other' })).toBe(0)
  expect(await denyKind(database.db, { ...kind, buyerId })).toBe(7)
  expect((await listWaiting(database.db, buyerId)).map(({ id }) => id)).toEqual([other])
})

function entry(id: string): Parameters<ReturnType<typeof createBudgets>['begin']>[0] {
  return {
    id: `${grantId} ${id}`,
    provider: 'gmail',
    at: 0,
    grantId,
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

function charge(change: Partial<Charge> = {}): Charge {
  return {
    holder: grantId,
    dimension: 'gmail.messages.send.calls',
    window: 'hour',
    period: 'h',
    max: 2,
    amount: 1,
    periodEnd: undefined,
    holderEnd: undefined,
    ...change,
  }
}

async function readUsed(): Promise<number> {
  const { rows } = await sql<{ used: number }>`
    select coalesce(sum(used), 0)::integer as used from budgets where holder = ${grantId}
  `.execute(database.db)
  return rows[0]?.used ?? 0
}
