import { ok, type Route } from '../call.ts'
import { SEED } from '../seed.ts'

/** what no agent should ever reach: name and path below the origin, `*` for one segment, `**` for the rest */
const DANGERS: readonly (readonly [name: string, path: string])[] = [
  ['exports', 'crm/*/exports/**'],
  ['exports', 'crm/exports/**'],
  ['imports', 'crm/*/imports/**'],
  ['imports', 'crm/imports/**'],
  ['lists', 'crm/*/lists/**'],
  ['lists', 'crm/lists/**'],
  ['schemas', 'crm/*/schemas/**'],
  ['schemas', 'crm-object-schemas/**'],
  ['deal-splits', 'crm/*/objects/deals/splits/**'],
  // what is no route of the CRM's reading: definitions made, changed and archived
  ['properties', 'crm/*/properties/**'],
  ['properties', 'crm/properties/**'],
  ['pipelines', 'crm/*/pipelines/**'],
  ['pipelines', 'crm/pipelines/**'],
  ['association-definitions', 'crm/*/associations/**'],
  ['association-definitions', 'crm/associations/**'],
  ['timeline', 'crm/*/timeline/**'],
  ['extensions', 'crm/*/extensions/**'],
  ['files', 'files/**'],
  ['files', 'filemanager/**'],
  ['marketing', 'marketing/**'],
  ['conversations', 'conversations/**'],
  ['sequences', 'automation/*/sequences/**'],
  ['automation', 'automation/**'],
  ['webhooks', 'webhooks/**'],
  ['timeline', 'integrators/**'],
  ['cms', 'cms/**'],
  ['business-units', 'business-units/**'],
  ['visitors', 'visitor-identification/**'],
  ['events', 'events/**'],
  ['subscriptions', 'communication-preferences/**'],
  ['graphql', 'collector/graphql'],
  ['account', 'account-info/**'],
  ['integrations', 'integrations/**'],
  ['tokens', 'oauth/*/access-tokens/*'],
  ['tokens', 'oauth/*/refresh-tokens/*'],
  // what HubSpot served before, and serves on
  ['contacts-v1', 'contacts/v1/**'],
  ['companies-v2', 'companies/v2/**'],
  ['deals-v1', 'deals/v1/**'],
  ['engagements-v1', 'engagements/v1/**'],
  ['email-v1', 'email/public/v1/**'],
  ['owners-v2', 'owners/v2/**'],
]

/** what such an endpoint gives away, so that a test can look for it in a front's answer */
export const SPOILS = 'spoils-of-an-endpoint-that-should-not-be-reached'

/** the harmful endpoint behind a path, if there is one: it answers 200 and does nothing but be reached */
export function findDanger(verb: string, path: string): Route | undefined {
  for (const [name, pattern] of DANGERS) {
    if (!fits(pattern, path)) continue
    return {
      name: `danger.${name}`,
      verb: 'POST',
      template: pattern,
      isRead: verb === 'GET',
      dialects: [],
      run: () =>
        ok({
          id: '1',
          portalId: Number(SEED.portal),
          status: 'COMPLETE',
          url: `https://api.hubapi.com/${SPOILS}`,
          results: [],
        }),
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
