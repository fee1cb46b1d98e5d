import type { Parameters } from './form.ts'
import { invalid } from './refusal.ts'
import type { Row, Shop } from './shop.ts'

/** what pays back, credits and sends money on */

export function createRefund(shop: Shop, asked: Parameters): Row {
  const intent = asked.text('payment_intent')
  const chargeId =
    asked.text('charge') ??
    (intent === undefined ? '' : String(shop.find('payment_intents', intent)['latest_charge']))
  const charge = shop.find('charges', chargeId)
  if (intent !== undefined && charge['payment_intent'] !== intent) {
    throw invalid('parameter_invalid', 'The charge and the payment intent do not belong together')
  }
  const left = Number(charge['amount_captured']) - Number(charge['amount_refunded'])
  const amount = asked.number('amount') ?? left
  if (left <= 0) {
    throw invalid('charge_already_refunded', `Charge ${chargeId} has already been refunded.`)
  }
  if (!(amount > 0) || amount > left) {
    const message = `Refund amount is greater than unrefunded amount on charge (${left})`
    throw invalid('amount_too_large', message)
  }
  charge['amount_refunded'] = Number(charge['amount_refunded']) + amount
  charge['refunded'] = charge['amount_refunded'] === charge['amount_captured']
  return shop.add('refunds', {
    id: shop.newId('re'),
    object: 'refund',
    amount,
    charge: chargeId,
    currency: charge['currency'],
    created: shop.seconds,
    metadata: asked.metadata(),
    payment_intent: charge['payment_intent'] ?? null,
    reason: asked.text('reason') ?? null,
    status: 'succeeded',
    destination_details: { card: { reference: 'secret-reference' } },
  })
}

export function cancelRefund(shop: Shop, _asked: Parameters, id: string): Row {
  const refund = shop.find('refunds', id)
  if (refund['status'] !== 'requires_action') {
    throw invalid('refund_not_cancelable', 'Only refunds that require action can be cancelled')
  }
  const charge = shop.find('charges', String(refund['charge']))
  charge['amount_refunded'] = Number(charge['amount_refunded']) - Number(refund['amount'])
  charge['refunded'] = false
  return Object.assign(refund, { status: 'canceled' })
}

export function createCreditNote(shop: Shop, asked: Parameters): Row {
  const invoice = shop.find('invoices', asked.need('invoice'))
  const amount = asked.number('amount') ?? 0
  const parts = ['refund_amount', 'credit_amount', 'out_of_band_amount'].map(
    (name) => asked.number(name) ?? 0,
  )
  const isPaid = invoice['status'] === 'paid'
  const sum = parts.reduce((total, one) => total + one, 0)
  if (isPaid ? sum !== amount : sum !== 0) {
    throw invalid('parameter_invalid', 'The parts of a credit note must come to its amount')
  }
  if (!(amount > 0) || amount > Number(invoice['total'])) {
    throw invalid('amount_too_large', 'More than the invoice cannot be credited')
  }
  if (!isPaid) invoice['amount_remaining'] = Number(invoice['amount_remaining']) - amount
  return shop.add('credit_notes', {
    id: shop.newId('cn'),
    object: 'credit_note',
    amount,
    created: shop.seconds,
    currency: invoice['currency'],
    customer: invoice['customer'],
    invoice: invoice.id,
    memo: asked.text('memo') ?? null,
    metadata: asked.metadata(),
    pdf: 'https://pay.stripe.com/credit_notes/leak/pdf',
    status: 'issued',
  })
}

export function createBalanceTransaction(shop: Shop, asked: Parameters, customerId: string): Row {
  const customer = shop.find('customers', customerId)
  const amount = asked.number('amount') ?? 0
  const currency = asked.need('currency')
  if (amount === 0) throw invalid('parameter_invalid', 'An amount is needed')
  customer['balance'] = Number(customer['balance']) + amount
  return shop.add('customer_balance_transactions', {
    id: shop.newId('cbtxn'),
    object: 'customer_balance_transaction',
    amount,
    created: shop.seconds,
    currency,
    customer: customerId,
    ending_balance: customer['balance'],
    metadata: asked.metadata(),
    type: 'adjustment',
  })
}

export function createTransfer(shop: Shop, asked: Parameters): Row {
  const destination = shop.find('accounts', asked.need('destination')).id
  const amount = asked.number('amount') ?? 0
  if (!(amount > 0)) throw invalid('parameter_invalid_integer', 'Invalid positive integer')
  return shop.add('transfers', {
    id: shop.newId('tr'),
    object: 'transfer',
    amount,
    created: shop.seconds,
    currency: asked.need('currency'),
    destination,
    description: asked.text('description') ?? null,
    metadata: asked.metadata(),
    reversals: { object: 'list', data: [] },
  })
}
