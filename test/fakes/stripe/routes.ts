import {
  cancelSubscription,
  createSchedule,
  sendInvoice,
  updateAccount,
  updateCustomer,
  updateSchedule,
  updateSubscription,
  voidInvoice,
} from './billing.ts'
import { Parameters } from './form.ts'
import {
  cancelRefund,
  createBalanceTransaction,
  createCreditNote,
  createRefund,
  createTransfer,
} from './money.ts'
import { cancelIntent, captureIntent, createIntent, updateIntent } from './payments.ts'
import type { RecordedRequest } from './recorded-request.ts'
import { invalid, notFound } from './refusal.ts'
import { search } from './search.ts'
import { expansions, type Row, type Shop } from './shop.ts'

/** the filters of each list, besides `created` */
const LISTED: Readonly<Record<string, readonly string[]>> = {
  charges: ['customer', 'payment_intent', 'transfer_group'],
  payment_intents: ['customer'],
  customers: ['email'],
  refunds: ['charge', 'payment_intent'],
  invoices: ['customer', 'status', 'subscription'],
  subscriptions: ['customer', 'price', 'status'],
  subscription_schedules: ['customer'],
  credit_notes: ['customer', 'invoice'],
  prices: ['active', 'product', 'type'],
  products: ['active'],
  balance_transactions: ['source', 'type'],
  transfers: ['destination', 'transfer_group'],
  disputes: ['charge', 'payment_intent'],
}

const SEARCHED = [
  'charges',
  'customers',
  'invoices',
  'payment_intents',
  'prices',
  'products',
  'subscriptions',
]

interface Effect {
  readonly method: 'POST' | 'DELETE'
  /** `*` is an id */
  readonly path: string
  /** what Stripe takes, dangerous ones too: a front that passes one on is seen */
  readonly takes: readonly string[]
  perform(shop: Shop, asked: Parameters, id: string): Row
}

const REFUND = [
  'amount',
  'charge',
  'currency',
  'customer',
  'instructions_email',
  'origin',
  'payment_intent',
  'reason',
  'refund_application_fee',
  'reverse_transfer',
]

const EFFECTS: readonly Effect[] = [
  { method: 'POST', path: 'refunds', takes: REFUND, perform: createRefund },
  { method: 'POST', path: 'refunds/*/cancel', takes: [], perform: cancelRefund },
  {
    method: 'POST',
    path: 'credit_notes',
    takes: [
      'amount',
      'credit_amount',
      'effective_at',
      'email_type',
      'invoice',
      'lines',
      'memo',
      'out_of_band_amount',
      'reason',
      'refund_amount',
      'refunds',
    ],
    perform: createCreditNote,
  },
  {
    method: 'POST',
    path: 'customers/*/balance_transactions',
    takes: ['amount', 'currency', 'description'],
    perform: createBalanceTransaction,
  },
  {
    method: 'POST',
    path: 'transfers',
    takes: [
      'amount',
      'currency',
      'description',
      'destination',
      'source_transaction',
      'source_type',
      'transfer_group',
    ],
    perform: createTransfer,
  },
  {
    method: 'POST',
    path: 'payment_intents',
    takes: [
      'amount',
      'application_fee_amount',
      'automatic_payment_methods',
      'capture_method',
      'confirm',
      'currency',
      'customer',
      'description',
      'off_session',
      'on_behalf_of',
      'payment_method',
      'payment_method_types',
      'receipt_email',
      'return_url',
      'setup_future_usage',
      'transfer_data',
    ],
    perform: createIntent,
  },
  {
    method: 'POST',
    path: 'payment_intents/*',
    takes: ['amount', 'currency', 'customer', 'description', 'receipt_email', 'transfer_data'],
    perform: updateIntent,
  },
  {
    method: 'POST',
    path: 'payment_intents/*/capture',
    takes: ['amount_to_capture', 'application_fee_amount', 'final_capture', 'transfer_data'],
    perform: captureIntent,
  },
  {
    method: 'POST',
    path: 'payment_intents/*/cancel',
    takes: ['cancellation_reason'],
    perform: cancelIntent,
  },
  { method: 'POST', path: 'invoices/*/send', takes: [], perform: sendInvoice },
  { method: 'POST', path: 'invoices/*/void', takes: [], perform: voidInvoice },
  {
    method: 'POST',
    path: 'subscriptions/*',
    takes: [
      'cancel_at_period_end',
      'coupon',
      'description',
      'discounts',
      'items',
      'proration_behavior',
      'trial_end',
    ],
    perform: updateSubscription,
  },
  {
    method: 'DELETE',
    path: 'subscriptions/*',
    takes: ['invoice_now', 'prorate'],
    perform: cancelSubscription,
  },
  {
    method: 'POST',
    path: 'subscription_schedules',
    takes: ['customer', 'end_behavior', 'from_subscription', 'phases', 'start_date'],
    perform: createSchedule,
  },
  {
    method: 'POST',
    path: 'subscription_schedules/*',
    takes: ['end_behavior', 'phases', 'proration_behavior'],
    perform: updateSchedule,
  },
  {
    method: 'POST',
    path: 'customers/*',
    takes: [
      'address',
      'balance',
      'coupon',
      'default_source',
      'description',
      'email',
      'name',
      'phone',
      'preferred_locales',
      'shipping',
      'source',
    ],
    perform: updateCustomer,
  },
  {
    method: 'POST',
    path: 'accounts/*',
    takes: ['business_profile', 'email', 'external_account', 'settings'],
    perform: updateAccount,
  },
  // spellings that no document shows any more
  { method: 'POST', path: 'charges/*/refund', takes: REFUND, perform: refundOf },
  { method: 'POST', path: 'charges/*/refunds', takes: REFUND, perform: refundOf },
]

function refundOf(shop: Shop, asked: Parameters, charge: string): Row {
  const pairs = new URLSearchParams({ charge, ...(asked.form as Record<string, string>) })
  return createRefund(shop, new Parameters(pairs, REFUND))
}

/** what Stripe answers, or the refusal that it throws */
export function route(shop: Shop, request: RecordedRequest): unknown {
  const [version, resource = '', ...rest] = request.path.split('/').slice(1)
  if (version !== 'v1') throw notFound(request.path)
  return request.method === 'GET'
    ? read(shop, request, resource, rest)
    : change(shop, request, [resource, ...rest])
}

function read(
  shop: Shop,
  { path, query, body }: RecordedRequest,
  resource: string,
  [id, below, ...more]: readonly string[],
): unknown {
  if (body !== '') throw invalid('parameter_invalid', 'A GET has no body')
  if (path === '/v1/account') {
    return { id: 'acct_Shop00000000001', object: 'account', email: 'owner@shop.example' }
  }
  if (path === '/v1/balance') return BALANCE
  if (resource === 'customers' && below === 'balance_transactions' && more.length === 0) {
    const own = new URLSearchParams([...query, ['customer', id ?? '']])
    return shop.list('customer_balance_transactions', own, ['customer'])
  }
  if (below !== undefined) throw notFound(path)
  if (id === undefined) {
    const filters = LISTED[resource]
    if (filters === undefined) throw notFound(path)
    return shop.list(resource, query, filters)
  }
  if (id === 'search' && SEARCHED.includes(resource)) return search(shop, resource, query)
  return shop.expand(shop.find(resource, id), expansions(query))
}

const BALANCE = {
  object: 'balance',
  available: [{ amount: 120_000, currency: 'usd', source_types: { card: 120_000 } }],
  issuing: { available: [{ amount: 1, currency: 'usd' }] },
  livemode: false,
  pending: [{ amount: 5_000, currency: 'usd', source_types: { card: 5_000 } }],
}

function change(
  shop: Shop,
  { method, path, query, body }: RecordedRequest,
  segments: readonly string[],
): unknown {
  const effect = EFFECTS.find((one) => one.method === method && fits(one.path, segments))
  if (effect === undefined) throw notFound(path)
  const isDelete = method === 'DELETE'
  if (!isDelete && query.size > 0) throw invalid('parameter_invalid', 'A POST has no query')
  if (isDelete && body !== '') throw invalid('parameter_invalid', 'A DELETE has no body')
  const asked = new Parameters(isDelete ? query : new URLSearchParams(body), effect.takes)
  return effect.perform(shop, asked, segments[1] ?? '')
}

function fits(path: string, segments: readonly string[]): boolean {
  const parts = path.split('/')
  return (
    parts.length === segments.length &&
    parts.every((part, index) => part === '*' || part === segments[index])
  )
}
