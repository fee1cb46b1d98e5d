import { invalid } from '../errors.ts'
import {
  boolean,
  demand,
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
import { equals, listRoute, retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'
import type { Row } from '../row.ts'
import type { Shop } from '../shop.ts'
import { itemsOf, priceOf } from './proration.ts'

const second = integer(0, 99_999_999_999)
const start: typeof text = (value, name) => {
  if (value !== 'now') second(value, name)
  return text(value, name)
}

const PHASE = group({
  collection_method: oneOf('charge_automatically', 'send_invoice'),
  currency: text,
  description: text,
  discounts: list(tree),
  duration: tree,
  end_date: start,
  items: list(group({ discounts: list(tree), metadata, price: text, quantity: integer(0) })),
  metadata,
  proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
  start_date: start,
  trial: boolean,
  trial_end: start,
})

const UPDATE = {
  default_settings: tree,
  end_behavior: oneOf('cancel', 'none', 'release', 'renew'),
  metadata,
  phases: list(PHASE),
  proration_behavior: oneOf('always_invoice', 'create_prorations', 'none'),
} as const

const { proration_behavior: _onlyLater, ...COMMON } = UPDATE
const CREATE = {
  ...COMMON,
  customer: text,
  from_subscription: text,
  start_date: start,
} as const

export const scheduleRoutes: readonly Route[] = [
  listRoute('/v1/subscription_schedules', 'subscription_schedules', {
    customer: equals('customer'),
  }),
  retrieveRoute('/v1/subscription_schedules/{id}', 'subscription_schedules'),
  route('POST', '/v1/subscription_schedules', CREATE, ({ shop, params }) => create(shop, params)),
  route('POST', '/v1/subscription_schedules/{id}', UPDATE, ({ shop, ids, params }) => {
    const row = shop.find('subscription_schedules', ids['id'] ?? '')
    if (row['status'] !== 'active' && row['status'] !== 'not_started') {
      throw invalid(`You cannot update a schedule that is ${String(row['status'])}`)
    }
    assertPrices(shop, params.phases)
    const { proration_behavior: _not, ...kept } = params
    return Object.assign(row, kept, {
      metadata: mergedMetadata(row['metadata'], params.metadata),
    })
  }),
]

type Phases = ReturnType<typeof PHASE>[] | undefined

function assertPrices(shop: Shop, phases: Phases): void {
  for (const [index, { items = [] }] of (phases ?? []).entries()) {
    if (items.length === 0) throw invalid('A phase has items', 'parameter_missing', 'phases')
    for (const { price } of items) {
      shop.find('prices', demand(price, 'price'), `phases[${index}][items]`)
    }
  }
}

function create(shop: Shop, params: Params<typeof CREATE>): Row {
  const { from_subscription: from, customer, phases, start_date: at, ...kept } = params
  if (from !== undefined && (customer !== undefined || phases !== undefined)) {
    throw invalid('from_subscription stands alone', 'parameter_invalid', 'from_subscription')
  }
  const subscription =
    from === undefined ? undefined : shop.find('subscriptions', from, 'from_subscription')
  if (subscription !== undefined && subscription['schedule'] !== null) {
    throw invalid('This subscription has a schedule already', undefined, 'from_subscription')
  }
  if (subscription === undefined) {
    shop.find('customers', demand(customer, 'customer'), 'customer')
    assertPrices(shop, demand(phases, 'phases'))
  }
  const isLater = at !== undefined && at !== 'now' && Number(at) > shop.now()
  const row = shop.add('subscription_schedules', 'subscription_schedule', {
    canceled_at: null,
    completed_at: null,
    current_phase: null,
    end_behavior: 'release',
    phases: phases ?? phasesOf(subscription),
    released_at: null,
    ...kept,
    customer: subscription?.['customer'] ?? customer,
    metadata: mergedMetadata({}, params.metadata),
    status: isLater ? 'not_started' : 'active',
    subscription: subscription?.id ?? null,
  })
  if (subscription !== undefined) subscription['schedule'] = row.id
  return row
}

function phasesOf(subscription: Row | undefined): unknown[] {
  const items = subscription === undefined ? [] : itemsOf(subscription)
  return [{ items: items.map((item) => ({ price: priceOf(item).id, quantity: item['quantity'] })) }]
}
