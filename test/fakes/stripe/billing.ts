import type { Form, Parameters } from './form.ts'
import { invalid } from './refusal.ts'
import type { Row, Shop } from './shop.ts'

/** invoices, subscriptions and what is stored of people and accounts */

export function sendInvoice(shop: Shop, _asked: Parameters, id: string): Row {
  const invoice = shop.find('invoices', id)
  if (!['open', 'draft'].includes(String(invoice['status']))) {
    throw invalid('invoice_not_editable', 'Only an open invoice can be sent')
  }
  // as the real one does: a draft is made final first
  return Object.assign(invoice, { status: 'open', sent: Number(invoice['sent'] ?? 0) + 1 })
}

export function voidInvoice(shop: Shop, _asked: Parameters, id: string): Row {
  const invoice = shop.find('invoices', id)
  if (!['open', 'uncollectible'].includes(String(invoice['status']))) {
    throw invalid('invoice_not_editable', 'Only an open invoice can be voided')
  }
  return Object.assign(invoice, { status: 'void', amount_remaining: 0 })
}

export function updateSubscription(shop: Shop, asked: Parameters, id: string): Row {
  const subscription = shop.find('subscriptions', id)
  if (subscription['status'] === 'canceled') {
    throw invalid('resource_missing', 'A cancelled subscription can only be read')
  }
  // the credit that proration would give: a front that does not say `none` is seen
  const isProrated = (asked.text('proration_behavior') ?? 'create_prorations') !== 'none'
  const items = (subscription['items'] as { data: Row[] }).data
  for (const change of Object.values(asked.group('items') ?? {}) as Form[]) {
    applyItem(shop, items, change)
  }
  return Object.assign(subscription, {
    prorated: isProrated,
    ...(asked.has('cancel_at_period_end') && {
      cancel_at_period_end: asked.text('cancel_at_period_end') === 'true',
    }),
    ...(asked.has('description') && { description: asked.text('description') }),
    metadata: asked.metadata(subscription['metadata']),
  })
}

function applyItem(shop: Shop, items: Row[], { id, price, quantity, deleted }: Form): void {
  const known = items.find((item) => item.id === id)
  if (id !== undefined && known === undefined) {
    throw invalid('resource_missing', `No such subscription item: '${textOf(id)}'`)
  }
  if (known === undefined) {
    const found = shop.find('prices', textOf(price))
    const made: Row = {
      id: shop.newId('si'),
      object: 'subscription_item',
      price: found,
      quantity: 1,
    }
    items.push(made)
    if (quantity !== undefined) made['quantity'] = Number(quantity)
    return
  }
  if (deleted === 'true') items.splice(items.indexOf(known), 1)
  if (price !== undefined) known['price'] = shop.find('prices', textOf(price))
  if (quantity !== undefined) known['quantity'] = Number(quantity)
}

export function cancelSubscription(shop: Shop, asked: Parameters, id: string): Row {
  const subscription = shop.find('subscriptions', id)
  if (subscription['status'] === 'canceled') {
    throw invalid('resource_missing', `No such subscription: '${id}'`)
  }
  return Object.assign(subscription, {
    status: 'canceled',
    prorated: asked.text('prorate') === 'true',
    invoiced: asked.text('invoice_now') === 'true',
  })
}

export function createSchedule(shop: Shop, asked: Parameters): Row {
  const from = asked.text('from_subscription')
  const customer =
    from === undefined
      ? shop.find('customers', asked.need('customer')).id
      : shop.find('subscriptions', from)['customer']
  return shop.add('subscription_schedules', {
    id: shop.newId('sub_sched'),
    object: 'subscription_schedule',
    created: shop.seconds,
    customer,
    end_behavior: asked.text('end_behavior') ?? 'release',
    metadata: asked.metadata(),
    phases: phasesOf(asked),
    status: 'not_started',
    subscription: from ?? null,
  })
}

export function updateSchedule(shop: Shop, asked: Parameters, id: string): Row {
  const schedule = shop.find('subscription_schedules', id)
  return Object.assign(schedule, {
    ...(asked.has('phases') && { phases: phasesOf(asked) }),
    ...(asked.has('end_behavior') && { end_behavior: asked.text('end_behavior') }),
    metadata: asked.metadata(schedule['metadata']),
  })
}

function phasesOf(asked: Parameters): unknown[] {
  return Object.values(asked.group('phases') ?? {}).map((phase) => ({
    ...(phase as Form),
    items: Object.values((phase as Form)['items'] ?? {}),
  }))
}

export function updateCustomer(shop: Shop, asked: Parameters, id: string): Row {
  return overwrite(shop.find('customers', id), asked)
}

export function updateAccount(shop: Shop, asked: Parameters, id: string): Row {
  return overwrite(shop.find('accounts', id), asked)
}

function overwrite(row: Row, asked: Parameters): Row {
  for (const name of asked.names) {
    const group = asked.group(name)
    row[name] = group === undefined ? asked.text(name) : { ...(row[name] as object), ...group }
  }
  return Object.assign(row, { metadata: asked.metadata(row['metadata']) })
}

function textOf(value: string | Form | undefined): string {
  if (typeof value === 'string') return value
  throw invalid('parameter_invalid', 'A text is needed here')
}
