import { invalid, missing } from '../errors.ts'
import {
  boolean,
  clearable,
  group,
  integer,
  list,
  mergedMetadata,
  metadata,
  oneOf,
  text,
  tree,
  type Params,
} from '../kinds.ts'
import { equals, filter, listRoute, retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'
import type { Row } from '../row.ts'
import { searchRoute } from '../search.ts'
import type { Shop } from '../shop.ts'
import { itemsOf, priceOf, prorate, worthOf } from './proration.ts'

const ITEM = group({
  clear_usage: boolean,
  deleted: boolean,
  discounts: list(tree),
  id: text,
  metadata,
  price: text,
  quantity: integer(0),
})

const UPDATE = {
  billing_cycle_anchor: oneOf('now', 'unchanged'),
  cancel_at: clearable,
  cancel_at_period_end: boolean,
  cancellation_details: tree,
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  coupon: clearable,
  days_until_due: integer(0),
  default_payment_method: text,
  description: clearable,
  discounts: list(tree),
  items: list(ITEM),
  metadata,
  off_session: boolean,
  pause_collection: tree,
  payment_behavior: oneOf(
    'allow_incomplete',
    'default_incomplete',
    'error_if_incomplete',
    'pending_if_incomplete',
  ),
  proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
  proration_date: integer(0, 99_999_999_999),
  trial_end: text,
} as const

const CANCEL = { cancellation_details: tree, invoice_now: boolean, prorate: boolean } as const

const STATUS = oneOf(
  'active',
  'all',
  'canceled',
  'ended',
  'incomplete',
  'incomplete_expired',
  'past_due',
  'paused',
  'trialing',
  'unpaid',
)

export const subscriptionRoutes: readonly Route[] = [
  searchRoute('subscriptions', { canceled_at: 'numeric', status: 'token' }),
  listRoute(
    '/v1/subscriptions',
    'subscriptions',
    {
      customer: equals('customer'),
      price: filter(text, (row, price) => itemsOf(row).some((item) => priceOf(item).id === price)),
      status: filter(STATUS, (row, status) =>
        status === 'ended' ? row['ended_at'] !== null : ['all', row['status']].includes(status),
      ),
    },
    // without a status, those that ended are left out
    ({ shop, params }) =>
      shop
        .rows('subscriptions')
        .filter((row) => 'status' in params || row['status'] !== 'canceled'),
  ),
  retrieveRoute('/v1/subscriptions/{id}', 'subscriptions'),
  route('POST', '/v1/subscriptions/{id}', UPDATE, ({ shop, ids, params }) => {
    const row = shop.find('subscriptions', ids['id'] ?? '')
    return update(shop, alive(row), params)
  }),
  route('DELETE', '/v1/subscriptions/{id}', CANCEL, ({ shop, ids, params }) => {
    const row = alive(shop.find('subscriptions', ids['id'] ?? ''))
    if (params.prorate === true) {
      prorate(shop, row, -worthOf(row), params.invoice_now === true)
    }
    const now = shop.now()
    return Object.assign(row, { canceled_at: now, ended_at: now, status: 'canceled' })
  }),
]

function alive(row: Row): Row {
  if (row['status'] !== 'canceled') return row
  throw missing('subscription', row.id)
}

function update(shop: Shop, row: Row, params: Params<typeof UPDATE>): Row {
  const {
    items,
    proration_behavior: proration = 'create_prorations',
    proration_date: _date,
    off_session: _off,
    payment_behavior: _behavior,
    billing_cycle_anchor: _anchor,
    coupon,
    discounts,
    ...kept
  } = params
  const before = worthOf(row)
  if (items !== undefined) change(shop, row, items)
  if (discounts !== undefined || coupon !== undefined) {
    const given = coupon ? [{ coupon }] : []
    row['discounts'] = (discounts ?? given).map((discount, index) => ({
      id: `di_${index}`,
      object: 'discount',
      source: discount,
    }))
  }
  Object.assign(row, kept, { metadata: mergedMetadata(row['metadata'], params.metadata) })
  if (params.cancel_at_period_end !== undefined) {
    row['canceled_at'] = params.cancel_at_period_end ? shop.now() : null
  }
  const difference = worthOf(row) - before
  if (proration !== 'none' && difference !== 0) {
    prorate(shop, row, difference, proration === 'always_invoice')
  }
  return row
}

/** all or nothing: the items as they will be are put together first */
function change(shop: Shop, row: Row, changes: readonly ReturnType<typeof ITEM>[]): void {
  let items = itemsOf(row).map((item) => ({ ...item }) as Row)
  for (const [
    index,
    { id, deleted = false, price, quantity, metadata: notes },
  ] of changes.entries()) {
    const name = `items[${index}]`
    const known = items.find((item) => item.id === id)
    if (id !== undefined && known === undefined) {
      throw missing('subscription_item', id, `${name}[id]`)
    }
    const wanted = price === undefined ? undefined : shop.find('prices', price, `${name}[price]`)
    if (wanted?.['active'] === false) {
      throw invalid(`The price ${wanted.id} is inactive`, 'parameter_invalid', `${name}[price]`)
    }
    if (deleted) items = items.filter((item) => item !== known)
    else if (known !== undefined) {
      Object.assign(known, {
        price: { ...(wanted ?? priceOf(known)) },
        quantity: quantity ?? known['quantity'],
        metadata: mergedMetadata(known['metadata'], notes),
      })
    } else if (wanted === undefined) {
      throw invalid(`Missing required param: ${name}[price].`, 'parameter_missing')
    } else {
      const added = {
        metadata: mergedMetadata({}, notes),
        price: { ...wanted },
        quantity: quantity ?? 1,
      }
      items.push({
        id: `si_of_${wanted.id}`,
        object: 'subscription_item',
        subscription: row.id,
        ...added,
      })
    }
  }
  if (items.length === 0)
    throw invalid('A subscription must have at least one item', undefined, 'items')
  row['items'] = { ...(row['items'] as object), data: items }
}
