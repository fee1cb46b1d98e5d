import { invalid } from '../errors.ts'
import { amount, currency, demand, mergedMetadata, metadata, oneOf, text } from '../kinds.ts'
import { equals, listRoute, retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'
import type { Row } from '../row.ts'
import { SHOP } from '../seed/ids.ts'
import type { Shop } from '../shop.ts'

const TRANSFER = {
  amount,
  currency,
  description: text,
  destination: text,
  metadata,
  source_transaction: text,
  source_type: oneOf('bank_account', 'card', 'fpx'),
  transfer_group: text,
} as const

export const transferRoutes: readonly Route[] = [
  listRoute('/v1/transfers', 'transfers', {
    destination: equals('destination'),
    transfer_group: equals('transfer_group'),
  }),
  retrieveRoute('/v1/transfers/{id}', 'transfers'),
  route('POST', '/v1/transfers', TRANSFER, ({ shop, params }) => {
    const kind = demand(params.currency, 'currency')
    const destination = demand(params.destination, 'destination')
    if (destination === SHOP.account) {
      throw invalid('Cannot transfer to your own account', undefined, 'destination')
    }
    shop.find('accounts', destination, 'destination')
    const from = params.source_transaction
    const charge = from === undefined ? undefined : shop.find('charges', from, 'source_transaction')
    const sum = params.amount ?? demand(charge && Number(charge['amount']), 'amount')
    if (charge !== undefined) assertCovers(shop, charge, sum, kind)
    if (sum > shop.available(kind).amount) {
      throw invalid('You have insufficient available funds', 'balance_insufficient', 'amount')
    }
    const row = shop.add('transfers', 'transfer', {
      amount: sum,
      amount_reversed: 0,
      currency: kind,
      description: params.description ?? null,
      destination,
      destination_payment: 'py_Destination0001',
      metadata: mergedMetadata({}, params.metadata),
      reversals: { object: 'list', data: [], has_more: false, url: '/v1/transfers' },
      reversed: false,
      source_transaction: from ?? null,
      source_type: params.source_type ?? 'card',
      transfer_group: params.transfer_group ?? null,
    })
    shop.book('transfer', row, -sum, kind)
    return row
  }),
  route('POST', '/v1/transfers/{id}', { description: text, metadata }, ({ shop, ids, params }) => {
    const row = shop.find('transfers', ids['id'] ?? '')
    return Object.assign(row, params, {
      metadata: mergedMetadata(row['metadata'], params.metadata),
    })
  }),
]

/** what is passed on of one charge is no more than the charge */
function assertCovers(shop: Shop, charge: Row, sum: number, currency: string): void {
  const passedOn = shop
    .rows('transfers')
    .filter((row) => row['source_transaction'] === charge.id)
    .reduce((total, row) => total + Number(row['amount']), 0)
  if (charge['currency'] !== currency) {
    throw invalid('The currency must be that of the charge', undefined, 'currency')
  }
  if (passedOn + sum > Number(charge['amount_captured'])) {
    throw invalid('Transfers using this charge exceed its amount', undefined, 'amount')
  }
}
