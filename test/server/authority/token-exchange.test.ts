import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { attenuate } from '../../../capabilities/index.ts'
import {
  accessTokenType,
  addConfidentialAgent,
  readAcme,
  readAll,
  replyAcme,
  toTokens,
  type Entry,
  type RawAgent,
} from '../../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'
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
