import type { Row } from '../row.ts'
import { DAY } from './days.ts'
import { SHOP } from './ids.ts'

export function customers(now: number): Record<string, Row[]> {
  const customer = (id: string, name: string, more: object = {}): Row => ({
    id,
    object: 'customer',
    address: { city: 'Lyon', country: 'FR', line1: '3 Quai', line2: null, postal_code: '69002' },
    balance: 0,
    created: now - 500 * DAY,
    currency: 'usd',
    default_source: 'card_1',
    delinquent: false,
    description: null,
    discount: null,
    email: `${name.toLowerCase()}@shop.example`,
    invoice_prefix: 'ABC',
    invoice_settings: { custom_fields: null, default_payment_method: 'pm_card', footer: null },
    livemode: false,
    metadata: {},
    name,
    next_invoice_sequence: 4,
    phone: null,
    preferred_locales: [],
    shipping: null,
    sources: { object: 'list', data: [{ id: 'card_1', object: 'card', fingerprint: 'F' }] },
    tax_exempt: 'none',
    test_clock: null,
    ...more,
  })
  return {
    customers: [
      customer(SHOP.mara, 'Mara'),
      customer(SHOP.omar, 'Omar', { currency: 'eur' }),
      customer(SHOP.cafe, 'Cafe', {
        balance: -1_000,
        metadata: { kind: 'wholesale' },
        phone: '+33 4 00 00 00 00',
      }),
      customer(SHOP.family, 'Family', { metadata: { kind: 'private' } }),
    ],
    customer_balance_transactions: [
      {
        id: SHOP.customerCredit,
        object: 'customer_balance_transaction',
        amount: -1_000,
        created: now - 20 * DAY,
        credit_note: null,
        currency: 'usd',
        customer: SHOP.cafe,
        description: 'a broken pot',
        ending_balance: -1_000,
        invoice: null,
        livemode: false,
        metadata: {},
        type: 'adjustment',
      },
    ],
  }
}
