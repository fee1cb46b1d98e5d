import { z } from 'zod'
import { ConnectionError } from '../../adapters/ports.ts'
import { redact } from '../redact.ts'
import { SecretText } from '../secret.ts'
import { parseJson, readBounded } from './ask-account.ts'
import type { StoredCredential } from './credential-format.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

export interface AccessToken {
  readonly token: SecretText
  /** milliseconds since 1970 */
  readonly expiresAt: number
  /** the provider may hand out another refresh token with it */
  readonly refreshToken: SecretText | undefined
}

type RefreshableCredential = Extract<StoredCredential, { type: 'authorized_user' }>

const TIMEOUT_MS = 10_000
/** asked again when nobody says how long the token lives (RFC 6749 §5.1 leaves it out) */
const DEFAULT_LIFE_SECONDS = 300

const success = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,4096}$/),
  expires_in: z.number().positive().optional(),
  refresh_token: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/)
    .optional(),
})
/** RFC 6749 §5.2; HubSpot has words of its own for it, with or without those of the RFC */
const failure = z.object({
  error: z.string().optional(),
  error_description: z.string().optional(),
  status: z.string().optional(),
  message: z.string().optional(),
})

/** answers that no repetition changes: the buyer or the operator has to connect again */
const FINAL_ERRORS = new Set([
  'invalid_grant',
  'invalid_client',
  'unauthorized_client',
  'BAD_REFRESH_TOKEN',
  'BAD_CLIENT_ID',
  'BAD_CLIENT_SECRET',
])

/** exchanges a refresh token for an access token (RFC 6749 §6); throws a `ConnectionError` that says whether to try again */
export async function refreshAccessToken(
  endpoint: TokenEndpoint,
  credential: RefreshableCredential,
  now: () => number,
): Promise<AccessToken> {
  const askedAt = now()
  const { status, text } = await post(endpoint, credential)
  const json = parseJson(text)
  if (status !== 200) throw toConnectionError(endpoint, status, json)
  const answer = success.safeParse(json)
  if (!answer.success) throw unreachable(`${endpoint.owner} answered without an access token`)
  const { access_token: token, expires_in: seconds, refresh_token: refreshToken } = answer.data
  return {
    token: new SecretText(token),
    expiresAt: askedAt + (seconds ?? DEFAULT_LIFE_SECONDS) * 1_000,
    refreshToken: refreshToken === undefined ? undefined : new SecretText(refreshToken),
  }
}

async function post(
  { url, owner }: TokenEndpoint,
  credential: RefreshableCredential,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      // a redirect would carry the refresh token to another host
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: new URLSearchParams({
        grant_type: 'refresh_token',
        client_id: credential.clientId,
        client_secret: credential.clientSecret,
        refresh_token: credential.refreshToken,
      }).toString(),
    })
    return { status: response.status, text: await readBounded(response) }
  } catch (cause) {
    throw unreachable(`${owner}'s token endpoint cannot be reached: try again`, cause)
  }
}

function toConnectionError(
  { owner }: TokenEndpoint,
  status: number,
  json: unknown,
): ConnectionError {
  const { data: refused = {} } = failure.safeParse(json)
  const error = [refused.error, refused.status].find(
    (one) => one !== undefined && FINAL_ERRORS.has(one),
  )
  if (error === undefined) {
    return unreachable(`${owner}'s token endpoint answered ${status}: try again`)
  }
  const description = refused.error_description ?? refused.message
  const reason =
    description === undefined ? error : `${error}: ${redact(description).slice(0, 200)}`
  return new ConnectionError('broken', `${owner} gives no access token any more: ${reason}`)
}

function unreachable(message: string, cause?: unknown): ConnectionError {
  return new ConnectionError('provider_unreachable', message, { cause })
}
