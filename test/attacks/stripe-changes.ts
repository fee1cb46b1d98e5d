import type Stripe from 'stripe'
import { SHOP } from '../fakes/stripe/index.ts'

const usd = (max: number): object => ({ amount: { currency: 'usd', max } })

export interface ChangeCase {
  readonly action: string
  /** what the grant says besides; of the cafe, whose things these are */
  readonly grant: object
  readonly call: (client: Stripe, options?: Stripe.RequestOptions) => Promise<{ id: string }>
  /** the one request with an effect, without the mark in its metadata */
  readonly sent: readonly [line: string, form: Readonly<Record<string, string>>]
  /** what the buyer reads at the top of the card */
  readonly title: string
  /** what Stripe could answer with instead */
  readonly instead: Readonly<Record<string, unknown>>
  /** nothing of the cafe's that a stranger's token could not see */
  readonly isOpen?: true
  /** it takes metadata, and so a mark */
  readonly marks: boolean
}

const month = { interval: 'month', interval_count: 2 } as const

/** every change but a refund, which has a suite of its own */
export const CHANGES: readonly ChangeCase[] = [
  {
    action: 'refunds.cancel',
    grant: {},
    call: (client, options) => client.refunds.cancel(SHOP.pendingRefund, {}, options),
    sent: [`POST /v1/refunds/${SHOP.pendingRefund}/cancel`, {}],
    title: `Stop a refund of ${SHOP.cafe}`,
    instead: { status: 'succeeded' },
    marks: false,
  },
  {
    action: 'credit_notes.create',
    grant: usd(500),
    call: (client, options) =>
      client.creditNotes.create(
        { invoice: SHOP.paidInvoice, amount: 500, refund_amount: 200, credit_amount: 300 },
        options,
      ),
    sent: [
      'POST /v1/credit_notes',
      {
        invoice: SHOP.paidInvoice,
        amount: '500',
        refund_amount: '200',
        credit_amount: '300',
        email_type: 'none',
      },
    ],
    title: `Credit $5.00 of an invoice of ${SHOP.cafe}`,
    instead: { amount: 50_000 },
    marks: true,
  },
  {
    action: 'customer_balance_transactions.create',
    grant: usd(500),
    call: (client, options) =>
      client.customers.createBalanceTransaction(
        SHOP.cafe,
        { amount: -500, currency: 'usd', description: 'for the wait' },
        options,
      ),
    sent: [
      `POST /v1/customers/${SHOP.cafe}/balance_transactions`,
      { amount: '-500', currency: 'usd', description: 'for the wait' },
    ],
    title: `Give ${SHOP.cafe} $5.00 of credit`,
    instead: { amount: -50_000 },
    marks: true,
  },
  {
    action: 'invoices.void',
    grant: usd(8_000),
    call: (client, options) => client.invoices.voidInvoice(SHOP.openInvoice, {}, options),
    sent: [`POST /v1/invoices/${SHOP.openInvoice}/void`, {}],
    title: `Give up $80.00 of an invoice of ${SHOP.cafe}`,
    instead: { id: SHOP.privateInvoice },
    marks: false,
  },
  {
    action: 'invoices.send',
    grant: {},
    call: (client, options) => client.invoices.sendInvoice(SHOP.openInvoice, {}, options),
    sent: [`POST /v1/invoices/${SHOP.openInvoice}/send`, {}],
    title: `Send an invoice of ${SHOP.cafe}`,
    instead: { customer: SHOP.family },
    marks: false,
  },
  {
    action: 'payment_intents.create',
    grant: usd(1_200),
    call: (client, options) =>
      client.paymentIntents.create(
        {
          amount: 1_200,
          currency: 'usd',
          customer: SHOP.cafe,
          confirm: true,
          off_session: true,
          payment_method: 'pm_1',
        },
        options,
      ),
    sent: [
      'POST /v1/payment_intents',
      {
        amount: '1200',
        currency: 'usd',
        customer: SHOP.cafe,
        confirm: 'true',
        off_session: 'true',
        payment_method: 'pm_1',
      },
    ],
    title: `Charge $12.00 of ${SHOP.cafe}`,
    instead: { amount: 120_000 },
    marks: true,
  },
  {
    action: 'payment_intents.capture',
    grant: usd(9_000),
    call: (client, options) => client.paymentIntents.capture(SHOP.heldIntent, {}, options),
    sent: [
      `POST /v1/payment_intents/${SHOP.heldIntent}/capture`,
      // said also when it is left out
      { amount_to_capture: '4500' },
    ],
    title: `Collect $45.00 of a payment of ${SHOP.cafe}`,
    instead: { amount_received: 1 },
    marks: true,
  },
  {
    action: 'payment_intents.cancel',
    grant: usd(9_000),
    call: (client, options) =>
      client.paymentIntents.cancel(
        SHOP.heldIntent,
        { cancellation_reason: 'requested_by_customer' },
        options,
      ),
    sent: [
      `POST /v1/payment_intents/${SHOP.heldIntent}/cancel`,
      { cancellation_reason: 'requested_by_customer' },
    ],
    title: `Cancel a payment of $45.00 of ${SHOP.cafe}`,
    instead: { status: 'succeeded' },
    marks: false,
  },
  {
    action: 'payment_intents.update',
    grant: { ...usd(9_000), fields: ['description'] },
    call: (client, options) =>
      client.paymentIntents.update(SHOP.openIntent, { description: 'tea' }, options),
    sent: [`POST /v1/payment_intents/${SHOP.openIntent}`, { description: 'tea' }],
    title: `Change a payment of ${SHOP.cafe}`,
    instead: { amount: 1 },
    marks: true,
  },
  {
    action: 'transfers.create',
    grant: { ...usd(700), destinations: [SHOP.grower] },
    call: (client, options) =>
      client.transfers.create({ amount: 700, currency: 'usd', destination: SHOP.grower }, options),
    sent: ['POST /v1/transfers', { amount: '700', currency: 'usd', destination: SHOP.grower }],
    title: `Transfer $7.00 to ${SHOP.grower}`,
    instead: { destination: SHOP.stranger },
    isOpen: true,
    marks: true,
  },
  {
    action: 'subscriptions.update',
    grant: { fields: ['items', 'metadata'] },
    call: (client, options) =>
      client.subscriptions.update(
        SHOP.subscription,
        {
          items: [{ id: SHOP.subscriptionItem, price: SHOP.oolongMonthly, quantity: 2 }],
          metadata: { by: 'me' },
        },
        options,
      ),
    sent: [
      `POST /v1/subscriptions/${SHOP.subscription}`,
      {
        'items[0][id]': SHOP.subscriptionItem,
        'items[0][price]': SHOP.oolongMonthly,
        'items[0][quantity]': '2',
        'metadata[by]': 'me',
        // credit for what was paid already would be money back past every limit
        proration_behavior: 'none',
      },
    ],
    title: `Change a subscription of ${SHOP.cafe}`,
    instead: { customer: SHOP.family },
    marks: true,
  },
  {
    action: 'subscriptions.cancel',
    grant: {},
    call: (client, options) => client.subscriptions.cancel(SHOP.subscription, {}, options),
    sent: [
      `DELETE /v1/subscriptions/${SHOP.subscription}`,
      { invoice_now: 'false', prorate: 'false' },
    ],
    title: `End a subscription of ${SHOP.cafe} at once`,
    instead: { status: 'active' },
    marks: false,
  },
  {
    action: 'subscription_schedules.create',
    grant: { fields: ['end_behavior', 'phases', 'start_date'] },
    call: (client, options) =>
      client.subscriptionSchedules.create(
        {
          customer: SHOP.cafe,
          start_date: 'now',
          end_behavior: 'cancel',
          phases: [{ items: [{ price: SHOP.greenMonthly, quantity: 1 }], duration: month }],
        },
        options,
      ),
    sent: [
      'POST /v1/subscription_schedules',
      {
        customer: SHOP.cafe,
        start_date: 'now',
        end_behavior: 'cancel',
        'phases[0][items][0][price]': SHOP.greenMonthly,
        'phases[0][items][0][quantity]': '1',
        'phases[0][duration][interval]': 'month',
        'phases[0][duration][interval_count]': '2',
        'phases[0][proration_behavior]': 'none',
      },
    ],
    title: `Plan a subscription of ${SHOP.cafe}`,
    instead: { customer: SHOP.family },
    marks: true,
  },
  {
    action: 'subscription_schedules.update',
    grant: { fields: ['end_behavior'] },
    call: (client, options) =>
      client.subscriptionSchedules.update(SHOP.schedule, { end_behavior: 'cancel' }, options),
    sent: [
      `POST /v1/subscription_schedules/${SHOP.schedule}`,
      { end_behavior: 'cancel', proration_behavior: 'none' },
    ],
    title: `Change what is planned for a subscription of ${SHOP.cafe}`,
    instead: { customer: SHOP.family },
    marks: true,
  },
  {
    action: 'customers.update',
    grant: { fields: ['phone', 'shipping'] },
    call: (client, options) =>
      client.customers.update(
        SHOP.cafe,
        { phone: '+1 555 0100', shipping: { name: 'Mara', address: { line1: 'Leaf Lane 1' } } },
        options,
      ),
    sent: [
      `POST /v1/customers/${SHOP.cafe}`,
      { phone: '+1 555 0100', 'shipping[name]': 'Mara', 'shipping[address][line1]': 'Leaf Lane 1' },
    ],
    title: `Change what is stored of ${SHOP.cafe}`,
    instead: { id: SHOP.family },
    marks: true,
  },
]
