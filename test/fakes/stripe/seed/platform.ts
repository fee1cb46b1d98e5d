import type { Row } from '../row.ts'
import { DAY } from './days.ts'
import { SHOP } from './ids.ts'

export function platform(now: number): Record<string, Row[]> {
  const account = (id: string, email: string): Row => ({
    id,
    object: 'account',
    business_profile: { name: email.split('@')[0], support_email: email, url: null },
    business_type: 'company',
    capabilities: { transfers: 'active' },
    charges_enabled: true,
    country: 'US',
    created: now - 600 * DAY,
    default_currency: 'usd',
    details_submitted: true,
    email,
    external_accounts: {
      object: 'list',
      data: [{ id: 'ba_1', object: 'bank_account', fingerprint: 'Fbank', last4: '6789' }],
      has_more: false,
      url: `/v1/accounts/${id}/external_accounts`,
    },
    metadata: {},
    payouts_enabled: true,
    settings: { payouts: { statement_descriptor: null } },
    type: 'custom',
  })
  const transactions: readonly [string, string, number, string, string][] = [
    [SHOP.movement, 'charge', 10_000, SHOP.hundred, 'usd'],
    ['txn_Partly00000002', 'charge', 5_000, SHOP.partly, 'usd'],
    ['txn_Refund00000003', 'refund', -3_000, SHOP.doneRefund, 'usd'],
    ['txn_Transfer000004', 'transfer', -2_500, SHOP.transfer, 'usd'],
  ]
  return {
    accounts: [
      account(SHOP.account, 'owner@shop.example'),
      account(SHOP.grower, 'grower@hills.example'),
      account(SHOP.stranger, 'stranger@elsewhere.example'),
    ],
    balance: [
      {
        id: 'balance',
        object: 'balance',
        available: [
          { amount: 50_000, currency: 'usd', source_types: { card: 50_000 } },
          { amount: 4_000, currency: 'eur', source_types: { card: 4_000 } },
          { amount: 5_000, currency: 'jpy', source_types: { card: 5_000 } },
        ],
        livemode: false,
        pending: [{ amount: 1_500, currency: 'usd', source_types: { card: 1_500 } }],
      },
    ],
    balance_transactions: transactions.map(([id, type, amount, source, currency]) => ({
      id,
      object: 'balance_transaction',
      amount,
      available_on: now - DAY,
      created: now - 2 * DAY,
      currency,
      description: null,
      exchange_rate: null,
      fee: 0,
      fee_details: [],
      net: amount,
      reporting_category: type,
      source,
      status: 'available',
      type,
    })),
    transfers: [
      {
        id: SHOP.transfer,
        object: 'transfer',
        amount: 2_500,
        amount_reversed: 0,
        balance_transaction: 'txn_Transfer000004',
        created: now - 9 * DAY,
        currency: 'usd',
        description: 'the spring harvest',
        destination: SHOP.grower,
        destination_payment: 'py_Grower00000001',
        livemode: false,
        metadata: {},
        reversals: { object: 'list', data: [], has_more: false, url: '/v1/transfers' },
        reversed: false,
        source_transaction: null,
        source_type: 'card',
        transfer_group: null,
      },
    ],
  }
}
