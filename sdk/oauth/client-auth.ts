import * as oauth from 'oauth4webapi'
import type { WebCryptoKey } from '../../capabilities/token/holder-key.ts'

/** what a client signs with to say who it is (RFC 7523 §2.2); not the key that its tokens are bound to */
export interface ClientKey {
  /** P-256 (ES256) or Ed25519, with the use `sign`; it need not be extractable */
  readonly privateKey: WebCryptoKey
  /** of its public half in the key set that the client registered, where that has several */
  readonly kid?: string
}

/** how a client shows who it is: by what it has, as it is registered */
export function toClientAuth(client: {
  readonly clientKey?: ClientKey
  readonly clientSecret?: string
}): oauth.ClientAuth {
  const { clientKey, clientSecret } = client
  if (clientKey !== undefined && clientSecret !== undefined) {
    throw new TypeError('a client has a clientKey or a clientSecret, not both')
  }
  if (clientKey !== undefined) {
    const { privateKey: key, kid } = clientKey
    return oauth.PrivateKeyJwt(kid === undefined ? key : { key, kid })
  }
  return clientSecret === undefined ? oauth.None() : oauth.ClientSecretBasic(clientSecret)
}
