import { createHash, randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { consentAt } from './consent-screen.ts'
import { startFakeGmail, type FakeGmail } from './gmail/index.ts'
import { OTHER_ACCOUNT } from './gmail/token-endpoint.ts'

const redirectUri = 'http://127.0.0.1:9/callback'
const google = (name: string): string => `https://www.googleapis.com/auth/gmail.${name}`
const verifier = randomBytes(32).toString('base64url')
let fake: FakeGmail
let now = Date.UTC(2026, 10, 20)

beforeAll(async () => {
  fake = await startFakeGmail({ now: () => now, seed: 'empty' })
  fake.tokenEndpoint.consent.redirectUris.add(redirectUri)
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

function authorizeUrl(changes: Record<string, string | undefined> = {}): string {
  const parameters = {
    client_id: fake.tokenEndpoint.clientId,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: google('readonly'),
    state: 'a state',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    access_type: 'offline',
    ...changes,
  }
  const given = Object.entries(parameters).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  return `${fake.authorizeUrl}?${new URLSearchParams(given).toString()}`
}

async function redeem(
  location: string,
  changes: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const answer = await fetch(fake.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: fake.tokenEndpoint.clientId,
      client_secret: fake.tokenEndpoint.clientSecret,
      redirect_uri: redirectUri,
      code_verifier: verifier,
      code: new URL(location).searchParams.get('code') ?? '',
      ...changes,
    }),
  })
  return (await answer.json()) as Record<string, unknown>
}

describe('the consent screen', () => {
  test.each([
    ['another client', { client_id: 'x' }],
    ['an address that is not registered', { redirect_uri: `${redirectUri}/` }],
    ['no state', { state: undefined }],
    ['no proof', { code_challenge: undefined }],
    ['a plain proof', { code_challenge_method: 'plain' }],
    ['another flow', { response_type: 'token' }],
    ['a scope that there is not', { scope: google('everything') }],
    ['a parameter that it does not know', { resource: 'x' }],
  ])('sends nobody back for %s', async (_, changes) => {
    const answer = await fetch(authorizeUrl(changes), { redirect: 'manual' })
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.headers.get('location')).toBeNull()
  })

  test('lets its owner choose the account and leave out scopes, or say no', async () => {
    const scope = `${google('readonly')} ${google('send')}`
    const back = await consentAt(authorizeUrl({ scope }), {
      account: OTHER_ACCOUNT,
      untick: [google('send')],
    })
    expect(new URL(back).searchParams.get('state')).toBe('a state')
    const { access_token: token, scope: granted } = await redeem(back)
    expect(granted).toBe(google('readonly'))
    const profile = await fetch(`${fake.url}/gmail/v1/users/me/profile`, {
      headers: { authorization: `Bearer ${String(token)}` },
    })
    expect(await profile.json()).toMatchObject({ emailAddress: OTHER_ACCOUNT })
    const no = new URL(await consentAt(authorizeUrl(), { deny: true })).searchParams
    expect([no.get('error'), no.get('code')]).toEqual(['access_denied', null])
  })

  test.each([
    ['another proof', { code_verifier: randomBytes(32).toString('base64url') }],
    ['another address', { redirect_uri: `${redirectUri}?x` }],
    ['a code that was never given', { code: '4/0A' }],
  ])('gives nothing for %s', async (_, changes) => {
    const back = await consentAt(authorizeUrl())
    expect(await redeem(back, changes)).toMatchObject({ error: 'invalid_grant' })
  })

  test('gives nothing after a minute, and takes everything back when a code comes twice', async () => {
    const late = await consentAt(authorizeUrl())
    now += 60_000
    expect(await redeem(late)).toMatchObject({ error: 'invalid_grant' })
    const back = await consentAt(authorizeUrl())
    const { access_token: token } = await redeem(back)
    expect(fake.accessTokens).toContain(token)
    expect(await redeem(back)).toMatchObject({ error: 'invalid_grant' })
    expect(fake.accessTokens).not.toContain(token)
  })

  test('gives a second refresh token only to whoever asks her again', async () => {
    expect(await redeem(await consentAt(authorizeUrl()))).toHaveProperty('refresh_token')
    expect(await redeem(await consentAt(authorizeUrl()))).not.toHaveProperty('refresh_token')
    const again = await consentAt(authorizeUrl({ prompt: 'consent' }))
    expect(await redeem(again)).toHaveProperty('refresh_token')
  })

  test('a token does what its scopes cover and nothing else', async () => {
    const { access_token: token } = await redeem(await consentAt(authorizeUrl()))
    const send = await fetch(`${fake.url}/gmail/v1/users/me/messages/send`, {
      method: 'POST',
      headers: { authorization: `Bearer ${String(token)}`, 'content-type': 'application/json' },
      body: '{"raw":""}',
    })
    expect(send.status).toBe(403)
    expect(fake.sent).toEqual([])
  })
})
