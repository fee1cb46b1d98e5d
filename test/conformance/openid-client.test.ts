import * as client from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { attenuate, inspect } from '../../capabilities/index.ts'
import {
  accessTokenType,
  exchangeGrant,
  readAcme,
  readAll,
  redirectUri,
} from '../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../support/oauth-authority.ts'
import { Browser } from '../support/oauth-browser.ts'
import { proxyFetch } from '../support/oauth-proxy-fetch.ts'

/** openid-client as an agent's author would use it, over the https address that a proxy in front of us would have */
const issuer = 'https://authority.test'
let server: TestAuthority
let buyer: TestBuyer
let route: typeof fetch
beforeAll(async () => {
  server = await startAuthority({ issuer, behindProxy: true })
  buyer = await server.addBuyer()
  route = proxyFetch({ 'authority.test': server.port })
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

async function registered(metadata: Record<string, unknown> = {}): Promise<client.Configuration> {
  return client.dynamicClientRegistration(
    new URL(issuer),
    {
      client_name: 'Support Agent',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
      ...metadata,
    },
    client.None(),
    {
      [client.customFetch]: async (url, options) => route(url, options as RequestInit),
      algorithm: 'oauth2',
    },
  )
}

interface Flow {
  readonly config: client.Configuration
  readonly tokens: client.TokenEndpointResponse & client.TokenEndpointResponseHelpers
}

async function obtain(
  config: client.Configuration,
  parameters: Record<string, string>,
  DPoP?: client.DPoPHandle,
): Promise<Flow> {
  const verifier = client.randomPKCECodeVerifier()
  const state = client.randomState()
  const url = await client.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: redirectUri,
      code_challenge: await client.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      state,
      ...parameters,
    },
    DPoP && { DPoP },
  )
  const arrivedAt = await new Browser(buyer, (all) => all, { fetch: route }).arrive(url)
  const tokens = await client.authorizationCodeGrant(
    config,
    arrivedAt,
    { pkceCodeVerifier: verifier, expectedState: state },
    {},
    DPoP && { DPoP },
  )
  return { config, tokens }
}

const proposal = { authorization_details: JSON.stringify([readAll]), resource: gmailFront }

describe('openid-client', () => {
  it('registers, pushes, is sent back with iss, redeems, refreshes, introspects and revokes', async () => {
    const { config, tokens } = await obtain(await registered(), proposal)
    expect(tokens.authorization_details).toMatchObject([{ ...readAll, locations: [gmailFront] }])
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? '')
    expect(inspect(next.access_token).clientId).toBe(config.clientMetadata().client_id)
    expect(await client.tokenIntrospection(config, next.access_token)).toMatchObject({
      active: true,
    })
    await client.tokenRevocation(config, next.access_token)
    expect(await client.tokenIntrospection(config, next.access_token)).toMatchObject({
      active: false,
    })
  })

  it('exchanges its token for a narrower one and attenuates that offline', async () => {
    const { config, tokens } = await obtain(await registered(), proposal)
    const narrower = await client.genericGrantRequest(config, exchangeGrant, {
      subject_token: tokens.access_token,
      subject_token_type: accessTokenType,
      authorization_details: JSON.stringify([readAcme]),
    })
    expect(narrower.authorization_details).toMatchObject([readAcme])
    const task = attenuate(narrower.access_token, [{ ...readAcme, content: 'metadata' }])
    expect(await client.tokenIntrospection(config, task)).toMatchObject({
      active: true,
      attenuated: true,
    })
  })

  it('binds its tokens with DPoP', async () => {
    const config = await registered({ dpop_bound_access_tokens: true })
    const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
    const { tokens } = await obtain(config, proposal, DPoP)
    expect(tokens.token_type).toBe('dpop')
    const next = await client.refreshTokenGrant(config, tokens.refresh_token ?? '', {}, { DPoP })
    expect(next.token_type).toBe('dpop')
  })

  it('checks the ID token of a client that asks for one', async () => {
    const config = await registered()
    const { tokens } = await obtain(config, { ...proposal, scope: 'openid' })
    expect(tokens.claims()).toMatchObject({ iss: issuer, sub: buyer.id })
  })

  it('works for a client that knows scopes and a resource only', async () => {
    const { tokens } = await obtain(await registered({ scope: 'gmail.messages.read' }), {
      scope: 'gmail.messages.read',
      resource: gmailFront,
    })
    expect(tokens.scope).toBe('gmail.messages.read')
    expect(inspect(tokens.access_token).lineage).toHaveLength(1)
  })

  it('is told no in a form it understands', async () => {
    const config = await registered()
    const refused = obtain(config, {
      ...proposal,
      authorization_details: '[{"type":"gmail","actions":["messages.send"]}]',
    })
    await expect(refused).rejects.toMatchObject({
      error: 'invalid_authorization_details',
      status: 400,
    })
  })
})

describe('cookies over https', () => {
  it('are Secure, HttpOnly, SameSite=Lax and carry a prefix that other hosts cannot set', async () => {
    const config = await registered()
    const url = await client.buildAuthorizationUrlWithPAR(config, {
      redirect_uri: redirectUri,
      code_challenge: await client.calculatePKCECodeChallenge(client.randomPKCECodeVerifier()),
      code_challenge_method: 'S256',
      ...proposal,
    })
    const response = await route(url, { redirect: 'manual' })
    const cookies = response.headers.getSetCookie()
    expect(cookies.length).toBeGreaterThan(0)
    for (const cookie of cookies) {
      expect(cookie).toMatch(/^__(Host|Secure)-/)
      expect(cookie).toMatch(/; secure/i)
      expect(cookie).toMatch(/; httponly/i)
      expect(cookie).toMatch(/; samesite=lax/i)
    }
    expect(response.headers.get('strict-transport-security')).toContain('max-age')
  })
})
