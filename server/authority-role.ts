import { createServer, type ServerResponse } from 'node:http'
import { createAuthority } from './authority/authority.ts'
import type { Front } from './authority/fronts.ts'
import type { Config } from './config.ts'
import { createConsole, createErrorRenderer } from './console/console.ts'
import type { Foundation } from './foundation.ts'
import { listen, type Listening } from './listen.ts'
import { startSenders } from './notifications/start-senders.ts'
import { deriveSecret } from './state/derive-secret.ts'

/** issuer and console on one origin */
export async function startAuthorityRole(foundation: Foundation): Promise<Listening> {
  const { config, database, masterKey, keys, log } = foundation
  const { db } = database
  const secret = (purpose: string): Buffer => Buffer.from(deriveSecret(masterKey, purpose))
  const fronts = frontsOf(config)
  const authority = await createAuthority({
    issuer: config.issuer,
    db,
    keys,
    fronts,
    log,
    secrets: {
      cookieKeys: [secret('oidc/cookies').toString('base64url')],
      dpopNonce: secret('oidc/dpop-nonce'),
      attestationChallenge: secret('oidc/attestation-challenge'),
    },
    dpopNonceRequired: config.dpopNonceRequired,
    accessTokenSecondsMax: config.accessTokenSecondsMax,
    renderError: createErrorRenderer(config.issuer),
    behindProxy: config.issuer.startsWith('https:'),
    middleware: (provider) => [
      createConsole({
        provider,
        db,
        csrfKey: secret('console/csrf'),
        issuer: config.issuer,
        fronts,
        rootKeys: keys.rootKeys,
        connecting: { masterKey, settings: config },
        log,
        accessTokenSecondsMax: config.accessTokenSecondsMax,
      }),
    ],
  })
  const health = answerHealth(foundation)
  const server = createServer((request, response) => {
    if (!health(request.url, response)) authority.callback(request, response)
  })
  const listening = await listen(server, config.host, config.authorityPort)
  const senders = startSenders(foundation)
  return {
    ...listening,
    close: async () => {
      authority.close()
      await Promise.all([listening.close(), senders.close()])
    },
  }
}

/** every front that tokens are issued for, whether or not this process runs it */
export function frontsOf(config: Config): Front[] {
  return [
    { provider: 'gmail', resource: config.gmailUrl },
    { provider: 'hubspot', resource: config.hubspotUrl },
    { provider: 'stripe', resource: config.stripeUrl },
  ]
}

/** probes come by the container's own address: they are answered before the host name is looked at */
function answerHealth({
  revocations,
}: Foundation): (url: string | undefined, response: ServerResponse) => boolean {
  return (url, response) => {
    if (url !== '/healthz' && url !== '/readyz') return false
    const ready = url === '/healthz' || revocations.isFresh()
    response.writeHead(ready ? 200 : 503, {
      'content-type': 'application/json',
      'cache-control': 'no-store',
    })
    response.end(`{"status":"${ready ? 'ok' : 'unavailable'}"}`)
    return true
  }
}
