import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { PORT_SETTINGS } from '../../examples/story/processes.ts'
import { loadConfig, SETTING_NAMES } from '../../server/config.ts'

describe('docs/configuration.md', () => {
  it('has one row for every setting and no other', async () => {
    expect((await readRows()).map(({ name }) => name).toSorted()).toEqual(
      [...SETTING_NAMES].toSorted(),
    )
  })

  it('gives the defaults that are in force', async () => {
    const defaults = Object.fromEntries((await readRows()).map(({ name, value }) => [name, value]))
    const config = loadConfig({})
    expect(defaults).toMatchObject({
      DATABASE_URL: '',
      REMIT_DATA: config.dataDir,
      REMIT_ROLES: config.roles.join(','),
      REMIT_HOST: config.host,
      REMIT_AUTHORITY_PORT: String(config.authorityPort),
      REMIT_GMAIL_PORT: String(config.gmailPort),
      REMIT_ISSUER: config.issuer,
      REMIT_GMAIL_URL: config.gmailUrl,
      REMIT_GMAIL_UPSTREAM: config.gmailUpstream,
      REMIT_GMAIL_TOKEN_URL: config.gmailTokenUrl,
      REMIT_GOOGLE_CLIENT_ID: '',
      REMIT_GOOGLE_CLIENT_SECRET: '',
      REMIT_GOOGLE_AUTHORIZE_URL: config.googleAuthorizeUrl,
      REMIT_GOOGLE_REVOKE_URL: config.googleRevokeUrl,
      REMIT_HUBSPOT_AUTHORIZE_URL: config.hubspotAuthorizeUrl,
      REMIT_HUBSPOT_PORT: String(config.hubspotPort),
      REMIT_HUBSPOT_URL: config.hubspotUrl,
      REMIT_HUBSPOT_UPSTREAM: config.hubspotUpstream,
      REMIT_STRIPE_PORT: String(config.stripePort),
      REMIT_STRIPE_URL: config.stripeUrl,
      REMIT_STRIPE_UPSTREAM: config.stripeUpstream,
      REMIT_DPOP_NONCE: config.dpopNonceRequired ? 'required' : 'optional',
    })
  })
})

// two servers at once on one machine, and the one whose port was left at its default does not start
it('is chosen for every port, wherever a server is started beside others', () => {
  expect([...PORT_SETTINGS]).toEqual(SETTING_NAMES.filter((name) => name.endsWith('_PORT')))
})

/** the table's rows: `| \`NAME\` | \`default\` | … |` */
async function readRows(): Promise<{ name: string; value: string }[]> {
  const text = await readFile(
    join(import.meta.dirname, '..', '..', 'docs', 'configuration.md'),
    'utf8',
  )
  return [...text.matchAll(/^\| `([A-Z_]+)`\s*\| (?:`([^`]*)`)?/gm)].map(
    ([, name = '', value = '']) => ({ name, value }),
  )
}
