import { startFront, type RunningFront } from '../adapters/front.ts'
import { gmailProvider } from '../adapters/gmail/provider.ts'
import { SecondReader } from '../capabilities/index.ts'
import type { Foundation } from './foundation.ts'
import { createConnections } from './state/connections.ts'
import { deriveSecret } from './state/derive-secret.ts'
import { createRecorder } from './state/recorder.ts'
import { createSentMessages } from './state/sent-messages.ts'
import { createServedAttachments } from './state/served-attachments.ts'

/** the Gmail front with every port on the database; it listens only when the second reader is warm */
export async function startGmailRole(foundation: Foundation): Promise<RunningFront> {
  const { config, database, masterKey, keys, revocations, log } = foundation
  const { db } = database
  const secondReader = await SecondReader.start()
  const record = createRecorder(db, log)
  const front = await startFront(
    {
      provider: gmailProvider,
      resource: config.gmailUrl,
      authorizationServers: [config.issuer],
      upstream: config.gmailUpstream,
      pageTokenKey: deriveSecret(masterKey, 'page-tokens/gmail'),
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
        servedAttachments: createServedAttachments(db),
        sentMessages: createSentMessages(db),
        log,
      },
    },
    { host: config.host, port: config.gmailPort },
  )
  return {
    ...front,
    close: async () => {
      await front.close()
      await record.close()
      await secondReader.close()
    },
  }
}
