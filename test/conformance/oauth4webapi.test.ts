import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { readAcme, redirectUri } from '../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../support/oauth-authority.ts'
import { Browser } from '../support/oauth-browser.ts'

/** oauth4webapi checks every answer against the letter of its RFC, on a development address without TLS */
const insecure = { [oauth.allowInsecureRequests]: true }
let server: TestAuthority
let buyer: TestBuyer
let as: oauth.AuthorizationServer
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
  const issuer = new URL(server.issuer)
  const response = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure })
  as = await oauth.processDiscoveryResponse(issuer, response)
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

describe('oauth4webapi', () => {
  it('accepts every answer of a whole flow with a client secret and DPoP', async () => {
    const registration = await oauth.dynamicClientRegistrationRequest(
      as,
      { redirect_uris: [redirectUri], token_endpoint_auth_method: 'client_secret_basic' },
      insecure,
    )
    const agent = await oauth.processDynamicClientRegistrationResponse(registration)
    const auth = oauth.ClientSecretBasic(agent['client_secret'] as string)
    const DPoP = oauth.DPoP({}, await oauth.generateKeyPair('ES256'))
    const verifier = oauth.generateRandomCodeVerifier()

    const pushed = await oauth.processPushedAuthorizationResponse(
      as,
      agent,
      await oauth.pushedAuthorizationRequest(
        as,
        agent,
        auth,
        {
          client_id: agent.client_id,
          response_type: 'code',
          redirect_uri: redirectUri,
          code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
          code_challenge_method: 'S256',
          authorization_details: JSON.stringify([readAcme]),
          resource: gmailFront,
        },
        { ...insecure, DPoP },
      ),
    )
    const url = new URL(as.authorization_endpoint ?? '')
    url.search = new URLSearchParams({
      client_id: agent.client_id,
      request_uri: pushed.request_uri,
    }).toString()
    const arrivedAt = await new Browser(buyer).arrive(url)

    // RFC 9207: fails unless `iss` is there and right
    const callback = oauth.validateAuthResponse(as, agent, arrivedAt, oauth.expectNoState)
    const first = await oauth.processAuthorizationCodeResponse(
      as,
      agent,
      await oauth.authorizationCodeGrantRequest(as, agent, auth, callback, redirectUri, verifier, {
        ...insecure,
        DPoP,
      }),
    )
    expect(first).toMatchObject({ token_type: 'dpop', authorization_details: [readAcme] })

    const next = await oauth.processRefreshTokenResponse(
      as,
      agent,
      await oauth.refreshTokenGrantRequest(as, agent, auth, first.refresh_token ?? '', {
        ...insecure,
        DPoP,
      }),
    )
    const seen = await oauth.processIntrospectionResponse(
      as,
      agent,
      await oauth.introspectionRequest(as, agent, auth, next.access_token, insecure),
    )
    expect(seen).toMatchObject({
      active: true,
      aud: gmailFront,
      cnf: { jkt: expect.any(String) as string },
    })
    await oauth.processRevocationResponse(
      await oauth.revocationRequest(as, agent, auth, next.access_token, insecure),
    )
    const gone = await oauth.processIntrospectionResponse(
      as,
      agent,
      await oauth.introspectionRequest(as, agent, auth, next.access_token, insecure),
    )
    expect(gone.active).toBe(false)
  })

  it('accepts the metadata as OpenID Connect too', async () => {
    const issuer = new URL(server.issuer)
    const response = await oauth.discoveryRequest(issuer, { algorithm: 'oidc', ...insecure })
    expect(await oauth.processDiscoveryResponse(issuer, response)).toMatchObject({
      issuer: server.issuer,
    })
  })
})
