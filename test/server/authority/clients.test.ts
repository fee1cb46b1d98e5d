import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { mayFetchMetadata } from '../../../server/authority/clients.ts'
import {
  addPublicAgent,
  RawAgent,
  readAcme,
  redirectUri,
  register,
  toTokens,
} from '../../support/oauth-agent.ts'
import {
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'

const documentUrl = 'https://agent.test/client.json'
const documents = new Map<string, () => Response>()
const fetched: string[] = []
let server: TestAuthority
let buyer: TestBuyer
beforeAll(async () => {
  server = await startAuthority({
    fetch: async (url) => {
      const address = url instanceof Request ? url.url : String(url)
      fetched.push(address)
      await Promise.resolve()
      return documents.get(address)?.() ?? new Response('none', { status: 404 })
    },
  })
  buyer = await server.addBuyer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

function publish(url: string, metadata: Record<string, unknown>): void {
  documents.set(url, () => Response.json({ client_id: url, ...metadata }))
}

describe('dynamic registration (RFC 7591)', () => {
  it('gives a client what it needs and no key to change itself later', async () => {
    const { status, body } = await register(server)
    expect(status).toBe(201)
    expect(body).toMatchObject({ client_name: 'Support Agent', token_endpoint_auth_method: 'none' })
    expect(body['registration_access_token']).toBe(undefined)
    const managed = await fetch(`${server.issuer}/oauth/register/${String(body['client_id'])}`, {
      method: 'PUT',
    })
    expect(managed.status).toBe(404)
  })

  it.each([
    ['an http address that is not this machine', { redirect_uris: ['http://evil.example/cb'] }],
    ['an address with a password in it', { redirect_uris: ['https://user:pass@evil.example/cb'] }],
    [
      'a script for an address',
      { redirect_uris: ['javascript:alert(1)'], application_type: 'native' },
    ],
    [
      'eleven addresses',
      { redirect_uris: Array.from({ length: 11 }, (_, i) => `https://a.test/${i}`) },
    ],
    ['addresses that are numbers', { redirect_uris: [1] }],
    ['no address', { redirect_uris: [] }],
    ['a name that fills the page', { client_name: 'x'.repeat(121) }],
    ['a name that is no text', { client_name: { evil: true } }],
    ['a name that is half a character', { client_name: '\ud83d' }],
    ['a name with a character that ends strings', { client_name: 'a\0b' }],
    ['a software id that is no text', { software_id: ['x'] }],
    ['the implicit grant', { grant_types: ['implicit'], response_types: ['token'] }],
    ['an unknown scope', { scope: 'everything' }],
    ['another type of details', { authorization_details_types: ['payment'] }],
    [
      'a secret key in its key set',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [{ kty: 'oct', k: 'AA' }] } },
    ],
  ])('refuses %s', async (_, metadata) => {
    const { status, body } = await register(server, metadata)
    expect(status).toBe(400)
    expect(body['error']).toMatch(/^invalid_(client_metadata|redirect_uri|request)$/)
    expect(JSON.stringify(body)).not.toContain('node_modules')
  })

  it.each([
    ['text', 'nothing', 'application/json'],
    ['a list', '[]', 'application/json'],
    ['a form', 'client_name=x', 'application/x-www-form-urlencoded'],
    [
      'more than it reads',
      JSON.stringify({ client_name: 'x'.repeat(200_000) }),
      'application/json',
    ],
  ])('answers %s with an error of its own form', async (_, body, type) => {
    const response = await fetch(`${server.issuer}/oauth/register`, {
      method: 'POST',
      body,
      headers: { 'content-type': type },
    })
    expect(response.status).toBeGreaterThanOrEqual(400)
    expect(response.status).toBeLessThan(500)
    expect(await response.json()).toMatchObject({ error: expect.any(String) as string })
  })

  it('forgets a client after a day, unless a buyer trusted it', async () => {
    const idle = await addPublicAgent(server)
    const used = await addPublicAgent(server)
    await used.obtainTokens(buyer, [readAcme])
    const rows = await server.db
      .selectFrom('oidc_payloads')
      .select(['id', 'expires_at'])
      .where('model', '=', 'Client')
      .execute()
    const expiryOf = (id: string): Date | null | undefined =>
      rows.find((row) => row.id === id)?.expires_at
    expect(expiryOf(used.clientId)).toBe(null)
    expect(
      Math.abs((expiryOf(idle.clientId)?.getTime() ?? 0) - Date.now() - 86_400_000),
    ).toBeLessThan(60_000)
  })

  it('may be called by an agent that lives in a browser', async () => {
    const preflight = await fetch(`${server.issuer}/oauth/register`, {
      method: 'OPTIONS',
      headers: { origin: 'https://app.test', 'access-control-request-method': 'POST' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect((await register(server)).headers.get('access-control-allow-origin')).toBe('*')
  })

  it('ends for one address after so many in an hour', async () => {
    await using strict = await startAuthority({ registrationsPerHour: 2 })
    const statuses = []
    for (let i = 0; i < 3; i++) statuses.push((await register(strict)).status)
    expect(statuses).toEqual([201, 201, 429])
  })
})

describe('a client id metadata document', () => {
  it('stands for a registration', async () => {
    publish(documentUrl, {
      client_name: 'Published Agent',
      redirect_uris: [redirectUri],
      token_endpoint_auth_method: 'none',
    })
    const agent = new RawAgent(server, documentUrl)
    const { body } = await agent.obtainTokens(buyer, [readAcme])
    expect(body).toMatchObject({ token_type: 'Bearer', authorization_details: [readAcme] })
  })

  it.each([
    [
      'names another client',
      () =>
        Response.json({ client_id: 'https://agent.test/other.json', redirect_uris: [redirectUri] }),
    ],
    [
      'is a redirect',
      () => new Response(null, { status: 302, headers: { location: documentUrl } }),
    ],
    ['is no JSON', () => new Response('<html>')],
    [
      'is too large',
      () =>
        Response.json({
          client_id: 'https://agent.test/bad.json',
          client_name: 'x'.repeat(10_000),
        }),
    ],
    [
      'has a secret',
      () =>
        Response.json({
          client_id: 'https://agent.test/bad.json',
          redirect_uris: [redirectUri],
          client_secret: 'x',
        }),
    ],
    [
      'returns over plain http',
      () =>
        Response.json({
          client_id: 'https://agent.test/bad.json',
          redirect_uris: ['http://evil.example'],
        }),
    ],
  ])('that %s is refused', async (_, answer) => {
    const url = 'https://agent.test/bad.json'
    documents.set(url, answer)
    const { pushed } = await new RawAgent(server, url).propose([readAcme])
    expect(pushed.status).toBeGreaterThanOrEqual(400)
    expect(pushed.status).toBeLessThan(500)
    expect(pushed.body['error']).toMatch(/^invalid_(client|redirect_uri)/)
  })

  it('is fetched only from what looks like an agent’s home', async () => {
    for (const id of [
      'https://agent.test/',
      'https://localhost/c.json',
      'https://10.0.0.1/c.json',
      'https://agent.test:8443/c.json',
      'http://agent.test/c.json',
      `https://agent.test/${'x'.repeat(600)}`,
    ]) {
      expect(mayFetchMetadata(id)).toBe(false)
      const { pushed } = await new RawAgent(server, id).propose([readAcme])
      expect([400, 401]).toContain(pushed.status)
      expect(pushed.body['error']).toBe('invalid_client')
    }
    expect(fetched.filter((url) => !url.startsWith('https://agent.test/'))).toEqual([])
    expect(mayFetchMetadata(documentUrl)).toBe(true)
  })
})

describe('a script in a browser', () => {
  it('reads token answers only on the pages of a public client', async () => {
    const agent = await addPublicAgent(server, { redirect_uris: [redirectUri] })
    const { code, verifier } = await agent.obtainCode(buyer, [readAcme])
    const elsewhere = await agent.redeem(code, verifier, {}, { origin: 'https://evil.example' })
    expect(elsewhere.status).toBe(400)
    expect(elsewhere.headers.get('access-control-allow-origin')).toBe(null)
    const home = await agent.redeem(code, verifier, {}, { origin: 'https://agent.test' })
    toTokens(home)
    expect(home.headers.get('access-control-allow-origin')).toBe('https://agent.test')
  })
})
