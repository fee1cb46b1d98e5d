import { ok, type Route } from '../call.ts'

/** what no agent should ever reach: name, verb and path below the origin, `*` for one segment, `**` for the rest */
const DANGERS: readonly (readonly [name: string, verb: Route['verb'] | 'ANY', path: string])[] = [
  ['exports', 'ANY', 'crm/*/exports/**'],
  ['exports', 'ANY', 'crm/exports/**'],
  ['imports', 'ANY', 'crm/*/imports/**'],
  ['imports', 'ANY', 'crm/imports/**'],
  ['lists', 'ANY', 'crm/*/lists/**'],
  ['lists', 'ANY', 'crm/lists/**'],
  ['schemas', 'ANY', 'crm/*/schemas/**'],
  ['schemas', 'ANY', 'crm-object-schemas/**'],
  ['properties.write', 'POST', 'crm/*/properties/*'],
  ['properties.write', 'PATCH', 'crm/*/properties/*/*'],
  ['properties.write', 'DELETE', 'crm/*/properties/*/*'],
  ['properties.write', 'POST', 'crm/properties/*/*'],
  ['properties.write', 'PATCH', 'crm/properties/*/*/*'],
  ['properties.write', 'DELETE', 'crm/properties/*/*/*'],
  ['pipelines.write', 'POST', 'crm/*/pipelines/*'],
  ['pipelines.write', 'DELETE', 'crm/*/pipelines/*/*'],
  ['timeline', 'ANY', 'crm/*/timeline/**'],
  ['extensions', 'ANY', 'crm/*/extensions/**'],
  ['files', 'ANY', 'files/**'],
  ['filemanager', 'ANY', 'filemanager/**'],
  ['marketing', 'ANY', 'marketing/**'],
  ['conversations', 'ANY', 'conversations/**'],
  ['sequences', 'ANY', 'automation/*/sequences/**'],
  ['automation', 'ANY', 'automation/**'],
  ['webhooks', 'ANY', 'webhooks/**'],
  ['events', 'ANY', 'events/**'],
  ['subscriptions', 'ANY', 'communication-preferences/**'],
  ['graphql', 'ANY', 'collector/graphql'],
  ['account', 'ANY', 'account-info/**'],
  ['integrations', 'ANY', 'integrations/**'],
  ['tokens', 'ANY', 'oauth/*/access-tokens/*'],
  ['tokens', 'ANY', 'oauth/*/refresh-tokens/*'],
  // what HubSpot served before, and serves on
  ['contacts.v1', 'ANY', 'contacts/v1/**'],
  ['companies.v2', 'ANY', 'companies/v2/**'],
  ['deals.v1', 'ANY', 'deals/v1/**'],
  ['engagements.v1', 'ANY', 'engagements/v1/**'],
  ['email.v1', 'ANY', 'email/public/v1/**'],
  ['owners.v2', 'ANY', 'owners/v2/**'],
]

/** what such an endpoint gives away, so that a test can look for it in a front's answer */
export const SPOILS = 'spoils-of-an-endpoint-that-should-not-be-reached'

/** the harmful endpoint behind a path, if there is one: it answers 200 and does nothing but be reached */
export function findDanger(verb: string, path: string): Route | undefined {
  for (const [name, wanted, pattern] of DANGERS) {
    if ((wanted !== 'ANY' && wanted !== verb) || !fits(pattern, path)) continue
    return {
      name: `danger.${name}`,
      verb: 'POST',
      template: pattern,
      isRead: verb === 'GET',
      dialects: [],
      run: () =>
        ok({ id: '1', status: 'COMPLETE', url: `https://api.hubapi.com/${SPOILS}`, results: [] }),
    }
  }
  return undefined
}

function fits(pattern: string, path: string): boolean {
  const expression = pattern
    .split('/')
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]+' : part.replaceAll('.', '\\.')))
    .join('/')
    .replace(/\/\.\*$/, '(?:/.*)?')
  return new RegExp(`^${expression}$`).test(path)
}
