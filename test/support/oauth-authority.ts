import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Koa from 'koa'
import type { ClientMetadata, Interaction, Provider } from 'oidc-provider'
import type { Capability } from '../../capabilities/index.ts'
import { createAuthority, type Authority } from '../../server/authority/authority.ts'
import { createConsentGrant } from '../../server/authority/consent.ts'
import { Fronts, type Front } from '../../server/authority/fronts.ts'
import type { AuthorityEvent, AuthorityOptions } from '../../server/authority/options.ts'
import { readProposal } from '../../server/authority/proposal.ts'
import type { OpenDatabase } from '../../server/database/open.ts'
import { createKeyStore, type KeyStore } from '../../server/state/key-store.ts'
import { openTestDatabase } from './database.ts'

export const gmailFront = 'http://127.0.0.1:4001'
const fronts: readonly Front[] = [{ provider: 'gmail', resource: gmailFront }]

/** what the buyer does with a proposal: hands on the capabilities to grant, or refuses with `undefined` */
export type Decide = (proposed: Capability[], interaction: Interaction) => Capability[] | undefined

export interface TestAuthority extends AsyncDisposable {
  readonly issuer: string
  readonly port: number
  readonly authority: Authority
  readonly database: OpenDatabase
  readonly db: OpenDatabase['db']
  readonly keys: KeyStore
  readonly events: AuthorityEvent[]
  readonly fronts: readonly Front[]
  addBuyer(): Promise<TestBuyer>
}

export interface TestBuyer {
  readonly id: string
  readonly connectionId: string
}

export interface TestAuthorityOptions extends Partial<Omit<AuthorityOptions, 'clients'>> {
  readonly clients?: readonly ClientMetadata[]
}

/** The real authority on a real port and database; only the pages in front of the buyer are played. */
export async function startAuthority(options: TestAuthorityOptions = {}): Promise<TestAuthority> {
  const database = await openTestDatabase()
  const server = createServer()
  const port = await listen(server)
  const issuer = options.issuer ?? `http://127.0.0.1:${port}`
  const keys = await createKeyStore(database, randomBytes(32))
  const events: AuthorityEvent[] = []
  const authority = await createAuthority({
    db: database.db,
    keys,
    fronts,
    secrets: {
      cookieKeys: [randomBytes(32).toString('base64url')],
      dpopNonce: randomBytes(32),
      attestationChallenge: randomBytes(32),
    },
    log: (event) => void events.push(event),
    registrationsPerHour: 1_000,
    middleware: (provider) => [playConsole(provider, database)],
    ...options,
    issuer,
  })
  server.on('request', authority.callback)
  return {
    issuer,
    port,
    authority,
    database,
    db: database.db,
    keys,
    events,
    fronts,
    addBuyer: async () => addBuyer(database),
    async [Symbol.asyncDispose]() {
      authority.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await keys.close()
      await database.close()
    },
  }
}

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

async function addBuyer({ db }: OpenDatabase): Promise<TestBuyer> {
  const suffix = randomBytes(6).toString('hex')
  const buyer = { id: `b_${suffix}`, connectionId: `c_${suffix}` }
  await db
    .insertInto('buyers')
    .values({ id: buyer.id, email: `${suffix}@buyer.test`, password_hash: 'x' })
    .execute()
  await db
    .insertInto('connections')
    .values({
      id: buyer.connectionId,
      buyer_id: buyer.id,
      provider: 'gmail',
      account: `${suffix}@gmail.test`,
      sealed: 'x',
    })
    .execute()
  return buyer
}

/** what else the buyer decides */
export interface PlayedTerms {
  readonly expiresAt?: number
  readonly dpopBound?: boolean
  readonly accessTokenSeconds?: number
}

interface PlayedBuyer extends PlayedTerms {
  readonly buyer: TestBuyer
  readonly decide: Decide
}

const decisions = new Map<string, PlayedBuyer>()

/** how a browser says who sits in front of it and what that buyer will decide */
export function playBuyer(
  buyer: TestBuyer,
  decide: Decide,
  terms: PlayedTerms = {},
): Record<string, string> {
  const key = randomBytes(8).toString('hex')
  decisions.set(key, { buyer, decide, ...terms })
  return { 'x-played-buyer': key }
}

function playConsole(provider: Provider, { db }: OpenDatabase): Koa.Middleware {
  return async (ctx, next) => {
    if (!ctx.path.startsWith('/consent/')) {
      await next()
      return
    }
    const played = decisions.get(ctx.get('x-played-buyer'))
    if (!played) throw new Error('nobody sits in front of this browser')
    const interaction = await provider.interactionDetails(ctx.req, ctx.res)
    const result = await answer(provider, db, interaction, played)
    ctx.status = 303
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result))
  }
}

async function answer(
  provider: Provider,
  db: OpenDatabase['db'],
  interaction: Interaction,
  { buyer, decide, expiresAt, dpopBound = false, accessTokenSeconds }: PlayedBuyer,
): Promise<Parameters<Provider['interactionResult']>[2]> {
  if (interaction.prompt.name === 'login') return { login: { accountId: buyer.id } }
  const all = new Fronts(fronts)
  const capabilities = decide(readProposal(all, interaction.params), interaction)
  if (!capabilities) return { error: 'access_denied', error_description: 'the buyer refused' }
  const grantId = await createConsentGrant({
    provider,
    db,
    fronts: all,
    interaction,
    capabilities,
    connections: { gmail: buyer.connectionId },
    expiresAt,
    dpopBound,
    accessTokenSeconds,
  })
  return { consent: { grantId } }
}
