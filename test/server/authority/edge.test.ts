import { request } from 'node:http'
import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeProtectedHeader } from 'jose'
import { verifyToken } from '../../../capabilities/index.ts'
import {
  addConfidentialAgent,
  addPublicAgent,
  readAcme,
  toTokens,
} from '../../support/oauth-agent.ts'
import {
  startAuthority,
  type TestAuthority,
  type TestBuyer,
} from '../../support/oauth-authority.ts'

let server: TestAuthority
let buyer: TestBuyer
beforeAll(async () => {
  server = await startAuthority()
  buyer = await server.addBuyer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})

const discovery = '/.well-known/oauth-authorization-server'

describe('the name of the server', () => {
  it('is pinned: metadata is not built from another Host', async () => {
    const { status, body } = await ask({ host: 'evil.example' }, discovery)
    expect(status).toBe(421)
    expect(body).not.toContain('evil.example')
  })

  it('is pinned against an absolute request target, which wins over Host', async () => {
    const { status, body } = await ask({}, `http://evil.example${discovery}`)
    expect(status).toBe(421)
    expect(body).not.toContain('evil.example')
  })

  it('is not taken from a proxy’s headers when there is no proxy', async () => {
    const { status, body } = await ask(
      { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
      discovery,
    )
    expect(status).toBe(200)
    expect(body).not.toContain('evil.example')
  })
})

describe('metadata', () => {
  it.each([discovery, '/.well-known/openid-configuration'])(
    'at %s says what the server does',
    async (path) => {
      const metadata = (await (await fetch(server.issuer + path)).json()) as Record<string, unknown>
      expect(metadata).toMatchObject({
        issuer: server.issuer,
        pushed_authorization_request_endpoint: `${server.issuer}/oauth/par`,
        registration_endpoint: `${server.issuer}/oauth/register`,
        biscuit_web_keys_uri: `${server.issuer}/.well-known/biscuit-web-keys`,
        authorization_details_types_supported: ['gmail'],
        authorization_response_iss_parameter_supported: true,
        client_id_metadata_document_supported: true,
        code_challenge_methods_supported: ['S256'],
        response_types_supported: ['code'],
      })
      expect(metadata['grant_types_supported']).toEqual(
        expect.arrayContaining([
          'authorization_code',
          'refresh_token',
          'urn:ietf:params:oauth:grant-type:token-exchange',
        ]),
      )
      expect(metadata['scopes_supported']).toContain('gmail.messages.read')
    },
  )

  it('publishes the public root keys, with which anybody can verify a token', async () => {
    const agent = await addPublicAgent(server)
    const { accessToken } = await agent.obtainTokens(buyer, [readAcme])
    const response = await fetch(`${server.issuer}/.well-known/biscuit-web-keys`)
    const keys = (await response.json()) as {
      algorithm: string
      key_id: number
      key_bytes: string
    }[]
    expect(response.headers.get('access-control-allow-origin')).toBe('*')
    expect(
      keys.every((key) => Object.keys(key).sort().join() === 'algorithm,key_bytes,key_id'),
    ).toBe(true)
    const found = verifyToken(accessToken, {
      find: (id) => {
        const key = keys.find(({ key_id: keyId }) => keyId === id)
        return key && Buffer.from(key.key_bytes, 'hex')
      },
    })
    expect(found.ok).toBe(true)
    expect((await fetch(response.url, { method: 'POST' })).status).toBe(405)
  })

  it('publishes no private part of a signing key', async () => {
    const { keys } = (await (await fetch(`${server.issuer}/oauth/jwks`)).json()) as {
      keys: Record<string, unknown>[]
    }
    expect(keys.length).toBeGreaterThan(0)
    for (const key of keys) expect(key).not.toHaveProperty('d')
  })
})

describe('every answer', () => {
  it('carries the headers that keep browsers from guessing', async () => {
    const { headers } = await fetch(server.issuer + discovery)
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
    expect(headers.get('strict-transport-security')).toBe(null)
  })

  it.each([
    ['GET', '/nowhere', undefined, 404],
    ['DELETE', '/oauth/token', undefined, 404],
    ['GET', '/oauth/authorize', undefined, 400],
    ['GET', '/oauth/authorize?client_id=%00&request_uri=%ff', undefined, 400],
    ['GET', '/oauth/authorize?client_id=a&client_id=b', undefined, 400],
    ['GET', '/oauth/authorize/nobody', undefined, 400],
    ['POST', '/oauth/token', 'grant_type=authorization_code', 400],
    ['POST', '/oauth/token', 'client_id=nobody&grant_type=refresh_token&refresh_token=x', 401],
    ['POST', '/oauth/token', 'client_id=nobody&grant_type=%00', 401],
    ['POST', '/oauth/token', `client_id=${'x'.repeat(100_000)}`, 400],
    ['POST', '/oauth/token', '%%%', 400],
    ['POST', '/oauth/par', '', 400],
    ['POST', '/oauth/introspect', 'token=x', 400],
    ['POST', '/oauth/revoke', 'token=x', 400],
    ['GET', '/oauth/userinfo', undefined, 401],
    ['GET', '/%', undefined, 404],
  ])('to bad input is an error of the right form: %s %s', async (method, path, body, status) => {
    const response = await fetch(server.issuer + path, {
      method,
      headers: {
        accept: 'application/json',
        ...(body !== undefined && { 'content-type': 'application/x-www-form-urlencoded' }),
      },
      ...(body !== undefined && { body }),
    })
    const text = await response.text()
    expect({ status: response.status, text }).toMatchObject({ status })
    expect(text).not.toMatch(/node_modules|at .*\(|\.js:\d/)
    expect(() => JSON.parse(text) as unknown).not.toThrow()
  })

  it('to a state that is no text is an error of the right form', async () => {
    const agent = await addPublicAgent(server)
    const { url } = await agent.propose([readAcme], { state: 'a\0b' })
    const response = await fetch(url, {
      redirect: 'manual',
      headers: { accept: 'application/json' },
    })
    expect(response.status).toBeLessThan(500)
    expect(server.events.filter(({ event }) => event === 'authority_error')).toEqual([])
  })

  it('to a body in another language is an error of the right form', async () => {
    for (const type of ['application/json', 'multipart/form-data; boundary=x', 'text/plain']) {
      const response = await fetch(`${server.issuer}/oauth/token`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: '{}',
      })
      expect(response.status).toBe(400)
      expect(await response.json()).toMatchObject({ error: 'invalid_request' })
    }
  })

  it('to a person is text, in which nothing is markup', async () => {
    const response = await fetch(
      `${server.issuer}/oauth/authorize?client_id=<script>alert(1)</script>`,
      { headers: { accept: 'text/html' } },
    )
    expect(response.headers.get('content-type')).toMatch(/^text\/plain/)
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(response.status).toBe(400)
  })

  it('to a broken connection is nothing, and the next one works', async () => {
    for (const start of [
      'POST /oauth/token HTTP/1.1\r\n',
      'POST /oauth/par HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nab',
      '\x00\x01',
    ]) {
      const socket = connect(server.port, '127.0.0.1')
      await new Promise<void>((resolve) => socket.write(start, () => resolve()))
      socket.destroy()
    }
    expect((await fetch(server.issuer + discovery)).status).toBe(200)
  })
})

describe('rotating keys', () => {
  it('goes on accepting what the old ones signed, and ends what a retired one signed', async () => {
    await using own = await startAuthority()
    const owner = await own.addBuyer()
    const agent = await addConfidentialAgent(own)
    const first = await agent.obtainTokens(owner, [readAcme], { fields: { scope: 'openid' } })
    const before = own.authority.provider
    const oldRoot = own.keys.currentRoot().id
    await own.keys.rotate('biscuit-root')
    await own.keys.rotate('oidc-signing')
    // the new keys are published at once and sign some seconds later; here they may sign now
    await own.db
      .updateTable('signing_keys')
      .set({ active_from: new Date(Date.now() - 1) })
      .where('active_from', '>', new Date())
      .execute()
    await own.keys.refresh()
    await own.authority.reload()
    expect(own.authority.provider).not.toBe(before)
    expect(own.keys.currentRoot().id).not.toBe(oldRoot)

    expect(await agent.introspect(first.accessToken)).toMatchObject({ active: true })
    const next = toTokens(await agent.refresh(first.refreshToken))
    expect(kidOf(next.body)).not.toBe(kidOf(first.body))
    const { keys } = (await (await fetch(`${own.issuer}/oauth/jwks`)).json()) as {
      keys: { kid: string }[]
    }
    expect(keys.map(({ kid }) => kid)).toEqual(
      expect.arrayContaining([kidOf(first.body), kidOf(next.body)]),
    )

    const retired = own.keys.list().find(({ rootKeyId }) => rootKeyId === oldRoot)
    await own.keys.retire(retired?.id ?? '')
    expect(await agent.introspect(first.accessToken)).toEqual({ active: false })
    expect(await agent.introspect(next.accessToken)).toMatchObject({ active: true })
  })
})

function kidOf(body: Record<string, unknown>): string | undefined {
  return decodeProtectedHeader(String(body['id_token'])).kid
}

/** fetch would not send these */
async function ask(
  headers: Record<string, string>,
  path: string,
): Promise<{ status: number; body: string }> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port: server.port, path, headers }, (response) => {
      let body = ''
      response.on('data', (chunk: Buffer) => (body += chunk.toString()))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}
