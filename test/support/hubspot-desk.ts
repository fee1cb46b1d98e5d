import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Client } from '@hubspot/api-client'
import { Client as Client13 } from 'hubspot-13'
import { createFront, FRONT_SERVER_OPTIONS, type Front } from '../../adapters/front.ts'
import { hubspotProvider } from '../../adapters/hubspot/provider.ts'
import {
  compileGrant,
  generateRootKey,
  mintToken,
  parseCapabilities,
} from '../../capabilities/index.ts'
import { startFakeHubspot, type FakeHubspot } from '../fakes/hubspot/index.ts'
import { createMemoryPorts, MemoryConnection, ScriptedSecondOpinion } from './memory-ports.ts'
import type { MemoryPorts } from './memory-ports.ts'

/** a stand-in for HubSpot with a front before it, and tokens for it */
export interface HubspotDesk {
  readonly hubspot: FakeHubspot
  readonly front: Front
  readonly ports: MemoryPorts
  readonly url: string
  readonly port: number
  mint(details: readonly object[], grantId?: string): string
  /** the stock client with a token where the credential goes */
  client(token: string): Client
  /** the same of an older major */
  client13(token: string): Client13
  /** one request as it is written here; JSON goes as JSON, unless a header says otherwise */
  send(token: string, method: string, path: string, body?: unknown): Promise<Sent>
  approve(id: string): void
  /** the stand-in as it started, and nothing on record */
  reset(): void
  close(): Promise<void>
}

export interface Sent {
  readonly status: number
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

export async function openHubspotDesk(now: () => number = Date.now): Promise<HubspotDesk> {
  const hubspot = await startFakeHubspot({ now })
  const root = generateRootKey()
  const connection = new MemoryConnection('123', [hubspot.accessToken])
  const ports = createMemoryPorts({
    rootKeys: { find: (id) => (id === 1 ? root.publicKey : undefined) },
    secondOpinion: new ScriptedSecondOpinion(),
    connections: { forGrant: () => Promise.resolve(connection) },
    now,
  })
  const server = createServer(FRONT_SERVER_OPTIONS)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const front = createFront({
    provider: hubspotProvider,
    ports,
    resource: url,
    authorizationServers: ['http://127.0.0.1:4000'],
    upstream: hubspot.url,
    pageTokenKey: Buffer.alloc(32, 7),
    idempotencyKey: Buffer.alloc(32, 9),
    dpopNonces: { key: Buffer.alloc(32, 8), required: false },
    crossCheckShare: 0,
  })
  front.attach(server)
  return {
    hubspot,
    front,
    ports,
    url,
    port,
    mint: (details, grantId = 'g_hubspot') => {
      const block = compileGrant({
        grantId,
        clientId: 'agent',
        audience: url,
        expiresAt: Math.floor(now() / 1000) + 7 * 86_400,
        capabilities: parseCapabilities(details),
      })
      return mintToken(block, { id: 1, privateKey: root.privateKey }).token
    },
    client: (token) => new Client({ accessToken: token, basePath: url }),
    client13: (token) => new Client13({ accessToken: token, basePath: url }),
    send: async (token, method, path, body) => {
      const response = await fetch(url + path, {
        method,
        redirect: 'manual',
        headers: {
          authorization: `Bearer ${token}`,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        },
        ...(body !== undefined && {
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      })
      const text = await response.text()
      return { status: response.status, text, json: toJson(text) }
    },
    approve: (id) => ports.approvals.decide(id, 'approved'),
    reset: () => hubspot.reset(),
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await front.close()
      await hubspot.close()
    },
  }
}

function toJson(text: string): Readonly<Record<string, unknown>> {
  const json: unknown = text === '' ? {} : JSON.parse(text)
  return typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
}
