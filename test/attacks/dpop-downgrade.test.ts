import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { appendBlock, attenuate, type Block, type Query } from '../../capabilities/index.ts'
import { READ_ALL } from '../support/front.ts'
import { ProofKey } from '../support/oauth-proof.ts'
import { PATH, expectRefused, hashOf, startBoundAgent, type BoundAgent } from './dpop-front.ts'

let agent: BoundAgent
beforeAll(async () => {
  agent = await startBoundAgent()
})
beforeEach(() => {
  agent.front.gmail.reset()
})
afterAll(async () => agent.front.close())

describe('dpop-downgrade-to-bearer', () => {
  test('a bound token is no bearer token, with a proof or without', async () => {
    const { front, token } = agent
    for (const headers of [{}, { dpop: await agent.prove() }]) {
      const answer = await front.fetch(PATH, token, { headers })
      await expectRefused(agent, answer, 'key', 'invalid_token')
      expect(answer.headers.get('www-authenticate')).toMatch(
        /^Bearer .*error="invalid_token".*, DPoP .*algs="ES256 Ed25519 EdDSA"$/,
      )
    }
  })

  test('nor is what was attenuated from it, nor a token that an appended block binds', async () => {
    const { front, key } = agent
    const narrowed = attenuate(agent.token, READ_ALL)
    await expectRefused(agent, await front.fetch(PATH, narrowed), 'key', 'invalid_token')
    const bound = appendBlock(front.mint(READ_ALL), boundTo(key)).token
    await expectRefused(agent, await front.fetch(PATH, bound), 'key', 'invalid_token')
    const proof = await agent.prove({ ath: hashOf(bound) })
    expect((await agent.call(proof, { authorization: `DPoP ${bound}` })).status).toBe(200)
  })

  test('nor is a token whose check speaks of a key but could do without', async () => {
    const branch = (name: string, value: string): Query => ({
      predicates: [{ name, terms: [{ type: 'string', value }] }],
      expressions: [],
    })
    const queries = [branch('cnf_jkt', agent.key.thumbprint), branch('audience', agent.front.url)]
    const token = appendBlock(agent.front.mint(READ_ALL), {
      facts: [],
      checks: [{ queries }],
    }).token
    await expectRefused(agent, await agent.front.fetch(PATH, token), 'key', 'invalid_token')
  })

  test('a token that is bound to nothing gains nothing by a proof', async () => {
    const free = agent.front.mint(READ_ALL)
    const proof = await agent.prove({ ath: hashOf(free) })
    const answer = await agent.call(proof, { authorization: `DPoP ${free}` })
    await expectRefused(agent, answer, 'not_bound', 'invalid_token')
  })
})

describe('dpop-other-key', () => {
  test('a good proof of another key is refused, also right after the right key was let in', async () => {
    const thief = await ProofKey.create()
    const steal = async (): Promise<Response> =>
      agent.call(await thief.proveWith({ ...agent.claims }))
    await expectRefused(agent, await steal(), 'key', 'invalid_token')
    expect((await agent.call(await agent.prove())).status).toBe(200)
    agent.front.gmail.reset()
    await expectRefused(agent, await steal(), 'key', 'invalid_token')
  })

  test('keys that anybody can make leave nothing in the table of used proofs', async () => {
    const { claims } = agent.front.ports.usedProofs
    for (const thief of [await ProofKey.create(), await ProofKey.create('EdDSA')]) {
      const answer = await agent.call(await thief.proveWith({ ...agent.claims }))
      await expectRefused(agent, answer, 'key', 'invalid_token')
    }
    expect(agent.front.ports.usedProofs.claims).toBe(claims)
  })

  test('nor does the right key, once its token was revoked', async () => {
    const { claims } = agent.front.ports.usedProofs
    agent.front.ports.revocations.revoked.add('g_test')
    const answer = await agent.call(await agent.prove())
    agent.front.ports.revocations.revoked.clear()
    await expectRefused(agent, answer, 'revoked', 'invalid_token')
    expect(agent.front.ports.usedProofs.claims).toBe(claims)
  })

  test('a proof with the right key in its header and another’s signature is refused', async () => {
    const thief = await ProofKey.create()
    const forged = await thief.proveWith({ ...agent.claims }, { jwk: agent.key.publicJwk })
    await expectRefused(agent, await agent.call(forged), 'proof_signature')
  })

  test('a token whose checks name two keys opens for neither alone', async () => {
    const other = await ProofKey.create()
    const torn = appendBlock(agent.token, boundTo(other)).token
    for (const key of [agent.key, other]) {
      const proof = await key.proveWith({ ...agent.claims, ath: hashOf(torn) })
      const answer = await agent.call(proof, { authorization: `DPoP ${torn}` })
      await expectRefused(agent, answer, 'key', 'invalid_token')
    }
  })

  test('the record names the key that called', async () => {
    expect((await agent.call(await agent.prove())).status).toBe(200)
    const { request } = agent.front.ports.record.last.entry
    expect(request).toMatchObject({ key: agent.key.thumbprint })
  })
})

function boundTo({ thumbprint }: ProofKey): Block {
  const key = { name: 'cnf_jkt', terms: [{ type: 'string', value: thumbprint }] } as const
  return { facts: [], checks: [{ queries: [{ predicates: [key], expressions: [] }] }] }
}
