import type { IncomingMessage, Server, ServerOptions, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import { Allowance } from './allowance.ts'
import type { Answer } from './answer.ts'
import { challengesFor } from './challenge.ts'
import { DpopNonces } from './dpop-nonces.ts'
import { PROOF_ALGORITHMS } from './dpop-proof.ts'
import { createMatcher } from './matcher.ts'
import { PageTokens } from './page-token.ts'
import { runPipeline } from './pipeline.ts'
import { UNTIL_DONE } from './lifetime.ts'
import type { JsonObject } from './operation.ts'
import type { Connection, FrontPorts } from './ports.ts'
import type { Pipeline } from './progress.ts'
import { ProviderClient } from './provider-client.ts'
import type { Provider } from './provider.ts'
import type { Refusal } from './refusal.ts'
import { Remembered } from './remembered.ts'
import { Upstream, type UpstreamOptions } from './upstream.ts'
import { VerifiedTokens } from './verified-tokens.ts'

export interface FrontOptions {
  readonly provider: Provider
  readonly ports: FrontPorts
  /** the front's own public origin: the audience of its tokens and its RFC 8707 resource indicator */
  readonly resource: string
  /** issuers whose tokens are accepted here, for RFC 9728 */
  readonly authorizationServers: readonly string[]
  /** origin of the real provider */
  readonly upstream: string
  /** 32 bytes; the same for every replica of this front */
  readonly pageTokenKey: Uint8Array
  /** RFC 9449 §9; the key as that of page tokens, `required`: a proof without a nonce of ours is refused */
  readonly dpopNonces: { readonly key: Uint8Array; readonly required: boolean }
  /** 32 bytes as that of page tokens; for a provider that does nothing twice under one key */
  readonly idempotencyKey?: Uint8Array
  readonly upstreamLimits?: Omit<UpstreamOptions, 'origin' | 'basePath'>
  /** share of reads that the second reader decides again after they were answered; 1/256 if not said */
  readonly crossCheckShare?: number
  readonly tokenCache?: { readonly maxEntries?: number; readonly maxBytes?: number }
}

export interface Front {
  /** makes a server of `FRONT_SERVER_OPTIONS` this front's */
  readonly attach: (server: Server) => void
  /** what became of a call that was made under this key, whoever made it; see `Provider.findDone` */
  findDone(connection: Connection, trace: JsonObject, key: string): Promise<unknown>
  /** upstream requests that are running or waiting now */
  readonly upstreamRequests: () => number
  close(): Promise<void>
}

/** Node's own limits for a front: small headers, quickly sent, so that a slow client holds little */
export const FRONT_SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: 16_384,
  headersTimeout: 15_000,
  requestTimeout: 120_000,
  connectionsCheckingInterval: 5_000,
  keepAliveTimeout: 65_000,
  insecureHTTPParser: false,
  // the snapshot demands it, and its refusal has the provider's shape
  requireHostHeader: false,
}

export function createFront(options: FrontOptions): Front {
  const { provider, ports } = options
  const upstream = new Upstream({
    ...options.upstreamLimits,
    origin: options.upstream,
    basePath: provider.basePath,
  })
  const dpopNonces = new DpopNonces(options.dpopNonces)
  const pipeline: Pipeline = {
    ports,
    provider,
    matcher: createMatcher(provider.operations),
    upstream,
    tokens: new VerifiedTokens({
      rootKeys: ports.rootKeys,
      secondOpinion: ports.secondOpinion,
      ...options.tokenCache,
    }),
    pageTokens: new PageTokens(options.pageTokenKey),
    idempotencyKey: options.idempotencyKey ?? options.pageTokenKey,
    remembered: new Remembered(ports.now),
    dpopNonces,
    strangers: new Allowance(STRANGERS_PER_MINUTE),
    audience: options.resource,
    crossCheckShare: options.crossCheckShare ?? 1 / 256,
  }
  const responder = new Responder(options, dpopNonces)
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    // a client that resets its connection in the middle of an answer is nobody's bug
    response.on('error', () => undefined)
    if (responder.answerOwnPage(request, response)) return
    runPipeline(pipeline, request, response).then(
      (answer) => responder.send(request, response, answer),
      (error: unknown) => {
        ports.log({ event: 'internal_error', decisionId: '', error: String(error) })
        response.destroy()
      },
    )
  }
  return {
    attach: (server) => {
      server.on('request', listener)
      // without a listener Node answers 417 with an empty body
      server.on('checkExpectation', listener)
      server.on('clientError', (error, socket) => {
        responder.answerClientError(error, socket as Socket)
      })
      // a client that never takes its answer would keep it in memory for ever
      server.setTimeout(SOCKET_TIMEOUT_MS)
    },
    findDone: async (connection, trace, key) => {
      const onLeak = (): void =>
        ports.log({ event: 'credential_in_answer', decisionId: '', operation: 'findDone' })
      const client = new ProviderClient({
        upstream,
        connection,
        lifetime: UNTIL_DONE,
        onLeak,
        headers: provider.headersFor?.(trace) ?? [],
      })
      return provider.findDone?.(trace, key, client)
    },
    upstreamRequests: () => upstream.running,
    close: () => upstream.close(),
  }
}

/** refusals without a token of ours that one front records in a minute; the others are counted in the log */
const STRANGERS_PER_MINUTE = 60

/** silence on a connection, answers that nobody reads included; longer than any wait for the provider */
const SOCKET_TIMEOUT_MS = 150_000

const JSON_TYPE = 'application/json; charset=UTF-8'
const METADATA_PATH = '/.well-known/oauth-protected-resource'

class Responder {
  readonly #provider: Provider
  readonly #ports: FrontPorts
  readonly #metadataUrl: string
  readonly #metadata: string
  readonly #nonces: DpopNonces

  constructor(options: FrontOptions, nonces: DpopNonces) {
    this.#nonces = nonces
    this.#provider = options.provider
    this.#ports = options.ports
    this.#metadataUrl = `${options.resource}${METADATA_PATH}`
    // RFC 9728 §2; some tokens are bound, so that is asked by each token and not of all
    this.#metadata = JSON.stringify({
      resource: options.resource,
      authorization_servers: options.authorizationServers,
      scopes_supported: [],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: PROOF_ALGORITHMS,
      dpop_bound_access_tokens_required: false,
      authorization_details_types_supported: [options.provider.name],
      resource_name: `Remit front for ${options.provider.name}`,
    })
  }

  /** the pages of the front itself: they need no token and say nothing about one */
  answerOwnPage(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.method !== 'GET') return false
    switch (request.url ?? '') {
      case METADATA_PATH:
        this.#write(response, 200, this.#metadata, [])
        return true
      case '/healthz':
        this.#write(response, 200, '{"status":"ok"}', [])
        return true
      case '/readyz': {
        const ready = this.#ports.revocations.isFresh()
        this.#write(response, ready ? 200 : 503, `{"status":"${ready ? 'ok' : 'unavailable'}"}`, [])
        return true
      }
      default:
        return false
    }
  }

  send(request: IncomingMessage, response: ServerResponse, answer: Answer): void {
    const decision = ['x-remit-decision', answer.decisionId, ...this.#nonceFor(request)]
    if (answer.ok) {
      const status = answer.status ?? (answer.body.length === 0 ? 204 : 200)
      this.#write(response, status, answer.body, decision, answer.contentType)
      return
    }
    const error = this.#provider.toError(answer.refusal, answer.decisionId)
    const { status, body } = error
    const { authorization } = request.headers
    const challenges = challengesFor(answer.refusal, authorization, this.#metadataUrl)
    const headers = [
      ...decision,
      ...challenges,
      ...waitingHeaders(answer.refusal),
      ...(error.headers ?? []),
    ]
    // what is left of an unread body is not waited for
    if (!request.complete) headers.push('connection', 'close')
    this.#write(response, status, body, headers)
  }

  /** RFC 9449 §8.2: whoever sends proofs always has the nonce for the next one */
  #nonceFor({ rawHeaders }: IncomingMessage): readonly string[] {
    const proves = rawHeaders.some((name, index) => index % 2 === 0 && isDpop(name))
    return proves ? ['dpop-nonce', this.#nonces.current(this.#ports.now())] : []
  }

  #write(
    response: ServerResponse,
    status: number,
    body: string | Buffer,
    headers: readonly string[],
    contentType = JSON_TYPE,
  ): void {
    if (response.destroyed) return
    const length = Buffer.byteLength(body)
    // RFC 9110 §8.6: an answer without content says nothing of its length
    const content =
      status === 204 ? [] : ['content-type', contentType, 'content-length', String(length)]
    response.writeHead(status, [
      ...content,
      'cache-control',
      'private, no-store',
      'x-content-type-options',
      'nosniff',
      ...headers,
    ])
    response.end(body)
  }

  answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
    if (!socket.writable || isAnswering(socket)) {
      // anything written into the middle of an answer would be read as part of it
      socket.destroy()
      return
    }
    const { status, text } = toStatusLine(error.code)
    const { body, headers = [] } = this.#provider.toError(
      { code: 'bad_request', message: text.toLowerCase(), reason: 'not_http' },
      '',
    )
    const lines = [
      `HTTP/1.1 ${status} ${text}`,
      `content-type: ${JSON_TYPE}`,
      `content-length: ${Buffer.byteLength(body)}`,
      ...headers.flatMap((name, index) =>
        index % 2 === 0 ? `${name}: ${headers[index + 1]}` : [],
      ),
      'connection: close',
    ]
    socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
  }
}

/** where to look, and when: no stock client follows these, so none takes a waiting action for a done one */
function waitingHeaders({ approval, retryAfter }: Refusal): string[] {
  const seconds = retryAfter ?? (approval?.status === 'pending' ? ASK_AGAIN_SECONDS : undefined)
  return [
    ...(approval === undefined ? [] : ['link', `<${approval.statusUrl}>; rel="status"`]),
    ...(seconds === undefined ? [] : ['retry-after', String(Math.ceil(seconds))]),
  ]
}

/** a person decides */
const ASK_AGAIN_SECONDS = 30

/** Node's own test before it writes an error; it knows of no public one */
function isAnswering(socket: Socket): boolean {
  const { _httpMessage } = socket as Socket & { _httpMessage?: ServerResponse | null }
  return _httpMessage?.headersSent === true
}

function toStatusLine(code = ''): { status: number; text: string } {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, text: 'Request Header Fields Too Large' }
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, text: 'Request Timeout' }
    default:
      return { status: 400, text: 'Bad Request' }
  }
}

function isDpop(name: string): boolean {
  return name.length === 4 && name.toLowerCase() === 'dpop'
}
