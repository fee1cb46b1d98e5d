/**
 * The hired agent, written as its publisher would write it: a stock OAuth client and Google's stock Gmail client.
 * Nothing here knows Remit but the address of the front, and, for the last narrowing, the offline SDK.
 */
import { gmail, type gmail_v1 } from '@googleapis/gmail'
import { OAuth2Client } from 'google-auth-library'
import * as oauth from 'openid-client'

const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

export const REDIRECT_URI = 'http://127.0.0.1:9/callback'

export interface Registration {
  readonly config: oauth.Configuration
  readonly clientId: string
}

/** RFC 7591: an agent that nobody registered before introduces itself */
export async function register(issuer: string): Promise<Registration> {
  const config = await oauth.dynamicClientRegistration(
    new URL(issuer),
    {
      client_name: 'Leaf, the support assistant',
      redirect_uris: [REDIRECT_URI],
      token_endpoint_auth_method: 'none',
      grant_types: ['authorization_code', 'refresh_token', TOKEN_EXCHANGE],
      response_types: ['code'],
    },
    oauth.None(),
    { execute: [oauth.allowInsecureRequests] },
  )
  return { config, clientId: config.clientMetadata().client_id }
}

export interface Proposal {
  readonly url: URL
  readonly verifier: string
  readonly state: string
}

/** RFC 9126 and RFC 9396: the proposal goes over the back channel, the buyer's browser carries a reference only */
export async function propose(
  agent: Registration,
  front: string,
  details: readonly object[],
): Promise<Proposal> {
  const verifier = oauth.randomPKCECodeVerifier()
  const state = oauth.randomState()
  const url = await oauth.buildAuthorizationUrlWithPAR(agent.config, {
    redirect_uri: REDIRECT_URI,
    scope: 'openid offline_access',
    resource: front,
    authorization_details: JSON.stringify(details),
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  })
  return { url, verifier, state }
}

export interface Tokens {
  readonly accessToken: string
  /** undefined: a token that was exchanged cannot renew itself */
  readonly refreshToken?: string | undefined
  readonly details: unknown
}

export async function redeem(
  agent: Registration,
  proposal: Proposal,
  callback: URL,
  front: string,
): Promise<Tokens> {
  const response = await oauth.authorizationCodeGrant(
    agent.config,
    callback,
    { pkceCodeVerifier: proposal.verifier, expectedState: proposal.state },
    { resource: front },
  )
  return toTokens(response)
}

/** RFC 6749 §6: what it gets is never more than the grant is now */
export async function refresh(
  agent: Registration,
  { refreshToken = '' }: Tokens,
  front: string,
): Promise<Tokens> {
  const response = await oauth.refreshTokenGrant(agent.config, refreshToken, { resource: front })
  return toTokens(response)
}

function toTokens(response: oauth.TokenEndpointResponse): Tokens {
  return {
    accessToken: response.access_token,
    refreshToken: response.refresh_token,
    details: response['authorization_details'],
  }
}

/** RFC 8693: the same grant, a narrower token, minted by the authority */
export async function exchange(
  agent: Registration,
  token: string,
  front: string,
  details: readonly object[],
): Promise<Tokens> {
  const response = await oauth.genericGrantRequest(agent.config, TOKEN_EXCHANGE, {
    subject_token: token,
    subject_token_type: ACCESS_TOKEN,
    resource: front,
    authorization_details: JSON.stringify(details),
  })
  return { accessToken: response.access_token, details: response['authorization_details'] }
}

/** Google's own client; only the address and the credential differ from a program that talks to Google */
export function mailbox(front: string, token: string): gmail_v1.Gmail {
  const auth = new OAuth2Client()
  auth.setCredentials({ access_token: token })
  return gmail({ version: 'v1', auth, rootUrl: `${front}/` })
}

export interface Reply {
  readonly threadId: string
  readonly to: string
  readonly cc?: string
  readonly subject: string
  readonly text: string
}

export async function reply(client: gmail_v1.Gmail, mail: Reply): Promise<gmail_v1.Schema$Message> {
  const { data } = await client.users.messages.send({
    userId: 'me',
    requestBody: toMessage(mail),
  })
  return data
}

export async function writeDraft(
  client: gmail_v1.Gmail,
  mail: Reply,
): Promise<gmail_v1.Schema$Draft> {
  const { data } = await client.users.drafts.create({
    userId: 'me',
    requestBody: { message: toMessage(mail) },
  })
  return data
}

function toMessage(mail: Reply): gmail_v1.Schema$Message {
  const lines = [
    `To: ${mail.to}`,
    ...(mail.cc === undefined ? [] : [`Cc: ${mail.cc}`]),
    `Subject: ${mail.subject}`,
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    '',
    mail.text,
  ]
  return {
    threadId: mail.threadId,
    raw: Buffer.from(lines.join('\r\n')).toString('base64url'),
  }
}

/** what the agent, a program, sees of a refusal: the exception its SDK raises */
export function refusal(error: unknown): { status: number; message: string } {
  const e = error as { status?: number; code?: number | string; message?: string }
  return { status: e.status ?? Number(e.code ?? 0), message: e.message ?? 'unknown error' }
}
