import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { parseCapabilities, type Capability } from '../../../capabilities/index.ts'
import { createApprovals, decideApproval } from '../../../server/state/approvals.ts'
import { fieldsOf, type Browser, type Page } from './browser.ts'
import { password, signIn, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const minutes = 60_000
let now = Date.now()
let remit: TestConsole
let buyer: { id: string; connectionId: string }
let browser: Browser
let id: string

beforeAll(async () => {
  remit = await startConsole({ now: () => now })
  buyer = await remit.addBuyer(mara)
  await remit.addBuyer('eve@shop.example')
})
afterAll(() => remit.close())

let grants = 0
beforeEach(async () => {
  now = Date.now()
  browser = await signIn(remit, mara)
  id = `g_change_${++grants}`
})

const answering = {
  type: 'gmail',
  actions: ['messages.read', 'messages.reply'],
  from: { domains: ['shop.example', 'parcel.example'] },
  limits: [{ per: 'day', calls: 20 }],
}
const refunding = {
  type: 'stripe',
  actions: ['refunds.create'],
  amount: { currency: 'usd', max: 5_000 },
  approval: { amount_over: 2_000 },
}

async function give(...entries: object[]): Promise<void> {
  await remit.database.db
    .insertInto('grants')
    .values({
      id,
      buyer_id: buyer.id,
      client_id: 'agent-1',
      authorization_details: JSON.stringify(parseCapabilities(entries)),
      payload: JSON.stringify({ exp: Math.floor(Date.now() / 1000) + 86_400 * 30 }),
      connections: JSON.stringify({ gmail: buyer.connectionId }),
      expires_at: new Date(Date.now() + 86_400_000 * 30),
    })
    .execute()
}

async function termsOf(grantId = id): Promise<Capability[]> {
  const row = await remit.database.db
    .selectFrom('grants')
    .select('authorization_details')
    .where('id', '=', grantId)
    .executeTakeFirstOrThrow()
  return row.authorization_details as Capability[]
}

const pathOf = (): string => `/grants/${id}/change`

async function open(query = ''): Promise<Record<string, string>> {
  return fieldsOf(await browser.get(pathOf() + query), pathOf())
}

async function post(fields: Record<string, string>): Promise<Page> {
  return browser.post(pathOf(), fields)
}

function without(fields: Record<string, string>, name: string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([field]) => field !== name))
}

test('the form holds what the grant says, and posting it untouched changes nothing', async () => {
  await give(answering, refunding)
  const before = await termsOf()
  const page = await post(await open())
  expect(await termsOf()).toEqual(before)
  expect(page.location).toContain(`/grants/${id}`)
})

test('what only takes away is done at once', async () => {
  await give(answering, refunding)
  const fields = await open()
  const narrower = { ...fields, 'row-0-read.from': 'shop.example' }
  await post(without(narrower, 'row-1-refunds-create'))
  const terms = await termsOf()
  const read = terms.find(({ actions }) => actions.includes('messages.read'))
  expect(read?.from).toEqual({ domains: ['shop.example'] })
  expect(terms.some(({ type }) => type === 'stripe')).toBe(false)
  expect(remit.events).toContainEqual(
    expect.objectContaining({ event: 'grant_changed', grantId: id, widened: false }),
  )
})

test('what makes more possible is shown as a difference first, and takes a proof', async () => {
  await give(answering)
  const before = await termsOf()
  const wider = {
    ...(await open()),
    'row-0-read.from': 'shop.example\nparcel.example\nnew.example',
  }
  now += 6 * minutes
  const shown = await post(wider)
  expect(await termsOf()).toEqual(before)
  expect(shown.text).toContain('What becomes possible')
  expect(shown.text).toContain('new.example')
  const asked = await post(fieldsOf(shown, pathOf()))
  expect(await termsOf()).toEqual(before)
  expect(asked.text).toContain('Is it you?')
  await post({ ...fieldsOf(asked, pathOf()), confirm_password: password })
  const read = (await termsOf()).find(({ actions }) => actions.includes('messages.read'))
  expect(read?.from?.domains).toEqual(['new.example', 'parcel.example', 'shop.example'])
})

test.each([
  ['a higher line to ask from', { 'row-0-refunds-create.ask-over': '40' }, 'amount_over', 4_000],
  ['a higher amount', { 'row-0-refunds-create.amount': '90.00' }, 'max', 9_000],
])('%s goes further, and says so', async (_, change, field, value) => {
  await give(refunding)
  const shown = await post({ ...(await open()), ...change })
  expect(shown.text).toContain('Goes further')
  await post(fieldsOf(shown, pathOf()))
  const [{ amount, approval } = {}] = await termsOf()
  const found = { max: amount?.max, ...(typeof approval === 'object' && approval) }
  expect(found).toMatchObject({ [field]: value })
})

test('a row that asked each time can ask no more, after it was read', async () => {
  await give({ ...refunding, approval: 'always' })
  const fields = await open()
  expect(fields['row-0-refunds-create.ask']).toBe('on')
  const shown = await post(without(fields, 'row-0-refunds-create.ask'))
  expect((await termsOf())[0]?.approval).toBe('always')
  await post(fieldsOf(shown, pathOf()))
  expect((await termsOf())[0]?.approval).toBeUndefined()
})

test('an approval that ends while the change is made is said not to be given, and the change to be made', async () => {
  await give(refunding)
  const { db } = remit.database
  const asked = await createApprovals(db).ask({
    grantId: id,
    clientId: 'agent-1',
    provider: 'stripe',
    operation: 'stripe.refunds.create',
    decisionId: 'd_2',
    digest: 'digest',
    card: { title: 'Refund $45.00', rows: [] },
  })
  if (asked === 'too_many') throw new Error('too many')
  // it does not know of the change, so the page waits for it
  const slow = { id: 'front-slow', provider: 'stripe', resource: 'https://slow.example' }
  await db
    .insertInto('running_fronts')
    .values({ ...slow, applied: null, lease_ms: 1_000 })
    .execute()
  const fields = await open(`?approval=${asked.id}`)
  const shown = await post({ ...fields, 'row-0-refunds-create.ask-over': '45' })
  const answer = post(fieldsOf(shown, pathOf()))
  await expect
    .poll(async () => (await termsOf())[0]?.approval, { interval: 5 })
    .toEqual({ amount_over: 4_500 })
  const { id: approvalId } = asked
  const denied = { id: approvalId, buyerId: buyer.id, status: 'denied', by: 'buyer' } as const
  expect(await decideApproval(db, denied)).toBe(true)
  const page = await answer
  await db.deleteFrom('running_fronts').where('id', '=', slow.id).execute()
  expect(page.status).toBe(409)
  expect(page.text).toContain('The grant was changed as you confirmed, but nothing was approved')
})

test('an approval and a change are decided together', async () => {
  await give(refunding)
  const asked = await createApprovals(remit.database.db).ask({
    grantId: id,
    clientId: 'agent-1',
    provider: 'stripe',
    operation: 'stripe.refunds.create',
    decisionId: 'd_1',
    digest: 'digest',
    card: { title: 'Refund $45.00', rows: [] },
  })
  if (asked === 'too_many') throw new Error('too many')
  const statusOf = async (): Promise<string> =>
    (
      await remit.database.db
        .selectFrom('approvals')
        .select('status')
        .where('id', '=', asked.id)
        .executeTakeFirstOrThrow()
    ).status
  const waiting = await browser.get('/approvals')
  expect(waiting.text).toContain(`${pathOf()}?approval=${asked.id}`)
  const fields = await open(`?approval=${asked.id}`)
  const shown = await post({ ...fields, 'row-0-refunds-create.ask-over': '45' })
  expect(await statusOf()).toBe('pending')
  expect(shown.text).toContain('Refund $45.00')
  await post(fieldsOf(shown, pathOf()))
  expect(await statusOf()).toBe('approved')
  expect((await termsOf())[0]?.approval).toEqual({ amount_over: 4_500 })
  const again = await post(fields)
  expect(again.status).toBe(409)
})

test('a form that somebody filled in before the grant changed changes nothing', async () => {
  await give(answering)
  const first = await open()
  await post({ ...first, 'row-0-read.from': 'shop.example' })
  const between = await termsOf()
  const answer = await post({ ...first, 'row-0-read.from': 'parcel.example' })
  expect(await termsOf()).toEqual(between)
  expect(answer.status).toBe(409)
})

test('nobody changes what is another buyer’s, over, or nothing at all', async () => {
  await give(answering)
  const fields = await open()
  const before = await termsOf()
  const eve = await signIn(remit, 'eve@shop.example')
  expect((await eve.get(pathOf())).status).toBe(404)
  const none = await post(without(without(fields, 'row-0-read'), 'row-0-reply'))
  expect(none.text).toContain('Nothing would be left of it')
  expect((await post({ ...fields, form_token: 'x' })).status).toBe(403)
  expect(await termsOf()).toEqual(before)
  await remit.database.db
    .updateTable('grants')
    .set({ revoked_at: new Date() })
    .where('id', '=', id)
    .execute()
  expect((await post(fields)).status).toBe(409)
  expect(await termsOf()).toEqual(before)
})

test('an earlier last day holds, and a later one is refused', async () => {
  await give(answering)
  const fields = await open()
  const day = new Date(Date.now() + 86_400_000 * 3).toISOString().slice(0, 10)
  const late = new Date(Date.now() + 86_400_000 * 60).toISOString().slice(0, 10)
  const refused = await post({ ...fields, expires_on: late })
  expect(refused.status).toBe(422)
  expect(refused.text).toContain('expires_on-problem')
  await post({ ...fields, expires_on: day })
  const row = await remit.database.db
    .selectFrom('grants')
    .select(['expires_at', 'payload'])
    .where('id', '=', id)
    .executeTakeFirstOrThrow()
  expect(row.expires_at?.getTime()).toBeLessThanOrEqual(Date.parse(`${day}T23:59:59Z`) + 1_000)
  expect(Number(row.payload['exp']) * 1_000).toBe(row.expires_at?.getTime())
})
