import { createServer } from 'node:http'
import { promisify } from 'node:util'
import { createFront, FRONT_SERVER_OPTIONS, type FrontOptions } from '../../adapters/front.ts'
import { gmailProvider } from '../../adapters/gmail/provider.ts'
import type { Connection, FrontPorts, SecondOpinion } from '../../adapters/ports.ts'
import type { AddressInfo } from 'node:net'
import {
  compileGrant,
  generateRootKey,
  mintToken,
  parseCapabilities,
} from '../../capabilities/index.ts'
import { startFakeGmail, type FakeGmail, type FakeGmailOptions } from '../fakes/gmail/index.ts'
import {
  createMemoryPorts,
  MemoryConnection,
  ScriptedSecondOpinion,
  type MemoryPorts,
} from './memory-ports.ts'

interface MintOptions {
  readonly grantId?: string
  readonly clientId?: string
  readonly audience?: string
  /** seconds since 1970 */
  readonly expiresAt?: number
  readonly keyThumbprint?: string
  readonly delegationKey?: Uint8Array | undefined
}

export interface TestFrontOptions {
  readonly gmail?: FakeGmailOptions
  /** another upstream than the stand-in, by origin */
  readonly upstream?: string
  /** the real second reader, where a test is about it */
  readonly secondOpinion?: SecondOpinion
  /** milliseconds */
  readonly now?: () => number
  readonly connection?: (gmail: FakeGmail) => Connection
  /** in place of those that live in memory */
  readonly ports?: () => Partial<
    Pick<FrontPorts, 'rootKeys' | 'usedProofs' | 'budgets' | 'revocations' | 'connections'>
  >
  readonly front?: Partial<
    Pick<
      FrontOptions,
      'provider' | 'upstreamLimits' | 'crossCheckShare' | 'tokenCache' | 'dpopNonces' | 'resource'
    >
  >
}

export interface TestFront extends AsyncDisposable {
  readonly url: string
  readonly port: number
  readonly gmail: FakeGmail
  readonly ports: MemoryPorts
  /** what a test without an own second reader can script */
  readonly secondOpinion: ScriptedSecondOpinion
  /** a grant token for this front, from `authorization_details` as JSON */
  mint(details: readonly unknown[], options?: MintOptions): string
  upstreamRequests(): number
  /** connections that clients hold to the front */
  openConnections(): Promise<number>
  /** GET with a token; headers and method can be changed */
  fetch(path: string, token: string | undefined, init?: RequestInit): Promise<Response>
  close(): Promise<void>
}

/** everything that a front can show */
export const READ_ALL: readonly unknown[] = [{ type: 'gmail', actions: ['messages.read'] }]

/** a Gmail front on a free port before the stand-in for Gmail, with ports that live in memory */
export async function startTestFront(options: TestFrontOptions = {}): Promise<TestFront> {
  const fake = await startFakeGmail(options.gmail)
  const root = generateRootKey()
  const scripted = new ScriptedSecondOpinion()
  const connection =
    options.connection?.(fake) ?? new MemoryConnection(fake.account, [fake.accessToken])
  const ports = createMemoryPorts({
    rootKeys: { find: (id) => (id === 1 ? root.publicKey : undefined) },
    secondOpinion: options.secondOpinion ?? scripted,
    connections: { forGrant: () => Promise.resolve(connection) },
    ...(options.now && { now: options.now }),
  })
  const server = createServer(FRONT_SERVER_OPTIONS)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const front = createFront({
    provider: gmailProvider,
    ports: { ...ports, ...options.ports?.() },
    resource: url,
    authorizationServers: ['http://127.0.0.1:4000'],
    upstream: options.upstream ?? fake.url,
    pageTokenKey: Buffer.alloc(32, 7),
    dpopNonces: { key: Buffer.alloc(32, 8), required: false },
    crossCheckShare: 0,
    ...options.front,
  })
  front.attach(server)

  const close = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => {
      server.close(() => resolve())
    })
    server.closeAllConnections()
    await closed
    await front.close()
    await fake.close()
  }
  return {
    url,
    port,
    gmail: fake,
    ports,
    secondOpinion: scripted,
    upstreamRequests: front.upstreamRequests,
    openConnections: promisify(server.getConnections.bind(server)),
    mint(details, mint = {}) {
      const block = compileGrant({
        grantId: 'g_test',
        clientId: 'agent',
        audience: url,
        expiresAt: Math.floor(ports.now() / 1000) + 3600,
        ...mint,
        capabilities: parseCapabilities(details),
      })
      return mintToken(block, { id: 1, privateKey: root.privateKey }).token
    },
    fetch: (path, token, init) =>
      fetch(url + path, {
        redirect: 'manual',
        ...init,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(init?.headers as Record<string, string> | undefined),
        },
      }),
    close,
    [Symbol.asyncDispose]: close,
  }
}
