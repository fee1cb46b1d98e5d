import { SHOP } from '../seed/ids.ts'
import { mergedMetadata, metadata, oneOf, text, tree } from '../kinds.ts'
import { retrieveRoute } from '../listing.ts'
import { route, type Route } from '../route.ts'

/** `external_account` sends the payouts somewhere else; only accounts of others can be changed */
const UPDATE = {
  account_token: text,
  business_profile: tree,
  business_type: oneOf('company', 'government_entity', 'individual', 'non_profit'),
  capabilities: tree,
  company: tree,
  default_currency: text,
  email: text,
  external_account: tree,
  individual: tree,
  metadata,
  settings: tree,
  tos_acceptance: tree,
} as const

export const accountRoutes: readonly Route[] = [
  route('GET', '/v1/account', {}, ({ shop }) => shop.find('accounts', SHOP.account)),
  retrieveRoute('/v1/accounts/{id}', 'accounts'),
  route('POST', '/v1/accounts/{id}', UPDATE, ({ shop, ids, params }) => {
    const row = shop.find('accounts', ids['id'] ?? '')
    for (const [name, value] of Object.entries(params)) {
      const before = row[name]
      row[name] = isGroup(value) && isGroup(before) ? { ...before, ...value } : value
    }
    row['metadata'] = mergedMetadata(row['metadata'], {})
    return row
  }),
]

function isGroup(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
