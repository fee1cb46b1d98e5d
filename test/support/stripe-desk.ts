import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type Stripe from 'stripe'
import { createFront, FRONT_SERVER_OPTIONS, type Front } from '../../adapters/front.ts'
import { stripeProvider } from '../../adapters/stripe/provider.ts'
import {
  compileGrant,
  generateRootKey,
  mintToken,
  parseCapabilities,
} from '../../capabilities/index.ts'
import type { OpenDatabase } from '../../server/database/open.ts'
import { createApprovals, decideApproval } from '../../server/state/approvals.ts'
import { createBudgets } from '../../server/state/budgets.ts'
import { createRateLimits } from '../../server/state/rate-limits.ts'
import { SHOP, startFakeStripe, type FakeStripe } from '../fakes/stripe/index.ts'
import { stock } from './stripe-clients.ts'
import { createMemoryPorts, MemoryConnection, ScriptedSecondOpinion } from './memory-ports.ts'

/** one stand-in for Stripe, and fronts before it that share a public origin, a root key and a database, as replicas do */
export interface StripeDesk {
  readonly stripe: FakeStripe
  readonly connection: MemoryConnection
  readonly replicas: readonly [Replica, Replica]
  readonly grantId: string
  /** a grant of its own, and a token of it */
  newGrant(): Promise<void>
  mint(details: readonly object[]): string
  /** the stock client with a token where the key goes */
  client(token: string, replica?: Replica): Stripe
  approve(id: string): Promise<boolean>
  close(): Promise<void>
}

interface Replica {
  readonly url: string
  readonly port: number
  readonly front: Front
}

export async function openStripeDesk(
  database: OpenDatabase,
  now: () => number = Date.now,
): Promise<StripeDesk> {
  const stripe = await startFakeStripe({ now, connected: [SHOP.grower, SHOP.stranger] })
  const root = generateRootKey()
  const connection = new MemoryConnection('acct_test', [stripe.apiKey])
  const { db } = database
  const open = async (resource?: string): Promise<Replica & { close(): Promise<void> }> => {
    const server = createServer(FRONT_SERVER_OPTIONS)
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}`
    const front = createFront({
      provider: stripeProvider,
      ports: {
        ...createMemoryPorts({
          rootKeys: { find: (id) => (id === 1 ? root.publicKey : undefined) },
          secondOpinion: new ScriptedSecondOpinion(),
          connections: { forGrant: () => Promise.resolve(connection) },
          now,
        }),
        budgets: createBudgets(db),
        approvals: createApprovals(db),
        rateLimits: createRateLimits(db),
      },
      resource: resource ?? url,
      authorizationServers: ['http://127.0.0.1:4000'],
      upstream: stripe.url,
      pageTokenKey: Buffer.alloc(32, 7),
      idempotencyKey: Buffer.alloc(32, 9),
      dpopNonces: { key: Buffer.alloc(32, 8), required: false },
      crossCheckShare: 0,
    })
    front.attach(server)
    const close = async (): Promise<void> => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await front.close()
    }
    return { url, port, front, close }
  }
  const first = await open()
  const second = await open(first.url)
  let grantId = ''
  const newGrant = async (): Promise<void> => {
    grantId = `g_stripe_${Math.random().toString(36).slice(2)}`
    await db
      .insertInto('grants')
      .values({
        id: grantId,
        buyer_id: 'b_1',
        client_id: 'agent',
        authorization_details: '[]',
        payload: '{}',
        expires_at: null,
        revoked_at: null,
        revoked_reason: null,
      })
      .execute()
  }
  await newGrant()
  return {
    stripe,
    connection,
    replicas: [first, second],
    get grantId() {
      return grantId
    },
    newGrant,
    mint: (details) => {
      const block = compileGrant({
        grantId,
        clientId: 'agent',
        audience: first.url,
        expiresAt: Math.floor(now() / 1000) + 7 * 86_400,
        capabilities: parseCapabilities(details),
      })
      return mintToken(block, { id: 1, privateKey: root.privateKey }).token
    },
    client: (token, replica = first) =>
      new stock.Client(token, {
        host: '127.0.0.1',
        port: replica.port,
        protocol: 'http',
        telemetry: false,
      }),
    approve: (id) => decideApproval(db, { id, buyerId: 'b_1', status: 'approved', by: 'buyer' }),
    close: async () => {
      await first.close()
      await second.close()
      await stripe.close()
    },
  }
}
