import type Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { attenuate } from '../../capabilities/index.ts'
import type { OpenDatabase } from '../../server/database/open.ts'
import { reconcile } from '../../server/state/reconciler.ts'
import { SHOP } from '../fakes/stripe/index.ts'
import { openTestDatabase } from '../support/database.ts'
import { openStripeDesk, type StripeDesk } from '../support/stripe-desk.ts'

let database: OpenDatabase
let desk: StripeDesk

beforeAll(async () => {
  database = await openTestDatabase()
  desk = await openStripeDesk(database)
})
afterAll(async () => {
  await desk.close()
  await database.close()
})
beforeEach(async () => {
  desk.stripe.reset()
  await database.db.deleteFrom('idempotent_calls').execute()
  await desk.newGrant()
})

const reading = (more: object = {}): object => ({
  type: 'stripe',
  actions: ['charges.read', 'balance.read'],
  ...more,
})
const refunding = (more: object = {}): object => ({
  type: 'stripe',
  actions: ['refunds.create'],
  amount: { currency: 'usd', max: 10_000 },
  ...more,
})
const GROWER = { accounts: [SHOP.grower] }
const forGrower = { stripeAccount: SHOP.grower }

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

/** every account that Stripe was asked for; undefined: the platform's own */
function askedFor(): (string | undefined)[] {
  return [...new Set(desk.stripe.requests.map(({ headers }) => headers['stripe-account']))]
}

async function everything(client: Stripe, options?: Stripe.RequestOptions): Promise<string[]> {
  return Promise.all([
    codeOf(client.charges.retrieve(SHOP.hundred, {}, options)),
    codeOf(client.charges.list({}, options)),
    codeOf(client.charges.search({ query: 'amount>0' }, options)),
    codeOf(client.balance.retrieve({}, options)),
    codeOf(client.refunds.create({ charge: SHOP.hundred, amount: 100 }, options)),
  ])
}

test('70: an account that the grant does not name is never reached, however it is asked for', async () => {
  const client = desk.client(desk.mint([reading(), refunding()]))
  const answers = await everything(client, forGrower)
  expect(desk.stripe.requests).toEqual([])
  expect(new Set(answers)).toEqual(new Set(['capability_denied']))
})

test('a grant for one connected account is none for another, nor for the account itself', async () => {
  const client = desk.client(desk.mint([reading(GROWER), refunding(GROWER)]))
  expect(await everything(client, { stripeAccount: SHOP.stranger })).toEqual(
    Array.from({ length: 5 }, () => 'capability_denied'),
  )
  expect(desk.stripe.requests).toEqual([])
  const own = await everything(client)
  expect(desk.stripe.effects).toEqual([])
  // a list of things none of which is shown is empty
  expect(own).toEqual(['resource_missing', 'done', 'done', 'capability_denied', 'resource_missing'])
  expect((await client.charges.list()).data).toEqual([])
})

test('what is granted goes to that account alone, reading before it is decided included', async () => {
  const client = desk.client(desk.mint([reading(GROWER), refunding(GROWER)]))
  expect(await everything(client, forGrower)).toEqual(Array.from({ length: 5 }, () => 'done'))
  expect(askedFor()).toEqual([SHOP.grower])
})

test('one entry for the account itself and one for a connected one do not mix', async () => {
  const client = desk.client(desk.mint([reading(), refunding(GROWER)]))
  const refund = { charge: SHOP.hundred, amount: 100 }
  expect(await codeOf(client.refunds.create(refund))).toBe('resource_missing')
  expect(await codeOf(client.charges.retrieve(SHOP.hundred, {}, forGrower))).toBe(
    'resource_missing',
  )
  expect(desk.stripe.effects).toEqual([])
  expect(await codeOf(client.refunds.create(refund, forGrower))).toBe('done')
  expect(await codeOf(client.charges.retrieve(SHOP.hundred))).toBe('done')
})

test('an attenuation cannot name an account that its parent does not', () => {
  const token = desk.mint([reading()])
  const wider = [{ type: 'stripe' as const, actions: ['charges.read' as const], ...GROWER }]
  expect(() => attenuate(token, wider)).toThrow('of your own account')
})

test('one key for two accounts is two calls, and a lost answer is looked for where it went', async () => {
  const both = desk.mint([refunding(), refunding(GROWER)])
  const client = desk.client(both)
  const refund = { charge: SHOP.hundred, amount: 100 }
  const key = { idempotencyKey: 'k' }
  expect(await codeOf(client.refunds.create(refund, key))).toBe('done')
  expect(await codeOf(client.refunds.create(refund, { ...forGrower, ...key }))).toBe(
    'idempotency_key_mismatch',
  )
  expect(desk.stripe.effects).toHaveLength(1)
  desk.stripe.failNextEffect({ kind: 'reset', executes: true })
  const other = { ...forGrower, idempotencyKey: 'l' }
  expect(await codeOf(client.refunds.create(refund, other))).toBe('upstream_failed')
  const before = desk.stripe.requests.length
  await database.db
    .updateTable('idempotent_calls')
    .set({ asked_at: null })
    .where('state', '=', 'unknown')
    .execute()
  await reconcile(database.db, {
    provider: 'stripe',
    front: desk.replicas[0].front,
    connections: { byId: () => Promise.resolve(desk.connection) },
    log: () => undefined,
  })
  const asked = desk.stripe.requests.slice(before)
  expect(asked.map(({ headers }) => headers['stripe-account'])).toEqual([SHOP.grower])
})

test('a yes for one account is none for another', async () => {
  const client = desk.client(
    desk.mint([refunding({ approval: 'always' }), refunding({ approval: 'always', ...GROWER })]),
  )
  const refund = { charge: SHOP.hundred, amount: 100 }
  expect(await codeOf(client.refunds.create(refund, forGrower))).toBe('approval_required')
  const { id, card } = await database.db
    .selectFrom('approvals')
    .select(['id', 'card'])
    .where('grant_id', '=', desk.grantId)
    .executeTakeFirstOrThrow()
  expect(JSON.stringify(card)).toContain(SHOP.grower)
  expect(await desk.approve(id)).toBe(true)
  expect(await codeOf(client.refunds.create(refund))).toBe('approval_required')
  expect(desk.stripe.effects).toEqual([])
  expect(await codeOf(client.refunds.create(refund, forGrower))).toBe('done')
  expect(desk.stripe.effects.map(({ headers }) => headers['stripe-account'])).toEqual([SHOP.grower])
})

test.each([
  ['Stripe-Context', SHOP.grower],
  ['Stripe-Account', `${SHOP.grower}, ${SHOP.stranger}`],
  ['Stripe-Account', ` ${SHOP.grower}x`],
  ['Stripe-Account', ''],
])('%s: %s is refused before Stripe is asked', async (name, value) => {
  const response = await fetch(`${desk.replicas[0].url}/v1/charges`, {
    headers: { authorization: `Bearer ${desk.mint([reading(GROWER)])}`, [name]: value },
  })
  expect(desk.stripe.requests).toEqual([])
  expect(response.status).toBe(403)
})
