import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { rawGet, sendRaw } from '../support/raw-http.ts'
import { STOCK_CLIENTS } from './hubspot/client.ts'
import { SEED, startFakeHubspot, type FakeHubspot } from './hubspot/index.ts'
import { ask } from './hubspot/request.ts'

let now = Date.parse('2026-11-25T12:00:00Z')
let fake: FakeHubspot

beforeAll(async () => {
  fake = await startFakeHubspot({ now: () => now })
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

function raw(target: string, ...headers: string[]): ReturnType<typeof sendRaw> {
  return sendRaw(Number(new URL(fake.url).port), rawGet(target, headers))
}

const MARA = '/crm/v3/objects/contacts/501'

describe('the API', () => {
  test('lets in whoever brings the access token, which is a random one', async () => {
    expect(fake.accessToken).toMatch(/^pat-eu1-[-0-9a-f]{36}$/)
    const answer = await raw(MARA, `Authorization: Bearer ${fake.accessToken}`)
    expect(answer.status).toBe(200)
  })

  test.each([
    ['no token', MARA, () => []],
    ['an unknown token', MARA, () => ['Authorization: Bearer pat-eu1-x']],
    ['another scheme', MARA, () => [`Authorization: Basic ${fake.accessToken}`]],
    ['a scheme in lower case', MARA, () => [`Authorization: bearer ${fake.accessToken}`]],
    [
      'two tokens',
      MARA,
      () => [`Authorization: Bearer ${fake.accessToken}`, 'Authorization: Bearer x'],
    ],
    [
      'a key in the query',
      `${MARA}?hapikey=x`,
      () => [`Authorization: Bearer ${fake.accessToken}`],
    ],
  ] as const)('refuses %s, in its own shape, and writes it down', async (_, target, headers) => {
    const answer = await raw(target, ...headers())
    expect(answer.status).toBe(401)
    expect(answer.body).toContain('"category":"INVALID_AUTHENTICATION"')
    expect(fake.requests[0]).toMatchObject({ target, status: 401, route: 'objects.get' })
  })

  test.each([
    '/crm//v3/objects/companies/../contacts/501/',
    '/crm/v3/objects/companies/%2e%2e/contacts%2f501',
    '/crm/v3/objects/companies%2f..%2fcontacts/501',
    'http://elsewhere.example/crm/v3/objects/contacts/501',
    '/crm/v3/objects/contacts/501?',
  ])('resolves %s, and writes it down as it came', async (target) => {
    const answer = await raw(target, `Authorization: Bearer ${fake.accessToken}`)
    expect(answer.body).toContain('mara@guest.example')
    expect(fake.requests[0]?.target).toBe(target)
  })

  test('obeys a verb in a header', async () => {
    const override = { 'x-http-method-override': 'DELETE' }
    await ask(fake, `GET ${MARA}`, undefined, override)
    expect(fake.crm.find('contacts', SEED.mara)?.archivedAt).toBeDefined()
    expect(fake.effects).toHaveLength(1)
  })

  test.each(['text/plain', 'application/x-www-form-urlencoded'])(
    'takes no body that says it is %s',
    async (type) => {
      const body = { properties: { city: 'Ulm' } }
      const answer = await ask(fake, `PATCH ${MARA}`, body, { 'content-type': type })
      expect(answer.status).toBe(415)
      expect(fake.crm.value('contacts', SEED.mara, 'city')).toBe('Bremen')
    },
  )

  test('refuses what is no JSON', async () => {
    const answer = await fetch(`${fake.url}${MARA}`, {
      method: 'PATCH',
      headers: {
        authorization: `Bearer ${fake.accessToken}`,
        'content-type': 'application/json',
      },
      body: '{"properties":',
    })
    expect(answer.status).toBe(400)
    expect(fake.requests[0]?.json).toBeUndefined()
  })
})

describe.each(STOCK_CLIENTS)('an OAuth connection of %s', (_, createClient) => {
  const grant = async (changes: Record<string, string> = {}): Promise<string> => {
    const { clientId, clientSecret, refreshToken } = fake.tokenEndpoint
    const answer = await createClient(fake).oauth.tokensApi.create(
      'refresh_token',
      undefined,
      undefined,
      changes['client'] ?? clientId,
      changes['secret'] ?? clientSecret,
      changes['refresh'] ?? refreshToken,
    )
    return answer.accessToken
  }

  test('gets a token that ends', async () => {
    const token = await grant()
    const { basicApi } = createClient(fake, token).crm.contacts
    expect((await basicApi.getById(SEED.mara)).id).toBe(SEED.mara)
    now += 1801 * 1000
    await expect(basicApi.getById(SEED.mara)).rejects.toMatchObject({ code: 401 })
    expect(fake.tokenEndpoint.requests[0]?.body).toContain('grant_type=refresh_token')
  })

  test('is refused without what it needs', async () => {
    await expect(grant({ client: 'x' })).rejects.toMatchObject({ code: 400 })
    await expect(grant({ secret: 'x' })).rejects.toMatchObject({ code: 400 })
    await expect(grant({ refresh: 'x' })).rejects.toMatchObject({ code: 400 })
  })

  test('is over when it was revoked, and waits when HubSpot is not there', async () => {
    fake.tokenEndpoint.behaviour = 'revoked'
    await expect(grant()).rejects.toMatchObject({ body: { status: 'BAD_REFRESH_TOKEN' } })
    fake.tokenEndpoint.behaviour = 'server_error'
    await expect(grant()).rejects.toMatchObject({ code: 500 })
  })
})

test.each(['v1', 'v3', '2026-03'])(
  'a refresh token may change at each use (%s)',
  async (version) => {
    const { clientId, clientSecret, refreshToken } = fake.tokenEndpoint
    const refresh = async (token: string): Promise<Response> =>
      fetch(`${fake.url}/oauth/${version}/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'refresh_token',
          client_id: clientId,
          client_secret: clientSecret,
          refresh_token: token,
        }),
      })
    fake.tokenEndpoint.behaviour = 'rotate'
    const answer = (await (await refresh(refreshToken)).json()) as Record<string, string>
    expect(answer['refresh_token']).not.toBe(refreshToken)
    expect((await refresh(refreshToken)).status).toBe(400)
    expect((await refresh(answer['refresh_token'] ?? '')).status).toBe(200)
  },
)

test('tokens that were given can all be taken back', async () => {
  const { accessToken, tokenEndpoint, url } = await startFakeHubspot()
  tokenEndpoint.revokeAccessTokens()
  expect((await ask({ url, accessToken }, `GET ${MARA}`)).status).toBe(401)
})
