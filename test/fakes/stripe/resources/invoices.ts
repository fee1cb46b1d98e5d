import { invalid } from '../errors.ts'
import { oneOf, text } from '../kinds.ts'
import { equals, filter, listRoute, retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'
import type { Row } from '../row.ts'
import { searchRoute } from '../search.ts'

export const invoiceRoutes: readonly Route[] = [
  searchRoute('invoices', {
    currency: 'token',
    customer: 'token',
    number: 'token',
    receipt_number: 'token',
    status: 'token',
    total: 'numeric',
  }),
  listRoute('/v1/invoices', 'invoices', {
    collection_method: equals('collection_method'),
    customer: equals('customer'),
    status: equals('status', oneOf('draft', 'open', 'paid', 'uncollectible', 'void')),
    subscription: filter(text, (row, subscription) => subscriptionOf(row) === subscription),
  }),
  retrieveRoute('/v1/invoices/{id}', 'invoices'),
  route('POST', '/v1/invoices/{id}/send', {}, ({ shop, ids }) => {
    const invoice = shop.find('invoices', ids['id'] ?? '')
    assertState(invoice, 'send', 'open')
    if (invoice['collection_method'] !== 'send_invoice') {
      throw invalid('You can only send an invoice that is not charged automatically')
    }
    // the shop's mail goes out: seen by when it last did
    invoice['webhooks_delivered_at'] = shop.now()
    return invoice
  }),
  route('POST', '/v1/invoices/{id}/void', {}, ({ shop, ids }) => {
    const invoice = shop.find('invoices', ids['id'] ?? '')
    assertState(invoice, 'void', 'open', 'uncollectible')
    const before = invoice['status_transitions'] as object
    return Object.assign(invoice, {
      status: 'void',
      status_transitions: { ...before, voided_at: shop.now() },
    })
  }),
]

function subscriptionOf(invoice: Row): unknown {
  const parent = invoice['parent'] as { subscription_details?: { subscription?: unknown } } | null
  return parent?.subscription_details?.subscription
}

function assertState(invoice: Row, verb: string, ...states: readonly string[]): void {
  const status = String(invoice['status'])
  if (states.includes(status)) return
  throw invalid(`You cannot ${verb} an invoice that is ${status}`, 'invoice_not_editable')
}
