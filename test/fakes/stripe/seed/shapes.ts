import type { Row } from '../row.ts'

interface Payment {
  readonly id: string
  readonly amount: number
  readonly currency: string
  readonly customer: string | null
  readonly created: number
}

/** a charge that was captured, with the secrets that Stripe puts into one */
export function toCharge({ id, amount, currency, customer, created }: Payment): Row {
  return {
    id,
    object: 'charge',
    amount,
    amount_captured: amount,
    amount_refunded: 0,
    balance_transaction: null,
    billing_details: { address: null, email: 'secret@shop.example', name: null, phone: null },
    captured: true,
    created,
    currency,
    customer,
    description: null,
    disputed: false,
    failure_code: null,
    failure_message: null,
    fraud_details: {},
    livemode: false,
    metadata: {},
    outcome: { network_status: 'approved_by_network', risk_score: 9, type: 'authorized' },
    paid: true,
    payment_intent: null,
    payment_method: 'pm_card',
    payment_method_details: {
      card: { brand: 'visa', country: 'FR', fingerprint: 'Fsecret', last4: '4242' },
      type: 'card',
    },
    receipt_email: null,
    receipt_number: null,
    receipt_url: `https://pay.stripe.com/receipts/${id}`,
    refunded: false,
    statement_descriptor: null,
    status: 'succeeded',
    transfer_data: null,
    transfer_group: null,
  }
}

export function toIntent({ id, ...more }: Payment & Readonly<Record<string, unknown>>): Row {
  return {
    id,
    object: 'payment_intent',
    amount_capturable: 0,
    amount_details: { tip: {} },
    amount_received: 0,
    application_fee_amount: null,
    canceled_at: null,
    cancellation_reason: null,
    capture_method: 'automatic',
    client_secret: `${id}_secret_leak`,
    confirmation_method: 'automatic',
    description: null,
    last_payment_error: null,
    latest_charge: null,
    livemode: false,
    metadata: {},
    next_action: null,
    payment_method: 'pm_card',
    payment_method_types: ['card'],
    receipt_email: null,
    setup_future_usage: null,
    shipping: null,
    statement_descriptor: null,
    transfer_data: null,
    transfer_group: null,
    ...more,
  }
}

interface Invoice {
  readonly id: string
  readonly customer: unknown
  readonly currency: unknown
  readonly created: number
  readonly lines: readonly Row[]
}

/** an open invoice over its lines */
export function toInvoice({
  id,
  lines,
  ...more
}: Invoice & Readonly<Record<string, unknown>>): Row {
  const total = lines.reduce((sum, line) => sum + Number(line['amount']), 0)
  return {
    id,
    object: 'invoice',
    amount_due: total,
    amount_paid: 0,
    amount_remaining: total,
    auto_advance: false,
    billing_reason: 'manual',
    collection_method: 'send_invoice',
    customer_email: 'secret@shop.example',
    customer_name: 'A customer',
    description: null,
    due_date: null,
    hosted_invoice_url: `https://invoice.stripe.com/i/${id}?s=ap`,
    invoice_pdf: `https://pay.stripe.com/invoice/${id}/pdf?s=ap`,
    lines: { object: 'list', data: lines, has_more: false, url: `/v1/invoices/${id}/lines` },
    livemode: false,
    metadata: {},
    number: `ABC-${id.slice(-4)}`,
    parent: null,
    payments: { object: 'list', data: [], has_more: false, url: '/v1/invoice_payments' },
    post_payment_credit_notes_amount: 0,
    pre_payment_credit_notes_amount: 0,
    receipt_number: null,
    status: 'open',
    status_transitions: { finalized_at: null, paid_at: null, voided_at: null },
    subtotal: total,
    total,
    ...more,
  }
}

export function toLine(id: string, amount: number, description: string): Row {
  return {
    id,
    object: 'line_item',
    amount,
    currency: 'usd',
    description,
    discounts: [],
    livemode: false,
    metadata: {},
    quantity: 1,
  }
}
