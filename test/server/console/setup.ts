import { createHash, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAuthority } from '../../../server/authority/authority.ts'
import type { AuthorityOptions } from '../../../server/authority/options.ts'
import { createBuyer } from '../../../server/console/buyers.ts'
import {
  createConsole,
  createErrorRenderer,
  type ConsoleEvent,
} from '../../../server/console/console.ts'
import { loadConfig } from '../../../server/config.ts'
import { createSessions } from '../../../server/console/sessions.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { deriveSecret } from '../../../server/state/derive-secret.ts'
import { createKeyStore } from '../../../server/state/key-store.ts'
import { openTestDatabase } from '../../support/database.ts'
import { Browser, fieldsOf } from './browser.ts'

export const front = 'http://127.0.0.1:4001'
const NOWHERE = {
  REMIT_GMAIL_UPSTREAM: 'http://127.0.0.1:9',
  REMIT_HUBSPOT_UPSTREAM: 'http://127.0.0.1:9',
  REMIT_STRIPE_UPSTREAM: 'http://127.0.0.1:9',
}

export const password = 'correct horse battery'

export interface TestConsole extends AsyncDisposable {
  readonly origin: string
  readonly database: OpenDatabase
  readonly events: ConsoleEvent[]
  readonly masterKey: Uint8Array
  /** the console's clock */
  now(): number
  /** a buyer with a Gmail connection, unless told otherwise */
  addBuyer(
    email: string,
    options?: { connected?: boolean },
  ): Promise<{ id: string; connectionId: string }>
  /** an agent that registered itself */
  addAgent(metadata?: Record<string, unknown>): Promise<TestAgent>
  close(): Promise<void>
}

export interface TestAgent {
  readonly clientId: string
  /** pushes a request; answers the address that the agent would send the buyer's browser to */
  push(details: unknown, parameters?: Record<string, string>): Promise<string>
  redeem(code: string): Promise<{ status: number; body: Record<string, unknown> }>
}

interface ConsoleSetup {
  readonly now?: () => number
  /** `localhost` where passkeys are needed, which browsers do not make for a number */
  readonly host?: string
  /** of the authority beside it */
  readonly authority?: Pick<AuthorityOptions, 'clients' | 'fetch'>
  /** as an operator writes them */
  readonly settings?: Readonly<Record<string, string>>
}

/** by default every provider is where nobody listens, and this server is registered with none */
export async function startConsole({
  authority: authorityOptions,
  settings,
  now,
  host = '127.0.0.1',
}: ConsoleSetup = {}): Promise<TestConsole> {
  const database = await openTestDatabase()
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://${host}:${(server.address() as AddressInfo).port}`
  const masterKey = randomBytes(32)
  const keys = await createKeyStore(database, masterKey)
  const events: ConsoleEvent[] = []
  const fronts = [
    { provider: 'gmail' as const, resource: front },
    { provider: 'hubspot' as const, resource: 'http://127.0.0.1:4002' },
    { provider: 'stripe' as const, resource: 'http://127.0.0.1:4003' },
  ]
  const authority = await createAuthority({
    issuer: origin,
    db: database.db,
    keys,
    fronts,
    secrets: {
      cookieKeys: [randomBytes(32).toString('base64url')],
      dpopNonce: randomBytes(32),
      attestationChallenge: randomBytes(32),
    },
    log: () => undefined,
    ...authorityOptions,
    renderError: createErrorRenderer(origin),
    middleware: (provider) => [
      createConsole({
        provider,
        db: database.db,
        csrfKey: deriveSecret(masterKey, 'console-forms'),
        issuer: origin,
        fronts,
        rootKeys: keys.rootKeys,
        connecting: { masterKey, settings: loadConfig({ ...NOWHERE, ...settings }) },
        log: (event) => void events.push(event),
        ...(now && { now }),
      }),
    ],
  })
  server.on('request', authority.callback)

  const close = async (): Promise<void> => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await keys.close()
    await database.close()
  }
  return {
    origin,
    database,
    events,
    masterKey,
    now: now ?? Date.now,
    addBuyer: (email, { connected = true } = {}) => addBuyer(database, email, connected),
    addAgent: (metadata = {}) => addAgent(origin, metadata),
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** through the form: without a session when the password is not taken */
export async function signInByPassword({ origin }: TestConsole, email: string): Promise<Browser> {
  const browser = new Browser(origin)
  const page = await browser.get('/sign-in')
  await browser.post('/sign-in', { ...fieldsOf(page, '/sign-in'), email, password })
  return browser
}

/** a browser with a session of hers; the way through the form, whose password is slow on purpose, has tests of its own */
export async function signIn(remit: TestConsole, email: string): Promise<Browser> {
  const { db } = remit.database
  const buyer = db.selectFrom('buyers').select('id').where('email', '=', email)
  const { id } = await buyer.executeTakeFirstOrThrow()
  const browser = new Browser(remit.origin)
  browser.setCookie('remit_session', await createSessions(db).start(id, 'A test', remit.now()))
  return browser
}

async function addBuyer(
  { db }: OpenDatabase,
  email: string,
  connected: boolean,
): Promise<{ id: string; connectionId: string }> {
  const id = await createKnownBuyer(db, email)
  const connectionId = `c_${randomBytes(8).toString('hex')}`
  if (connected) {
    await db
      .insertInto('connections')
      .values({
        id: connectionId,
        buyer_id: id,
        provider: 'gmail',
        account: `support-${email}`,
        sealed: 'x',
      })
      .execute()
  }
  return { id, connectionId }
}

let hashed: string | undefined

/** the same password for all: it is hashed once in a file */
async function createKnownBuyer(db: OpenDatabase['db'], email: string): Promise<string> {
  if (hashed === undefined) {
    const { id } = await createBuyer(db, email, password)
    const buyer = db.selectFrom('buyers').select('password_hash').where('id', '=', id)
    hashed = (await buyer.executeTakeFirstOrThrow()).password_hash ?? undefined
    return id
  }
  const id = `b_${randomBytes(16).toString('base64url')}`
  await db.insertInto('buyers').values({ id, email, password_hash: hashed }).execute()
  return id
}

async function addAgent(origin: string, metadata: Record<string, unknown>): Promise<TestAgent> {
  const redirectUri = 'http://127.0.0.1:9/callback'
  const response = await fetch(`${origin}/oauth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      client_name: 'Support Helper',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      ...metadata,
    }),
  })
  const registered = (await response.json()) as Record<string, unknown>
  if (response.status !== 201) throw new Error(JSON.stringify(registered))
  const clientId = String(registered['client_id'])
  const redirect = (metadata['redirect_uris'] as string[] | undefined)?.[0] ?? redirectUri
  const verifier = randomBytes(32).toString('base64url')
  return {
    clientId,
    push: async (details, parameters = {}) => {
      const pushed = await postForm(`${origin}/oauth/par`, {
        client_id: clientId,
        response_type: 'code',
        redirect_uri: redirect,
        resource: front,
        state: 's',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        authorization_details: JSON.stringify(details),
        ...parameters,
      })
      if (pushed.status !== 201) throw new Error(JSON.stringify(pushed.body))
      const query = new URLSearchParams({
        client_id: clientId,
        request_uri: String(pushed.body['request_uri']),
      })
      return `${origin}/oauth/authorize?${query.toString()}`
    },
    redeem: (code) =>
      postForm(`${origin}/oauth/token`, {
        client_id: clientId,
        grant_type: 'authorization_code',
        code,
        redirect_uri: redirect,
        code_verifier: verifier,
        resource: front,
      }),
  }
}

async function postForm(
  url: string,
  fields: Record<string, string>,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(url, { method: 'POST', body: new URLSearchParams(fields) })
  return { status: response.status, body: (await response.json()) as Record<string, unknown> }
}
