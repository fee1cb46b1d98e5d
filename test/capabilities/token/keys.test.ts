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
  const p = 2n ** 255n - 19n
  const modulo = (value: bigint): bigint => ((value % p) + p) % p
  const power = (base: bigint, exponent: bigint): bigint =>
    exponent === 0n
      ? 1n
      : modulo(power(modulo(base * base), exponent / 2n) * (exponent % 2n === 1n ? base : 1n))
  const fromHex = (hex: string): bigint =>
    BigInt(`0x${Buffer.from(hex, 'hex').reverse().toString('hex')}`)
  const pointOf = (y: bigint): Buffer =>
    Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse()
  // of order 8, as doubling them gives y = 0: d·y⁴ + 2y² = 1 on the curve of RFC 8032 §5.1
  const d = modulo(-121665n * power(121666n, p - 2n))
  const ofOrder8 = [
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ].map(fromHex)
  for (const y of ofOrder8) expect(modulo(d * power(y, 4n) + 2n * y * y)).toBe(1n)
  const small = [0n, 1n, p - 1n, p, p + 1n, ...ofOrder8].map(pointOf)
  const signed = small.map((point) => Buffer.from(point.with(31, (point[31] ?? 0) | 0x80)))
  expect([...small, ...signed].filter((point) => !isSmallOrder(point))).toEqual([])
  expect([2n, p - 2n].map(pointOf).some(isSmallOrder)).toBe(false)
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
