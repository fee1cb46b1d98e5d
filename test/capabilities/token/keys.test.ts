import { calculateJwkThumbprint } from 'jose'
import { expect, test } from 'vitest'
import { isSmallOrder } from '../../../capabilities/token/envelope.ts'
import {
  generateKeyPair,
  isSignedBy,
  signBytes,
  thumbprintOf,
  toCachedPublicKey,
} from '../../../capabilities/token/keys.ts'

const key = generateKeyPair()

test('the points of small order are known, with either sign', () => {
  const identity = Buffer.from('01'.padEnd(64, '0'), 'hex')
  const signed = Buffer.from(identity)
  signed[31] = 0x80
  expect([identity, signed, Buffer.alloc(32)].map(isSmallOrder)).toEqual([true, true, true])
  expect(isSmallOrder(key.publicKey)).toBe(false)
})

test('the thumbprint is that of RFC 7638', async () => {
  const x = Buffer.from(key.publicKey).toString('base64url')
  const jwk = { kty: 'OKP', crv: 'Ed25519', x }
  expect(thumbprintOf(key.publicKey)).toBe(await calculateJwkThumbprint(jwk))
})

test('of more root keys than are kept each verifies what it signed, and nothing else', () => {
  const payload = Buffer.from('payload')
  const pairs = Array.from({ length: 70 }, generateKeyPair)
  for (const [index, { publicKey, privateKey }] of [...pairs, ...pairs].entries()) {
    const other = pairs[(index + 1) % pairs.length]?.publicKey ?? publicKey
    const signature = signBytes(privateKey, payload)
    expect(isSignedBy(toCachedPublicKey(publicKey), payload, signature)).toBe(true)
    expect(isSignedBy(toCachedPublicKey(other), payload, signature)).toBe(false)
  }
})
