import type { ProviderType } from '../../../capabilities/index.ts'
import type { Front } from '../../authority/fronts.ts'
import { routes } from '../../authority/provider.ts'

/** where things are on this server */
export interface Addresses {
  readonly issuer: string
  readonly fronts: readonly Front[]
}

export interface Example {
  readonly title: string
  readonly code: string
}

export const REDIRECT_URI = 'https://agent.example/callback'

/** what an agent may propose at each kind of front: rows that a buyer understands, and no more than they need */
export const PROPOSALS: Readonly<Record<ProviderType, readonly object[]>> = {
  gmail: [
    { type: 'gmail', actions: ['messages.read'], labels: ['Support'], newer_than_days: 30 },
    {
      type: 'gmail',
      actions: ['messages.reply'],
      labels: ['Support'],
      recipients: { participants: true },
      attachments: 'none',
      body: { links: 'known', refuse: ['payment_card', 'iban'] },
      limits: [{ per: 'hour', calls: 20 }],
    },
  ],
  hubspot: [
    {
      type: 'hubspot',
      actions: ['contacts.search', 'contacts.read'],
      properties: { read: ['email', 'firstname', 'lastname'] },
      must_filter_on: [['email']],
    },
    { type: 'hubspot', actions: ['notes.create'], properties: { write: ['hs_note_body'] } },
  ],
  stripe: [
    { type: 'stripe', actions: ['charges.read', 'customers.read'] },
    {
      type: 'stripe',
      actions: ['refunds.create'],
      amount: { currency: 'usd', max: 5_000 },
      limits: [{ per: 'day', amount: 20_000, currency: 'usd' }],
      approval: { amount_over: 2_000 },
      charge_age_days: 60,
    },
  ],
}

export function endpointsOf({ issuer, fronts }: Addresses): readonly (readonly [string, string])[] {
  const names = { gmail: 'Gmail front', hubspot: 'HubSpot front', stripe: 'Stripe front' }
  return [
    ['Issuer', issuer],
    ['Discovery (OpenID, RFC 8414)', `${issuer}/.well-known/openid-configuration`],
    ['Pushed requests, PAR (RFC 9126)', `${issuer}${routes.pushed_authorization_request}`],
    ['Authorization', `${issuer}${routes.authorization}`],
    ['Tokens and exchange (RFC 8693)', `${issuer}${routes.token}`],
    ['Registration (RFC 7591)', `${issuer}${routes.registration}`],
    ['Revocation (RFC 7009)', `${issuer}${routes.revocation}`],
    ['Token keys', `${issuer}/.well-known/biscuit-web-keys`],
    ...fronts.map(({ provider, resource }) => [names[provider], resource] as const),
  ]
}

/** RFC 7591 §2, as both ways of registering want it */
export const REGISTRATION: Readonly<Record<string, unknown>> = {
  client_name: 'Support Assistant',
  redirect_uris: [REDIRECT_URI],
  token_endpoint_auth_method: 'none',
}

export function registrationExample({ issuer }: Addresses): string {
  return `curl -X POST ${issuer}${routes.registration} \\
  -H 'content-type: application/json' \\
  -d '${JSON.stringify(REGISTRATION)}'`
}

export const DOCUMENT_ADDRESS = 'https://agent.example/oauth-client.json'

/** what stands at its own address, which is then the client's id */
export function documentExample(): string {
  return JSON.stringify({ client_id: DOCUMENT_ADDRESS, ...REGISTRATION }, undefined, 2)
}

export function pushExample({ issuer }: Addresses, { provider, resource }: Front): string {
  return `curl -X POST ${issuer}${routes.pushed_authorization_request} \\
  --data-urlencode 'client_id=<client id>' \\
  --data-urlencode 'response_type=code' \\
  --data-urlencode 'redirect_uri=${REDIRECT_URI}' \\
  --data-urlencode 'resource=${resource}' \\
  --data-urlencode 'code_challenge=<challenge of your PKCE verifier>' \\
  --data-urlencode 'code_challenge_method=S256' \\
  --data-urlencode 'authorization_details=${JSON.stringify(PROPOSALS[provider])}'
# then send the buyer's browser to
# ${issuer}${routes.authorization}?client_id=<client id>&request_uri=<request_uri of the answer>`
}

export function proposalExample(provider: ProviderType): string {
  return JSON.stringify(PROPOSALS[provider], undefined, 2)
}

/** the providers' own clients; `token` is the access token for that front */
export function stockExample({ provider, resource }: Front): Example {
  const { hostname, port, protocol } = new URL(resource)
  switch (provider) {
    case 'gmail':
      return {
        title: 'googleapis or @googleapis/gmail',
        code: `import { auth, gmail } from '@googleapis/gmail'

const credentials = new auth.OAuth2()
credentials.setCredentials({ access_token: token })
// with \`media\`, name the same rootUrl in the call too: the client forgets it there
const mailbox = gmail({ version: 'v1', auth: credentials, rootUrl: '${resource}/' })`,
      }
    case 'hubspot':
      return {
        title: '@hubspot/api-client',
        code: `import { Client } from '@hubspot/api-client'

const hubspot = new Client({ accessToken: token, basePath: '${resource}' })`,
      }
    case 'stripe': {
      const scheme = protocol === 'http:' ? 'http' : 'https'
      return {
        title: 'stripe',
        code: `import Stripe from 'stripe'

const stripe = new Stripe(token, {
  host: '${hostname}',
  port: ${port === '' ? (scheme === 'http' ? 80 : 443) : port},
  protocol: '${scheme}',
  telemetry: false,
})`,
      }
    }
  }
}

/** asks the buyer, and keeps its token fresh */
export function sdkExample({ provider, resource }: Front): Example {
  return {
    title: 'remit-sdk',
    code: `${IMPORTS[provider]}
import { remit } from 'remit-sdk'

const agent = await remit({
  front: '${resource}',
  clientId,
  redirectUri: '${REDIRECT_URI}',
})
const proposal = await agent.propose(${proposalExample(provider)})
// the buyer opens proposal.url, and her browser comes back to redirectUri
await agent.redeem(proposal, callbackUrl)
${USES[provider]}`,
  }
}

const IMPORTS: Readonly<Record<ProviderType, string>> = {
  gmail: "import { gmail } from '@googleapis/gmail'\nimport { gmailAuth } from 'remit-sdk/gmail'",
  hubspot:
    "import { Client } from '@hubspot/api-client'\nimport { hubspotOptions } from 'remit-sdk/hubspot'",
  stripe: "import Stripe from 'stripe'\nimport { stripeOptions } from 'remit-sdk/stripe'",
}

const USES: Readonly<Record<ProviderType, string>> = {
  gmail: "const mailbox = gmail({ version: 'v1', auth: gmailAuth(agent.access) })",
  hubspot: 'const hubspot = new Client(hubspotOptions(agent.access))',
  stripe:
    "const stripe = new Stripe('', stripeOptions(agent.access, Stripe.createFetchHttpClient))",
}
