import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { delegate, inspect } from '../../../capabilities/index.ts'
import {
  addConfidentialAgent,
  addPublicAgent,
  readAcme,
  toTokens,
  type RawAgent,
} from '../../support/oauth-agent.ts'
import {
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { Browser } from '../../support/oauth-browser.ts'
import { ProofKey } from '../../support/oauth-proof.ts'

let server: TestAuthority
let buyer: TestBuyer
let key: ProofKey
let other: ProofKey
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
  key = await ProofKey.create()
  other = await ProofKey.create()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const proof = async (by: ProofKey, jti?: string): Promise<{ DPoP: string }> =>
  by.prove('POST', `${server.issuer}/oauth/token`, jti === undefined ? {} : { jti })

describe('DPoP (RFC 9449)', () => {
  it('binds the Biscuit to the key by a check of its own', async () => {
    const agent = await addPublicAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { accessToken, body } = toTokens(await agent.redeem(code, verifier, {}, await proof(key)))
    expect(body['token_type']).toBe('DPoP')
    const checks = inspect(accessToken).lineage.flatMap((block) => block.checks)
    expect(
      checks.some((check) => check.includes('cnf_jkt') && check.includes(key.thumbprint)),
    ).toBe(true)
    expect(await agent.introspect(accessToken)).toMatchObject({ cnf: { jkt: key.thumbprint } })
  })

  it('binds a public client’s refresh token to the key', async () => {
    const agent = await addPublicAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { refreshToken } = toTokens(await agent.redeem(code, verifier, {}, await proof(key)))
    expect((await agent.refresh(refreshToken)).body['error']).toBe('invalid_grant')
    expect((await agent.refresh(refreshToken, {}, await proof(other))).body['error']).toBe(
      'invalid_grant',
    )
    const next = toTokens(await agent.refresh(refreshToken, {}, await proof(key)))
    // bound, so it need not be rotated
    expect(next.refreshToken).toBe(refreshToken)
  })

  it('cannot be dropped later by a client that authenticates', async () => {
    const agent = await addConfidentialAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { refreshToken } = toTokens(await agent.redeem(code, verifier, {}, await proof(key)))
    expect(await agent.refresh(refreshToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
    expect((await agent.refresh(refreshToken, {}, await proof(other))).body['token_type']).toBe(
      'DPoP',
    )
  })

  it('can be demanded by the client’s own registration', async () => {
    const agent = await addConfidentialAgent(server, { dpop_bound_access_tokens: true })
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    expect((await agent.redeem(code, verifier)).body['error']).toBe('invalid_grant')
  })

  it('takes a proof once', async () => {
    const agent = await addConfidentialAgent(server)
    const { refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const answers = await Promise.all(
      [1, 2, 3].map(async () => agent.refresh(refreshToken, {}, await proof(key, 'the same jti'))),
    )
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('a bound token is exchanged by its key only', async () => {
    const agent = await addConfidentialAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { accessToken } = toTokens(await agent.redeem(code, verifier, {}, await proof(key)))
    expect((await agent.exchange(accessToken)).body['error']).toBe('invalid_grant')
    expect((await agent.exchange(accessToken, {}, await proof(other))).body['error']).toBe(
      'invalid_grant',
    )
    expect((await agent.exchange(accessToken, {}, await proof(key))).body['token_type']).toBe(
      'DPoP',
    )
  })

  it('refuses a proof for another address', async () => {
    const agent = await addConfidentialAgent(server)
    const { refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const elsewhere = await key.prove('POST', 'https://evil.example/oauth/token')
    expect((await agent.refresh(refreshToken, {}, elsewhere)).body['error']).toBe(
      'invalid_dpop_proof',
    )
  })
})

describe('a token bound to an Ed25519 key', () => {
  let owner: ProofKey
  beforeAll(async () => {
    owner = await ProofKey.create('EdDSA')
  })

  const bindingOf = (accessToken: string): string =>
    inspect(accessToken).lineage[0]?.checks.find((check) => check.includes('cnf_jkt')) ?? ''
  const isDelegable = (accessToken: string): boolean =>
    bindingOf(accessToken).includes('delegated_jkt') &&
    bindingOf(accessToken).includes(owner.thumbprint)

  it('is delegable offline, from a code, a refresh and an exchange', async () => {
    const agent = await addConfidentialAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const first = toTokens(await agent.redeem(code, verifier, {}, await proof(owner)))
    const refreshed = toTokens(await agent.refresh(first.refreshToken, {}, await proof(owner)))
    const exchanged = await agent.exchange(first.accessToken, {}, await proof(owner))
    const tokens = [first.accessToken, refreshed.accessToken, exchanged.body['access_token']]
    expect(tokens.map((token) => isDelegable(String(token)))).toEqual([true, true, true])
  })

  it('is as plainly bound as ever when the key is of another kind, each by its own proof', async () => {
    const agent = await addConfidentialAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const first = toTokens(await agent.redeem(code, verifier, {}, await proof(owner)))
    const next = toTokens(await agent.refresh(first.refreshToken, {}, await proof(key)))
    expect(bindingOf(next.accessToken)).toBe(`check if cnf_jkt("${key.thumbprint}")`)
  })

  it('once delegated is introspected with its new key, and revoked without its parent', async () => {
    const agent = await addConfidentialAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { accessToken } = toTokens(await agent.redeem(code, verifier, {}, await proof(owner)))
    const delegated = delegate(accessToken, {
      publicKey: other.publicJwk,
      signWith: owner.privateKey,
    })
    expect(await agent.introspect(accessToken)).toMatchObject({ cnf: { jkt: owner.thumbprint } })
    expect(await agent.introspect(delegated)).toMatchObject({
      active: true,
      attenuated: true,
      cnf: { jkt: other.thumbprint },
    })
    await agent.revoke(delegated)
    expect(await agent.introspect(delegated)).toEqual({ active: false })
    expect(await agent.introspect(accessToken)).toMatchObject({ active: true })
  })

  it('once delegated is exchanged by nobody: the source of an exchange is not attenuated', async () => {
    const agent = await addConfidentialAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { accessToken } = toTokens(await agent.redeem(code, verifier, {}, await proof(owner)))
    const delegated = delegate(accessToken, {
      publicKey: other.publicJwk,
      signWith: owner.privateKey,
    })
    for (const by of [owner, other]) {
      expect(await agent.exchange(delegated, {}, await proof(by))).toMatchObject({
        status: 400,
        body: { error: 'invalid_grant' },
      })
    }
  })
})

describe('a grant for the agent’s own key only', () => {
  const consent = async (agent: RawAgent): Promise<{ code: string; verifier: string }> =>
    agent.obtainCode(buyer, [readAcme], {
      browser: new Browser(buyer, undefined, { dpopBound: true }),
    })

  it('has no bearer token by its code, and the code is not spent on the attempt', async () => {
    for (const agent of [await addPublicAgent(server), await addConfidentialAgent(server)]) {
      const { code, verifier } = await consent(agent)
      expect(await countAccessTokens(agent)).toBe(0)
      const refused = await agent.redeem(code, verifier)
      expect(await countAccessTokens(agent)).toBe(0)
      expect(refused).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      const { body } = toTokens(await agent.redeem(code, verifier, {}, await proof(key)))
      expect(body['token_type']).toBe('DPoP')
    }
  })

  it('has none by a refresh or an exchange either', async () => {
    const agent = await addConfidentialAgent(server)
    const { code, verifier } = await consent(agent)
    const tokens = toTokens(await agent.redeem(code, verifier, {}, await proof(key)))
    expect((await agent.refresh(tokens.refreshToken)).body['error']).toBe('invalid_grant')
    expect((await agent.exchange(tokens.accessToken)).body['error']).toBe('invalid_grant')
    expect(await countAccessTokens(agent)).toBe(1)
    const next = toTokens(await agent.refresh(tokens.refreshToken, {}, await proof(key)))
    expect(next.body['token_type']).toBe('DPoP')
  })

  it('is what a grant becomes that had bearer tokens before; its refresh token is not spent', async () => {
    for (const agent of [await addPublicAgent(server), await addConfidentialAgent(server)]) {
      const { refreshToken, accessToken } = await agent.obtainTokens(buyer, [readAcme])
      await server.db
        .updateTable('grants')
        .set({ dpop_bound: true })
        .where('client_id', '=', agent.clientId)
        .execute()
      expect((await agent.refresh(refreshToken)).body['error']).toBe('invalid_grant')
      expect((await agent.exchange(accessToken)).body['error']).toBe('invalid_grant')
      expect(await countAccessTokens(agent)).toBe(1)
      const next = toTokens(await agent.refresh(refreshToken, {}, await proof(key)))
      expect(next.body['token_type']).toBe('DPoP')
    }
  })

  it('is what an agent gets that brings its key: by its registration, the request, or a proof with it', async () => {
    const registered = await addConfidentialAgent(server, { dpop_bound_access_tokens: true })
    await registered.obtainCode(buyer, [readAcme])
    const asked = await addConfidentialAgent(server)
    await asked.obtainCode(buyer, [readAcme], { fields: { dpop_jkt: key.thumbprint } })
    const proved = await addConfidentialAgent(server)
    const headers = await key.prove('POST', `${server.issuer}/oauth/par`)
    await proved.obtainCode(buyer, [readAcme], { headers })
    const without = await addConfidentialAgent(server)
    await without.obtainCode(buyer, [readAcme])
    expect(await Promise.all([registered, asked, proved, without].map(isBound))).toEqual([
      true,
      true,
      true,
      false,
    ])
  })
})

async function countAccessTokens({ clientId }: RawAgent): Promise<number> {
  const rows = await server.db
    .selectFrom('oidc_payloads')
    .select('id')
    .where('model', '=', 'AccessToken')
    .where('client_id', '=', clientId)
    .execute()
  return rows.length
}

async function isBound({ clientId }: RawAgent): Promise<boolean> {
  const { dpop_bound: bound } = await server.db
    .selectFrom('grants')
    .select('dpop_bound')
    .where('client_id', '=', clientId)
    .executeTakeFirstOrThrow()
  return bound
}

it('a nonce can be required of every proof (RFC 9449 §8)', async () => {
  await using strict = await startAuthority({ dpopNonceRequired: true })
  const agent = await addConfidentialAgent(strict)
  const { code, verifier } = await agent.obtainCode(await strict.addBuyer(), [readAcme])
  const at = `${strict.issuer}/oauth/token`
  const first = await agent.redeem(code, verifier, {}, await key.prove('POST', at))
  expect(first).toMatchObject({ status: 400, body: { error: 'use_dpop_nonce' } })
  const claims = { htm: 'POST', htu: at, nonce: first.headers.get('dpop-nonce') }
  const again = await agent.redeem(code, verifier, {}, { DPoP: await key.proveWith(claims) })
  expect(toTokens(again).body['token_type']).toBe('DPoP')
})
