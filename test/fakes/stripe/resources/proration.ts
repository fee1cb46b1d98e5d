import type { Row } from '../row.ts'
import { toInvoice, toLine } from '../seed/shapes.ts'
import type { Shop } from '../shop.ts'
import { adjust } from './customers.ts'

export function itemsOf(subscription: Row): readonly Row[] {
  return (subscription['items'] as { data: Row[] }).data
}

export function priceOf(item: Row): Row {
  return item['price'] as Row
}

/** of a whole month, in minor units */
export function worthOf(subscription: Row): number {
  return itemsOf(subscription).reduce(
    (sum, item) => sum + Number(priceOf(item)['unit_amount']) * Number(item['quantity']),
    0,
  )
}

/**
 * The shop is always half-way through the month. Invoiced now, what is owed becomes an open invoice and what is too much the
 * customer's credit; else it waits as an invoice item.
 */
export function prorate(shop: Shop, subscription: Row, monthly: number, isNow: boolean): void {
  const customer = shop.find('customers', String(subscription['customer']))
  const amount = Math.trunc(monthly / 2)
  if (!isNow) {
    shop.add('invoiceitems', 'invoiceitem', {
      amount,
      currency: subscription['currency'],
      customer: customer.id,
      parent: { subscription_details: { subscription: subscription.id } },
      proration: true,
    })
    return
  }
  const {
    id: _id,
    object,
    ...fields
  } = toInvoice({
    id: 'in_Proration',
    customer: customer.id,
    currency: subscription['currency'],
    created: shop.now(),
    lines: [toLine('il_Proration', amount, 'The rest of the month')],
    billing_reason: 'subscription_update',
    parent: {
      type: 'subscription_details',
      subscription_details: { metadata: {}, subscription: subscription.id },
    },
  })
  const isOwed = amount > 0
  const paid = isOwed ? {} : { amount_due: 0, amount_remaining: 0, status: 'paid' }
  const invoice = shop.add('invoices', object, { ...fields, ...paid })
  subscription['latest_invoice'] = invoice.id
  if (!isOwed) {
    const description = `too much paid for ${subscription.id}`
    adjust(shop, customer, { amount, type: 'applied_to_invoice', description })
  }
}
