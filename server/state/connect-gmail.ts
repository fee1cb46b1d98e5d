import type { Kysely } from 'kysely'
import { z } from 'zod'
import { ConnectionError } from '../../adapters/ports.ts'
import { normaliseAddress } from '../../capabilities/index.ts'
import type { Config } from '../config.ts'
import type { Database } from '../database/schema.ts'
import { parseCredential, type StoredCredential } from './credential-format.ts'
import { readBounded, refreshAccessToken } from './google-token.ts'
import { storeConnection } from './store-connection.ts'

const TIMEOUT_MS = 10_000
const profile = z.object({ emailAddress: z.string() })

/**
 * Connects a buyer's Gmail account, or connects it again: the credential is tried, the account is what Gmail says it is,
 * and only then is anything stored.
 */
export async function connectGmail(
  db: Kysely<Database>,
  masterKey: Uint8Array,
  config: Pick<Config, 'gmailUpstream' | 'gmailTokenUrl'>,
  { buyerId, credential }: { readonly buyerId: string; readonly credential: string },
): Promise<{ id: string; account: string }> {
  const parsed = parseCredential(credential)
  const { stored, accessToken } = await tryOut(config.gmailTokenUrl, parsed)
  const account = await readAccount(config.gmailUpstream, accessToken)
  return storeConnection(db, masterKey, {
    key: { buyer_id: buyerId, provider: 'gmail', account },
    credential: stored,
  })
}

async function tryOut(
  tokenUrl: string,
  credential: StoredCredential,
): Promise<{ stored: StoredCredential; accessToken: string }> {
  if (credential.type === 'access_token') {
    return { stored: credential, accessToken: credential.accessToken }
  }
  const { token, refreshToken } = await refreshAccessToken(tokenUrl, credential, Date.now)
  return {
    stored: { ...credential, refreshToken: refreshToken?.reveal() ?? credential.refreshToken },
    accessToken: token.reveal(),
  }
}

async function readAccount(upstream: string, accessToken: string): Promise<string> {
  const { status, text } = await getProfile(upstream, accessToken)
  if (status === 401 || status === 403) {
    throw new ConnectionError(
      'broken',
      `gmail refuses the credential with ${status}: check its scopes`,
    )
  }
  const answer = profile.safeParse(status === 200 ? parse(text) : undefined)
  const account = answer.success ? normaliseAddress(answer.data.emailAddress) : undefined
  if (account === undefined) {
    throw new ConnectionError(
      'provider_unreachable',
      `gmail answered ${status} without an account address`,
    )
  }
  return account
}

async function getProfile(
  upstream: string,
  accessToken: string,
): Promise<{ status: number; text: string }> {
  try {
    const response = await fetch(`${upstream}/gmail/v1/users/me/profile`, {
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { authorization: `Bearer ${accessToken}`, accept: 'application/json' },
    })
    return { status: response.status, text: await readBounded(response) }
  } catch (cause) {
    throw new ConnectionError('provider_unreachable', 'gmail cannot be reached: try again', {
      cause,
    })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
