import {
  createHash,
  createPrivateKey,
  createPublicKey,
  KeyObject,
  sign,
  type JsonWebKey,
} from 'node:crypto'
import { CapabilityError } from '../errors.ts'
import { isSmallOrder, KEY_BYTES } from './envelope.ts'

/** the members that the kinds of key of DPoP have (RFC 7518 §6, RFC 8037 §2), `d` for a private one; others may be there */
export interface Jwk {
  readonly kty?: string | undefined
  readonly crv?: string | undefined
  readonly x?: string | undefined
  readonly y?: string | undefined
  readonly e?: string | undefined
  readonly n?: string | undefined
  readonly d?: string | undefined
}

/** said without `node:crypto`, so that these types can be read where Node's are not installed */
export type WebCryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>

/** a `KeyObject` of node:crypto */
interface NodeKey {
  readonly type: 'secret' | 'public' | 'private'
  export(options: { readonly format: 'jwk' }): object
}

/** a DPoP key as its holder has it: a `KeyObject` of node:crypto, a `CryptoKey` of Web Crypto, or a JWK */
export type HolderKey = NodeKey | WebCryptoKey | Jwk

/** a private Ed25519 key that signs a delegation */
export interface Delegator {
  /** hex */
  readonly publicKey: string
  sign(bytes: Uint8Array): Uint8Array
}

export function toDelegator(key: HolderKey): Delegator {
  if (key instanceof CryptoKey && !key.extractable) {
    // signing with it is asynchronous, and whoever delegates wants a token now
    throw invalid('signWith: a Web Crypto key must be extractable')
  }
  const privateKey = toKeyObject(key)
  if (privateKey.type !== 'private') {
    throw invalid('signWith: the private DPoP key of the token is needed')
  }
  const publicKey = findEd25519(toPublicJwk(privateKey, 'signWith'))
  if (publicKey === undefined) {
    throw invalid('signWith: only an Ed25519 key can delegate offline')
  }
  return {
    publicKey: Buffer.from(publicKey).toString('hex'),
    sign: (bytes) => sign(null, bytes, privateKey),
  }
}

/** RFC 7638 thumbprint of a public key of any kind that DPoP knows */
export function toThumbprint(key: HolderKey): string {
  const publicKey = toKeyObject(key)
  if (publicKey.type !== 'public') {
    throw invalid('publicKey: the public half is enough, so a private key is refused')
  }
  const members = requiredMembers(toPublicJwk(publicKey, 'publicKey'))
  if (members === undefined) throw invalid('publicKey: expected an OKP, EC or RSA key')
  return createHash('sha256').update(JSON.stringify(members)).digest('base64url')
}

/** the 32 bytes of a JWK that is an Ed25519 key and strong enough to sign for somebody (RFC 8037 §2) */
export function findEd25519({ kty, crv, x }: Jwk): Uint8Array | undefined {
  if (kty !== 'OKP' || crv !== 'Ed25519' || typeof x !== 'string') return undefined
  const bytes = Buffer.from(x, 'base64url')
  return bytes.length === KEY_BYTES && !isSmallOrder(bytes) ? bytes : undefined
}

/** RFC 7638 §3.2, in the order of §3.3 */
function requiredMembers({ kty, crv, x, y, e, n }: Jwk): object | undefined {
  switch (kty) {
    case 'OKP':
      return { crv, kty, x }
    case 'EC':
      return { crv, kty, x, y }
    case 'RSA':
      return { e, kty, n }
    case undefined:
    default:
      return undefined
  }
}

function toKeyObject(key: HolderKey): KeyObject {
  if (key instanceof KeyObject) return key
  if (key instanceof CryptoKey) return KeyObject.from(key)
  if ('export' in key) throw invalid('a key object that is not one of node:crypto')
  return key.d !== undefined ? createKey(key, createPrivateKey) : createKey(key, createPublicKey)
}

function createKey(
  key: Jwk,
  create: (input: { key: JsonWebKey; format: 'jwk' }) => KeyObject,
): KeyObject {
  try {
    return create({ key: Object.fromEntries(Object.entries(key)), format: 'jwk' })
  } catch (cause) {
    throw new CapabilityError('invalid_key', 'not a key in JWK form', { cause })
  }
}

function toPublicJwk(key: KeyObject, name: string): Jwk {
  try {
    return (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' })
  } catch (cause) {
    throw new CapabilityError('invalid_key', `${name}: a key of no kind that DPoP knows`, { cause })
  }
}

function invalid(message: string): CapabilityError {
  return new CapabilityError('invalid_key', message)
}
