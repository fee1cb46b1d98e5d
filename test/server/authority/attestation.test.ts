import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { RawAgent, readAcme, toTokens } from '../../support/oauth-agent.ts'
import {
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { ProofKey } from '../../support/oauth-proof.ts'

const clientId = 'attested-agent'
const builder = 'https://builder.test'
let server: TestAuthority
let buyer: TestBuyer
let builderKey: ProofKey
let agent: RawAgent
beforeAll(async () => {
  builderKey = await ProofKey.create()
  server = await startAuthority({
    attestors: { [builder]: { ...builderKey.publicJwk, alg: 'ES256' } },
    clients: [
      {
        client_id: clientId,
        token_endpoint_auth_method: 'attest_jwt_client_auth',
        redirect_uris: ['https://agent.test/callback'],
      },
    ],
  })
  buyer = await server.addBuyer()
  agent = new RawAgent(server, clientId)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

/** what one running copy of the agent sends along with every call */
async function attest(
  instance: ProofKey,
  by: ProofKey = builderKey,
): Promise<Record<string, string>> {
  const response = await fetch(`${server.issuer}/oauth/challenge`, { method: 'POST' })
  const { attestation_challenge: challenge } = (await response.json()) as {
    attestation_challenge: string
  }
  const now = Math.floor(Date.now() / 1000)
  return {
    'oauth-client-attestation': await by.sign(
      { typ: 'oauth-client-attestation+jwt' },
      { iss: builder, sub: clientId, exp: now + 300, cnf: { jwk: instance.publicJwk } },
    ),
    'oauth-client-attestation-pop': await instance.sign(
      { typ: 'oauth-client-attestation-pop+jwt' },
      { aud: server.issuer, jti: randomUUID(), challenge },
    ),
  }
}

describe('an attested client', () => {
  it('is let in by the builder’s word and its own key', async () => {
    const instance = await ProofKey.create()
    const { url, verifier, pushed } = await agent.propose([readAcme], {}, await attest(instance))
    expect(pushed.status).toBe(201)
    const { Browser } = await import('../../support/oauth-browser.ts')
    const code = (await new Browser(buyer).arrive(url)).searchParams.get('code') ?? ''
    const { refreshToken } = toTokens(
      await agent.redeem(code, verifier, {}, await attest(instance)),
    )
    expect((await agent.refresh(refreshToken, {}, await attest(instance))).status).toBe(200)
    const other = await ProofKey.create()
    expect((await agent.refresh(refreshToken, {}, await attest(other))).body['error']).toBe(
      'invalid_grant',
    )
  })

  it('cannot redeem a code that another copy of it asked for, even after the buyer was asked', async () => {
    const instance = await ProofKey.create()
    const other = await ProofKey.create()
    const { url, verifier } = await agent.propose(
      [readAcme],
      { prompt: 'consent' },
      await attest(instance),
    )
    const { Browser } = await import('../../support/oauth-browser.ts')
    const code = (await new Browser(buyer).arrive(url)).searchParams.get('code') ?? ''
    expect((await agent.redeem(code, verifier, {}, await attest(other))).body['error']).toBe(
      'invalid_grant',
    )
  })

  it('cannot exchange a refresh token, which would be good for any copy of it', async () => {
    const instance = await ProofKey.create()
    const { url, verifier } = await agent.propose([readAcme], {}, await attest(instance))
    const { Browser } = await import('../../support/oauth-browser.ts')
    const code = (await new Browser(buyer).arrive(url)).searchParams.get('code') ?? ''
    const tokens = await agent.redeem(code, verifier, {}, await attest(instance))
    const fields = { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }
    const other = await attest(await ProofKey.create())
    const { body } = await agent.exchange(toTokens(tokens).refreshToken, fields, other)
    expect(body['access_token']).toBe(undefined)
    expect(body['error']).toBe('invalid_request')
  })

  it('is not let in by a builder nobody knows, nor without any', async () => {
    const instance = await ProofKey.create()
    const stranger = await ProofKey.create()
    const forged = await agent.propose([readAcme], {}, await attest(instance, stranger))
    expect([400, 401]).toContain(forged.pushed.status)
    const silent = await agent.propose([readAcme])
    expect([400, 401]).toContain(silent.pushed.status)
  })
})
