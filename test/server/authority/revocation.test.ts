import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attenuate, generateRootKey, mintToken, compileGrant } from '../../../capabilities/index.ts'
import { revokeGrant } from '../../../server/state/revoke.ts'
import {
  addConfidentialAgent,
  addPublicAgent,
  RawAgent,
  readAcme,
  readAll,
  toTokens,
} from '../../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { grantIdOf, isPublished, revocationIdOf } from '../../support/oauth-token.ts'

const auditor = { client_id: 'auditor', client_secret: 'a-secret-of-some-length' }
let server: TestAuthority
let buyer: TestBuyer
beforeAll(async () => {
  server = await startAuthority({
    clients: [
      {
        ...auditor,
        grant_types: [],
        response_types: [],
        redirect_uris: [],
        token_endpoint_auth_method: 'client_secret_post',
      },
    ],
  })
  buyer = await server.addBuyer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

describe('revoking (RFC 7009)', () => {
  it('one access token leaves its siblings and the grant alone', async () => {
    const agent = await addConfidentialAgent(server)
    const first = await agent.obtainTokens(buyer, [readAcme])
    const second = toTokens(await agent.refresh(first.refreshToken))
    expect(await agent.revoke(first.accessToken)).toBe(200)
    expect(await agent.introspect(first.accessToken)).toEqual({ active: false })
    expect(await isPublished(server, revocationIdOf(first.accessToken))).toBe(true)
    expect(await agent.introspect(second.accessToken)).toMatchObject({ active: true })
    expect(await isPublished(server, revocationIdOf(second.accessToken))).toBe(false)
    expect((await agent.refresh(first.refreshToken)).status).toBe(200)
  })

  it('a refresh token ends the grant with everything issued from it', async () => {
    const agent = await addConfidentialAgent(server)
    const { accessToken, refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const grantId = await grantIdOf(server, accessToken)
    expect(await agent.revoke(refreshToken)).toBe(200)
    expect(await agent.introspect(accessToken)).toEqual({ active: false })
    expect(await isPublished(server, revocationIdOf(accessToken))).toBe(true)
    expect(await isPublished(server, grantId)).toBe(true)
    expect((await agent.refresh(refreshToken)).body['error']).toBe('invalid_grant')
  })

  it('an attenuated token ends that one and leaves the token it came from', async () => {
    const agent = await addConfidentialAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAll])
    const narrow = attenuate(accessToken, [readAcme])
    const other = attenuate(accessToken, [readAcme])
    expect(await agent.revoke(narrow)).toBe(200)
    expect(await agent.introspect(narrow)).toEqual({ active: false })
    expect(
      await agent.introspect(attenuate(narrow, [{ ...readAcme, content: 'metadata' }])),
    ).toEqual({ active: false })
    expect(await agent.introspect(accessToken)).toMatchObject({ active: true })
    expect(await agent.introspect(other)).toMatchObject({ active: true })
  })

  it('does nothing to a token of another client', async () => {
    const agent = await addConfidentialAgent(server)
    const other = await addConfidentialAgent(server)
    const { accessToken, refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    expect(await other.revoke(accessToken)).toBe(200)
    expect(await other.revoke(refreshToken)).toBe(200)
    expect(await agent.introspect(accessToken)).toMatchObject({ active: true })
  })

  it('does not mind a token that is none', async () => {
    const agent = await addPublicAgent(server)
    expect(await agent.revoke('no token')).toBe(200)
  })
})

describe('the buyer revoking a grant', () => {
  it('ends its tokens and its refresh token at once, and publishes them', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken, refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const grantId = await grantIdOf(server, accessToken)
    await revokeGrant(server.db, grantId, 'the buyer said so')
    expect(await agent.introspect(accessToken)).toEqual({ active: false })
    expect((await agent.refresh(refreshToken)).body['error']).toBe('invalid_grant')
    expect(await isPublished(server, revocationIdOf(accessToken))).toBe(true)
    expect(await isPublished(server, grantId)).toBe(true)
  })

  it('before the code is redeemed leaves the agent with nothing', async () => {
    const agent = await addPublicAgent(server)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { id } = await server.db
      .selectFrom('grants')
      .select('id')
      .where('client_id', '=', agent.clientId)
      .executeTakeFirstOrThrow()
    await revokeGrant(server.db, id, 'the buyer said so')
    expect((await agent.redeem(code, verifier)).body['error']).toBe('invalid_grant')
  })

  it('is final: an old copy of the grant does not bring it back', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    const grantId = await grantIdOf(server, accessToken)
    const { Grant } = server.authority.provider
    const held = await Grant.find(grantId)
    await revokeGrant(server.db, grantId, 'the buyer said so')
    if (held) held.rar = []
    await held?.save()
    expect(await Grant.find(grantId)).toBe(undefined)
    const row = await server.db
      .selectFrom('grants')
      .select('authorization_details')
      .where('id', '=', grantId)
      .executeTakeFirstOrThrow()
    expect(row.authorization_details).toHaveLength(1)
  })
})

describe('introspection (RFC 7662)', () => {
  it('tells the token’s own client what it carries', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    expect(await agent.introspect(accessToken)).toMatchObject({
      active: true,
      client_id: agent.clientId,
      sub: buyer.id,
      aud: gmailFront,
      revocation_id: revocationIdOf(accessToken),
      authorization_details: [readAcme],
    })
  })

  it('tells a client that the operator registered, and nobody else', async () => {
    const agent = await addPublicAgent(server)
    const stranger = await addConfidentialAgent(server)
    const known = new RawAgent(server, auditor.client_id, () => ({
      client_secret: auditor.client_secret,
    }))
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    expect(await known.introspect(accessToken)).toMatchObject({ active: true })
    expect(await stranger.introspect(accessToken)).toEqual({ active: false })
  })

  it('says of an attenuated token that it is one, and when it ends', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    const end = Math.floor(Date.now() / 1000) + 60
    const narrow = attenuate(accessToken, [readAcme], { expiresAt: end })
    expect(await agent.introspect(narrow)).toMatchObject({
      active: true,
      attenuated: true,
      exp: end,
    })
  })

  it('takes no forged token', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    const { id } = server.keys.currentRoot()
    const forged = mintToken(
      compileGrant({
        grantId: await grantIdOf(server, accessToken),
        clientId: agent.clientId,
        audience: gmailFront,
        expiresAt: Date.now() / 1000 + 600,
        capabilities: [{ type: 'gmail', actions: ['messages.read'], locations: [gmailFront] }],
      }),
      { id, privateKey: generateRootKey().privateKey },
    )
    expect(await agent.introspect(forged.token)).toEqual({ active: false })
    const middle = Math.floor(accessToken.length / 2)
    const changed = `${accessToken.slice(0, middle)}${accessToken[middle] === 'A' ? 'B' : 'A'}${accessToken.slice(middle + 1)}`
    expect(await agent.introspect(changed)).toEqual({ active: false })
  })

  it('takes no name for the thing: neither the revocation id nor the record’s id is a credential', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    const { jti } = await agent.introspect(accessToken)
    const row = await server.db
      .selectFrom('oidc_payloads')
      .select('id')
      .where('revocation_id', '=', revocationIdOf(accessToken))
      .executeTakeFirstOrThrow()
    for (const name of [
      String(jti),
      revocationIdOf(accessToken),
      `biscuit:${revocationIdOf(accessToken)}`,
      row.id,
    ]) {
      expect(await agent.introspect(name)).toEqual({ active: false })
      expect((await agent.exchange(name)).body['error']).toBe('invalid_grant')
    }
  })

  it('takes no opaque value of a record that left as a Biscuit', async () => {
    const agent = await addPublicAgent(server)
    const opaque: string[] = []
    const keep = (token: { jti: string }): void => void opaque.push(token.jti)
    server.authority.provider.on('access_token.saved', keep)
    await agent.obtainTokens(buyer, [readAcme])
    server.authority.provider.off('access_token.saved', keep)
    expect(opaque).toHaveLength(1)
    expect(await agent.introspect(opaque[0] ?? '')).toEqual({ active: false })
  })
})

describe('userinfo', () => {
  it('refuses a Biscuit: it is for a front', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme], {
      fields: { scope: 'openid' },
    })
    const response = await fetch(`${server.issuer}/oauth/userinfo`, {
      headers: { authorization: `Bearer ${accessToken}` },
    })
    expect([401, 403]).toContain(response.status)
    expect(response.headers.get('www-authenticate')).toContain('Bearer')
  })
})

describe('what is stored', () => {
  it('holds no value that could be presented', async () => {
    const agent = await addPublicAgent(server)
    const { url } = await agent.propose([readAcme])
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const tokens = toTokens(await agent.redeem(code, verifier))
    const rows = await server.db.selectFrom('oidc_payloads').selectAll().execute()
    const stored = JSON.stringify(rows)
    const pushed = new URL(url).searchParams.get('request_uri')?.split(':').at(-1) ?? '?'
    for (const secret of [code, tokens.accessToken, tokens.refreshToken, pushed])
      expect(stored).not.toContain(secret)
  })
})
