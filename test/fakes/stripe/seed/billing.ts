import type { Row } from '../row.ts'
import { catalog } from './catalog.ts'
import { DAY } from './days.ts'
import { SHOP } from './ids.ts'
import { toInvoice, toLine } from './shapes.ts'

export function billing(now: number): Record<string, Row[]> {
  // a subscription holds its prices whole, as they were
  const priceOf = (id: string): Row | undefined =>
    catalog(now)['prices']?.find((price) => price.id === id)
  const invoice = (id: string, customer: string, lines: Row[], more: object = {}): Row =>
    toInvoice({ id, customer, currency: 'usd', created: now - 30 * DAY, lines, ...more })
  const subscription = (
    id: string,
    customer: string,
    [item, price, quantity]: readonly [string, string, number],
    more: object = {},
  ): Row => ({
    id,
    object: 'subscription',
    billing_cycle_anchor: now - 15 * DAY,
    cancel_at: null,
    cancel_at_period_end: false,
    canceled_at: null,
    cancellation_details: { comment: null, feedback: null, reason: null },
    collection_method: 'charge_automatically',
    created: now - 105 * DAY,
    currency: 'usd',
    customer,
    default_payment_method: 'pm_card',
    description: null,
    discounts: [],
    ended_at: null,
    items: {
      object: 'list',
      data: [
        {
          id: item,
          object: 'subscription_item',
          current_period_end: now + 15 * DAY,
          current_period_start: now - 15 * DAY,
          metadata: {},
          price: priceOf(price),
          quantity,
          subscription: id,
        },
      ],
      has_more: false,
      url: `/v1/subscription_items?subscription=${id}`,
    },
    latest_invoice: null,
    livemode: false,
    metadata: {},
    pause_collection: null,
    pending_setup_intent: null,
    schedule: null,
    start_date: now - 105 * DAY,
    status: 'active',
    trial_end: null,
    ...more,
  })
  const paidLines = [
    toLine(SHOP.paidLine, 10_000, 'Oolong, 2 kg'),
    toLine('il_Paid0000000002', 2_000, 'Delivery'),
  ]
  const openLine = toLine('il_Open0000000003', 8_000, 'Green tea, 2 kg')
  return {
    invoices: [
      invoice(SHOP.paidInvoice, SHOP.cafe, paidLines, {
        amount_paid: 12_000,
        amount_remaining: 0,
        payments: {
          object: 'list',
          data: [
            {
              id: 'inpay_Paid0000000001',
              object: 'invoice_payment',
              amount_paid: 12_000,
              invoice: SHOP.paidInvoice,
              payment: { charge: SHOP.invoiced, type: 'charge' },
              status: 'paid',
            },
          ],
          has_more: false,
          url: '/v1/invoice_payments',
        },
        post_payment_credit_notes_amount: 1_000,
        status: 'paid',
      }),
      invoice(SHOP.openInvoice, SHOP.cafe, [openLine], {
        created: now - 4 * DAY,
        parent: {
          type: 'subscription_details',
          subscription_details: { metadata: {}, subscription: SHOP.subscription },
        },
      }),
      invoice(SHOP.draftInvoice, SHOP.cafe, [toLine('il_Draft000000004', 2_500, 'A pot')], {
        created: now - DAY,
        hosted_invoice_url: null,
        invoice_pdf: null,
        number: null,
        status: 'draft',
      }),
      invoice(SHOP.privateInvoice, SHOP.family, [toLine('il_Private00005', 900, 'Cups')]),
    ],
    invoiceitems: [],
    subscriptions: [
      subscription(SHOP.subscription, SHOP.cafe, [SHOP.subscriptionItem, SHOP.greenMonthly, 2], {
        latest_invoice: SHOP.openInvoice,
        schedule: SHOP.schedule,
      }),
      subscription(SHOP.privateSubscription, SHOP.family, [
        'si_Family000000002',
        SHOP.oolongMonthly,
        1,
      ]),
      subscription(SHOP.endedSubscription, SHOP.mara, ['si_Ended000000003', SHOP.greenMonthly, 1], {
        canceled_at: now - 40 * DAY,
        ended_at: now - 40 * DAY,
        status: 'canceled',
      }),
    ],
    subscription_schedules: [
      {
        id: SHOP.schedule,
        object: 'subscription_schedule',
        canceled_at: null,
        completed_at: null,
        created: now - 15 * DAY,
        current_phase: { end_date: now + 15 * DAY, start_date: now - 15 * DAY },
        customer: SHOP.cafe,
        end_behavior: 'release',
        livemode: false,
        metadata: {},
        phases: [
          {
            end_date: now + 15 * DAY,
            items: [{ price: SHOP.greenMonthly, quantity: 2 }],
            proration_behavior: 'create_prorations',
            start_date: now - 15 * DAY,
          },
        ],
        released_at: null,
        status: 'active',
        subscription: SHOP.subscription,
      },
    ],
    credit_notes: [
      {
        id: SHOP.creditNote,
        object: 'credit_note',
        amount: 1_000,
        created: now - 25 * DAY,
        currency: 'usd',
        customer: SHOP.cafe,
        customer_balance_transaction: null,
        invoice: SHOP.paidInvoice,
        lines: { object: 'list', data: [], has_more: false, url: '/v1/credit_notes' },
        livemode: false,
        memo: null,
        metadata: {},
        number: 'ABC-0001-CN-01',
        out_of_band_amount: 0,
        pdf: 'https://pay.stripe.com/credit_notes/secret/pdf',
        reason: 'order_change',
        refunds: [],
        status: 'issued',
        total: 1_000,
        type: 'post_payment',
        voided_at: null,
      },
    ],
  }
}
