import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { startFakeGmail, type FakeGmail } from './gmail/index.ts'

let fake: FakeGmail
let now = Date.UTC(2026, 10, 20)

beforeAll(async () => {
  fake = await startFakeGmail({ now: () => now, seed: 'empty' })
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

interface TokenAnswer {
  readonly status: number
  readonly access_token?: string
  readonly expires_in?: number
  readonly error?: string
}

async function refresh(
  changes: Readonly<Record<string, string>> = {},
  patienceMilliseconds = 10_000,
): Promise<TokenAnswer> {
  const answer = await fetch(fake.tokenUrl, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: fake.tokenEndpoint.clientId,
      client_secret: fake.tokenEndpoint.clientSecret,
      refresh_token: fake.tokenEndpoint.refreshToken,
      ...changes,
    }),
    signal: AbortSignal.timeout(patienceMilliseconds),
  })
  return { status: answer.status, ...((await answer.json()) as Omit<TokenAnswer, 'status'>) }
}

async function profile(authorization: string): Promise<Response> {
  return fetch(`${fake.url}/gmail/v1/users/me/profile`, { headers: { authorization } })
}

describe('the token endpoint', () => {
  test('gives access tokens that the API accepts until they expire', async () => {
    const { access_token: token = '', expires_in: seconds = 0 } = await refresh()
    expect(fake.accessTokens).toContain(token)
    expect((await profile(`Bearer ${token}`)).status).toBe(200)
    now += seconds * 1000
    expect((await profile(`Bearer ${token}`)).status).toBe(401)
  })

  test.each([
    [{ refresh_token: 'other' }, 400, 'invalid_grant'],
    [{ client_secret: 'other' }, 401, 'invalid_client'],
    [{ client_id: 'other' }, 401, 'invalid_client'],
    [{ grant_type: 'password' }, 400, 'unsupported_grant_type'],
  ])('refuses %o', async (changes, status, error) => {
    expect(await refresh(changes)).toMatchObject({ status, error })
  })

  test('can say that the buyer withdrew the consent, break down, or never answer', async () => {
    fake.tokenEndpoint.behaviour = 'invalid_grant'
    expect(await refresh()).toMatchObject({ status: 400, error: 'invalid_grant' })
    fake.tokenEndpoint.behaviour = 'server_error'
    expect(await refresh()).toMatchObject({ status: 500 })
    fake.tokenEndpoint.behaviour = 'hang'
    await expect(refresh({}, 200)).rejects.toThrow('timeout')
  })

  test('keeps its requests apart from the API’s', async () => {
    await refresh()
    expect(fake.tokenEndpoint.requests).toHaveLength(1)
    expect(fake.requests).toEqual([])
  })
})

describe('the API', () => {
  test.each([
    ['bearer in lower case', (token: string) => `bearer ${token}`],
    ['two blanks', (token: string) => `Bearer  ${token}`],
    ['the token alone', (token: string) => token],
    ['something after it', (token: string) => `Bearer ${token}, Bearer x`],
    ['another token', () => 'Bearer ya29.other'],
  ])('does not accept %s', async (_, header) => {
    const answer = await profile(header(fake.accessToken))
    expect(answer.status).toBe(401)
    expect(answer.headers.get('www-authenticate')).toContain('error="invalid_token"')
    expect(await answer.json()).toMatchObject({
      error: { code: 401, status: 'UNAUTHENTICATED', errors: [{ reason: 'authError' }] },
    })
  })

  test('accepts nothing after the owner signed every application out', async () => {
    await using other = await startFakeGmail({ seed: 'empty' })
    other.tokenEndpoint.revokeAccessTokens()
    const answer = await fetch(`${other.url}/gmail/v1/users/me/profile`, {
      headers: { authorization: `Bearer ${other.accessToken}` },
    })
    expect(answer.status).toBe(401)
  })
})
