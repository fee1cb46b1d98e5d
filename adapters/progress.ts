import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Action } from '../capabilities/index.ts'
import { ClientLifetime } from './lifetime.ts'
import type { Match, Matcher } from './matcher.ts'
import type { PageTokens } from './page-token.ts'
import type { Allowance } from './allowance.ts'
import type { DpopNonces } from './dpop-nonces.ts'
import type { FrontPorts, IdempotentCall, Recorder } from './ports.ts'
import type { Provider } from './provider.ts'
import type { Remembered } from './remembered.ts'
import type { ProviderClient } from './provider-client.ts'
import type { Exhausted } from './spending.ts'
import type { Upstream } from './upstream.ts'
import type { AcceptedToken, VerifiedTokens } from './verified-tokens.ts'

/** what every request of one front shares */
export interface Pipeline {
  readonly ports: FrontPorts
  readonly provider: Provider
  readonly matcher: Matcher
  readonly upstream: Upstream
  readonly tokens: VerifiedTokens
  readonly pageTokens: PageTokens
  readonly remembered: Remembered
  readonly dpopNonces: DpopNonces
  /** of calls that a provider does once for each key */
  readonly idempotencyKey: Uint8Array
  /** refusals of callers without a token of ours, while they are few enough to be recorded */
  readonly strangers: Allowance
  /** the front's own public origin */
  readonly audience: string
  /** share of reads that the second reader checks after they were answered */
  readonly crossCheckShare: number
}

/** what is known of one request so far: what the record says when it ends here */
export interface Progress {
  readonly id: string
  /** when the request came, in milliseconds */
  readonly at: number
  /** when it was last looked at whether the token still stands: the time that decisions are made for */
  now: number
  readonly pipeline: Pipeline
  readonly lifetime: ClientLifetime
  accepted?: AcceptedToken
  /** of the key whose possession this request has proved, once (RFC 9449) */
  keyThumbprint?: string
  match?: Match
  request: Readonly<Record<string, unknown>>
  action?: Action
  /** budgets that had no room for this request: the next decision goes another way */
  readonly exhausted: Exhausted
  client?: ProviderClient
  /** of a call that is done once for each key */
  identity?: Pick<IdempotentCall, 'grantId' | 'key' | 'digest'>
  /** of a read: made before the provider is asked anything */
  intent?: ReturnType<Recorder['begin']>
}

export function beginProgress(
  pipeline: Pipeline,
  request: IncomingMessage,
  response: ServerResponse,
): Progress {
  const now = pipeline.ports.now()
  const [path = ''] = (request.url ?? '').split('?', 1)
  return {
    id: `d_${randomUUID()}`,
    at: now,
    now,
    pipeline,
    lifetime: new ClientLifetime(response),
    exhausted: new Map(),
    request: { method: request.method, path: path.slice(0, 200) },
  }
}

/**
 * A request inside a batch: its own id, time and record, which names the batch; who calls and who waits are the batch's.
 */
export function beginInner(
  batch: Progress,
  part: number,
  { method, path }: { readonly method: string; readonly path: string },
): Progress {
  const now = batch.pipeline.ports.now()
  return {
    id: `d_${randomUUID()}`,
    at: now,
    now,
    pipeline: batch.pipeline,
    lifetime: batch.lifetime,
    accepted: acceptedToken(batch),
    ...(batch.keyThumbprint !== undefined && { keyThumbprint: batch.keyThumbprint }),
    request: { ...batch.request, method, path, batch: batch.id, part },
    exhausted: new Map(),
  }
}

/** seconds since 1970 */
export function secondOf(progress: Progress): number {
  return Math.floor(progress.now / 1000)
}

export function acceptedToken(progress: Progress): AcceptedToken {
  if (progress.accepted === undefined) throw new TypeError('no token was accepted yet')
  return progress.accepted
}

export function providerClient(progress: Progress): ProviderClient {
  if (progress.client === undefined) throw new TypeError('no connection was made yet')
  return progress.client
}

export function operationName(progress: Progress): string {
  return progress.match?.operation.name ?? ''
}
