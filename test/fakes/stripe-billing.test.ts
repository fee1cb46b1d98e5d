import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDirectStripe, outcome, type DirectStripe } from './stripe-client.ts'
import { SHOP } from './stripe/index.ts'

let direct: DirectStripe
beforeAll(async () => {
  direct = await openDirectStripe()
})
afterAll(async () => direct.stripe.close())
beforeEach(() => direct.stripe.reset())

async function balanceOf(id: string): Promise<number> {
  const customer = await direct.client.customers.retrieve(id)
  if (customer.deleted) throw new Error('nobody deletes customers here')
  return customer.balance
}

describe('customers', () => {
  test('are changed field by field, and metadata key by key', async () => {
    const { customers } = direct.client
    await customers.update(SHOP.cafe, { phone: '', name: 'Cafe Lune', metadata: { table: '4' } })
    expect(await customers.retrieve(SHOP.cafe)).toMatchObject({
      email: 'cafe@shop.example',
      name: 'Cafe Lune',
      phone: null,
      metadata: { kind: 'wholesale', table: '4' },
    })
  })

  test('are credited by a negative amount', async () => {
    const { customers } = direct.client
    const credit = await customers.createBalanceTransaction(SHOP.cafe, {
      amount: -500,
      currency: 'usd',
      description: 'a late box',
    })
    expect(credit).toMatchObject({ amount: -500, ending_balance: -1_500, type: 'adjustment' })
    expect(await balanceOf(SHOP.cafe)).toBe(-1_500)
    const euros = { amount: -500, currency: 'eur' }
    expect(await outcome(customers.createBalanceTransaction(SHOP.cafe, euros))).toBe(
      'parameter_invalid',
    )
    expect(await balanceOf(SHOP.cafe)).toBe(-1_500)
  })
})

describe('invoices', () => {
  test('only an open one is sent or voided', async () => {
    const { invoices } = direct.client
    expect((await invoices.sendInvoice(SHOP.openInvoice)).status).toBe('open')
    expect((await invoices.voidInvoice(SHOP.openInvoice)).status).toBe('void')
    for (const id of [SHOP.openInvoice, SHOP.paidInvoice, SHOP.draftInvoice]) {
      expect(await outcome(invoices.voidInvoice(id))).toBe('invoice_not_editable')
      expect(await outcome(invoices.sendInvoice(id))).toBe('invoice_not_editable')
    }
    expect((await invoices.retrieve(SHOP.paidInvoice)).status).toBe('paid')
  })
})

describe('credit notes', () => {
  const { paidInvoice: invoice } = SHOP

  test('give back what they say, each part where it says', async () => {
    const note = await direct.client.creditNotes.create({
      invoice,
      amount: 3_000,
      refund_amount: 1_500,
      credit_amount: 1_000,
      out_of_band_amount: 500,
    })
    expect(note).toMatchObject({ amount: 3_000, type: 'post_payment', status: 'issued' })
    const charge = await direct.client.charges.retrieve(SHOP.invoiced)
    expect(charge.amount_refunded).toBe(2_500)
    expect(direct.stripe.shop.refunded('usd')).toBe(1_500)
    expect(await balanceOf(SHOP.cafe)).toBe(-2_000)
    const paid = await direct.client.invoices.retrieve(invoice)
    expect(paid.post_payment_credit_notes_amount).toBe(4_000)
  })

  test('by lines of the invoice and of their own', async () => {
    const note = await direct.client.creditNotes.create({
      invoice,
      lines: [
        { type: 'invoice_line_item', invoice_line_item: SHOP.paidLine, amount: 700 },
        { type: 'custom_line_item', description: 'a tin', quantity: 3, unit_amount: 100 },
      ],
      credit_amount: 1_000,
    })
    expect(note.amount).toBe(1_000)
  })

  test('of an open invoice make it smaller, and in the end paid', async () => {
    const { creditNotes, invoices } = direct.client
    await creditNotes.create({ invoice: SHOP.openInvoice, amount: 3_000 })
    expect((await invoices.retrieve(SHOP.openInvoice)).amount_remaining).toBe(5_000)
    await creditNotes.create({ invoice: SHOP.openInvoice, amount: 5_000 })
    expect((await invoices.retrieve(SHOP.openInvoice)).status).toBe('paid')
  })

  test.each([
    [{ invoice, amount: 1_000, refund_amount: 999 }, 'parameter_invalid'],
    [{ invoice, amount: 1_000 }, 'parameter_invalid'],
    [{ invoice, amount: 11_001, refund_amount: 11_001 }, 'amount_too_large'],
    [{ invoice: SHOP.openInvoice, amount: 1, refund_amount: 1 }, 'parameter_invalid'],
    [{ invoice: SHOP.openInvoice, amount: 8_001 }, 'amount_too_large'],
    [{ invoice: SHOP.draftInvoice, amount: 1 }, 'invalid_request_error'],
    [{ invoice }, 'parameter_missing'],
  ])('%o is refused as %s, and gives nothing', async (params, code) => {
    expect(await outcome(direct.client.creditNotes.create(params))).toBe(code)
    expect(direct.stripe.shop.refunded('usd')).toBe(0)
    expect(direct.stripe.shop.rows('credit_notes')).toHaveLength(1)
  })
})

describe('subscriptions', () => {
  const item = { id: SHOP.subscriptionItem }

  test('fewer boxes, invoiced now, become the customer’s credit', async () => {
    const changed = await direct.client.subscriptions.update(SHOP.subscription, {
      items: [{ ...item, quantity: 1 }],
      proration_behavior: 'always_invoice',
    })
    expect(changed.items.data[0]).toMatchObject({ price: { id: SHOP.greenMonthly }, quantity: 1 })
    expect(await balanceOf(SHOP.cafe)).toBe(-2_000)
  })

  test('another price, invoiced now, is owed on an open invoice', async () => {
    const { latest_invoice: latest } = await direct.client.subscriptions.update(SHOP.subscription, {
      items: [{ ...item, price: SHOP.oolongMonthly }],
      proration_behavior: 'always_invoice',
    })
    const invoice = await direct.client.invoices.retrieve(latest as string)
    expect(invoice).toMatchObject({ amount_due: 1_500, customer: SHOP.cafe, status: 'open' })
  })

  test('without prorations nothing moves; by default it waits', async () => {
    const { shop } = direct.stripe
    const items = [{ ...item, quantity: 5 }]
    await direct.client.subscriptions.update(SHOP.subscription, {
      items,
      proration_behavior: 'none',
    })
    expect(shop.rows('invoiceitems')).toEqual([])
    await direct.client.subscriptions.update(SHOP.subscription, {
      items: [{ ...item, quantity: 1 }],
    })
    expect(shop.rows('invoiceitems')).toMatchObject([{ amount: -4_000, customer: SHOP.cafe }])
    expect(await balanceOf(SHOP.cafe)).toBe(-1_000)
  })

  test('discounts, an end and notes are shown afterwards', async () => {
    await direct.client.subscriptions.update(SHOP.subscription, {
      cancel_at_period_end: true,
      discounts: [{ coupon: 'FREE' }],
      metadata: { box: 'large' },
    })
    const body = 'coupon=HALF'
    expect(await direct.client.subscriptions.retrieve(SHOP.subscription)).toMatchObject({
      cancel_at_period_end: true,
      discounts: [{ source: { coupon: 'FREE' } }],
      metadata: { box: 'large' },
    })
    const path = `/v1/subscriptions/${SHOP.subscription}`
    expect((await direct.raw('POST', path, { body })).code).toBe('done')
  })

  test.each([
    [{ items: [{ id: 'si_None', quantity: 1 }] }, 'resource_missing'],
    [{ items: [{ ...item, price: SHOP.retiredPrice }] }, 'parameter_invalid'],
    [{ items: [{ ...item, deleted: true }] }, 'invalid_request_error'],
  ])('%o is refused as %s', async (params, code) => {
    const { subscriptions } = direct.client
    expect(await outcome(subscriptions.update(SHOP.subscription, params))).toBe(code)
    const { data } = (await subscriptions.retrieve(SHOP.subscription)).items
    expect(data).toMatchObject([{ price: { id: SHOP.greenMonthly }, quantity: 2 }])
  })

  test('ends at once, and gives the rest of the month back when asked to', async () => {
    const { subscriptions } = direct.client
    const ended = await subscriptions.cancel(SHOP.subscription, {
      prorate: true,
      invoice_now: true,
    })
    expect(ended.status).toBe('canceled')
    expect(await balanceOf(SHOP.cafe)).toBe(-3_000)
    expect(await outcome(subscriptions.cancel(SHOP.subscription))).toBe('resource_missing')
    expect((await subscriptions.cancel(SHOP.privateSubscription)).status).toBe('canceled')
    expect(await balanceOf(SHOP.family)).toBe(0)
  })
})

describe('schedules', () => {
  test('of a subscription, and of a customer for later', async () => {
    const { subscriptionSchedules: schedules } = direct.client
    const of = await schedules.create({ from_subscription: SHOP.privateSubscription })
    expect(of).toMatchObject({
      customer: SHOP.family,
      subscription: SHOP.privateSubscription,
      phases: [{ items: [{ price: SHOP.oolongMonthly, quantity: 1 }] }],
    })
    const again = schedules.create({ from_subscription: SHOP.privateSubscription })
    expect(await outcome(again)).toBe('invalid_request_error')
    const later = await schedules.create({
      customer: SHOP.mara,
      start_date: direct.stripe.shop.now() + 86_400,
      phases: [{ items: [{ price: SHOP.greenMonthly, quantity: 1 }] }],
    })
    expect(later).toMatchObject({ customer: SHOP.mara, status: 'not_started' })
  })

  test('are changed', async () => {
    const { subscriptionSchedules: schedules } = direct.client
    const phases = [{ items: [{ price: SHOP.oolongMonthly, quantity: 1 }] }]
    await schedules.update(SHOP.schedule, { end_behavior: 'cancel', phases })
    expect(await schedules.retrieve(SHOP.schedule)).toMatchObject({
      end_behavior: 'cancel',
      phases,
    })
    const wrong = [{ items: [{ price: 'price_None' }] }]
    expect(await outcome(schedules.update(SHOP.schedule, { phases: wrong }))).toBe(
      'resource_missing',
    )
  })
})
