import { invalid } from '../errors.ts'
import {
  amount,
  boolean,
  currency,
  demand,
  metadata,
  mergedMetadata,
  oneOf,
  text,
} from '../kinds.ts'
import { equals, listRoute, retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'
import type { Row } from '../row.ts'
import type { Shop } from '../shop.ts'

const REFUND = {
  amount,
  charge: text,
  currency,
  customer: text,
  instructions_email: text,
  metadata,
  origin: oneOf('customer_balance'),
  payment_intent: text,
  reason: oneOf('duplicate', 'fraudulent', 'requested_by_customer'),
  refund_application_fee: boolean,
  reverse_transfer: boolean,
} as const

interface Asked {
  readonly amount?: number | undefined
  readonly payment_intent?: string | undefined
  readonly metadata?: Record<string, string> | undefined
  readonly reason?: string | undefined
}

export const refundRoutes: readonly Route[] = [
  listRoute('/v1/refunds', 'refunds', {
    charge: equals('charge'),
    payment_intent: equals('payment_intent'),
  }),
  retrieveRoute('/v1/refunds/{id}', 'refunds'),
  route('POST', '/v1/refunds', REFUND, ({ shop, params }) => {
    const { charge, payment_intent: intent } = params
    const id = charge ?? chargeOf(shop, demand(intent, 'charge'))
    return refund(shop, shop.find('charges', id, 'charge'), params)
  }),
  // aliases that no document shows any more
  ...['refund', 'refunds'].map((verb) =>
    route('POST', `/v1/charges/{charge}/${verb}`, REFUND, ({ shop, ids, params }) =>
      refund(shop, shop.find('charges', ids['charge'] ?? ''), params),
    ),
  ),
  route('POST', '/v1/refunds/{id}', { metadata }, ({ shop, ids, params }) => {
    const row = shop.find('refunds', ids['id'] ?? '')
    row['metadata'] = mergedMetadata(row['metadata'], params.metadata)
    return row
  }),
  route('POST', '/v1/refunds/{id}/cancel', {}, ({ shop, ids }) => {
    const row = shop.find('refunds', ids['id'] ?? '')
    if (row['status'] !== 'pending' && row['status'] !== 'requires_action') {
      throw invalid(`A refund that is ${String(row['status'])} cannot be canceled`)
    }
    const charge = shop.find('charges', String(row['charge']))
    give(charge, -Number(row['amount']))
    row['status'] = 'canceled'
    return row
  }),
]

function chargeOf(shop: Shop, intent: string): string {
  const { latest_charge: charge } = shop.find('payment_intents', intent, 'payment_intent')
  if (typeof charge === 'string') return charge
  throw invalid('This PaymentIntent does not have a successful charge to refund.')
}

/** pays back; what was held and never captured counts as refunded already */
export function refund(shop: Shop, charge: Row, asked: Asked): Row {
  if (asked.payment_intent !== undefined && charge['payment_intent'] !== asked.payment_intent) {
    const message = 'The charge and the payment intent do not belong together'
    throw invalid(message, 'parameter_invalid', 'payment_intent')
  }
  const left = Number(charge['amount_captured']) - Number(charge['amount_refunded'])
  if (left <= 0) {
    const message = `Charge ${charge.id} has already been refunded.`
    throw invalid(message, 'charge_already_refunded')
  }
  if (charge['disputed'] === true) {
    throw invalid(`Charge ${charge.id} has been charged back.`, 'charge_disputed')
  }
  const { amount: wanted = left } = asked
  if (wanted > left) {
    const message = `Refund amount is greater than unrefunded amount on charge (${left})`
    throw invalid(message, 'amount_too_large', 'amount')
  }
  give(charge, wanted)
  const row = shop.add('refunds', 'refund', {
    amount: wanted,
    charge: charge.id,
    currency: charge['currency'],
    destination_details: { card: { reference: 'secret-reference' } },
    metadata: mergedMetadata({}, asked.metadata),
    payment_intent: charge['payment_intent'],
    reason: asked.reason ?? null,
    receipt_number: null,
    status: 'succeeded',
  })
  shop.book('refund', row, -wanted, String(charge['currency']))
  return row
}

function give(charge: Row, amount: number): void {
  charge['amount_refunded'] = Number(charge['amount_refunded']) + amount
  charge['refunded'] = charge['amount_refunded'] === charge['amount_captured']
}
