/** an object as it is kept; ids where Stripe has ids */
export type Row = Record<string, unknown> & { id: string; object: string }

/** ids of the small shop; the same on every start */
export const SHOP = {
  mara: 'cus_Mara0000000001',
  omar: 'cus_Omar0000000002',
  /** Mara's: 100.00 USD, nothing refunded */
  hundred: 'ch_Hundred00000001',
  hundredIntent: 'pi_Hundred00000001',
  /** Mara's: 50.00 USD, 30.00 refunded */
  partly: 'ch_Partly000000002',
  /** Omar's: 40.00 EUR */
  euro: 'ch_Euro0000000003',
  /** Mara's: 5000 JPY */
  yen: 'ch_Yen00000000004',
  /** Mara's: 80.00 USD, 400 days old */
  old: 'ch_Old00000000005',
  /** Mara's: 90.00 USD, authorised and not captured */
  heldIntent: 'pi_Held00000000001',
  /** Omar's: 25.00 USD, not paid yet */
  openIntent: 'pi_Open00000000001',
  /** of `partly`: 5.00 USD that wait for the customer's account number */
  waitingRefund: 're_Waiting0000001',
  /** Mara's: 60.00 USD, open */
  openInvoice: 'in_Open0000000001',
  /** Mara's: 30.00 USD, paid */
  paidInvoice: 'in_Paid0000000002',
  /** Mara's, not final yet */
  draftInvoice: 'in_Draft000000003',
  /** Omar's: 45.00 USD, open */
  omarInvoice: 'in_Omar0000000004',
  /** Mara's: one box of tea a month */
  maraSubscription: 'sub_Mara000000001',
  maraItem: 'si_Mara0000000001',
  omarSubscription: 'sub_Omar000000002',
  maraSchedule: 'sub_sched_Mara0001',
  monthly: 'price_Monthly00001',
  yearly: 'price_Yearly000002',
  tea: 'prod_Tea0000000001',
  grower: 'acct_Grower00000001',
  stranger: 'acct_Stranger000002',
  dispute: 'dp_Hundred0000001',
  note: 'cn_First000000001',
  transfer: 'tr_Grower00000001',
  strangerTransfer: 'tr_Stranger000002',
  movement: 'txn_Hundred000001',
} as const

const DAY = 86_400

/** what the shop has in Stripe before anybody comes; `now` in seconds */
export function seed(now: number): Map<string, Row[]> {
  const made = (days: number): number => now - days * DAY
  return new Map<string, Row[]>([
    ['customers', [customer(SHOP.mara, 'Mara', made(500)), customer(SHOP.omar, 'Omar', made(500))]],
    ['charges', charges(made)],
    ['payment_intents', intents(made)],
    ['refunds', [waiting(made(1))]],
    ['invoices', invoices(made)],
    ['subscriptions', subscriptions(made)],
    ['subscription_schedules', [schedule(made(3))]],
    ['credit_notes', [note(made(5))]],
    ['customer_balance_transactions', []],
    [
      'prices',
      [price(SHOP.monthly, 1_800, 'month', made(90)), price(SHOP.yearly, 19_000, 'year', made(90))],
    ],
    ['products', [product(made(90))]],
    ['balance_transactions', [movement(made(2))]],
    [
      'transfers',
      [
        transfer(SHOP.transfer, SHOP.grower, made(4)),
        transfer(SHOP.strangerTransfer, SHOP.stranger, made(6)),
      ],
    ],
    ['disputes', [dispute(made(1))]],
    ['accounts', [account(SHOP.grower, 'Grower'), account(SHOP.stranger, 'Stranger')]],
  ])
}

function customer(id: string, name: string, created: number): Row {
  return {
    id,
    object: 'customer',
    name,
    email: `${name.toLowerCase()}@shop.example`,
    created,
    balance: 0,
    metadata: {},
    sources: { object: 'list', data: [{ id: 'card_1', object: 'card', fingerprint: 'F' }] },
    default_source: 'card_1',
    invoice_prefix: 'ABC',
  }
}

function charges(made: (days: number) => number): Row[] {
  const charge = (
    id: string,
    of: string,
    money: readonly [number, string, number],
    days = 2,
  ): Row => ({
    id,
    object: 'charge',
    amount: money[0],
    amount_captured: money[0],
    amount_refunded: money[2],
    currency: money[1],
    customer: of,
    captured: true,
    created: made(days),
    metadata: {},
    payment_intent: null,
    paid: true,
    refunded: money[0] === money[2],
    status: 'succeeded',
    receipt_url: `https://pay.stripe.com/receipts/${id}`,
    payment_method_details: { card: { fingerprint: 'Fsecret', last4: '4242' } },
    billing_details: { email: 'secret@shop.example' },
  })
  return [
    { ...charge(SHOP.hundred, SHOP.mara, [10_000, 'usd', 0]), payment_intent: SHOP.hundredIntent },
    charge(SHOP.partly, SHOP.mara, [5_000, 'usd', 3_000]),
    charge(SHOP.euro, SHOP.omar, [4_000, 'eur', 0]),
    charge(SHOP.yen, SHOP.mara, [5_000, 'jpy', 0]),
    charge(SHOP.old, SHOP.mara, [8_000, 'usd', 0], 400),
  ]
}

function intents(made: (days: number) => number): Row[] {
  const intent = (id: string, amount: number, more: Record<string, unknown>): Row => ({
    id,
    object: 'payment_intent',
    amount,
    amount_capturable: 0,
    amount_received: 0,
    currency: 'usd',
    created: made(2),
    client_secret: `${id}_secret_leak`,
    next_action: { redirect_to_url: { url: 'https://hooks.stripe.com/leak' } },
    metadata: {},
    ...more,
  })
  return [
    intent(SHOP.hundredIntent, 10_000, {
      customer: SHOP.mara,
      latest_charge: SHOP.hundred,
      amount_received: 10_000,
      status: 'succeeded',
    }),
    intent(SHOP.heldIntent, 9_000, {
      customer: SHOP.mara,
      amount_capturable: 9_000,
      capture_method: 'manual',
      status: 'requires_capture',
    }),
    intent(SHOP.openIntent, 2_500, { customer: SHOP.omar, status: 'requires_payment_method' }),
  ]
}

function waiting(created: number): Row {
  return {
    id: SHOP.waitingRefund,
    object: 'refund',
    amount: 500,
    charge: SHOP.partly,
    currency: 'usd',
    created,
    metadata: {},
    payment_intent: null,
    reason: 'requested_by_customer',
    status: 'requires_action',
    next_action: { display_details: { email_sent: { email_sent_to: 'leak@shop.example' } } },
  }
}

function invoices(made: (days: number) => number): Row[] {
  const invoice = (id: string, of: string, total: number, status: string): Row => ({
    id,
    object: 'invoice',
    customer: of,
    customer_email: of === SHOP.mara ? 'mara@shop.example' : 'omar@shop.example',
    currency: 'usd',
    total,
    subtotal: total,
    amount_due: total,
    amount_paid: status === 'paid' ? total : 0,
    amount_remaining: status === 'paid' ? 0 : total,
    status,
    collection_method: 'send_invoice',
    created: made(7),
    number: `TEA-${id.slice(-4)}`,
    hosted_invoice_url: `https://invoice.stripe.com/i/${id}`,
    invoice_pdf: `https://pay.stripe.com/invoice/${id}/pdf`,
    metadata: {},
    lines: {
      object: 'list',
      has_more: false,
      url: `/v1/invoices/${id}/lines`,
      total_count: 1,
      data: [
        {
          id: `il_${id.slice(3)}`,
          object: 'line_item',
          amount: total,
          currency: 'usd',
          description: 'Tea',
          quantity: 1,
        },
      ],
    },
  })
  return [
    invoice(SHOP.openInvoice, SHOP.mara, 6_000, 'open'),
    invoice(SHOP.paidInvoice, SHOP.mara, 3_000, 'paid'),
    invoice(SHOP.draftInvoice, SHOP.mara, 2_000, 'draft'),
    invoice(SHOP.omarInvoice, SHOP.omar, 4_500, 'open'),
  ]
}

function subscriptions(made: (days: number) => number): Row[] {
  const subscription = (id: string, of: string, item: string): Row => ({
    id,
    object: 'subscription',
    customer: of,
    status: 'active',
    currency: 'usd',
    created: made(60),
    cancel_at_period_end: false,
    metadata: {},
    latest_invoice: SHOP.paidInvoice,
    default_payment_method: 'pm_Secret0000001',
    items: {
      object: 'list',
      has_more: false,
      url: `/v1/subscription_items?subscription=${id}`,
      data: [
        {
          id: item,
          object: 'subscription_item',
          quantity: 1,
          price: price(SHOP.monthly, 1_800, 'month', made(90)),
          subscription: id,
        },
      ],
    },
  })
  return [
    subscription(SHOP.maraSubscription, SHOP.mara, SHOP.maraItem),
    subscription(SHOP.omarSubscription, SHOP.omar, 'si_Omar0000000002'),
  ]
}

function schedule(created: number): Row {
  return {
    id: SHOP.maraSchedule,
    object: 'subscription_schedule',
    customer: SHOP.mara,
    created,
    end_behavior: 'release',
    metadata: {},
    phases: [{ items: [{ price: SHOP.monthly, quantity: 1 }], proration_behavior: 'none' }],
    status: 'active',
    subscription: SHOP.maraSubscription,
  }
}

function note(created: number): Row {
  return {
    id: SHOP.note,
    object: 'credit_note',
    amount: 100,
    created,
    currency: 'usd',
    customer: SHOP.mara,
    invoice: SHOP.paidInvoice,
    metadata: {},
    pdf: 'https://pay.stripe.com/credit_notes/leak/pdf',
    status: 'issued',
  }
}

function price(id: string, amount: number, interval: string, created: number): Row {
  return {
    id,
    object: 'price',
    active: true,
    created,
    currency: 'usd',
    metadata: {},
    product: SHOP.tea,
    recurring: { interval, interval_count: 1 },
    type: 'recurring',
    unit_amount: amount,
  }
}

function product(created: number): Row {
  return {
    id: SHOP.tea,
    object: 'product',
    active: true,
    created,
    metadata: {},
    name: 'Box of tea',
    images: ['https://files.stripe.com/links/leak'],
  }
}

function movement(created: number): Row {
  return {
    id: SHOP.movement,
    object: 'balance_transaction',
    amount: 10_000,
    created,
    currency: 'usd',
    fee: 320,
    net: 9_680,
    source: SHOP.hundred,
    status: 'available',
    type: 'charge',
  }
}

function transfer(id: string, destination: string, created: number): Row {
  return {
    id,
    object: 'transfer',
    amount: 700,
    created,
    currency: 'usd',
    destination,
    metadata: {},
    reversals: { object: 'list', data: [] },
  }
}

function dispute(created: number): Row {
  return {
    id: SHOP.dispute,
    object: 'dispute',
    amount: 10_000,
    charge: SHOP.hundred,
    created,
    currency: 'usd',
    evidence: { customer_name: 'Mara', customer_email_address: 'leak@shop.example' },
    metadata: {},
    payment_intent: SHOP.hundredIntent,
    reason: 'fraudulent',
    status: 'needs_response',
  }
}

function account(id: string, name: string): Row {
  return {
    id,
    object: 'account',
    business_profile: { name, url: 'https://grower.example' },
    email: `${name.toLowerCase()}@grower.example`,
    external_accounts: { object: 'list', data: [{ id: 'ba_1', fingerprint: 'Fbank' }] },
    metadata: {},
    type: 'express',
  }
}
