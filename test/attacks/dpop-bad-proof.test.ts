import { generateKeyPairSync } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { expectRefused, startBoundAgent, type BoundAgent } from './dpop-front.ts'

let agent: BoundAgent
beforeAll(async () => {
  agent = await startBoundAgent()
})
beforeEach(() => {
  agent.front.gmail.reset()
})
afterAll(async () => agent.front.close())

describe('dpop-two-proofs', () => {
  test('no proof, two proofs, or two in one header are refused', async () => {
    const { front, token } = agent
    const host = 'Host: front.test'
    const authorization = `Authorization: DPoP ${token}`
    const [one, two] = [await agent.prove(), await agent.prove()]
    for (const lines of [
      [],
      [`DPoP: ${one}`, `DPoP: ${two}`],
      [`DPoP: ${one}`, `dpop: ${one}`],
      [`DPoP: ${one}, ${two}`],
      ['DPoP:'],
    ]) {
      const status = await agent.callRaw([host, authorization, ...lines])
      expect(front.gmail.requests).toEqual([])
      expect(status).toBe(401)
    }
    expect(await agent.callRaw([host, authorization, `DPoP: ${one}`])).toBe(200)
  })

  test('two Authorization headers of the two schemes are refused', async () => {
    const { front, token } = agent
    const lines = ['Host: front.test', `DPoP: ${await agent.prove()}`]
    const both = [`Authorization: Bearer ${token}`, `Authorization: DPoP ${token}`]
    for (const order of [both, both.toReversed()]) {
      expect(await agent.callRaw([...lines, ...order])).toBe(401)
      expect(front.gmail.requests).toEqual([])
    }
  })
})

describe('dpop-private-key-in-header', () => {
  test('a proof that gives its private key away is refused', async () => {
    const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
    const whole = await exportJWK(privateKey)
    expect(whole.d).toBeDefined()
    const sign = async (jwk: object): Promise<string> =>
      new SignJWT({ ...agent.claims, jti: 'a', iat: Math.floor(Date.now() / 1000) })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk })
        .sign(privateKey)
    await expectRefused(agent, await agent.call(await sign(whole)), 'proof_malformed')
    const half = { ...(await exportJWK(publicKey)), d: '' }
    await expectRefused(agent, await agent.call(await sign(half)), 'proof_malformed')
  })
})

describe('dpop-symmetric-alg', () => {
  test('none, HMAC, RSA and whatever else is not on the list are refused', async () => {
    const body = encode({ ...agent.claims, jti: 'a', iat: Math.floor(Date.now() / 1000) })
    const jwk = agent.key.publicJwk
    const signature = 'A'.repeat(86)
    for (const header of [
      { alg: 'none', jwk },
      { alg: 'None', jwk },
      { alg: 'HS256', jwk: { kty: 'oct', k: 'A'.repeat(43) } },
      { alg: 'HS256', jwk },
      { alg: 'RS256', jwk: { kty: 'RSA', n: 'A'.repeat(342), e: 'AQAB' } },
      { alg: 'ES256', jwk: { ...jwk, crv: 'P-384' } },
      { alg: 'EdDSA', jwk },
      { alg: ['ES256'], jwk },
      { alg: 'ES256' },
      { alg: 'ES256', jwk: [] },
      { alg: 'ES256', jwk: { ...jwk, k: 'A' } },
    ]) {
      const head = encode({ typ: 'dpop+jwt', ...header })
      for (const end of [signature, '']) {
        const answer = await agent.call(`${head}.${body}.${end}`)
        await expectRefused(agent, answer, 'proof_malformed')
      }
    }
  })

  test('a point that is not on the curve is refused', async () => {
    const jwk = { ...agent.key.publicJwk, y: 'A'.repeat(43) }
    const proof = await agent.prove({}, { jwk })
    await expectRefused(agent, await agent.call(proof), 'proof_signature')
  })
})

describe('dpop-malformed', () => {
  test('a huge proof is refused by its length', async () => {
    await expectRefused(agent, await agent.call('a'.repeat(4097)), 'proof_too_large')
    const jti = 'j'.repeat(4000)
    await expectRefused(agent, await agent.call(await agent.prove({ jti })), 'proof_too_large')
  })

  test('every claim is wanted, in its type', async () => {
    for (const wrong of [
      { jti: undefined },
      { jti: '' },
      { jti: 'j'.repeat(257) },
      { jti: 7 },
      { iat: undefined },
      { iat: 'now' },
      { htm: ['GET'] },
      { htu: undefined },
      { htu: { toString: 'x' } },
      { ath: 'A'.repeat(44) },
      { nonce: 7 },
      { nonce: 'n'.repeat(257) },
    ]) {
      await expectRefused(agent, await agent.call(await agent.prove(wrong)), 'proof_malformed')
    }
  })

  test('another kind of JWT, an extension that must be understood, and no JWT at all', async () => {
    for (const header of [
      { typ: 'JWT' },
      { typ: undefined },
      { typ: 'at+jwt' },
      { typ: 'DPOP+JWT' },
    ]) {
      await expectRefused(agent, await agent.call(await agent.prove({}, header)), 'proof_malformed')
    }
    const good = await agent.prove()
    const [, body = '', signature = ''] = good.split('.')
    const head = encode({
      typ: 'dpop+jwt',
      alg: 'ES256',
      jwk: agent.key.publicJwk,
      crit: ['b64'],
      b64: false,
    })
    for (const proof of [
      `${head}.${body}.${signature}`,
      'x',
      '..',
      `${good}.`,
      `${good}=`,
      `{"a":1}`,
      `${encode('null')}.${encode([])}.${signature}`,
      `${encode(null)}.${body}.${signature}`,
      `${'e30'}.${'W1tb'.repeat(300)}.${signature}`,
    ]) {
      await expectRefused(agent, await agent.call(proof), 'proof_malformed')
    }
  })

  test('a signature that was changed in one place is refused', async () => {
    const good = await agent.prove()
    const flipped = good.slice(0, -10) + (good.at(-10) === 'A' ? 'B' : 'A') + good.slice(-9)
    await expectRefused(agent, await agent.call(flipped), 'proof_signature')
  })

  test('an Ed25519 key proves as well as a P-256 key', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const jwk = publicKey.export({ format: 'jwk' })
    for (const alg of ['EdDSA', 'Ed25519']) {
      const proof = await new SignJWT({ ...agent.claims, jti: alg, iat: Date.now() / 1000 })
        .setProtectedHeader({ alg, typ: 'dpop+jwt', jwk })
        .sign(privateKey)
      // a good proof, of a key that this token does not know
      await expectRefused(agent, await agent.call(proof), 'key', 'invalid_token')
    }
  })
})

function encode(value: unknown): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
