import { Pool, type Dispatcher } from 'undici'
import type { Abortable, Lifetime } from './lifetime.ts'
import type { QueryPairs, UpstreamCall } from './operation.ts'
import type { Credential } from './ports.ts'
import { AdapterError, type Refusal } from './refusal.ts'

export interface UpstreamOptions {
  /** scheme, host and port; every request goes there and nowhere else */
  readonly origin: string
  /** what every path begins with, e.g. `/gmail/v1/users/me` */
  readonly basePath: string
  readonly connections?: number
  readonly connectTimeoutMs?: number
  readonly headersTimeoutMs?: number
  /** longest pause between two pieces of an answer */
  readonly bodyTimeoutMs?: number
  readonly totalTimeoutMs?: number
  readonly maxResponseBytes?: number
}

export interface UpstreamResponse {
  readonly status: number
  readonly body: Buffer
  /** a content-encoding nobody asked for: the body can not be read */
  readonly encoded: boolean
}

/** names and values, in order; made by a front, never copied from a request */
export type UpstreamHeaders = readonly (readonly [name: string, value: string])[]

const DEFAULTS = {
  connections: 128,
  connectTimeoutMs: 5_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 15_000,
  totalTimeoutMs: 120_000,
  maxResponseBytes: 64_000_000,
}

/**
 * The only file that talks to the provider. Each request is made from values: a fresh path of encoded segments and a fresh
 * set of headers; nothing of the agent's request is copied. Redirects are not followed.
 */
export class Upstream {
  readonly #pool: Pool
  readonly #basePath: string
  readonly #totalTimeoutMs: number

  constructor(options: UpstreamOptions) {
    const settings = { ...DEFAULTS, ...options }
    this.#pool = new Pool(settings.origin, {
      connections: settings.connections,
      pipelining: 1,
      allowH2: false,
      keepAliveTimeout: 20_000,
      headersTimeout: settings.headersTimeoutMs,
      bodyTimeout: settings.bodyTimeoutMs,
      maxResponseSize: settings.maxResponseBytes,
      connect: { timeout: settings.connectTimeoutMs },
    })
    this.#basePath = settings.basePath
    this.#totalTimeoutMs = settings.totalTimeoutMs
  }

  send(
    call: UpstreamCall,
    credential: Credential,
    lifetime: Lifetime,
    more: UpstreamHeaders = [],
  ): Promise<UpstreamResponse> {
    if (lifetime.ended) return Promise.reject(new AdapterError(clientGone))
    return new Promise((resolve, reject) => {
      const headers = [
        'authorization',
        `Bearer ${credential.reveal()}`,
        'accept',
        'application/json',
        'user-agent',
        'remit',
      ]
      if (call.contentType !== undefined) headers.push('content-type', call.contentType)
      if (call.idempotencyKey !== undefined) headers.push('idempotency-key', call.idempotencyKey)
      for (const header of more) headers.push(...header)
      const collector = new Collector(lifetime, this.#totalTimeoutMs, resolve, reject)
      lifetime.add(collector)
      this.#pool.dispatch(
        {
          method: call.method,
          path: toTarget(this.#basePath, call.path, call.query),
          headers,
          body: call.body ?? null,
          // undici may send an idempotent request twice when a kept-alive connection breaks; an effect never
          idempotent: call.method === 'GET',
        },
        collector,
      )
    })
  }

  /** connections that are waiting for an answer now */
  get running(): number {
    return this.#pool.stats.running + this.#pool.stats.queued
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

function toTarget(basePath: string, path: readonly string[], query: QueryPairs = []): string {
  let target = basePath
  for (const segment of path) target += `/${encodeSegment(segment)}`
  let separator = '?'
  for (const [name, value] of query) {
    target += `${separator}${encodeURIComponent(name)}=${encodeURIComponent(value)}`
    separator = '&'
  }
  return target
}

/** INVARIANT: a value stays inside its segment. `encodeURIComponent` leaves dots alone, and dots alone are a path */
function encodeSegment(segment: string): string {
  if (/^\.{0,2}$/.test(segment)) throw new TypeError('an empty or dot segment is no value')
  return encodeURIComponent(segment)
}

class Collector implements Dispatcher.DispatchHandler, Abortable {
  readonly #lifetime: Lifetime
  readonly #deadline: number
  readonly #resolve: (response: UpstreamResponse) => void
  readonly #reject: (error: AdapterError) => void
  readonly #chunks: Buffer[] = []
  #controller: Dispatcher.DispatchController | undefined
  #aborted = false
  #started = false
  #status = 0
  #encoded = false

  constructor(
    lifetime: Lifetime,
    totalTimeoutMs: number,
    resolve: (response: UpstreamResponse) => void,
    reject: (error: AdapterError) => void,
  ) {
    this.#lifetime = lifetime
    this.#deadline = performance.now() + totalTimeoutMs
    this.#resolve = resolve
    this.#reject = reject
  }

  abort(): void {
    this.#aborted = true
    this.#controller?.abort(new Error('nobody waits for this answer any more'))
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    // a request that waited in the queue while its client left is not sent at all
    if (this.#aborted) return this.abort()
    this.#started = true
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    this.#status = status
    this.#encoded = (headers['content-encoding'] ?? 'identity') !== 'identity'
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#chunks.push(chunk)
    // one byte at a time would outlast every pause that `bodyTimeout` allows
    if (performance.now() > this.#deadline) controller.abort(new SlowAnswer())
  }

  onResponseEnd(): void {
    this.#lifetime.delete(this)
    const [first] = this.#chunks
    const body = this.#chunks.length === 1 && first ? first : Buffer.concat(this.#chunks)
    this.#resolve({ status: this.#status, body, encoded: this.#encoded })
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#lifetime.delete(this)
    this.#chunks.length = 0
    const refusal = this.#aborted ? clientGone : toRefusal(error)
    this.#reject(new AdapterError(refusal, { cause: error, mayHaveExecuted: this.#started }))
  }
}

class SlowAnswer extends Error {
  readonly code = 'UND_ERR_BODY_TIMEOUT'
}

const clientGone: Refusal = {
  code: 'upstream_failed',
  message: 'the client left before the answer was there',
  reason: 'client_closed',
}

function toRefusal(error: Error): Refusal {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  switch (code) {
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'UND_ERR_BODY_TIMEOUT':
    case 'UND_ERR_CONNECT_TIMEOUT':
      return {
        code: 'upstream_timeout',
        message: 'the provider did not answer in time',
        reason: 'upstream_timeout',
      }
    case 'UND_ERR_RES_EXCEEDED_MAX_SIZE':
      return {
        code: 'upstream_failed',
        message: 'the provider answered with more than this front takes',
        reason: 'answer_too_large',
      }
    default:
      return {
        code: 'upstream_failed',
        message: 'the provider could not be reached',
        reason: 'upstream_unreachable',
      }
  }
}
