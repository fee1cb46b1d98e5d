import { toBase64Url, toUtf8 } from '../capabilities/token/bytes.ts'
import type { WebCryptoKey } from '../capabilities/token/holder-key.ts'

/** a P-256 key pair of WebCrypto; `extractable` may be false for the private half */
export interface ProofKeyPair {
  readonly publicKey: WebCryptoKey
  readonly privateKey: WebCryptoKey
}

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGNATURE = { name: 'ECDSA', hash: 'SHA-256' } as const

/**
 * A key pair for DPoP. The private half cannot be exported: whoever wants it again tomorrow makes and keeps one of their own.
 *
 * @example
 * const key = await generateProofKey()
 */
export async function generateProofKey(): Promise<ProofKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, false, ['sign', 'verify'])
}

/** RFC 9449 §4.2: what a request to a front proves about the key its token is bound to */
export async function proveRequest(
  key: ProofKeyPair,
  request: { readonly method: string; readonly url: URL },
  token: string,
  nonce: string | undefined,
): Promise<string> {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key.publicKey)
  const header = { alg: 'ES256', typ: 'dpop+jwt', jwk: { kty, crv, x, y } }
  const claims = {
    jti: crypto.randomUUID(),
    htm: request.method.toUpperCase(),
    // without query and fragment
    htu: `${request.url.origin}${request.url.pathname}`,
    iat: Math.floor(Date.now() / 1000),
    ath: toBase64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', bytesOf(token)))),
    ...(nonce !== undefined && { nonce }),
  }
  const signed = [header, claims].map((part) => toBase64Url(toUtf8(JSON.stringify(part)))).join('.')
  const signature = await crypto.subtle.sign(SIGNATURE, key.privateKey, bytesOf(signed))
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(toUtf8(text))
}
