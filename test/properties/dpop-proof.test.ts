import fc from 'fast-check'
import { expect, test } from 'vitest'
import { DpopNonces } from '../../adapters/dpop-nonces.ts'
import { verifyProof, type ProvenRequest } from '../../adapters/dpop-proof.ts'
import { ProofKey } from '../support/oauth-proof.ts'

const request: ProvenRequest = {
  method: 'GET',
  url: 'https://gmail.remit.example/gmail/v1/users/me/labels',
  token: 'a token',
  now: Date.now(),
  nonces: new DpopNonces({ key: Buffer.alloc(32, 1), required: false }),
}

const key = await ProofKey.create()
const encode = (value: unknown): string =>
  Buffer.from(JSON.stringify(value) ?? '').toString('base64url')
const signature = fc.uint8Array({ minLength: 64, maxLength: 64 })

/** near enough to a proof that every step is reached */
const nearProof = fc
  .record({
    header: fc.record(
      {
        typ: fc.oneof(fc.constant('dpop+jwt'), fc.json()),
        alg: fc.constantFrom('ES256', 'EdDSA', 'Ed25519', 'none', 'HS256', '__proto__'),
        jwk: fc.oneof(
          fc.constant(key.publicJwk),
          fc.constant({ kty: 'OKP', crv: 'Ed25519', x: 'A'.repeat(43) }),
          fc.constant({ ...key.publicJwk, y: '_'.repeat(43) }),
          fc.jsonValue(),
        ),
        crit: fc.jsonValue(),
      },
      { requiredKeys: ['typ', 'alg', 'jwk'] },
    ),
    claims: fc.oneof(
      fc.record({
        jti: fc.string({ maxLength: 300 }),
        htm: fc.constantFrom('GET', 'POST'),
        htu: fc.oneof(fc.constant(request.url), fc.webUrl(), fc.string()),
        iat: fc.oneof(fc.constant(Math.floor(request.now / 1000)), fc.double()),
        ath: fc.string({ minLength: 43, maxLength: 43 }),
      }),
      fc.jsonValue(),
    ),
    signature,
  })
  .map(({ header, claims, signature: bytes }) =>
    [encode(header), encode(claims), Buffer.from(bytes).toString('base64url')].join('.'),
  )

test('whatever stands in the header is refused with a value: nothing throws, nothing passes unsigned', async () => {
  const anything = fc.oneof(nearProof, fc.string({ maxLength: 5000 }), fc.base64String())
  await fc.assert(
    fc.asyncProperty(anything, async (proof) => {
      const result = await verifyProof(proof, request)
      expect(result.ok).toBe(false)
      expect(result.ok || result.refusal.code).toBe('token_invalid')
    }),
    { numRuns: 1500 },
  )
})

test('one changed character of a good proof is refused', async () => {
  const { DPoP: good } = await key.prove('GET', request.url, { token: request.token })
  expect(await verifyProof(good, request)).toMatchObject({ ok: true })
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  await fc.assert(
    fc.asyncProperty(fc.nat(good.length - 1), fc.nat(63), async (at, other) => {
      const changed = good.slice(0, at) + (alphabet[other] ?? '') + good.slice(at + 1)
      // the last character of a signature has bits that mean nothing; its text is no identity of a proof
      fc.pre(changed !== good && at !== good.length - 1)
      expect((await verifyProof(changed, request)).ok).toBe(false)
    }),
    { numRuns: 500 },
  )
})
