import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { CapabilityError } from '../errors.ts'
import { findDelegator } from './delegation.ts'
import { KEY_BYTES } from './envelope.ts'
import { Refused } from './refusal.ts'
import type { Block } from './syntax.ts'

/** raw Ed25519 keys as Biscuit carries them: a 32-byte point, a 32-byte seed (RFC 8032 §5.1.5) */
export interface KeyPair {
  readonly publicKey: Uint8Array
  readonly privateKey: Uint8Array
}

// RFC 8410 §7: what stands before the raw key in PKCS #8
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex')

/** root keys come back with every token, next keys never do: a few parsed keys are worth keeping */
const MAX_CACHED_KEYS = 64
const cachedKeys = new Map<string, KeyObject>()

/**
 * All 256 bits come from node:crypto. The library's own generator draws 64, which would be a hole in a root key
 * and would let a patient holder strip an attenuation.
 */
export function generateKeyPair(): KeyPair {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { d, x } = privateKey.export({ format: 'jwk' })
  return {
    publicKey: Buffer.from(x ?? '', 'base64url'),
    privateKey: Buffer.from(d ?? '', 'base64url'),
  }
}

export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  // as JWK, because writing DER takes as long as a third of a signature check; a private JWK holds the public half
  const { x } = toPrivateKey(privateKey).export({ format: 'jwk' })
  return Buffer.from(x ?? '', 'base64url')
}

export function signBytes(privateKey: Uint8Array, payload: Uint8Array): Uint8Array {
  return sign(null, payload, toPrivateKey(privateKey))
}

export function isSignedBy(key: KeyObject, payload: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, payload, key, signature)
}

/** RFC 7638 §3 with RFC 8037 §2: what `cnf_jkt` calls an Ed25519 key */
export function thumbprintOf(publicKey: Uint8Array): string {
  const x = Buffer.from(publicKey).toString('base64url')
  return createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`).digest('base64url')
}

/** throws `Refused` when the key that may delegate a token is not the one that the token is bound to */
export function assertBoundKey([authority]: readonly Block[]): void {
  const delegator = findDelegator(authority)
  if (delegator === undefined) return
  if (thumbprintOf(Buffer.from(delegator.publicKey, 'hex')) !== delegator.thumbprint) {
    throw new Refused('not_admitted', 'block 0: the key that is trusted is not the bound one')
  }
}

export function toPublicKey(publicKey: Uint8Array): KeyObject {
  // a JWK is read faster than DER, and holds the raw key as it is
  const x = Buffer.from(publicKey).toString('base64url')
  return createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' })
}

export function toCachedPublicKey(publicKey: Uint8Array): KeyObject {
  const name = Buffer.from(publicKey).toString('hex')
  const cached = cachedKeys.get(name)
  if (cached !== undefined) return cached
  const key = toPublicKey(publicKey)
  if (cachedKeys.size >= MAX_CACHED_KEYS) cachedKeys.clear()
  cachedKeys.set(name, key)
  return key
}

function toPrivateKey(privateKey: Uint8Array): KeyObject {
  if (privateKey.length !== KEY_BYTES) {
    throw new CapabilityError('invalid_key', `an Ed25519 private key has ${KEY_BYTES} bytes`)
  }
  return createPrivateKey({
    key: Buffer.concat([PKCS8_PREFIX, privateKey]),
    format: 'der',
    type: 'pkcs8',
  })
}
