import { createServer } from 'node:http'
import { createFront, FRONT_SERVER_OPTIONS, type Front } from '../adapters/front.ts'
import type { Provider } from '../adapters/provider.ts'
import { SecondReader } from '../capabilities/index.ts'
import type { Foundation } from './foundation.ts'
import { listen, type Listening } from './listen.ts'
import { tellBuyer } from './notifications/tell-buyer.ts'
import { createApprovals } from './state/approvals.ts'
import { createBudgets } from './state/budgets.ts'
import { createConnections, type DatabaseConnections } from './state/connections.ts'
import { deriveSecret } from './state/derive-secret.ts'
import { createOwnItems } from './state/own-items.ts'
import { createRateLimits } from './state/rate-limits.ts'
import { createRecorder } from './state/recorder.ts'
import { createSentMessages } from './state/sent-messages.ts'
import { createServedAttachments } from './state/served-attachments.ts'
import { createShownPassages } from './state/shown-passages.ts'
import { createUsedProofs } from './state/used-proofs.ts'

export interface FrontRole {
  readonly provider: Provider
  /** its public origin */
  readonly resource: string
  readonly upstream: string
  readonly port: number
  /** what else this front does while it runs; ended before the front is */
  readonly beside?: (front: Front, connections: DatabaseConnections) => { stop(): Promise<void> }
}

/** a front with every port on the database; it listens only when the second reader is warm */
export async function startFront(foundation: Foundation, role: FrontRole): Promise<Listening> {
  const { config, database, masterKey, keys, revocations, log } = foundation
  const { db } = database
  const { provider } = role
  const secret = (purpose: string): Uint8Array =>
    deriveSecret(masterKey, `${purpose}/${provider.name}`)
  await using started = new AsyncDisposableStack()
  const secondReader = started.use(await SecondReader.start())
  const record = createRecorder(db, log)
  started.defer(async () => record.close())
  const connections = createConnections(db, masterKey, config, {
    isRevoked: (grantId) => revocations.isRevoked([], grantId),
    log,
  })
  const front = createFront({
    provider,
    resource: role.resource,
    authorizationServers: [config.issuer],
    upstream: role.upstream,
    pageTokenKey: secret('page-tokens'),
    idempotencyKey: secret('idempotency'),
    dpopNonces: { key: secret('dpop-nonces'), required: config.dpopNonceRequired },
    ports: {
      now: Date.now,
      rootKeys: keys.rootKeys,
      revocations,
      secondOpinion: secondReader,
      connections,
      record,
      budgets: createBudgets(db),
      approvals: createApprovals(db, tellBuyer, log),
      rateLimits: createRateLimits(db),
      servedAttachments: createServedAttachments(db),
      sentMessages: createSentMessages(db),
      shownPassages: createShownPassages(db),
      ownItems: createOwnItems(db),
      usedProofs: createUsedProofs(db),
      log,
    },
  })
  started.defer(async () => front.close())
  const beside = role.beside?.(front, connections)
  started.defer(async () => beside?.stop())
  // before it answers anybody, and until after it answers nobody
  const { name } = provider
  started.defer(await revocations.serve({ provider: name, resource: role.resource }))
  const server = createServer(FRONT_SERVER_OPTIONS)
  front.attach(server)
  const listening = await listen(server, config.host, role.port)
  const stack = started.move()
  return {
    ...listening,
    close: async () => {
      await listening.close()
      await stack.disposeAsync()
    },
  }
}
