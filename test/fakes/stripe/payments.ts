import type { Parameters } from './form.ts'
import { invalid } from './refusal.ts'
import type { Row, Shop } from './shop.ts'

/** what takes money, or lets it go before it is taken */

export function createIntent(shop: Shop, asked: Parameters): Row {
  const amount = asked.number('amount') ?? 0
  const customer = asked.text('customer')
  if (customer !== undefined) shop.find('customers', customer)
  const isManual = asked.text('capture_method') === 'manual'
  const isConfirmed = asked.text('confirm') === 'true'
  if (isConfirmed && !asked.has('payment_method')) {
    throw invalid('parameter_missing', 'You cannot confirm without a payment method.')
  }
  const id = shop.newId('pi')
  return shop.add('payment_intents', {
    id,
    object: 'payment_intent',
    amount,
    amount_capturable: isConfirmed && isManual ? amount : 0,
    amount_received: isConfirmed && !isManual ? amount : 0,
    capture_method: asked.text('capture_method') ?? 'automatic_async',
    client_secret: `${id}_secret_leak`,
    created: shop.seconds,
    currency: asked.need('currency'),
    customer: customer ?? null,
    description: asked.text('description') ?? null,
    metadata: asked.metadata(),
    status: isConfirmed ? (isManual ? 'requires_capture' : 'succeeded') : 'requires_payment_method',
  })
}

export function updateIntent(shop: Shop, asked: Parameters, id: string): Row {
  const intent = shop.find('payment_intents', id)
  const amount = asked.number('amount')
  if (amount !== undefined && !String(intent['status']).startsWith('requires_p')) {
    throw invalid('payment_intent_unexpected_state', 'The amount cannot be changed any more')
  }
  return Object.assign(intent, {
    ...(amount !== undefined && { amount }),
    ...(asked.has('description') && { description: asked.text('description') }),
    metadata: asked.metadata(intent['metadata']),
  })
}

export function captureIntent(shop: Shop, asked: Parameters, id: string): Row {
  const intent = shop.find('payment_intents', id)
  const left = Number(intent['amount_capturable'])
  const amount = asked.number('amount_to_capture') ?? left
  if (intent['status'] !== 'requires_capture') {
    throw invalid('payment_intent_unexpected_state', 'This payment is not to be captured')
  }
  if (!(amount > 0) || amount > left) throw invalid('amount_too_large', 'More than is authorised')
  return Object.assign(intent, {
    amount_capturable: 0,
    amount_received: amount,
    metadata: asked.metadata(intent['metadata']),
    status: 'succeeded',
  })
}

export function cancelIntent(shop: Shop, _asked: Parameters, id: string): Row {
  const intent = shop.find('payment_intents', id)
  if (['succeeded', 'canceled'].includes(String(intent['status']))) {
    throw invalid('payment_intent_unexpected_state', 'This payment cannot be cancelled any more')
  }
  return Object.assign(intent, { amount_capturable: 0, status: 'canceled' })
}
