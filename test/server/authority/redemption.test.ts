import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseToken } from '../../../capabilities/index.ts'
import {
  addConfidentialAgent,
  addPublicAgent,
  RawAgent,
  readAcme,
  readAll,
  redirectUri,
  register,
  toTokens,
} from '../../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { Browser } from '../../support/oauth-browser.ts'
import { isPublished, revocationIdOf } from '../../support/oauth-token.ts'

let server: TestAuthority
let buyer: TestBuyer
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const statusesOf = (answers: readonly { status: number }[]): number[] =>
  answers.map(({ status }) => status).toSorted((a, b) => a - b)

describe('a code', () => {
  it('becomes a Biscuit for the front that was named', async () => {
    const agent = await addPublicAgent(server)
    const { code, verifier, arrivedAt } = await agent.obtainCode(buyer, [readAcme])
    const { body, accessToken } = toTokens(await agent.redeem(code, verifier))
    expect(parseToken(accessToken).ok).toBe(true)
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600 })
    expect(body['authorization_details']).toMatchObject([{ ...readAcme, locations: [gmailFront] }])
    // RFC 9207
    expect(arrivedAt.searchParams.get('iss')).toBe(server.issuer)
    expect(arrivedAt.searchParams.get('state')).toBe('the state')
  })

  it('is redeemed once when three requests race for it', async () => {
    const agent = await addPublicAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const answers = await Promise.all([1, 2, 3].map(async () => agent.redeem(code, verifier)))
    expect(statusesOf(answers)).toEqual([200, 400, 400])
    for (const { status, body } of answers) {
      if (status === 400) expect(body['error']).toBe('invalid_grant')
    }
  })

  it('that comes a second time ends everything that was issued from it', async () => {
    const agent = await addPublicAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { accessToken, refreshToken } = toTokens(await agent.redeem(code, verifier))
    expect((await agent.redeem(code, verifier)).body['error']).toBe('invalid_grant')
    expect(await agent.introspect(accessToken)).toEqual({ active: false })
    expect((await agent.refresh(refreshToken)).body['error']).toBe('invalid_grant')
    expect(await isPublished(server, revocationIdOf(accessToken))).toBe(true)
    const row = await server.db
      .selectFrom('grants')
      .select(['revoked_at', 'revoked_reason'])
      .where('client_id', '=', agent.clientId)
      .executeTakeFirstOrThrow()
    expect(row.revoked_at).not.toBe(null)
    expect(row.revoked_reason).toContain('came twice')
  })

  it('needs the verifier, the redirect URI and the client it was issued for', async () => {
    const agent = await addPublicAgent(server)
    const thief = await addPublicAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    expect((await agent.redeem(code, `${verifier}x`)).body['error']).toBe('invalid_grant')
    expect(
      (await agent.redeem(code, verifier, { redirect_uri: `${redirectUri}/other` })).body['error'],
    ).toBe('invalid_grant')
    expect((await thief.redeem(code, verifier)).body['error']).toBe('invalid_grant')
    expect((await agent.redeem(code, verifier)).status).toBe(200)
  })
})

describe('a request', () => {
  it('without PKCE is refused', async () => {
    const agent = await addPublicAgent(server)
    const { pushed } = await agent.propose([readAcme], {
      code_challenge: undefined,
      code_challenge_method: undefined,
    })
    expect(pushed).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })

  it('with the plain PKCE method is refused', async () => {
    const agent = await addPublicAgent(server)
    const { pushed } = await agent.propose([readAcme], { code_challenge_method: 'plain' })
    expect(pushed).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })

  it('that was pushed opens one consent only', async () => {
    const agent = await addPublicAgent(server)
    const { url } = await agent.propose([readAcme])
    await new Browser(buyer).arrive(url)
    const again = await new Browser(buyer).arrive(url)
    expect(again.searchParams.get('code')).toBe(null)
    expect(again.searchParams.get('error')).toBe('invalid_request_uri')
  })

  it('that was pushed yields one code when two browsers race with it', async () => {
    const agent = await addPublicAgent(server)
    const { url } = await agent.propose([readAcme])
    const ends = await Promise.all([1, 2].map(async () => new Browser(buyer).arrive(url)))
    expect(ends.filter((end) => end.searchParams.has('code'))).toHaveLength(1)
    expect(ends.map((end) => end.searchParams.get('error')).filter(Boolean)).toEqual([
      'invalid_request_uri',
    ])
  })
})

describe('a refresh token', () => {
  it('of a public client is rotated, and exactly one of three racing requests gets the next', async () => {
    const agent = await addPublicAgent(server)
    const { refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const answers = await Promise.all([1, 2, 3].map(async () => agent.refresh(refreshToken)))
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1)
    for (const { status, body } of answers) {
      if (status !== 200) expect(body['error']).toBe('invalid_grant')
    }
  })

  it('of a public client that comes twice ends the grant', async () => {
    const agent = await addPublicAgent(server)
    const { refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const next = toTokens(await agent.refresh(refreshToken))
    expect(next.refreshToken).not.toBe(refreshToken)
    expect((await agent.refresh(refreshToken)).body['error']).toBe('invalid_grant')
    expect((await agent.refresh(next.refreshToken)).body['error']).toBe('invalid_grant')
    expect(await agent.introspect(next.accessToken)).toEqual({ active: false })
  })

  it('of a client that authenticates stays, so that parallel refreshes all succeed', async () => {
    const agent = await addConfidentialAgent(server)
    const { refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const answers = await Promise.all([1, 2, 3].map(async () => agent.refresh(refreshToken)))
    expect(statusesOf(answers)).toEqual([200, 200, 200])
    expect(answers.map(({ body }) => body['refresh_token'])).toEqual([
      refreshToken,
      refreshToken,
      refreshToken,
    ])
  })

  it.each([
    [
      'asks for more than the grant',
      {
        authorization_details: JSON.stringify([
          { ...readAll, from: { domains: ['evil.example'] } },
        ]),
      },
      'invalid_authorization_details',
    ],
    [
      'asks for an action that was not granted',
      { authorization_details: JSON.stringify([{ type: 'gmail', actions: ['messages.send'] }]) },
      'invalid_authorization_details',
    ],
    ['asks for another resource', { resource: 'http://127.0.0.1:9999' }, 'invalid_target'],
    ['asks for a scope it does not have', { scope: 'gmail.messages.send' }, 'invalid_scope'],
    [
      'asks with details that are not JSON',
      { authorization_details: '[' },
      'invalid_authorization_details',
    ],
  ])('survives a refresh that %s', async (_, fields, error) => {
    const agent = await addPublicAgent(server)
    const { refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const refused = await agent.refresh(refreshToken, fields)
    expect(refused).toMatchObject({ status: 400, body: { error } })
    // INVARIANT: validated before it was rotated
    expect((await agent.refresh(refreshToken)).status).toBe(200)
  })
})

describe('a client assertion', () => {
  it('is accepted once when four requests race with it', async () => {
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const { body } = await register(server, {
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: 'ES256',
      jwks: { keys: [await exportJWK(publicKey)] },
    })
    const clientId = String(body['client_id'])
    const assertion = await assert(privateKey, clientId)
    const agent = new RawAgent(server, clientId, () => ({
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }))
    const answers = await Promise.all([1, 2, 3, 4].map(async () => agent.propose([readAcme])))
    const statuses = statusesOf(answers.map(({ pushed }) => pushed))
    expect(statuses[0]).toBe(201)
    expect(statuses.slice(1).every((status) => status === 400 || status === 401)).toBe(true)
  })
})

async function assert(key: CryptoKey, clientId: string): Promise<string> {
  return new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuer(clientId)
    .setSubject(clientId)
    .setAudience(server.issuer)
    .setIssuedAt()
    .setExpirationTime('1m')
    .sign(key)
}
