import { invalid, StripeRefusal } from '../errors.ts'
import {
  amount,
  boolean,
  clearable,
  currency,
  demand,
  integer,
  list,
  mergedMetadata,
  metadata,
  oneOf,
  text,
  tree,
  type Params,
} from '../kinds.ts'
import { equals, listRoute, retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'
import type { Row } from '../row.ts'
import { searchRoute } from '../search.ts'
import { toCharge, toIntent } from '../seed/shapes.ts'
import type { Shop } from '../shop.ts'

const UPDATE = {
  amount,
  application_fee_amount: integer(0),
  capture_method: oneOf('automatic', 'automatic_async', 'manual'),
  currency,
  customer: text,
  description: clearable,
  metadata,
  payment_method: text,
  payment_method_options: tree,
  payment_method_types: list(text),
  receipt_email: clearable,
  setup_future_usage: oneOf('off_session', 'on_session'),
  shipping: tree,
  statement_descriptor: text,
  statement_descriptor_suffix: text,
  transfer_data: tree,
  transfer_group: text,
} as const

const CREATE = {
  ...UPDATE,
  automatic_payment_methods: tree,
  confirm: boolean,
  confirmation_method: oneOf('automatic', 'manual'),
  error_on_requires_action: boolean,
  mandate: text,
  off_session: boolean,
  on_behalf_of: text,
  return_url: text,
  use_stripe_sdk: boolean,
} as const

const CAPTURE = {
  amount_to_capture: amount,
  application_fee_amount: integer(0),
  final_capture: boolean,
  metadata,
  statement_descriptor: text,
  statement_descriptor_suffix: text,
  transfer_data: tree,
} as const

const CANCEL = {
  cancellation_reason: oneOf('abandoned', 'duplicate', 'fraudulent', 'requested_by_customer'),
} as const

export const intentRoutes: readonly Route[] = [
  searchRoute('payment_intents', {
    amount: 'numeric',
    currency: 'token',
    customer: 'token',
    status: 'token',
  }),
  listRoute('/v1/payment_intents', 'payment_intents', { customer: equals('customer') }),
  retrieveRoute('/v1/payment_intents/{id}', 'payment_intents'),
  route('POST', '/v1/payment_intents', CREATE, ({ shop, params }) => create(shop, params)),
  route('POST', '/v1/payment_intents/{id}', UPDATE, ({ shop, ids, params }) => {
    const intent = shop.find('payment_intents', ids['id'] ?? '')
    assertState(intent, 'update', ...UNPAID)
    assertCustomer(shop, params.customer)
    Object.assign(intent, params, {
      metadata: mergedMetadata(intent['metadata'], params.metadata),
    })
    intent['status'] = toUnpaid(intent)
    return intent
  }),
  route(
    'POST',
    '/v1/payment_intents/{id}/confirm',
    { ...CREATE, amount: text, currency: text, customer: text },
    ({ shop, ids, params }) => {
      const intent = shop.find('payment_intents', ids['id'] ?? '')
      assertState(intent, 'confirm', ...UNPAID)
      if (params.amount !== undefined || params.currency !== undefined) {
        throw invalid('Received unknown parameter: amount', 'parameter_unknown', 'amount')
      }
      intent['payment_method'] = params.payment_method ?? intent['payment_method']
      confirm(shop, intent)
      return intent
    },
  ),
  route('POST', '/v1/payment_intents/{id}/capture', CAPTURE, ({ shop, ids, params }) => {
    const intent = shop.find('payment_intents', ids['id'] ?? '')
    assertState(intent, 'capture', 'requires_capture')
    const held = Number(intent['amount_capturable'])
    const { amount_to_capture: sum = held } = params
    if (sum > held) {
      const message = 'The amount could not be captured because it is greater than what is held'
      throw invalid(message, 'amount_too_large', 'amount_to_capture')
    }
    const charge = shop.find('charges', String(intent['latest_charge']))
    Object.assign(charge, { amount_captured: sum, captured: true })
    shop.book('charge', charge, sum, String(charge['currency']))
    // what is not captured is let go
    Object.assign(intent, { amount_capturable: 0, amount_received: sum, status: 'succeeded' })
    intent['metadata'] = mergedMetadata(intent['metadata'], params.metadata)
    return intent
  }),
  route('POST', '/v1/payment_intents/{id}/cancel', CANCEL, ({ shop, ids, params }) => {
    const intent = shop.find('payment_intents', ids['id'] ?? '')
    assertState(intent, 'cancel', ...UNPAID, 'requires_action', 'requires_capture', 'processing')
    const held = intent['latest_charge']
    if (intent['status'] === 'requires_capture' && typeof held === 'string') {
      const charge = shop.find('charges', held)
      Object.assign(charge, { amount_refunded: charge['amount'], refunded: true })
    }
    return Object.assign(intent, {
      amount_capturable: 0,
      canceled_at: shop.now(),
      cancellation_reason: params.cancellation_reason ?? null,
      status: 'canceled',
    })
  }),
]

const UNPAID = ['requires_payment_method', 'requires_confirmation', 'requires_action'] as const

function assertState(intent: Row, verb: string, ...states: readonly string[]): void {
  const status = String(intent['status'])
  if (states.includes(status)) return
  const message = `You cannot ${verb} this PaymentIntent because it has a status of ${status}.`
  throw invalid(message, 'payment_intent_unexpected_state')
}

function assertCustomer(shop: Shop, customer: string | undefined): void {
  if (customer !== undefined) shop.find('customers', customer, 'customer')
}

function toUnpaid(intent: Row): string {
  return intent['payment_method'] === null ? 'requires_payment_method' : 'requires_confirmation'
}

function create(shop: Shop, params: Params<typeof CREATE>): Row {
  const { confirm: isConfirmed = false, off_session: isOffSession = false, ...kept } = params
  const sum = demand(params.amount, 'amount')
  const kind = demand(params.currency, 'currency')
  assertCustomer(shop, params.customer)
  if (isOffSession && !isConfirmed) {
    throw invalid('off_session goes with confirm=true', 'parameter_invalid', 'off_session')
  }
  const { error_on_requires_action: _e, use_stripe_sdk: _u, return_url: _r, ...fields } = kept
  const shape = { id: 'pi_', amount: sum, currency: kind, created: shop.now() }
  const intent = toIntent({
    payment_method: null,
    ...fields,
    customer: params.customer ?? null,
    ...shape,
    metadata: mergedMetadata({}, params.metadata),
  })
  const { id: _id, object, ...rest } = intent
  if (isConfirmed) assertPayable({ ...intent })
  const row = shop.add('payment_intents', object, rest)
  row['client_secret'] = `${row.id}_secret_leak`
  row['status'] = toUnpaid(row)
  if (isConfirmed) confirm(shop, row)
  return row
}

/** Stripe's own test cards say how it goes */
function assertPayable(intent: Row): void {
  const method = intent['payment_method']
  if (method === null || method === undefined) {
    const message = 'You cannot confirm this PaymentIntent because it is missing a payment method.'
    throw invalid(message, 'payment_intent_unexpected_state', 'payment_method')
  }
  if (method !== 'pm_card_chargeDeclined') return
  throw new StripeRefusal(402, 'card_error', 'card_declined', 'Your card was declined.')
}

function confirm(shop: Shop, intent: Row): void {
  assertPayable(intent)
  if (intent['payment_method'] === 'pm_card_authenticationRequired') {
    intent['status'] = 'requires_action'
    intent['next_action'] = { type: 'redirect_to_url', redirect_to_url: { url: 'https://3ds' } }
    return
  }
  const isHeld = intent['capture_method'] === 'manual'
  const sum = Number(intent['amount'])
  const {
    id: _id,
    object,
    ...fields
  } = toCharge({
    id: `ch_of_${intent.id}`,
    amount: sum,
    currency: String(intent['currency']),
    customer: intent['customer'] as string | null,
    created: shop.now(),
  })
  const charge = shop.add('charges', object, {
    ...fields,
    amount_captured: isHeld ? 0 : sum,
    captured: !isHeld,
    description: intent['description'],
    payment_intent: intent.id,
    payment_method: intent['payment_method'],
  })
  if (!isHeld) shop.book('charge', charge, sum, String(charge['currency']))
  Object.assign(intent, {
    amount_capturable: isHeld ? sum : 0,
    amount_received: isHeld ? 0 : sum,
    latest_charge: charge.id,
    status: isHeld ? 'requires_capture' : 'succeeded',
  })
}
