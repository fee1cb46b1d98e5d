import type { Row } from '../row.ts'
import { DAY } from './days.ts'
import { SHOP } from './ids.ts'
import { toCharge, toIntent } from './shapes.ts'

export function payments(now: number): Record<string, Row[]> {
  const charge = (
    id: string,
    customer: string,
    [amount, currency, refunded]: readonly [number, string, number],
    more: object = {},
  ): Row => ({
    ...toCharge({ id, amount, currency, customer, created: now - 2 * DAY }),
    amount_refunded: refunded,
    refunded: amount === refunded,
    ...more,
  })
  return {
    charges: [
      charge(SHOP.hundred, SHOP.mara, [10_000, 'usd', 0], { payment_intent: SHOP.hundredIntent }),
      charge(SHOP.partly, SHOP.mara, [5_000, 'usd', 3_000]),
      charge(SHOP.euro, SHOP.omar, [4_000, 'eur', 0]),
      charge(SHOP.yen, SHOP.mara, [5_000, 'jpy', 0]),
      charge(SHOP.old, SHOP.mara, [8_000, 'usd', 0], { created: now - 400 * DAY }),
      charge(SHOP.disputed, SHOP.cafe, [6_000, 'usd', 0], {
        created: now - 12 * DAY,
        disputed: true,
      }),
      charge(SHOP.held, SHOP.cafe, [4_500, 'usd', 0], {
        created: now - 3 * DAY,
        captured: false,
        amount_captured: 0,
        payment_intent: SHOP.heldIntent,
      }),
      charge(SHOP.invoiced, SHOP.cafe, [12_000, 'usd', 1_000], { created: now - 30 * DAY }),
      charge(SHOP.private, SHOP.family, [1_500, 'usd', 0], { created: now - 5 * DAY }),
      charge(SHOP.returning, SHOP.cafe, [2_500, 'usd', 500], { created: now - 6 * DAY }),
    ],
    payment_intents: [
      toIntent({
        id: SHOP.hundredIntent,
        amount: 10_000,
        currency: 'usd',
        customer: SHOP.mara,
        created: now - 2 * DAY,
        amount_received: 10_000,
        latest_charge: SHOP.hundred,
        status: 'succeeded',
      }),
      toIntent({
        id: SHOP.heldIntent,
        amount: 4_500,
        currency: 'usd',
        customer: SHOP.cafe,
        created: now - 3 * DAY,
        amount_capturable: 4_500,
        capture_method: 'manual',
        latest_charge: SHOP.held,
        status: 'requires_capture',
      }),
      toIntent({
        id: SHOP.openIntent,
        amount: 3_000,
        currency: 'usd',
        customer: SHOP.cafe,
        created: now - DAY,
        payment_method: null,
        status: 'requires_payment_method',
      }),
    ],
    refunds: [
      refund(SHOP.pendingRefund, SHOP.returning, [500, 'pending', now - DAY]),
      refund(SHOP.doneRefund, SHOP.partly, [3_000, 'succeeded', now - DAY]),
    ],
    disputes: [
      {
        id: SHOP.dispute,
        object: 'dispute',
        amount: 6_000,
        balance_transactions: [],
        charge: SHOP.disputed,
        created: now - 4 * DAY,
        currency: 'usd',
        evidence: {
          customer_email_address: 'cafe@shop.example',
          customer_purchase_ip: '192.0.2.7',
        },
        evidence_details: { due_by: now + 10 * DAY, has_evidence: false, submission_count: 0 },
        is_charge_refundable: false,
        livemode: false,
        metadata: {},
        payment_intent: null,
        reason: 'product_not_received',
        status: 'needs_response',
      },
    ],
  }
}

function refund(
  id: string,
  charge: string,
  [amount, status, created]: readonly [number, string, number],
): Row {
  return {
    id,
    object: 'refund',
    amount,
    balance_transaction: null,
    charge,
    created,
    currency: 'usd',
    destination_details: { card: { reference: 'secret-reference' } },
    metadata: {},
    payment_intent: null,
    reason: null,
    receipt_number: null,
    status,
  }
}
