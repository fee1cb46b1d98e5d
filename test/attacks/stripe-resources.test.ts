import type Stripe from 'stripe'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { OpenDatabase } from '../../server/database/open.ts'
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
beforeEach(() => desk.stripe.reset())

interface Resource {
  readonly name: string
  readonly of: (client: Stripe) => {
    retrieve(id: string): Promise<{ id: string }>
    list(params?: object): Promise<{ data: { id: string }[] }>
    search?(params: { query: string }): Promise<{ data: { id: string }[] }>
  }
  /** one that the cafe's token shows, and one that it does not, where that can be told */
  readonly shown: string
  readonly hidden?: string
  /** what hides the other one; by customer if not said */
  readonly within?: object
}

const OF_CAFE = { customers: [SHOP.cafe] }
const RESOURCES = [
  { name: 'charges', of: (client) => client.charges, shown: SHOP.disputed, hidden: SHOP.euro },
  {
    name: 'payment_intents',
    of: (client) => client.paymentIntents,
    shown: SHOP.heldIntent,
    hidden: SHOP.hundredIntent,
  },
  { name: 'customers', of: (client) => client.customers, shown: SHOP.cafe, hidden: SHOP.omar },
  { name: 'refunds', of: (client) => client.refunds, shown: SHOP.pendingRefund },
  {
    name: 'invoices',
    of: (client) => client.invoices,
    shown: SHOP.openInvoice,
    hidden: SHOP.privateInvoice,
  },
  {
    name: 'subscriptions',
    of: (client) => client.subscriptions,
    shown: SHOP.subscription,
    hidden: SHOP.privateSubscription,
  },
  {
    name: 'subscription_schedules',
    of: (client) => client.subscriptionSchedules,
    shown: SHOP.schedule,
  },
  { name: 'credit_notes', of: (client) => client.creditNotes, shown: SHOP.creditNote },
  { name: 'prices', of: (client) => client.prices, shown: SHOP.greenMonthly },
  { name: 'products', of: (client) => client.products, shown: SHOP.green },
  {
    name: 'balance_transactions',
    of: (client) => client.balanceTransactions,
    shown: SHOP.movement,
  },
  {
    name: 'transfers',
    of: (client) => client.transfers,
    shown: SHOP.transfer,
  },
  { name: 'disputes', of: (client) => client.disputes, shown: SHOP.dispute },
] as const satisfies readonly Resource[] as readonly Resource[]

const LEAK =
  /_secret|leak|fingerprint|Fbank|hosted_|https?:|default_payment|"evidence"|customer_purchase_ip|total_count/

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (error) {
    return (error as { code?: string }).code ?? String(error)
  }
}

describe.each(RESOURCES)('$name', ({ name, of, shown, hidden, within = OF_CAFE }) => {
  const token = (more: object = {}): string =>
    desk.mint([{ type: 'stripe', actions: [`${name}.read`], ...more }])

  test('is read, listed and searched without a secret, a link, or what belongs elsewhere', async () => {
    const resource = of(desk.client(token()))
    const one = await resource.retrieve(shown)
    const all = await resource.list()
    expect(one.id).toBe(shown)
    expect(all.data.map(({ id }) => id)).toContain(shown)
    expect(JSON.stringify([one, all])).not.toMatch(LEAK)
    if (resource.search === undefined) return
    const found = await resource.search({ query: 'metadata["none"]:null' })
    expect(found.data.map(({ id }) => id)).toContain(shown)
    expect(JSON.stringify(found)).not.toMatch(LEAK)
  })

  if (hidden !== undefined) {
    test('shows what the token covers; everything else is not there', async () => {
      const resource = of(desk.client(token(within)))
      expect((await resource.retrieve(shown)).id).toBe(shown)
      expect(await codeOf(resource.retrieve(hidden))).toBe('resource_missing')
      const all = (await resource.list()).data.map(({ id }) => id)
      expect(all).toContain(shown)
      expect(all).not.toContain(hidden)
      if (resource.search === undefined) return
      const found = await resource.search({ query: 'metadata["none"]:null' })
      expect(found.data.map(({ id }) => id)).toContain(shown)
      expect(JSON.stringify(found)).not.toContain(hidden)
    })
  }

  test('of another kind’s token nothing is read, and Stripe is not asked', async () => {
    const other = name === 'prices' ? 'products.read' : 'prices.read'
    const resource = of(desk.client(desk.mint([{ type: 'stripe', actions: [other] }])))
    expect(await codeOf(resource.retrieve(shown))).toBe('capability_denied')
    expect(await codeOf(resource.list())).toBe('capability_denied')
    expect(desk.stripe.requests).toEqual([])
  })
})

test('the balance is read whole, without what is for issuing', async () => {
  const balance = await desk
    .client(desk.mint([{ type: 'stripe', actions: ['balance.read'] }]))
    .balance.retrieve()
  expect(balance).toMatchObject({ object: 'balance' })
  expect(balance.available.map(({ currency }) => currency)).toContain('usd')
  expect(balance).not.toHaveProperty('issuing')
})

test('an access that reads everything fits into a token', async () => {
  const actions = [...RESOURCES.map(({ name }) => `${name}.read`), 'balance.read']
  const client = desk.client(
    desk.mint([{ type: 'stripe', actions, limits: [{ per: 'day', calls: 900 }] }]),
  )
  for (const { of, shown } of RESOURCES) expect((await of(client).retrieve(shown)).id).toBe(shown)
})

describe('76: searching', () => {
  const client = (): Stripe =>
    desk.client(desk.mint([{ type: 'stripe', actions: ['charges.read'], ...OF_CAFE }]))

  test.each([
    `customer:"${SHOP.mara}" OR amount>0`,
    `customer:"${SHOP.mara}" or amount>0`,
    `(amount>0)`,
    `payment_method_details:"x"`,
    `receipt_email:"a@b.example"`,
    '',
  ])(
    'what widens a search or asks about hidden fields is refused before it is made: %s',
    async (query) => {
      expect(await codeOf(client().charges.search({ query }))).toBe('parameter_invalid')
      expect(desk.stripe.requests).toEqual([])
    },
  )

  test('a search for another customer finds nothing, and does not say how much', async () => {
    const found = await client().charges.search({ query: `customer:"${SHOP.omar}"` })
    expect(found).toMatchObject({ data: [], has_more: false, next_page: null })
  })

  test('the stock client’s paging finds exactly what is shown, and never says where the rest is', async () => {
    const rows = desk.stripe.shop.rows('charges')
    const template = rows[0]!
    rows.length = 0
    for (let index = 0; index < 230; index++) {
      const customer = index % 3 === 0 ? SHOP.cafe : SHOP.omar
      rows.push({ ...template, id: `ch_${String(index).padStart(6, '0')}`, customer })
    }
    const wanted = rows.filter((row) => row['customer'] === SHOP.cafe).map(({ id }) => id)
    const found: string[] = []
    for await (const charge of client().charges.search({ query: 'amount>0', limit: 7 })) {
      found.push(charge.id)
    }
    expect(found).toEqual(wanted)
  })

  test('a page is of its search and its access', async () => {
    const one = await client().charges.search({ query: 'amount>0', limit: 1 })
    const page = one.next_page ?? ''
    const other = client().charges.search({ query: 'amount>1', limit: 1, page })
    expect(await codeOf(other)).toBe('parameter_invalid')
    await desk.newGrant()
    const elsewhere = client().charges.search({ query: 'amount>0', limit: 1, page })
    expect(await codeOf(elsewhere)).toBe('parameter_invalid')
    // Stripe's own token is no page of ours either
    const own = Buffer.from('1').toString('base64url')
    const raw = client().charges.search({ query: 'amount>0', limit: 1, page: own })
    expect(await codeOf(raw)).toBe('parameter_invalid')
  })
})
