import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EventEmitter } from 'node:events'
import { errors, type KoaContextWithOIDC, type Provider } from 'oidc-provider'
import {
  allowCrossOriginRegistration,
  answerUnknownPaths,
  pinHost,
  serveWebKeys,
  setSecurityHeaders,
} from './edge.ts'
import { Fronts } from './fronts.ts'
import type { AuthorityEvent, AuthorityOptions } from './options.ts'
import { createProvider, routes } from './provider.ts'
import { createRegistrationLimit } from './registration-limit.ts'

export interface Authority {
  /** a Koa application; replaced when the OIDC signing keys change, so do not keep it */
  readonly provider: Provider
  readonly fronts: Fronts
  /** for `http.createServer`: goes on working when the provider is replaced */
  readonly callback: (request: IncomingMessage, response: ServerResponse) => void
  /** takes up new signing keys now; it also happens by itself within seconds */
  reload(): Promise<void>
  close(): void
}

const keyPollMs = 5_000
const registrationsPerHourDefault = 60

export async function createAuthority(options: AuthorityOptions): Promise<Authority> {
  const authority = new RunningAuthority(options)
  await authority.start()
  return authority
}

/** oidc-provider reads its signing keys once: a rotation means a new provider behind the same request handler */
class RunningAuthority implements Authority {
  readonly fronts: Fronts
  readonly #options: AuthorityOptions
  readonly #limitRegistration: ReturnType<typeof createRegistrationLimit>
  #current:
    { provider: Provider; handle: ReturnType<Provider['callback']>; keys: string } | undefined
  #timer: NodeJS.Timeout | undefined

  constructor(options: AuthorityOptions) {
    this.#options = options
    this.fronts = new Fronts(options.fronts)
    this.#limitRegistration = createRegistrationLimit(
      routes.registration,
      options.registrationsPerHour ?? registrationsPerHourDefault,
    )
  }

  get provider(): Provider {
    if (!this.#current) throw new Error('the authority was not started')
    return this.#current.provider
  }

  readonly callback = (request: IncomingMessage, response: ServerResponse): void => {
    void this.#current?.handle(request, response)
  }

  async start(): Promise<void> {
    await this.reload()
    this.#timer = setInterval(() => void this.#reloadQuietly(), keyPollMs).unref()
  }

  async reload(): Promise<void> {
    const jwks = await this.#options.keys.oidcJwks()
    const keys = JSON.stringify(jwks.keys.map(({ kid }) => kid))
    if (keys === this.#current?.keys) return
    const provider = await this.#build(jwks)
    this.#current = { provider, handle: provider.callback(), keys }
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #reloadQuietly(): Promise<void> {
    try {
      await this.reload()
    } catch (error) {
      this.#options.log({ event: 'authority_error', route: undefined, error: describe(error) })
    }
  }

  async #build(jwks: Parameters<typeof createProvider>[2]): Promise<Provider> {
    const { issuer, keys, clients, middleware } = this.#options
    const provider = createProvider(this.#options, this.fronts, jwks)
    this.#listen(provider)
    for (const step of [
      pinHost(issuer),
      setSecurityHeaders(issuer),
      answerUnknownPaths,
      serveWebKeys(keys),
      allowCrossOriginRegistration(routes.registration),
      this.#limitRegistration,
      ...(middleware?.(provider) ?? []),
    ]) {
      provider.use(step)
    }
    for (const { client_id: id } of clients ?? []) await assertUsable(provider, id)
    return provider
  }

  /** the library says nothing by itself */
  #listen(provider: Provider): void {
    const log = (event: AuthorityEvent): void => {
      this.#options.log(event)
    }
    // Koa's own event, which the published types leave out: what failed in a middleware or in writing the answer
    const koa: EventEmitter = provider
    koa.on('error', (error: unknown) => {
      if (!isClientsFault(error))
        log({ event: 'authority_error', route: undefined, error: describe(error) })
    })
    provider.on('server_error', (ctx, error) => {
      log({ event: 'authority_error', route: ctx.oidc.route, error: describe(error) })
    })
    const refused = (ctx: KoaContextWithOIDC, error: errors.OIDCProviderError): void => {
      const { error: code, error_detail: detail } = error
      log({ event: 'authority_refusal', route: ctx.oidc.route, error: code, detail })
    }
    provider.on('authorization.error', refused)
    provider.on('grant.error', refused)
    provider.on('pushed_authorization_request.error', refused)
    provider.on('introspection.error', refused)
    provider.on('revocation.error', refused)
  }
}

/** a mistake in the operator's list stops the start instead of the first request */
async function assertUsable(provider: Provider, clientId: string): Promise<void> {
  try {
    await provider.Client.find(clientId)
  } catch (cause) {
    const detail = cause instanceof errors.OIDCProviderError ? cause.error_description : undefined
    throw new Error(`the client \`${clientId}\` is not usable: ${detail ?? 'see the cause'}`, {
      cause,
    })
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}

function isClientsFault(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'expose' in error && error.expose === true
}
