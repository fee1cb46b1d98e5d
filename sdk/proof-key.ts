import { toBase64Url, toUtf8 } from '../capabilities/token/bytes.ts'
import type { WebCryptoKey } from '../capabilities/token/holder-key.ts'

/** a key pair of WebCrypto, P-256 or Ed25519 */
export interface ProofKeyPair {
  /** its thumbprint is what a token is bound to */
  readonly publicKey: WebCryptoKey
  /** signs a proof for each request, and what `delegate` hands on */
  readonly privateKey: WebCryptoKey
}

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const
const SIGN_P256 = { name: 'ECDSA', hash: 'SHA-256' } as const
const ED25519: { readonly name: string } = { name: 'Ed25519' }
const USES = ['sign', 'verify'] as const

/**
 * A key pair for DPoP: P-256, whose private half cannot be exported; whoever wants it again tomorrow makes and keeps one of their
 * own. A `delegable` one is Ed25519 and can be exported: only with such a key can `delegate` hand a token to a sub-agent's key.
 *
 * @example
 * const key = await generateProofKey({ delegable: true })
 */
export async function generateProofKey(
  options: { readonly delegable?: boolean } = {},
): Promise<ProofKeyPair> {
  if (options.delegable !== true) return crypto.subtle.generateKey(P256, false, USES)
  // the types of Web Crypto do not know that this algorithm makes a pair
  const made: unknown = await crypto.subtle.generateKey(ED25519, true, USES)
  return made as ProofKeyPair
}

/** RFC 9449 §4.2: what a request to a front proves about the key its token is bound to */
export async function proveRequest(
  key: ProofKeyPair,
  request: { readonly method: string; readonly url: URL },
  token: string,
  nonce: string | undefined,
): Promise<string> {
  const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', key.publicKey)
  const isEd25519 = key.privateKey.algorithm.name === ED25519.name
  const alg = isEd25519 ? ED25519.name : 'ES256'
  const header = { alg, typ: 'dpop+jwt', jwk: { kty, crv, x, ...(y !== undefined && { y }) } }
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
  const signature = await crypto.subtle.sign(
    isEd25519 ? ED25519 : SIGN_P256,
    key.privateKey,
    bytesOf(signed),
  )
  return `${signed}.${toBase64Url(new Uint8Array(signature))}`
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(toUtf8(text))
}
