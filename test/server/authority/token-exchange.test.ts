import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { attenuate, inspect } from '../../../capabilities/index.ts'
import {
  accessTokenType,
  addConfidentialAgent,
  addPublicAgent,
  readAcme,
  readAll,
  replyAcme,
  toTokens,
  type Answer,
  type Entry,
  type RawAgent,
} from '../../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
import { ProofKey } from '../../support/oauth-proof.ts'
import { grantIdOf } from '../../support/oauth-token.ts'

let server: TestAuthority
let buyer: TestBuyer
let agent: RawAgent
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
})
beforeEach(async () => {
  agent = await addConfidentialAgent(server)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const asked = (...entries: Entry[]): { authorization_details: string } => ({
  authorization_details: JSON.stringify(entries),
})

describe('a token exchange (RFC 8693)', () => {
  it('yields a narrower token that says so', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme, replyAcme])
    const answer = await agent.exchange(accessToken, asked({ ...readAll, content: 'metadata' }))
    expect(answer.body).toMatchObject({
      issued_token_type: accessTokenType,
      token_type: 'Bearer',
      authorization_details: [{ ...readAcme, content: 'metadata', locations: [gmailFront] }],
    })
    expect(answer.body['refresh_token']).toBe(undefined)
    expect(await agent.introspect(String(answer.body['access_token']))).toMatchObject({
      active: true,
      aud: gmailFront,
      authorization_details: [{ content: 'metadata' }],
    })
  })

  it('gives nothing back that an earlier exchange took away', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAll])
    const once = await agent.exchange(accessToken, asked(readAcme))
    const twice = await agent.exchange(String(once.body['access_token']), asked(readAll))
    expect(twice.body).toMatchObject({
      authorization_details: [{ from: { domains: ['acme.com'] } }],
    })
    const wider = await agent.exchange(
      String(once.body['access_token']),
      asked({ ...readAll, from: { domains: ['other.example'] } }),
    )
    expect(wider).toMatchObject({ status: 400, body: { error: 'invalid_authorization_details' } })
  })

  it('follows a grant that was tightened', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAll])
    const tighter = [{ ...readAcme, content: 'full', locations: [gmailFront] }]
    await server.db
      .updateTable('grants')
      .set({ authorization_details: JSON.stringify(tighter) })
      .where('id', '=', await grantIdOf(server, accessToken))
      .execute()
    expect((await agent.exchange(accessToken)).body).toMatchObject({
      authorization_details: [{ from: { domains: ['acme.com'] } }],
    })
  })

  it('refuses a token that was attenuated, because that would undo the attenuation', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAll])
    const narrow = attenuate(accessToken, [readAcme])
    expect(await agent.introspect(narrow)).toMatchObject({ active: true, attenuated: true })
    expect(await agent.exchange(narrow)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
  })

  it('refuses a token of another client', async () => {
    const other = await addConfidentialAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    expect(await other.exchange(accessToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
  })

  it('refuses a revoked token', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    expect(await agent.revoke(accessToken)).toBe(200)
    expect(await agent.exchange(accessToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
  })

  it.each([
    ['without a subject token', { subject_token: undefined }, 'invalid_request'],
    [
      'of another type of token',
      { subject_token_type: 'urn:ietf:params:oauth:token-type:jwt' },
      'invalid_request',
    ],
    [
      'into another type of token',
      { requested_token_type: 'urn:ietf:params:oauth:token-type:jwt' },
      'invalid_request',
    ],
    [
      'with an actor, which would be silently lost',
      { actor_token: 'x', actor_token_type: accessTokenType },
      'invalid_request',
    ],
    ['for another resource', { resource: 'https://other.example' }, 'invalid_target'],
    ['for another audience', { audience: 'https://other.example' }, 'invalid_target'],
    ['for resources of different servers', { resource: `${gmailFront}x` }, 'invalid_target'],
    [
      'for a resource and an audience',
      { resource: gmailFront, audience: gmailFront },
      'invalid_request',
    ],
    [
      'for a scope that the subject does not have',
      { scope: 'gmail.messages.send' },
      'invalid_scope',
    ],
    [
      'for more than the subject has',
      asked({ type: 'gmail', actions: ['messages.reply'] }),
      'invalid_authorization_details',
    ],
    ['with a subject token that is none', { subject_token: 'x'.repeat(9_000) }, 'invalid_grant'],
  ])('%s is refused', async (_, fields, error) => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    expect(await agent.exchange(accessToken, fields)).toMatchObject({
      status: 400,
      body: { error },
    })
  })

  it('takes resource or audience for the front of the subject token', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    for (const fields of [{ resource: gmailFront }, { audience: gmailFront }, {}]) {
      toTokens(await agent.exchange(accessToken, fields))
    }
  })
})

describe('the subject of an exchange', () => {
  const refreshTokenType = 'urn:ietf:params:oauth:token-type:refresh_token'
  const exchangeRefresh = async (
    by: RawAgent,
    token: string,
    fields: Record<string, string> = {},
    headers: Record<string, string> = {},
  ): Promise<Answer> =>
    by.exchange(token, { subject_token_type: refreshTokenType, ...fields }, headers)

  it('outlives what comes of it: a token does not renew itself', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 300_000 })
    const { body } = await agent.exchange(accessToken).finally(() => vi.useRealTimers())
    const [held, got] = [accessToken, String(body['access_token'])].map((t) => inspect(t).expiresAt)
    expect(got).toBeLessThanOrEqual(held ?? 0)
    expect(body['expires_in']).toBeLessThanOrEqual(300)
  })

  it('may be the refresh token of a client that authenticates, again and again', async () => {
    const { refreshToken } = await agent.obtainTokens(buyer, [readAcme, replyAcme])
    for (const fields of [{ audience: gmailFront }, asked(readAcme), {}]) {
      const { body, status } = await exchangeRefresh(agent, refreshToken, fields)
      expect(status).toBe(200)
      expect(body['refresh_token']).toBe(undefined)
    }
    expect((await agent.refresh(refreshToken)).status).toBe(200)
  })

  it('is not the refresh token of a public client, which nobody would see come back', async () => {
    const stranger = await addPublicAgent(server)
    const { refreshToken } = await stranger.obtainTokens(buyer, [readAcme])
    expect(await exchangeRefresh(stranger, refreshToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_request' },
    })
    expect((await stranger.refresh(refreshToken)).status).toBe(200)
  })

  it('is not the refresh token of another client, nor one that was revoked', async () => {
    const other = await addConfidentialAgent(server)
    const { refreshToken } = await agent.obtainTokens(buyer, [readAcme])
    const refused = { status: 400, body: { error: 'invalid_grant' } }
    expect(await exchangeRefresh(other, refreshToken)).toMatchObject(refused)
    expect(await agent.revoke(refreshToken)).toBe(200)
    expect(await exchangeRefresh(agent, refreshToken)).toMatchObject(refused)
  })

  it('is not a refresh token that was first used with a key, without a proof', async () => {
    const key = await ProofKey.create()
    const proof = async (): Promise<Record<string, string>> =>
      key.prove('POST', `${server.issuer}/oauth/token`)
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const { refreshToken } = toTokens(await agent.redeem(code, verifier, {}, await proof()))
    expect(await exchangeRefresh(agent, refreshToken)).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant' },
    })
    const bound = await exchangeRefresh(agent, refreshToken, {}, await proof())
    expect(bound.body['token_type']).toBe('DPoP')
  })

  it('follows a grant that was tightened, also as a refresh token', async () => {
    const { accessToken, refreshToken } = await agent.obtainTokens(buyer, [readAll])
    const tighter = [{ ...readAcme, content: 'full', locations: [gmailFront] }]
    await server.db
      .updateTable('grants')
      .set({ authorization_details: JSON.stringify(tighter) })
      .where('id', '=', await grantIdOf(server, accessToken))
      .execute()
    expect((await exchangeRefresh(agent, refreshToken)).body).toMatchObject({
      authorization_details: [{ from: { domains: ['acme.com'] } }],
    })
  })
})

describe('scopes of Google in an exchange', () => {
  const google = (name: string): string => `https://www.googleapis.com/auth/${name}`
  const everything = 'https://mail.google.com/'

  it.each([
    [everything, ['messages.read', 'messages.reply']],
    [google('gmail.modify'), ['messages.read', 'messages.reply']],
    [google('cloud-platform'), ['messages.read', 'messages.reply']],
    [google('gmail.readonly'), ['messages.read']],
    [google('gmail.send'), ['messages.reply']],
    [google('gmail.compose'), ['messages.reply']],
    [`${google('gmail.readonly')} ${google('gmail.labels')}`, ['messages.read']],
    [`${google('cloud-platform')} ${google('gmail.readonly')}`, ['messages.read']],
  ])('%s gives %j of what was granted, and says so', async (scope, actions) => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme, replyAcme])
    const { body } = await agent.exchange(accessToken, { scope })
    const details = body['authorization_details'] as { actions: string[]; from: unknown }[]
    expect(details.flatMap((entry) => entry.actions)).toEqual(actions)
    expect(details.every(({ from }) => JSON.stringify(from) === '{"domains":["acme.com"]}')).toBe(
      true,
    )
    expect(body['scope']).toBe(actions.map((action) => `gmail.${action}`).join(' '))
  })

  it.each([
    ['that name no mail', google('gmail.metadata')],
    ['that name no mail, beside the default', `${google('cloud-platform')} ${google('drive')}`],
    ['for what was not granted', google('gmail.send')],
    ['beside a scope of nobody', `${everything} something.else`],
    ['beside a scope of ours that is not held', `${everything} gmail.messages.send`],
    ['of another host', 'https://mail.google.com.example/'],
  ])('%s are refused', async (_, scope) => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    expect(await agent.exchange(accessToken, { scope })).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    })
  })

  it('are refused beside authorization_details, which would be all that counts', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme, replyAcme])
    const fields = { ...asked(replyAcme), scope: google('gmail.readonly') }
    expect(await agent.exchange(accessToken, fields)).toMatchObject({
      status: 400,
      body: { error: 'invalid_scope' },
    })
  })

  it('give back nothing that an earlier exchange took away', async () => {
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme, replyAcme])
    const once = await agent.exchange(accessToken, { scope: google('gmail.readonly') })
    const twice = await agent.exchange(String(once.body['access_token']), { scope: everything })
    expect(twice.body).toMatchObject({
      scope: 'gmail.messages.read',
      authorization_details: [{ actions: ['messages.read'] }],
    })
  })
})
