import * as oauth from 'oauth4webapi'
import type { OAuthClient } from '../config.ts'
import { readBounded } from './ask-account.ts'
import type { KnownServer } from './authorization-server.ts'

const TIMEOUT_MS = 10_000

export class AuthorizationError extends Error {
  readonly code:
    | 'denied'
    /** the answer is not the one that was asked for: forged, mixed up or malformed */
    | 'unexpected'
    | 'refused'
    | 'unreachable'
    | 'no_refresh_token'
  constructor(code: AuthorizationError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'AuthorizationError'
    this.code = code
  }
}

/** what came of a buyer's consent at a provider */
export interface Consented {
  readonly accessToken: string
  readonly refreshToken: string
  readonly scopes: readonly string[]
}

export interface CodeExchange {
  readonly server: KnownServer
  readonly client: OAuthClient
  /** the callback's query, as it came */
  readonly parameters: URLSearchParams
  readonly state: string
  readonly verifier: string
  readonly redirectUri: string
  /** what was asked for: RFC 6749 §5.1 lets an answer leave out the scopes when they are these */
  readonly scopes: readonly string[]
}

export async function authorizationUrl(
  server: KnownServer,
  client: OAuthClient,
  verifier: string,
  parameters: Readonly<Record<string, string>>,
): Promise<string> {
  const url = new URL(server.authorization_endpoint)
  const all = {
    client_id: client.id,
    response_type: 'code',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...parameters,
  }
  for (const [name, value] of Object.entries(all)) url.searchParams.set(name, value)
  return url.href
}

/** RFC 6749 §4.1.3 with RFC 7636 and RFC 9207; throws an `AuthorizationError` and never quotes what it was given */
export async function exchangeCode(exchange: CodeExchange): Promise<Consented> {
  const { server, redirectUri, verifier } = exchange
  const client: oauth.Client = { client_id: exchange.client.id }
  const callback = validate(exchange, client)
  try {
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      // in the body: the one way that both providers know
      oauth.ClientSecretPost(exchange.client.secret.reveal()),
      callback,
      redirectUri,
      verifier,
      requestOptions(server.token_endpoint),
    )
    const tokens = await oauth.processAuthorizationCodeResponse(server, client, response)
    return toConsented(tokens, exchange.scopes)
  } catch (error) {
    throw toAuthorizationError(error)
  }
}

function validate(
  { server, parameters, state }: CodeExchange,
  client: oauth.Client,
): URLSearchParams {
  try {
    return oauth.validateAuthResponse(server, client, parameters, state)
  } catch (error) {
    if (error instanceof oauth.AuthorizationResponseError) {
      // RFC 6749 §4.1.2.1: anything but her own no is a setting of the operator's, or the provider's bad day
      throw error.error === 'access_denied'
        ? new AuthorizationError('denied', 'the buyer said no at the provider')
        : new AuthorizationError('refused', `the provider answered ${printable(error.error)}`)
    }
    throw new AuthorizationError('unexpected', 'the answer is not of this provider')
  }
}

function toConsented(tokens: oauth.TokenEndpointResponse, asked: readonly string[]): Consented {
  const { access_token: accessToken, refresh_token: refreshToken } = tokens
  if (!isToken(accessToken)) throw new AuthorizationError('refused', 'no usable access token came')
  if (refreshToken === undefined || !isToken(refreshToken)) {
    throw new AuthorizationError('no_refresh_token', 'no refresh token came')
  }
  return { accessToken, refreshToken, scopes: readScopes(tokens) ?? asked }
}

/** HubSpot lists them */
function readScopes({ scope, scopes }: oauth.TokenEndpointResponse): string[] | undefined {
  if (scope !== undefined) return scope.split(' ').filter((one) => one !== '')
  if (!Array.isArray(scopes)) return undefined
  return scopes.filter((one): one is string => typeof one === 'string')
}

/** `cause` stays out: a body may be quoted in it */
function toAuthorizationError(error: unknown): AuthorizationError {
  if (error instanceof AuthorizationError) return error
  if (error instanceof oauth.ResponseBodyError) {
    return new AuthorizationError('refused', `the provider answered ${printable(error.error)}`)
  }
  if (error instanceof oauth.OperationProcessingError) {
    return new AuthorizationError('unreachable', `the provider’s answer is unusable: ${error.code}`)
  }
  return new AuthorizationError('unreachable', 'the provider cannot be reached')
}

/** RFC 7009. Whether the provider confirms that the token is withdrawn; one that it does not know any more is */
export async function withdraw(
  server: KnownServer,
  clientId: string,
  refreshToken: string,
): Promise<boolean> {
  const endpoint = server.revocation_endpoint
  if (endpoint === undefined) return false
  try {
    const response = await oauth.revocationRequest(
      server,
      { client_id: clientId },
      // Google asks nobody who brings a token to prove more
      oauth.None(),
      refreshToken,
      requestOptions(endpoint),
    )
    await oauth.processRevocationResponse(response)
    return true
  } catch (error) {
    return error instanceof oauth.ResponseBodyError && error.error === 'invalid_token'
  }
}

function requestOptions(endpoint: string): {
  signal: AbortSignal
  [oauth.customFetch]: (url: string, init: RequestInit) => Promise<Response>
  [oauth.allowInsecureRequests]: boolean
} {
  return {
    signal: AbortSignal.timeout(TIMEOUT_MS),
    [oauth.customFetch]: fetchBounded,
    // a stand-in on this machine: in production the configuration refuses plain http
    [oauth.allowInsecureRequests]: endpoint.startsWith('http:'),
  }
}

/** a redirect would carry the secrets to another host, and an answer without end would fill the memory */
async function fetchBounded(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, { ...init, redirect: 'error' })
  const { status, headers } = response
  const text = await readBounded(response)
  return new Response(text === '' ? null : text, { status, headers })
}

function isToken(text: string): boolean {
  return /^[\x21-\x7e]{1,4096}$/.test(text)
}

/** RFC 6749 §5.2: an error is a word */
function printable(error: string): string {
  return /^[\w.-]{1,60}$/.test(error) ? error : 'an error without a name'
}
