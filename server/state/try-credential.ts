import { refreshAccessToken } from './access-token.ts'
import type { StoredCredential } from './credential-format.ts'
import type { TokenEndpoint } from './token-endpoint.ts'

/** an access token of a credential, and the credential as it is to be kept: a refresh may give another refresh token */
export async function tryOut(
  endpoint: TokenEndpoint,
  credential: StoredCredential,
): Promise<{ stored: StoredCredential; accessToken: string }> {
  if (credential.type === 'access_token') {
    return { stored: credential, accessToken: credential.accessToken }
  }
  const { token, refreshToken } = await refreshAccessToken(endpoint, credential, Date.now)
  return {
    stored: { ...credential, refreshToken: refreshToken?.reveal() ?? credential.refreshToken },
    accessToken: token.reveal(),
  }
}
