import { boolean, currency, oneOf } from '../kinds.ts'
import { equals, listRoute, retrieveRoute } from '../listing.ts'
import type { Route } from '../route.ts'
import { searchRoute } from '../search.ts'

export const catalogRoutes: readonly Route[] = [
  searchRoute('prices', {
    active: 'token',
    currency: 'token',
    lookup_key: 'string',
    product: 'token',
    type: 'token',
  }),
  listRoute('/v1/prices', 'prices', {
    active: equals('active', boolean),
    currency: equals('currency', currency),
    product: equals('product'),
    type: equals('type', oneOf('one_time', 'recurring')),
  }),
  retrieveRoute('/v1/prices/{id}', 'prices'),
  searchRoute('products', {
    active: 'token',
    description: 'string',
    name: 'string',
    shippable: 'token',
    url: 'string',
  }),
  listRoute('/v1/products', 'products', {
    active: equals('active', boolean),
    shippable: equals('shippable', boolean),
    url: equals('url'),
  }),
  retrieveRoute('/v1/products/{id}', 'products'),
]
