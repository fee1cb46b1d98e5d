import { invalid } from '../errors.ts'
import {
  boolean,
  clearable,
  currency,
  demand,
  group,
  integer,
  list,
  mergedMetadata,
  metadata,
  oneOf,
  text,
  tree,
} from '../kinds.ts'
import { equals, listRoute, retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'
import type { Row } from '../row.ts'
import type { Shop } from '../shop.ts'
import { searchRoute } from '../search.ts'

const UPDATE = {
  address: tree,
  balance: integer(-99_999_999),
  cash_balance: tree,
  default_source: text,
  description: clearable,
  email: clearable,
  invoice_prefix: text,
  invoice_settings: tree,
  metadata,
  name: clearable,
  next_invoice_sequence: integer(1),
  phone: clearable,
  preferred_locales: list(text),
  shipping: tree,
  source: text,
  tax: group({ ip_address: text, validate_location: text }),
  tax_exempt: oneOf('none', 'exempt', 'reverse'),
  validate: boolean,
} as const

const CREDIT = {
  amount: integer(-99_999_999),
  currency,
  description: text,
  metadata,
} as const

export const customerRoutes: readonly Route[] = [
  searchRoute('customers', { email: 'string', name: 'string', phone: 'string' }),
  listRoute('/v1/customers', 'customers', {
    email: equals('email'),
    test_clock: equals('test_clock'),
  }),
  retrieveRoute('/v1/customers/{id}', 'customers'),
  route('POST', '/v1/customers/{id}', UPDATE, ({ shop, ids, params }) => {
    const row = shop.find('customers', ids['id'] ?? '')
    return Object.assign(row, params, {
      metadata: mergedMetadata(row['metadata'], params.metadata),
    })
  }),
  listRoute(
    '/v1/customers/{customer}/balance_transactions',
    'customer_balance_transactions',
    { invoice: equals('invoice') },
    ({ shop, ids }) => transactionsOf(shop, ids['customer'] ?? ''),
  ),
  route('GET', '/v1/customers/{customer}/balance_transactions/{id}', {}, ({ shop, ids }) => {
    const row = shop.find('customer_balance_transactions', ids['id'] ?? '')
    // of somebody else's, nothing
    const ofCustomer = transactionsOf(shop, ids['customer'] ?? '').includes(row)
    return ofCustomer ? row : shop.find('customer_balance_transactions', '')
  }),
  route(
    'POST',
    '/v1/customers/{customer}/balance_transactions',
    CREDIT,
    ({ shop, ids, params }) => {
      const customer = shop.find('customers', ids['customer'] ?? '')
      const amount = demand(params.amount, 'amount')
      if (amount === 0) throw invalid('The amount must not be zero', 'parameter_invalid', 'amount')
      const kind = demand(params.currency, 'currency')
      if (customer['currency'] !== kind) {
        const message = `The customer's currency is ${String(customer['currency'])}`
        throw invalid(message, 'parameter_invalid', 'currency')
      }
      return adjust(shop, customer, { ...params, amount, type: 'adjustment' })
    },
  ),
]

function transactionsOf(shop: Shop, customer: string): Row[] {
  const { id } = shop.find('customers', customer)
  return shop.rows('customer_balance_transactions').filter((row) => row['customer'] === id)
}

interface Adjustment {
  readonly amount: number
  readonly type: string
  readonly description?: string | undefined
  readonly metadata?: Record<string, string> | undefined
  readonly credit_note?: string
}

/** a customer's balance: negative is what the shop owes */
export function adjust(
  shop: Shop,
  customer: Row,
  { amount, description = '', ...more }: Adjustment,
): Row {
  customer['balance'] = Number(customer['balance']) + amount
  return shop.add('customer_balance_transactions', 'customer_balance_transaction', {
    credit_note: null,
    invoice: null,
    ...more,
    amount,
    currency: customer['currency'],
    customer: customer.id,
    description: description || null,
    ending_balance: customer['balance'],
    metadata: mergedMetadata({}, more.metadata),
  })
}
