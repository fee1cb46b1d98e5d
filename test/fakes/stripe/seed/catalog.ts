import type { Row } from '../row.ts'
import { DAY } from './days.ts'
import { SHOP } from './ids.ts'

export function catalog(now: number): Record<string, Row[]> {
  const created = now - 300 * DAY
  const product = (id: string, name: string, price: string, active = true): Row => ({
    id,
    object: 'product',
    active,
    created,
    default_price: price,
    description: `${name}, by the month`,
    images: [],
    livemode: false,
    marketing_features: [],
    metadata: { leaf: 'loose' },
    name,
    package_dimensions: null,
    shippable: true,
    statement_descriptor: null,
    tax_code: null,
    type: 'service',
    unit_label: null,
    updated: created,
    url: null,
  })
  const price = (id: string, product: string, amount: number, active = true): Row => ({
    id,
    object: 'price',
    active,
    billing_scheme: 'per_unit',
    created,
    currency: 'usd',
    custom_unit_amount: null,
    livemode: false,
    lookup_key: null,
    metadata: {},
    nickname: null,
    product,
    recurring: { interval: 'month', interval_count: 1, meter: null, usage_type: 'licensed' },
    tax_behavior: 'unspecified',
    tiers_mode: null,
    transform_quantity: null,
    type: 'recurring',
    unit_amount: amount,
    unit_amount_decimal: String(amount),
  })
  return {
    products: [
      product(SHOP.green, 'Green tea', SHOP.greenMonthly),
      product(SHOP.oolong, 'Oolong', SHOP.oolongMonthly),
      product(SHOP.retired, 'Smoked tea', SHOP.retiredPrice, false),
    ],
    prices: [
      price(SHOP.greenMonthly, SHOP.green, 2_000),
      price(SHOP.oolongMonthly, SHOP.oolong, 3_500),
      price(SHOP.retiredPrice, SHOP.retired, 1_000, false),
    ],
  }
}
