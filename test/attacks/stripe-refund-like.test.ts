import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type Stripe from 'stripe'
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
beforeEach(async () => {
  desk.stripe.reset()
  await desk.newGrant()
})

/** every way to give a customer something back */
const REFUND_LIKE = [
  'refunds.create',
  'credit_notes.create',
  'customer_balance_transactions.create',
  'invoices.void',
  'payment_intents.cancel',
]
const entry = (more: object = {}): object => ({
  type: 'stripe',
  actions: REFUND_LIKE,
  amount: { currency: 'usd', max: 8_000 },
  limits: [{ per: 'day', amount: 8_000, currency: 'usd' }],
  ...more,
})

type Door = readonly [name: string, cents: number, open: (client: Stripe) => Promise<unknown>]
const DOORS: readonly Door[] = [
  ['a refund', 1_000, (client) => client.refunds.create({ charge: SHOP.hundred, amount: 1_000 })],
  [
    'a credit note',
    1_000,
    (client) =>
      client.creditNotes.create({ invoice: SHOP.paidInvoice, amount: 1_000, refund_amount: 1_000 }),
  ],
  [
    'credit for later',
    1_000,
    (client) =>
      client.customers.createBalanceTransaction(SHOP.mara, { amount: -1_000, currency: 'usd' }),
  ],
  ['an invoice given up', 8_000, (client) => client.invoices.voidInvoice(SHOP.openInvoice)],
  ['an authorisation let go', 4_500, (client) => client.paymentIntents.cancel(SHOP.heldIntent)],
]

async function codeOf(call: Promise<unknown>): Promise<string> {
  try {
    await call
    return 'done'
  } catch (error) {
    const { code, statusCode } = error as { code?: string; statusCode?: number }
    return code ?? String(statusCode ?? error)
  }
}

describe('73: what is like a refund is counted as one', () => {
  test.each(DOORS)('%s takes its sum from the budget of refunds', async (_name, cents, open) => {
    const token = desk.mint([entry()])
    expect(await codeOf(open(desk.client(token)))).toBe('done')
    const over = { charge: SHOP.hundred, amount: 8_000 - cents + 1 }
    const rest = { charge: SHOP.hundred, amount: 8_000 - cents }
    expect(await codeOf(desk.client(token).refunds.create(over))).toBe('limit_reached')
    if (rest.amount > 0) {
      expect(await codeOf(desk.client(token).refunds.create(rest))).toBe('done')
    }
    expect(desk.stripe.effects).toHaveLength(rest.amount > 0 ? 2 : 1)
  })

  test.each(DOORS.slice(1))(
    '%s is closed once refunds have used it up',
    async (_name, _cents, open) => {
      const token = desk.mint([entry()])
      const whole = { charge: SHOP.hundred, amount: 8_000 }
      expect(await codeOf(desk.client(token).refunds.create(whole))).toBe('done')
      expect(await codeOf(open(desk.client(token)))).toBe('limit_reached')
      expect(desk.stripe.effects).toHaveLength(1)
    },
  )

  test.each(DOORS.slice(1))(
    '%s above the most is refused, as a refund is',
    async (_name, cents, open) => {
      const token = desk.mint([entry({ amount: { currency: 'usd', max: cents - 1 } })])
      expect(await codeOf(open(desk.client(token)))).toBe('capability_denied')
      expect(desk.stripe.effects).toEqual([])
    },
  )

  test('a grant for refunds alone opens none of the other doors', async () => {
    const token = desk.mint([entry({ actions: ['refunds.create'] })])
    for (const [, , open] of DOORS.slice(1)) {
      expect(await codeOf(open(desk.client(token)))).toBe('capability_denied')
    }
    expect(desk.stripe.requests).toEqual([])
  })

  test('stopping a refund that waits fills nothing up again', async () => {
    const token = desk.mint([
      entry({ limits: [{ per: 'day', amount: 1_000, currency: 'usd' }] }),
      { type: 'stripe', actions: ['refunds.cancel'] },
    ])
    const client = desk.client(token)
    expect(await codeOf(client.refunds.create({ charge: SHOP.hundred, amount: 1_000 }))).toBe(
      'done',
    )
    expect(await codeOf(client.refunds.cancel(SHOP.pendingRefund))).toBe('done')
    expect(await codeOf(client.refunds.create({ charge: SHOP.partly, amount: 1 }))).toBe(
      'limit_reached',
    )
  })

  test('a debit, a credit note over its invoice, and parts that do not come to the sum are no request', async () => {
    const client = desk.client(desk.mint([entry()]))
    const debit = client.customers.createBalanceTransaction(SHOP.mara, {
      amount: 500,
      currency: 'usd',
    })
    expect(await codeOf(debit)).toBe('parameter_invalid')
    const over = client.creditNotes.create({ invoice: SHOP.paidInvoice, amount: 12_001 })
    expect(await codeOf(over)).toBe('parameter_invalid')
    const parts = client.creditNotes.create({
      invoice: SHOP.paidInvoice,
      amount: 500,
      refund_amount: 9_000,
    })
    expect(await codeOf(parts)).toBe('parameter_invalid')
    expect(desk.stripe.effects).toEqual([])
  })

  test('a change of a subscription is never prorated: that would be credit past every limit', async () => {
    const token = desk.mint([
      { type: 'stripe', actions: ['subscriptions.update'], fields: ['items'] },
      { type: 'stripe', actions: ['subscriptions.cancel'] },
    ])
    const client = desk.client(token)
    const { balance: before } = desk.stripe.shop.find('customers', SHOP.cafe)
    const items = [{ id: SHOP.subscriptionItem, quantity: 1 }]
    await client.subscriptions.update(SHOP.subscription, { items })
    await client.subscriptions.cancel(SHOP.subscription)
    expect(desk.stripe.shop.rows('invoiceitems')).toEqual([])
    expect(desk.stripe.shop.find('customers', SHOP.cafe)['balance']).toBe(before)
    expect(desk.stripe.effects[0]?.body).toContain('proration_behavior=none')
    expect(desk.stripe.effects[1]?.query.get('prorate')).toBe('false')
  })
})

describe('75: what decides where things go is granted by its name', () => {
  const fields = (granted: readonly string[]): string =>
    desk.mint([
      { type: 'stripe', actions: ['customers.update'], fields: granted },
      { type: 'stripe', actions: ['invoices.send'] },
    ])

  test('an e-mail address that was not granted is refused at the update, and no invoice goes there', async () => {
    const client = desk.client(fields(['name', 'phone']))
    const update = client.customers.update(SHOP.mara, { name: 'Mara', email: 'eve@evil.example' })
    expect(await codeOf(update)).toBe('capability_denied')
    expect(desk.stripe.effects).toEqual([])
    expect(await codeOf(client.invoices.sendInvoice(SHOP.openInvoice))).toBe('done')
    expect(desk.stripe.shop.find('customers', SHOP.mara)['email']).toBe('mara@shop.example')
  })

  test('a field inside another one is the other one', async () => {
    const client = desk.client(fields(['name']))
    const update = client.customers.update(SHOP.mara, { shipping: { name: 'Eve', address: {} } })
    expect(await codeOf(update)).toBe('capability_denied')
    expect(desk.stripe.effects).toEqual([])
  })

  test('a connected account is changed only with its buyer’s yes, whatever was granted', async () => {
    const token = desk.mint([
      {
        type: 'stripe',
        actions: ['accounts.update'],
        accounts: [SHOP.grower],
        fields: ['email'],
      },
    ])
    const client = desk.client(token)
    const mail = { email: 'new@grower.example' }
    expect(await codeOf(client.accounts.update(SHOP.stranger, mail))).not.toBe('done')
    expect(await codeOf(client.accounts.update(SHOP.grower, mail))).toBe('approval_required')
    expect(desk.stripe.effects).toEqual([])
    const { id } = await database.db
      .selectFrom('approvals')
      .select('id')
      .where('grant_id', '=', desk.grantId)
      .executeTakeFirstOrThrow()
    expect(await desk.approve(id)).toBe(true)
    expect(await codeOf(client.accounts.update(SHOP.grower, mail))).toBe('done')
    expect(desk.stripe.effects.map(({ path }) => path)).toEqual([`/v1/accounts/${SHOP.grower}`])
  })

  test('money goes to no account that was not named', async () => {
    const token = desk.mint([
      {
        type: 'stripe',
        actions: ['transfers.create'],
        amount: { currency: 'usd', max: 5_000 },
        destinations: [SHOP.grower],
      },
    ])
    const transfer = { amount: 100, currency: 'usd', destination: SHOP.stranger }
    expect(await codeOf(desk.client(token).transfers.create(transfer))).toBe('capability_denied')
    expect(desk.stripe.requests).toEqual([])
  })
})
