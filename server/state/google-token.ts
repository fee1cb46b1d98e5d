import { z } from 'zod'
import { ConnectionError } from '../../adapters/ports.ts'
import { redact } from '../redact.ts'
import { SecretText } from '../secret.ts'
import type { StoredCredential } from './credential-format.ts'

export interface AccessToken {
  readonly token: SecretText
  /** milliseconds since 1970 */
  readonly expiresAt: number
  /** Google may hand out another refresh token with it */
  readonly refreshToken: SecretText | undefined
}

type RefreshableCredential = Extract<StoredCredential, { type: 'authorized_user' }>

const TIMEOUT_MS = 10_000
const MAX_ANSWER_BYTES = 65_536
/** asked again when Google does not say how long its token lives (RFC 6749 §5.1 leaves it out) */
const DEFAULT_LIFE_SECONDS = 300

const success = z.object({
  access_token: z.string().regex(/^[\x21-\x7e]{1,4096}$/),
  expires_in: z.number().positive().optional(),
  refresh_token: z
    .string()
    .regex(/^[\x21-\x7e]{1,4096}$/)
    .optional(),
})
const failure = z.object({ error: z.string(), error_description: z.string().optional() })

/** answers that no repetition changes (RFC 6749 §5.2): the buyer or the operator has to connect again */
const FINAL_ERRORS = new Set(['invalid_grant', 'invalid_client', 'unauthorized_client'])

/** exchanges a refresh token for an access token (RFC 6749 §6); throws a `ConnectionError` that says whether to try again */
export async function refreshAccessToken(
  tokenUrl: string,
  credential: RefreshableCredential,
  now: () => number,
): Promise<AccessToken> {
  const askedAt = now()
  const { status, text } = await post(tokenUrl, credential)
  const json = parse(text)
  if (status !== 200) throw toConnectionError(status, json)
  const answer = success.safeParse(json)
  if (!answer.success) throw unreachable('google answered without an access token')
  const { access_token: token, expires_in: seconds, refresh_token: refreshToken } = answer.data
  return {
    token: new SecretText(token),
    expiresAt: askedAt + (seconds ?? DEFAULT_LIFE_SECONDS) * 1_000,
    refreshToken: refreshToken === undefined ? undefined : new SecretText(refreshToken),
  }
}

async function post(
  tokenUrl: string,
  credential: RefreshableCredential,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(tokenUrl, {
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
    throw unreachable("google's token endpoint cannot be reached: try again", cause)
  }
}

export async function readBounded(response: Response): Promise<string> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    const part = chunk as Uint8Array
    bytes += part.length
    if (bytes > MAX_ANSWER_BYTES)
      throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`)
    chunks.push(part)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function toConnectionError(status: number, json: unknown): ConnectionError {
  const refused = failure.safeParse(json)
  if (!refused.success || !FINAL_ERRORS.has(refused.data.error)) {
    return unreachable(`google's token endpoint answered ${status}: try again`)
  }
  const { error, error_description: description } = refused.data
  const reason =
    description === undefined ? error : `${error}: ${redact(description).slice(0, 200)}`
  return new ConnectionError('broken', `google gives no access token any more: ${reason}`)
}

function unreachable(message: string, cause?: unknown): ConnectionError {
  return new ConnectionError('provider_unreachable', message, { cause })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
