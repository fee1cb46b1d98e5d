import { equals, listRoute, retrieveRoute } from '../listing.ts'
import type { Route } from '../route.ts'
import { searchRoute } from '../search.ts'

export const chargeRoutes: readonly Route[] = [
  searchRoute('charges', {
    amount: 'numeric',
    currency: 'token',
    customer: 'token',
    disputed: 'token',
    'billing_details.address.postal_code': 'token',
    'payment_method_details.card.brand': 'token',
    'payment_method_details.card.fingerprint': 'token',
    'payment_method_details.card.last4': 'token',
    refunded: 'token',
    status: 'token',
  }),
  listRoute('/v1/charges', 'charges', {
    customer: equals('customer'),
    payment_intent: equals('payment_intent'),
    transfer_group: equals('transfer_group'),
  }),
  retrieveRoute('/v1/charges/{id}', 'charges'),
  listRoute('/v1/disputes', 'disputes', {
    charge: equals('charge'),
    payment_intent: equals('payment_intent'),
  }),
  retrieveRoute('/v1/disputes/{id}', 'disputes'),
]
