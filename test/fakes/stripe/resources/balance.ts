import { currency } from '../kinds.ts'
import { equals, listRoute, retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'

export const balanceRoutes: readonly Route[] = [
  route('GET', '/v1/balance', {}, ({ shop }) => {
    // the one thing of Stripe's that has no id
    const { id: _none, ...balance } = shop.find('balance', 'balance')
    return balance
  }),
  listRoute('/v1/balance_transactions', 'balance_transactions', {
    currency: equals('currency', currency),
    source: equals('source'),
    type: equals('type'),
  }),
  retrieveRoute('/v1/balance_transactions/{id}', 'balance_transactions'),
]
