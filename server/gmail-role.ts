import { createServer } from 'node:http'
import { createFront, FRONT_SERVER_OPTIONS } from '../adapters/front.ts'
import { gmailProvider } from '../adapters/gmail/provider.ts'
import { SecondReader } from '../capabilities/index.ts'
import type { Foundation } from './foundation.ts'
import { listen, type Listening } from './listen.ts'
import { createApprovals } from './state/approvals.ts'
import { createBudgets } from './state/budgets.ts'
import { createConnections } from './state/connections.ts'
import { deriveSecret } from './state/derive-secret.ts'
import { createOwnItems } from './state/own-items.ts'
import { createRateLimits } from './state/rate-limits.ts'
import { createRecorder } from './state/recorder.ts'
import { createSentMessages } from './state/sent-messages.ts'
import { createServedAttachments } from './state/served-attachments.ts'
import { createShownPassages } from './state/shown-passages.ts'
import { createUsedProofs } from './state/used-proofs.ts'

/** the Gmail front with every port on the database; it listens only when the second reader is warm */
export async function startGmailRole(foundation: Foundation): Promise<Listening> {
  const { config, database, masterKey, keys, revocations, log } = foundation
  const { db } = database
  await using started = new AsyncDisposableStack()
  const secondReader = started.use(await SecondReader.start())
  const record = createRecorder(db, log)
  started.defer(async () => record.close())
  const front = createFront({
    provider: gmailProvider,
    resource: config.gmailUrl,
    authorizationServers: [config.issuer],
    upstream: config.gmailUpstream,
    pageTokenKey: deriveSecret(masterKey, 'page-tokens/gmail'),
    dpopNonces: {
      key: deriveSecret(masterKey, 'dpop-nonces/gmail'),
      required: config.dpopNonceRequired,
    },
    ports: {
      now: Date.now,
      rootKeys: keys.rootKeys,
      revocations,
      secondOpinion: secondReader,
      connections: createConnections(db, masterKey, config, {
        isRevoked: (grantId) => revocations.isRevoked([], grantId),
        log,
      }),
      record,
      budgets: createBudgets(db),
      approvals: createApprovals(db),
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
  const server = createServer(FRONT_SERVER_OPTIONS)
  front.attach(server)
  const listening = await listen(server, config.host, config.gmailPort)
  const stack = started.move()
  return {
    ...listening,
    close: async () => {
      await listening.close()
      await stack.disposeAsync()
    },
  }
}
