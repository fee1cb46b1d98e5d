import { auth, gmail } from '@googleapis/gmail'
import * as oauth from 'oauth4webapi'
import * as client from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { inspect } from '../../capabilities/index.ts'
import { createUsedProofs } from '../../server/state/used-proofs.ts'
import { SEED } from '../fakes/gmail/index.ts'
import { startTestFront, type TestFront } from '../support/front.ts'
import { readAll, redirectUri } from '../support/oauth-agent.ts'
import {
  gmailFront,
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../support/oauth-authority.ts'
import { Browser } from '../support/oauth-browser.ts'

const path = `/gmail/v1/users/me/messages/${SEED.supportThread.id}`

let server: TestAuthority
let buyer: TestBuyer
let front: TestFront
beforeAll(async () => {
  server = await startAuthority({ dpopNonceRequired: true })
  buyer = await server.addBuyer()
  const { db, keys } = server
  front = await startTestFront({
    ports: () => ({ rootKeys: keys.rootKeys, usedProofs: createUsedProofs(db) }),
    front: { resource: gmailFront, dpopNonces: { key: Buffer.alloc(32, 9), required: true } },
  })
})
beforeEach(() => {
  front.gmail.reset()
})
afterAll(async () => {
  await front.close()
  await server[Symbol.asyncDispose]()
})

/** the proxy in front of the front: its public origin is not where it listens */
const route: typeof fetch = async (input, init) =>
  fetch(input instanceof Request ? input : String(input).replace(gmailFront, front.url), init)

const throughProxy = {
  [oauth.customFetch]: async (url: string, init: object) => route(url, init),
  [oauth.allowInsecureRequests]: true,
}

interface Agent {
  readonly config: client.Configuration
  readonly token: string
  readonly keys: client.CryptoKeyPair
  readonly handle: client.DPoPHandle
}

async function hire(): Promise<Agent> {
  const config = await client.dynamicClientRegistration(
    new URL(server.issuer),
    { redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' },
    client.None(),
    {
      [client.customFetch]: async (url, options) => route(url, options as RequestInit),
      execute: [client.allowInsecureRequests],
      algorithm: 'oauth2',
    },
  )
  const keys = await client.randomDPoPKeyPair('ES256', { extractable: true })
  const handle = client.getDPoPHandle(config, keys)
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const expectedState = client.randomState()
  const url = await client.buildAuthorizationUrlWithPAR(
    config,
    {
      redirect_uri: redirectUri,
      resource: gmailFront,
      authorization_details: JSON.stringify([readAll]),
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      state: expectedState,
    },
    { DPoP: handle },
  )
  const arrivedAt = await new Browser(buyer).arrive(url)
  const checks = { pkceCodeVerifier, expectedState }
  const tokens = await client.authorizationCodeGrant(
    config,
    arrivedAt,
    checks,
    {},
    { DPoP: handle },
  )
  expect(tokens.token_type).toBe('dpop')
  return { config, token: tokens.access_token, keys, handle }
}

describe('stock clients with a key, from the proposal to the mailbox, where nonces are required', () => {
  it('openid-client reads, call after call, each with a proof of its own', async () => {
    const { config, token, handle } = await hire()
    for (let call = 0; call < 3; call++) {
      const url = new URL(gmailFront + path)
      const response = await client.fetchProtectedResource(
        config,
        token,
        url,
        'GET',
        undefined,
        undefined,
        { DPoP: handle },
      )
      expect(response.status).toBe(200)
      expect(await response.json()).toMatchObject({ id: SEED.supportThread.id })
    }
    expect(front.gmail.requests).toHaveLength(3)
  })

  it('oauth4webapi is told to use a nonce, and what is wrong with a bearer', async () => {
    const { token, keys } = await hire()
    const handle = oauth.DPoP({}, keys)
    const read = async (DPoP?: oauth.DPoPHandle): Promise<Response> =>
      oauth.protectedResourceRequest(token, 'GET', new URL(gmailFront + path), undefined, null, {
        ...(DPoP && { DPoP }),
        ...throughProxy,
      })
    const first: unknown = await read(handle).catch((error: unknown) => error)
    expect(front.gmail.requests).toEqual([])
    expect(oauth.isDPoPNonceError(first)).toBe(true)
    expect((await read(handle)).status).toBe(200)

    front.gmail.reset()
    const stolen: unknown = await read().catch((error: unknown) => error)
    expect(front.gmail.requests).toEqual([])
    if (!(stolen instanceof oauth.WWWAuthenticateChallengeError)) throw new Error('no challenge')
    expect(stolen.cause).toMatchObject([
      { scheme: 'bearer', parameters: { error: 'invalid_token' } },
      { scheme: 'dpop', parameters: { algs: 'ES256 Ed25519 EdDSA' } },
    ])
  })

  it('Google’s client reads, given a fetch that signs each request', async () => {
    const { token, keys } = await hire()
    expect(inspect(token).lineage[0]?.checks.some((check) => check.includes('cnf_jkt'))).toBe(true)
    const credentials = new auth.OAuth2({
      transporterOptions: { fetchImplementation: signingFetch(token, oauth.DPoP({}, keys)) },
    })
    credentials.setCredentials({ access_token: token })
    const google = gmail({ version: 'v1', auth: credentials, rootUrl: gmailFront, retry: false })
    const { data } = await google.users.messages.get({ userId: 'me', id: SEED.supportThread.id })
    expect(data.threadId).toBe(SEED.supportThread.threadId)
    const { data: list } = await google.users.messages.list({ userId: 'me', maxResults: 2 })
    expect(list.messages).toHaveLength(2)
  })
})

/** what an agent’s author would write: a fetch that proves the key, under Google’s own client */
function signingFetch(token: string, DPoP: oauth.DPoPHandle): typeof fetch {
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    const headers = new Headers(init?.headers)
    // Google’s client writes its own, as a bearer
    headers.delete('authorization')
    const call = async (): Promise<Response> =>
      oauth.protectedResourceRequest(token, init?.method ?? 'GET', url, headers, null, {
        ...throughProxy,
        DPoP,
      })
    try {
      return await call()
    } catch (error) {
      if (!oauth.isDPoPNonceError(error)) throw error
      return call()
    }
  }
}
