import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Browser, Page } from './browser.ts'
import { front, signIn, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const reading = [{ type: 'gmail', actions: ['messages.read'] }]
const address = 'https://agent.test/client.json'
const plain = {
  token_endpoint_auth_method: 'none',
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
}
const documents = new Map<string, Record<string, unknown>>()

let remit: TestConsole
let hers: Browser

beforeAll(async () => {
  remit = await startConsole({
    authority: {
      clients: [
        {
          ...plain,
          client_id: 'house-agent',
          client_name: 'House Agent',
          redirect_uris: ['https://house.example/callback'],
          response_types: ['code'],
          token_endpoint_auth_method: 'none',
        },
      ],
      fetch: async (url) => {
        await Promise.resolve()
        const found = documents.get(url instanceof Request ? url.url : String(url))
        return found ? Response.json(found) : new Response('none', { status: 404 })
      },
    },
  })
  await remit.addBuyer(mara)
  hers = await signIn(remit, mara)
})
afterAll(() => remit.close())

async function open(clientId: string, redirectUri: string): Promise<Page> {
  const response = await fetch(`${remit.origin}/oauth/par`, {
    method: 'POST',
    body: new URLSearchParams({
      client_id: clientId,
      response_type: 'code',
      redirect_uri: redirectUri,
      resource: front,
      code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
      code_challenge_method: 'S256',
      authorization_details: JSON.stringify(reading),
    }),
  })
  const body = (await response.json()) as Record<string, unknown>
  expect(body['error_description']).toBeUndefined()
  const query = new URLSearchParams({
    client_id: clientId,
    request_uri: String(body['request_uri']),
  })
  return hers.follow(await hers.get(`/oauth/authorize?${query.toString()}`))
}

function publish(url: string, metadata: Record<string, unknown>): void {
  documents.set(url, { ...plain, client_id: url, ...metadata })
}

describe('an agent whose id is the address of its metadata', () => {
  test('is as much as whoever controls that site', async () => {
    publish(address, { client_name: 'Doc Agent', redirect_uris: ['https://agent.test/callback'] })
    const page = await open(address, 'https://agent.test/callback')
    expect(page.text).toMatch(
      /Its address is <strong class="agent-text">agent\.test<\/strong>; whoever\s+controls that site is behind it/u,
    )
    expect(page.text).not.toContain('It registered itself')
    expect(page.text).not.toContain('another site than its address')
  })

  test('is not whom it calls itself', async () => {
    const url = 'https://accounts-google.test/client.json'
    publish(url, {
      client_name: 'Google',
      client_uri: 'https://accounts-google.test/',
      redirect_uris: ['https://collector.test/callback'],
    })
    const page = await open(url, 'https://collector.test/callback')
    expect(page.text).toContain('<strong class="agent-text">accounts-google.test</strong>')
    expect(page.text).toContain('another site than its address')
  })

  test('is anybody’s program where the answer stays on her own device', async () => {
    const url = 'https://trusted.test/client.json'
    publish(url, { client_name: 'Trusted', redirect_uris: ['http://127.0.0.1:9/callback'] })
    const page = await open(url, 'http://127.0.0.1:9/callback')
    expect(page.text).toContain('<strong class="agent-text">trusted.test</strong>')
    expect(page.text).not.toMatch(/controls\s+(?:that site|<span)/u)
    expect(page.text).toMatch(
      /any\s+program\s+on\s+your\s+own\s+device\s+can\s+name\s+that\s+address/u,
    )
  })

  test('with look-alike letters in it shows them for what they are', async () => {
    const url = new URL('https://аcme.test/client.json').href
    publish(url, { client_name: 'Acme', redirect_uris: ['http://127.0.0.1:9/callback'] })
    const page = await open(url, 'http://127.0.0.1:9/callback')
    expect(page.text).toContain('<strong class="agent-text">xn--cme-5cd.test</strong>')
    // a program on her own machine is no other site
    expect(page.text).not.toContain('another site than its address')
  })
})

test('an agent of the server’s own settings was added by whoever runs it', async () => {
  const page = await open('house-agent', 'https://house.example/callback')
  expect(page.text).toContain('It was added by whoever runs this server.')
})
