import * as oauth from 'oauth4webapi'
import { inspect } from '../../capabilities/inspect.ts'
import type { Narrowing } from '../../capabilities/vocabulary/capability.ts'
import { RemitError } from '../errors.ts'
import { FrontAccess } from '../front-access.ts'
import type { ProofKeyPair } from '../proof-key.ts'
import { toClientAuth, type ClientKey } from './client-auth.ts'
import { findAuthority, requestOptions, type Discovered } from './discovery.ts'
import { memoryStore, type StoredTokens, type TokenStore } from './token-store.ts'

const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'
/** refreshed this long before its end, so that no token ends on its way */
const MARGIN_SECONDS = 30

/** one front, one client: what `remit` needs to know */
export interface RemitConfig {
  /** the front's origin; its authority is found from there */
  readonly front: string
  /** as the client is registered at the authority, or the address of its metadata document */
  readonly clientId: string
  /** of a client registered for `private_key_jwt`: nothing that could be stolen ever leaves. Better than a secret */
  readonly clientKey?: ClientKey
  /** of a client registered for `client_secret_basic`; with neither key nor secret the client is public */
  readonly clientSecret?: string
  /** where the buyer's browser comes back to; one that the client registered */
  readonly redirectUri: string
  /** `memoryStore()` if not said */
  readonly store?: TokenStore
  /** binds every token to this key (DPoP); see `generateProofKey` */
  readonly key?: ProofKeyPair
  /** the only issuer to accept, where an agent was told */
  readonly issuer?: string
  /** milliseconds since 1970, for tests */
  readonly now?: () => number
}

/** where to send the buyer, and what is needed when she comes back: plain data, to be kept with the agent's session */
export interface Proposal {
  /** the consent page, for the buyer's browser; it has to be opened soon, and opens once */
  readonly url: string
  /** the secret of PKCE (RFC 7636) */
  readonly verifier: string
  /** what the answer has to carry */
  readonly state: string
}

/**
 * Finds the authority of a front and gives the agent's whole dealings with it: proposing a remit, redeeming the buyer's
 * consent, keeping the token fresh.
 *
 * @throws RemitError `discovery_failed`; a `TypeError` for a client with a key and a secret
 * @example
 * import { gmail } from '@googleapis/gmail'
 *
 * const agent = await remit({ front, clientId, redirectUri })
 * const proposal = await agent.propose([
 *   { type: 'gmail', actions: ['messages.read'], labels: ['Support'] },
 * ])
 * // the buyer opens proposal.url, and her browser comes back to redirectUri
 * await agent.redeem(proposal, callbackUrl)
 * const mailbox = gmail({ version: 'v1', auth: gmailAuth(agent.access) })
 * @example
 * // a client that authenticates with a key of its own, and whose tokens nobody else can use
 * const agent = await remit({
 *   front,
 *   clientId,
 *   redirectUri,
 *   clientKey: { privateKey },
 *   key: await generateProofKey(),
 * })
 */
export async function remit(config: RemitConfig): Promise<Remit> {
  return new Remit(config, await findAuthority(config.front, config.issuer))
}

/** an agent's side of one grant at one front; made by `remit` */
export class Remit {
  /** for stock clients: always a fresh token, and only for this front */
  readonly access: FrontAccess
  /** the authority that was found */
  readonly issuer: string
  readonly #config: RemitConfig
  readonly #found: Discovered
  readonly #client: oauth.Client
  readonly #authenticate: oauth.ClientAuth
  readonly #proof: oauth.DPoPHandle | undefined
  readonly #store: TokenStore
  #held: StoredTokens | undefined
  /** given by the authority, not yet taken by the store */
  #unsaved: StoredTokens | undefined
  #refreshing: Promise<StoredTokens> | undefined

  /** @internal */
  constructor(config: RemitConfig, found: Discovered) {
    this.#config = config
    this.#found = found
    this.issuer = found.authority.issuer
    this.#client = { client_id: config.clientId }
    this.#authenticate = toClientAuth(config)
    this.#proof = config.key && oauth.DPoP(this.#client, config.key)
    this.#store = config.store ?? memoryStore()
    this.access = new FrontAccess({
      front: config.front,
      token: async () => this.accessToken(),
      key: config.key,
    })
  }

  /**
   * Pushes the proposal (RFC 9126, RFC 9396); the buyer's browser carries a reference only.
   *
   * @throws RemitError `token_request_failed`, with the authority's reason
   * @example
   * const proposal = await agent.propose([
   *   { type: 'gmail', actions: ['messages.read', 'messages.reply'], labels: ['Support'] },
   * ])
   */
  async propose(capabilities: readonly Narrowing[]): Promise<Proposal> {
    const verifier = oauth.generateRandomCodeVerifier()
    const state = oauth.generateRandomState()
    const parameters = {
      response_type: 'code',
      redirect_uri: this.#config.redirectUri,
      resource: this.#found.resource,
      authorization_details: JSON.stringify(capabilities),
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
    }
    const { authority } = this.#found
    const pushed = await this.#ask(async (options) =>
      oauth.processPushedAuthorizationResponse(
        authority,
        this.#client,
        await oauth.pushedAuthorizationRequest(
          authority,
          this.#client,
          this.#authenticate,
          parameters,
          options,
        ),
      ),
    )
    const url = new URL(authority.authorization_endpoint ?? '')
    url.searchParams.set('client_id', this.#config.clientId)
    url.searchParams.set('request_uri', pushed.request_uri)
    return { url: url.href, verifier, state }
  }

  /**
   * Trades the answer that came with the buyer's browser for tokens, and saves them.
   *
   * @throws RemitError `authorization_failed` when the buyer refused or the answer is not to this proposal;
   * `consent_ended` when the code was used or is too old, `token_request_failed`, `store_failed`
   */
  async redeem(proposal: Proposal, callback: string | URL): Promise<void> {
    const { authority } = this.#found
    const answer = this.#readCallback(proposal, new URL(callback))
    const response = await this.#ask(async (options) =>
      oauth.processAuthorizationCodeResponse(
        authority,
        this.#client,
        await oauth.authorizationCodeGrantRequest(
          authority,
          this.#client,
          this.#authenticate,
          answer,
          this.#config.redirectUri,
          proposal.verifier,
          { ...options, additionalParameters: { resource: this.#found.resource } },
        ),
      ),
    )
    await this.#keep(this.#toTokens(response, undefined))
  }

  #readCallback(proposal: Proposal, callback: URL): URLSearchParams {
    try {
      // RFC 9207: another authority's answer is refused here
      return oauth.validateAuthResponse(
        this.#found.authority,
        this.#client,
        callback,
        proposal.state,
      )
    } catch (cause) {
      const said =
        cause instanceof oauth.AuthorizationResponseError
          ? (cause.error_description ?? cause.error)
          : 'the answer is not to this proposal'
      throw new RemitError('authorization_failed', said, { cause })
    }
  }

  /**
   * A token that is good for at least half a minute. However many calls wait, one refresh runs.
   *
   * @throws RemitError `no_tokens` before the first `redeem`; `consent_ended` when the buyer revoked or the grant ended;
   * `token_request_failed`, `store_failed`
   */
  async accessToken(): Promise<string> {
    const held = this.#held
    if (this.#unsaved === undefined && held && this.#isFresh(held)) return held.accessToken
    this.#refreshing ??= this.#renew().finally(() => {
      this.#refreshing = undefined
    })
    return (await this.#refreshing).accessToken
  }

  /**
   * The authority's own narrower token of the same grant (RFC 8693): unlike an attenuated one it can be revoked alone and is
   * listed. What it lacks stays with this agent; the held token is not touched.
   *
   * @throws RemitError as `accessToken`; `token_request_failed`, with the authority's reason, for more than the grant has
   * @example
   * const forOneThread = await agent.exchange([
   *   { type: 'gmail', actions: ['messages.read'], threads: ['18c2f0a1d2b3c4e5'] },
   * ])
   */
  async exchange(capabilities: readonly Narrowing[]): Promise<string> {
    const { authority, resource } = this.#found
    const subject = await this.accessToken()
    const parameters = {
      subject_token: subject,
      subject_token_type: ACCESS_TOKEN,
      resource,
      authorization_details: JSON.stringify(capabilities),
    }
    const response = await this.#ask(async (options) =>
      oauth.processGenericTokenEndpointResponse(
        authority,
        this.#client,
        await oauth.genericTokenEndpointRequest(
          authority,
          this.#client,
          this.#authenticate,
          EXCHANGE,
          parameters,
          options,
        ),
      ),
    )
    return response.access_token
  }

  async #renew(): Promise<StoredTokens> {
    if (this.#unsaved !== undefined) return this.#keep(this.#unsaved)
    const stored = await this.#store.load()
    if (stored === undefined) throw new RemitError('no_tokens', 'redeem a consent first')
    if (this.#isFresh(stored)) return (this.#held = stored)
    const { refreshToken } = stored
    if (refreshToken === undefined) {
      throw new RemitError('consent_ended', 'the token has ended and cannot be refreshed')
    }
    const { authority, resource } = this.#found
    const response = await this.#ask(async (options) =>
      oauth.processRefreshTokenResponse(
        authority,
        this.#client,
        await oauth.refreshTokenGrantRequest(
          authority,
          this.#client,
          this.#authenticate,
          refreshToken,
          { ...options, additionalParameters: { resource } },
        ),
      ),
    )
    return this.#keep(this.#toTokens(response, refreshToken))
  }

  /** a refresh token that rotated is the only one left: saved before anything uses it, and never dropped */
  async #keep(tokens: StoredTokens): Promise<StoredTokens> {
    this.#unsaved = tokens
    try {
      await this.#store.save(tokens)
    } catch (cause) {
      throw new RemitError('store_failed', 'the new tokens could not be saved', { cause })
    }
    this.#unsaved = undefined
    this.#held = tokens
    return tokens
  }

  #toTokens(response: oauth.TokenEndpointResponse, previous: string | undefined): StoredTokens {
    const { access_token: accessToken, expires_in: ttl } = response
    const ends = ttl === undefined ? inspect(accessToken).expiresAt : this.#now() + ttl
    return {
      accessToken,
      refreshToken: response.refresh_token ?? previous,
      expiresAt: ends ?? this.#now(),
    }
  }

  #isFresh(tokens: StoredTokens): boolean {
    return tokens.expiresAt - this.#now() > MARGIN_SECONDS
  }

  #now(): number {
    return Math.floor((this.#config.now?.() ?? Date.now()) / 1000)
  }

  /** one request to the authority; once more when it wants a proof with its nonce (RFC 9449 §8) */
  async #ask<T>(request: (options: AskOptions) => Promise<T>): Promise<T> {
    const options = {
      ...requestOptions(new URL(this.issuer)),
      ...(this.#proof && { DPoP: this.#proof }),
    }
    try {
      return await request(options).catch(async (error: unknown) => {
        if (this.#proof === undefined || !oauth.isDPoPNonceError(error)) throw error
        return request(options)
      })
    } catch (cause) {
      throw toRemitError(cause)
    }
  }
}

type AskOptions = ReturnType<typeof requestOptions> & { readonly DPoP?: oauth.DPoPHandle }

function toRemitError(cause: unknown): RemitError {
  if (!(cause instanceof oauth.ResponseBodyError)) {
    const said = cause instanceof Error ? cause.message : 'unknown error'
    return new RemitError('token_request_failed', said, { cause })
  }
  const said = [cause.error, cause.error_description]
    .filter((text) => text !== undefined)
    .join(': ')
  const code = cause.error === 'invalid_grant' ? 'consent_ended' : 'token_request_failed'
  return new RemitError(code, said, { cause })
}
