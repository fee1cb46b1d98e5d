import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startFakeGmail, type FakeGmail } from '../test/fakes/gmail/index.ts'
import { startFakeHubspot, type FakeHubspot } from '../test/fakes/hubspot/index.ts'
import { startFakeStripe, type FakeStripe } from '../test/fakes/stripe/index.ts'
import { freePortSettings, remit, startServer } from './story/processes.ts'

const BUYER = 'dana@northwind-tea.example'

export interface Stage {
  readonly issuer: string
  readonly front: string
  readonly hubspotFront: string
  readonly stripeFront: string
  readonly gmail: FakeGmail
  readonly hubspot: FakeHubspot
  readonly stripe: FakeStripe
  readonly email: string
  readonly password: string
  /** the operator's settings, for the command line beside the server */
  readonly env: NodeJS.ProcessEnv
}

/** the operator's part: a buyer, her accounts, a running server; only Gmail, HubSpot and Stripe are stand-ins. `cleanup` ends all of it */
export async function setStage(cleanup: AsyncDisposableStack): Promise<Stage> {
  const gmail = await startFakeGmail()
  cleanup.defer(async () => gmail.close())
  const hubspot = await startFakeHubspot()
  cleanup.defer(async () => hubspot.close())
  const stripe = await startFakeStripe()
  cleanup.defer(async () => stripe.close())
  const data = await mkdtemp(join(tmpdir(), 'remit-demo-'))
  cleanup.defer(async () => rm(data, { recursive: true, force: true }))
  const env = await environment(data, gmail, hubspot, stripe)
  const issuer = env['REMIT_ISSUER'] ?? ''
  const front = env['REMIT_GMAIL_URL'] ?? ''
  const hubspotFront = env['REMIT_HUBSPOT_URL'] ?? ''
  const stripeFront = env['REMIT_STRIPE_URL'] ?? ''
  const origins = [issuer, front, hubspotFront, stripeFront]
  const server = await startServer(
    env,
    origins.map((one) => `${one}/readyz`),
  )
  cleanup.defer(async () => server.stop())
  const buyer = JSON.parse(await remit(['buyer', 'add', BUYER, '--json'], env)) as {
    password: string
  }
  const file = join(data, 'google-credential.json')
  await writeFile(file, JSON.stringify(googleCredential(gmail)), { mode: 0o600 })
  await remit(['connect', 'gmail', '--buyer', BUYER, '--credential-file', file], env)
  const tokenFile = join(data, 'hubspot-token.txt')
  await writeFile(tokenFile, hubspot.accessToken, { mode: 0o600 })
  await remit(['connect', 'hubspot', '--buyer', BUYER, '--credential-file', tokenFile], env)
  const keyFile = join(data, 'stripe-key.txt')
  await writeFile(keyFile, stripe.apiKey, { mode: 0o600 })
  await remit(['connect', 'stripe', '--buyer', BUYER, '--credential-file', keyFile], env)
  const fronts = { front, hubspotFront, stripeFront }
  const accounts = { gmail, hubspot, stripe }
  return { issuer, ...fronts, ...accounts, email: BUYER, password: buyer.password, env }
}

async function environment(
  data: string,
  gmail: FakeGmail,
  hubspot: FakeHubspot,
  stripe: FakeStripe,
): Promise<NodeJS.ProcessEnv> {
  const ports = await freePortSettings()
  const mine = Object.entries(process.env).filter(
    ([name]) => !name.startsWith('REMIT_') && name !== 'DATABASE_URL' && name !== 'NODE_ENV',
  )
  const issuer = `http://127.0.0.1:${ports.REMIT_AUTHORITY_PORT}`
  // as an operator registers this server with a provider
  gmail.tokenEndpoint.consent.redirectUris.add(`${issuer}/connections/gmail/callback`)
  hubspot.tokenEndpoint.consent.redirectUris.add(`${issuer}/connections/hubspot/callback`)
  return {
    ...Object.fromEntries(mine),
    REMIT_DATA: data,
    ...ports,
    REMIT_ISSUER: issuer,
    REMIT_GOOGLE_CLIENT_ID: gmail.tokenEndpoint.clientId,
    REMIT_GOOGLE_CLIENT_SECRET: gmail.tokenEndpoint.clientSecret,
    REMIT_HUBSPOT_CLIENT_ID: hubspot.tokenEndpoint.clientId,
    REMIT_HUBSPOT_CLIENT_SECRET: hubspot.tokenEndpoint.clientSecret,
    REMIT_GMAIL_URL: `http://127.0.0.1:${ports.REMIT_GMAIL_PORT}`,
    REMIT_GMAIL_UPSTREAM: gmail.url,
    REMIT_GMAIL_TOKEN_URL: gmail.tokenUrl,
    REMIT_HUBSPOT_URL: `http://127.0.0.1:${ports.REMIT_HUBSPOT_PORT}`,
    REMIT_HUBSPOT_UPSTREAM: hubspot.url,
    REMIT_STRIPE_URL: `http://127.0.0.1:${ports.REMIT_STRIPE_PORT}`,
    REMIT_STRIPE_UPSTREAM: stripe.url,
  }
}

/** the file that Google's own tools write: what a real buyer's consent at Google leaves behind */
function googleCredential(gmail: FakeGmail): object {
  return {
    type: 'authorized_user',
    client_id: gmail.tokenEndpoint.clientId,
    client_secret: gmail.tokenEndpoint.clientSecret,
    refresh_token: gmail.tokenEndpoint.refreshToken,
  }
}

/** the operator grants without a browser; prints nothing, gives the token for one front */
export async function grantByOperator(
  { email, env }: Stage,
  details: readonly object[],
  provider: 'gmail' | 'hubspot' | 'stripe' = 'gmail',
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'remit-grant-'))
  try {
    const file = join(folder, 'details.json')
    await writeFile(file, JSON.stringify(details))
    const asked = ['grant', '--buyer', email, '--agent', 'leaf', '--file', file, '--ttl', '1h']
    const { tokens } = JSON.parse(await remit([...asked, '--json'], env)) as {
      tokens: Partial<Record<string, string>>
    }
    return tokens[provider] ?? ''
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
