import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDirectStripe, outcome, type DirectStripe } from './stripe-client.ts'
import { SHOP } from './stripe/index.ts'

let direct: DirectStripe
beforeAll(async () => {
  direct = await openDirectStripe()
})
afterAll(async () => direct.stripe.close())
beforeEach(() => direct.stripe.reset())

function idsOf({ data }: { data: readonly { id: string }[] }): string[] {
  return data.map(({ id }) => id)
}

describe('each thing is read and listed by the stock client', () => {
  test('charges and disputes', async () => {
    const { client } = direct
    expect(await client.charges.retrieve(SHOP.yen)).toMatchObject({
      amount: 5_000,
      currency: 'jpy',
    })
    expect(idsOf(await client.charges.list({ customer: SHOP.family }))).toEqual([SHOP.private])
    expect(await client.disputes.retrieve(SHOP.dispute)).toMatchObject({ charge: SHOP.disputed })
    expect(idsOf(await client.disputes.list({ charge: SHOP.disputed }))).toEqual([SHOP.dispute])
    expect(idsOf(await client.disputes.list({ charge: SHOP.yen }))).toEqual([])
  })

  test('payment intents', async () => {
    const { client } = direct
    expect((await client.paymentIntents.retrieve(SHOP.heldIntent)).status).toBe('requires_capture')
    const ofCafe = await client.paymentIntents.list({ customer: SHOP.cafe })
    expect(idsOf(ofCafe)).toEqual([SHOP.openIntent, SHOP.heldIntent])
  })

  test('customers and their balances', async () => {
    const { client } = direct
    expect(idsOf(await client.customers.list({ email: 'omar@shop.example' }))).toEqual([SHOP.omar])
    const credits = await client.customers.listBalanceTransactions(SHOP.cafe)
    expect(idsOf(credits)).toEqual([SHOP.customerCredit])
    const one = client.customers.retrieveBalanceTransaction(SHOP.cafe, SHOP.customerCredit)
    expect((await one).amount).toBe(-1_000)
    const foreign = client.customers.retrieveBalanceTransaction(SHOP.mara, SHOP.customerCredit)
    expect(await outcome(foreign)).toBe('resource_missing')
  })

  test('refunds', async () => {
    const { client } = direct
    expect((await client.refunds.retrieve(SHOP.pendingRefund)).status).toBe('pending')
    expect(idsOf(await client.refunds.list({ charge: SHOP.partly }))).toEqual([SHOP.doneRefund])
  })

  test('invoices and credit notes', async () => {
    const { client } = direct
    expect((await client.invoices.retrieve(SHOP.paidInvoice)).status).toBe('paid')
    expect(idsOf(await client.invoices.list({ status: 'draft' }))).toEqual([SHOP.draftInvoice])
    expect(idsOf(await client.invoices.list({ customer: SHOP.family }))).toEqual([
      SHOP.privateInvoice,
    ])
    expect(idsOf(await client.invoices.list({ subscription: SHOP.subscription }))).toEqual([
      SHOP.openInvoice,
    ])
    expect((await client.creditNotes.retrieve(SHOP.creditNote)).amount).toBe(1_000)
    expect(idsOf(await client.creditNotes.list({ invoice: SHOP.openInvoice }))).toEqual([])
    expect(idsOf(await client.creditNotes.list({ customer: SHOP.cafe }))).toEqual([SHOP.creditNote])
  })

  test('subscriptions, those that ended only when they are asked for', async () => {
    const { client } = direct
    const listed = idsOf(await client.subscriptions.list())
    expect(listed).toEqual([SHOP.subscription, SHOP.privateSubscription])
    expect(idsOf(await client.subscriptions.list({ status: 'all' }))).toHaveLength(3)
    expect(idsOf(await client.subscriptions.list({ status: 'canceled' }))).toEqual([
      SHOP.endedSubscription,
    ])
    expect(idsOf(await client.subscriptions.list({ price: SHOP.oolongMonthly }))).toEqual([
      SHOP.privateSubscription,
    ])
    expect((await client.subscriptions.retrieve(SHOP.subscription)).customer).toBe(SHOP.cafe)
    expect(idsOf(await client.subscriptionSchedules.list({ customer: SHOP.cafe }))).toEqual([
      SHOP.schedule,
    ])
    expect((await client.subscriptionSchedules.retrieve(SHOP.schedule)).status).toBe('active')
  })

  test('prices and products', async () => {
    const { client } = direct
    expect(idsOf(await client.prices.list({ product: SHOP.green }))).toEqual([SHOP.greenMonthly])
    expect(idsOf(await client.prices.list({ active: false }))).toEqual([SHOP.retiredPrice])
    expect((await client.prices.retrieve(SHOP.oolongMonthly)).unit_amount).toBe(3_500)
    expect(idsOf(await client.products.list({ active: false }))).toEqual([SHOP.retired])
    expect((await client.products.retrieve(SHOP.green)).name).toBe('Green tea')
  })

  test('the balance, its transactions and transfers', async () => {
    const { client } = direct
    const balance = await client.balance.retrieve()
    expect(balance.available[0]).toMatchObject({ amount: 50_000, currency: 'usd' })
    expect(balance).not.toHaveProperty('id')
    const refunds = await client.balanceTransactions.list({ type: 'refund' })
    expect(idsOf(refunds)).toEqual(['txn_Refund00000003'])
    const bySource = await client.balanceTransactions.list({ source: SHOP.hundred })
    expect(bySource.data[0]?.amount).toBe(10_000)
    expect(idsOf(await client.transfers.list({ destination: SHOP.grower }))).toEqual([
      SHOP.transfer,
    ])
    expect(idsOf(await client.transfers.list({ destination: SHOP.stranger }))).toEqual([])
    expect((await client.transfers.retrieve(SHOP.transfer)).amount).toBe(2_500)
    expect((await client.accounts.retrieve(SHOP.grower)).email).toBe('grower@hills.example')
  })
})

describe('lists', () => {
  test('are paged both ways and narrowed by when', async () => {
    const { client, stripe } = direct
    const all = idsOf(await client.charges.list({ limit: 100 }))
    expect(all).toHaveLength(stripe.shop.rows('charges').length)
    const paged: string[] = []
    for await (const { id } of client.charges.list({ limit: 3 })) paged.push(id)
    expect(paged).toEqual(all)
    const back = await client.charges.list({ ending_before: all[5] ?? '', limit: 2 })
    expect(back).toMatchObject({ has_more: true })
    expect(idsOf(back)).toEqual(all.slice(3, 5))
    const now = stripe.shop.now()
    const old = await client.charges.list({ created: { lt: now - 300 * 86_400 } })
    expect(idsOf(old)).toEqual([SHOP.old])
    const recent = await client.charges.list({
      created: { gte: now - 13 * 86_400, lte: now - 11 * 86_400 },
    })
    expect(idsOf(recent)).toEqual([SHOP.disputed])
  })

  test.each([
    'limit=0',
    'limit=101',
    'limit=ten',
    'starting_after=ch_None',
    'nothing=1',
    'created=x',
  ])('%s is refused', async (query) => {
    expect((await direct.raw('GET', `/v1/charges?${query}`)).status).toBe(400)
  })
})

describe('expand', () => {
  test('puts things where their ids stand, below lists too, four levels deep', async () => {
    const { client } = direct
    const listed = await client.charges.list({
      customer: SHOP.cafe,
      expand: ['data.customer', 'data.payment_intent.latest_charge.customer'],
    })
    const held = listed.data.find(({ id }) => id === SHOP.held)
    expect(held).toMatchObject({
      customer: { id: SHOP.cafe, name: 'Cafe' },
      payment_intent: { latest_charge: { id: SHOP.held, customer: { id: SHOP.cafe } } },
    })
    const subscription = await client.subscriptions.retrieve(SHOP.subscription, {
      expand: ['items.data.price.product'],
    })
    expect(subscription.items.data[0]?.price).toMatchObject({ product: { name: 'Green tea' } })
  })

  test('goes no deeper, and nowhere that is not', async () => {
    const { client } = direct
    const deep = { expand: ['data.payment_intent.latest_charge.customer.default_source'] }
    expect(await outcome(client.charges.list(deep))).toBe('invalid_request_error')
    const wrong = client.charges.retrieve(SHOP.euro, { expand: ['shop'] })
    expect(await outcome(wrong)).toBe('invalid_request_error')
  })
})

describe('search', () => {
  test.each([
    [`status:'open'`, [SHOP.openInvoice, SHOP.privateInvoice]],
    [`status:'open' AND customer:'${SHOP.cafe}'`, [SHOP.openInvoice]],
    [`status:"open" -customer:"${SHOP.cafe}"`, [SHOP.privateInvoice]],
    [`total>8000`, [SHOP.paidInvoice]],
    [`total>=8000 total<12000`, [SHOP.openInvoice]],
    [`total:900 OR status:'draft'`, [SHOP.draftInvoice, SHOP.privateInvoice]],
  ])('%s', async (query, wanted) => {
    const found = await direct.client.invoices.search({ query })
    expect(found).toMatchObject({ object: 'search_result', has_more: false, next_page: null })
    expect(idsOf(found)).toEqual(wanted)
  })

  test('of each thing, by words, parts of words and metadata', async () => {
    const { client } = direct
    const { customers } = client
    expect(idsOf(await customers.search({ query: `metadata['kind']:'private'` }))).toEqual([
      SHOP.family,
    ])
    expect(idsOf(await customers.search({ query: `metadata["kind"]:null` }))).toHaveLength(2)
    expect(idsOf(await customers.search({ query: `email~"mara"` }))).toEqual([SHOP.mara])
    expect(idsOf(await client.charges.search({ query: `currency:'jpy'` }))).toEqual([SHOP.yen])
    expect(
      idsOf(await client.paymentIntents.search({ query: `status:'requires_capture'` })),
    ).toEqual([SHOP.heldIntent])
    expect(idsOf(await client.prices.search({ query: `active:'false'` }))).toEqual([
      SHOP.retiredPrice,
    ])
    expect(idsOf(await client.products.search({ query: `name~'oolong'` }))).toEqual([SHOP.oolong])
    expect(idsOf(await client.subscriptions.search({ query: `status:'canceled'` }))).toEqual([
      SHOP.endedSubscription,
    ])
  })

  test('is paged, and a page is of its query', async () => {
    const { client } = direct
    const query = `amount>0`
    const found: string[] = []
    for await (const { id } of client.charges.search({ query, limit: 3 })) found.push(id)
    expect(found).toHaveLength(direct.stripe.shop.rows('charges').length)
    const { next_page: page } = await client.charges.search({ query, limit: 3 })
    const other = client.charges.search({ query: 'amount>1', page: page ?? '' })
    expect(await outcome(other)).toBe('parameter_invalid')
  })

  test.each([
    `status:'open' AND total>1 OR total<5`,
    `(status:'open')`,
    `colour:'red'`,
    `status~'open'`,
    `status>'open'`,
    `status:open`,
    `customer:'a' AND`,
    `metadata['a']>'1'`,
    ``,
  ])('%s is no query', async (query) => {
    expect(await outcome(direct.client.invoices.search({ query }))).not.toBe('done')
  })
})
