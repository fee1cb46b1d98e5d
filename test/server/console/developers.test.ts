import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { parseCapabilities } from '../../../capabilities/index.ts'
import {
  documentExample,
  PROPOSALS,
  registrationExample,
  sdkExample,
  stockExample,
} from '../../../server/console/developers/examples.ts'
import { checkExamples } from '../../../scripts/sdk-reference/examples.ts'
import { readSdk } from '../../../scripts/sdk-reference/read.ts'
import { createHash } from 'node:crypto'
import { fieldsOf, type Browser, type Page } from './browser.ts'
import { front, password, signIn, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const eve = 'eve@shop.example'
const minutes = 60_000
const fronts = [
  { provider: 'gmail' as const, resource: front },
  { provider: 'hubspot' as const, resource: 'http://127.0.0.1:4002' },
  { provider: 'stripe' as const, resource: 'http://127.0.0.1:4003' },
]

let now = Date.now()
let remit: TestConsole
let hers: Browser
let buyer: { id: string }

beforeAll(async () => {
  remit = await startConsole({ now: () => now })
  buyer = await remit.addBuyer(mara)
  await remit.addBuyer(eve)
})
afterAll(() => remit.close())
beforeEach(async () => {
  await remit.database.db.deleteFrom('registered_clients').execute()
  hers = await signIn(remit, mara)
})

const filled = {
  name: 'Parcel Agent',
  redirect_uris: 'https://agent.example/callback',
  kind: 'public',
}

async function register(changes: Record<string, string> = {}, browser = hers): Promise<Page> {
  const page = await browser.get('/developers')
  const fields = { ...fieldsOf(page, '/developers/clients'), ...filled, ...changes }
  return browser.post('/developers/clients', fields)
}

async function countClients(): Promise<number> {
  const rows = await remit.database.db
    .selectFrom('oidc_payloads')
    .select('id')
    .where('model', '=', 'Client')
    .execute()
  return rows.length
}

const idOn = (page: Page): string =>
  /Client id<\/dt>\s*<dd><code>([^<]*)</u.exec(page.text)?.[1] ?? ''
const secretOn = (page: Page): string | undefined =>
  /Client secret<\/dt>\s*<dd><code>([^<]*)</u.exec(page.text)?.[1]

async function push(
  fields: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(`${remit.origin}/oauth/par`, {
    method: 'POST',
    headers,
    body: new URLSearchParams({
      response_type: 'code',
      redirect_uri: filled.redirect_uris,
      code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
      code_challenge_method: 'S256',
      resource: front,
      authorization_details: JSON.stringify(PROPOSALS.gmail),
      ...fields,
    }),
  })
}

describe('the page', () => {
  test('is for those who are signed in', async () => {
    for (const path of ['/developers', '/developers/token']) {
      const answer = await fetch(`${remit.origin}${path}`, {
        redirect: 'manual',
        headers: { accept: 'text/html' },
      })
      expect(answer.headers.get('location')).toContain('/sign-in')
    }
  })

  test('names the addresses of this server, and they answer', async () => {
    const page = await hers.get('/developers')
    expect(page.status).toBe(200)
    for (const { resource } of fronts) expect(page.text).toContain(`<code>${resource}</code>`)
    const discovery = await fetch(`${remit.origin}/.well-known/openid-configuration`)
    const said = (await discovery.json()) as Record<string, string>
    for (const name of [
      'issuer',
      'pushed_authorization_request_endpoint',
      'authorization_endpoint',
      'token_endpoint',
      'registration_endpoint',
      'revocation_endpoint',
      'biscuit_web_keys_uri',
    ]) {
      expect(page.text).toContain(`<code>${said[name]}</code>`)
    }
  })
})

describe('the examples', () => {
  test.each(['gmail', 'hubspot', 'stripe'] as const)(
    '%s: what is proposed can be proposed',
    (kind) => {
      expect(() => parseCapabilities(PROPOSALS[kind])).not.toThrow()
    },
  )

  test('the registration that is shown registers, and may push what is shown', async () => {
    const command = registrationExample({ issuer: remit.origin, fronts })
    const url = /POST (\S+)/u.exec(command)?.[1] ?? ''
    const body = /-d '([^']*)'/u.exec(command)?.[1] ?? ''
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(url, { method: 'POST', headers, body })
    expect(response.status).toBe(201)
    const { client_id: id } = (await response.json()) as { client_id: string }
    for (const { provider, resource } of fronts) {
      const details = JSON.stringify(PROPOSALS[provider])
      const pushed = await push({ client_id: id, resource, authorization_details: details })
      expect(pushed.status).toBe(201)
    }
    const document = JSON.parse(documentExample()) as Record<string, unknown>
    expect(document['client_id']).toMatch(/^https:/u)
    expect({ ...document, client_id: undefined }).toEqual(JSON.parse(body))
  })

  test('the code compiles as it is shown', () => {
    const examples = fronts.flatMap((one) => [
      { of: `${one.provider}, stock`, code: stockExample(one).code },
      { of: `${one.provider}, sdk`, code: sdkExample(one).code },
    ])
    expect(checkExamples(readSdk(), examples)).toEqual([])
  })
})

describe('registering an agent', () => {
  test('makes a public client that can ask buyers, and stays', async () => {
    const page = await register()
    expect(page.status).toBe(200)
    expect(secretOn(page)).toBeUndefined()
    expect((await push({ client_id: idOn(page) })).status).toBe(201)
    const row = await remit.database.db
      .selectFrom('oidc_payloads')
      .select('expires_at')
      .where('model', '=', 'Client')
      .where('id', '=', idOn(page))
      .executeTakeFirstOrThrow()
    expect(row.expires_at).toBeNull()
    expect((await hers.get('/developers')).text).toContain('Parcel Agent')
  })

  test('makes a confidential one whose secret is needed and is shown once', async () => {
    const page = await register({ kind: 'confidential' })
    const [id, secret = ''] = [idOn(page), secretOn(page)]
    expect(secret).toMatch(/^[\w-]{64}$/u)
    expect(page.headers.get('cache-control')).toContain('no-store')
    expect((await push({ client_id: id })).status).toBe(401)
    const basic = Buffer.from(`${id}:${secret}`).toString('base64')
    const pushed = await push({ client_id: id }, { authorization: `Basic ${basic}` })
    expect(pushed.status).toBe(201)
    const later = await hers.get('/developers')
    expect(later.text).toContain(id)
    expect(later.text).not.toContain(secret)
    expect(JSON.stringify(remit.events)).not.toContain(secret)
  })

  test('with a secret asks who sits there when the sign-in is no longer fresh', async () => {
    now += 10 * minutes
    const before = await countClients()
    const asked = await register({ kind: 'confidential' })
    expect(await countClients()).toBe(before)
    expect(asked.text).toContain('Is it you?')
    const fields = fieldsOf(asked, '/developers/clients')
    const made = await hers.post('/developers/clients', { ...fields, confirm_password: password })
    expect(secretOn(made)).toBeDefined()
    expect(await countClients()).toBe(before + 1)
  })

  test.each<[string, Record<string, string>, string]>([
    ['no name', { name: ' ' }, 'name-problem'],
    ['a name that fills the page', { name: 'x'.repeat(81) }, 'name-problem'],
    ['no address', { redirect_uris: ' \r\n ' }, 'redirect_uris-problem'],
    ['an address that is none', { redirect_uris: 'callback' }, 'redirect_uris-problem'],
    ['a script', { redirect_uris: 'javascript:alert(1)' }, 'redirect_uris-problem'],
    ['http elsewhere', { redirect_uris: 'http://evil.example/cb' }, 'redirect_uris-problem'],
    [
      'a password in it',
      { redirect_uris: 'https://a:b@agent.example/cb' },
      'redirect_uris-problem',
    ],
    ['a fragment', { redirect_uris: 'https://agent.example/cb#x' }, 'redirect_uris-problem'],
    [
      'eleven',
      { redirect_uris: Array.from({ length: 11 }, (_, n) => `https://a.example/${n}`).join('\n') },
      'redirect_uris-problem',
    ],
    ['no kind', { kind: 'admin' }, 'kind-problem'],
    ['half a character', { name: 'a\ufffd', redirect_uris: 'https://' }, 'redirect_uris-problem'],
  ])(
    'refuses %s where it is wrong, and loses nothing that was entered',
    async (_, changes, place) => {
      const before = await countClients()
      const page = await register(changes)
      expect(await countClients()).toBe(before)
      expect(page.status).toBe(422)
      expect(page.text).toContain(`id="${place}"`)
      expect(page.text).toContain('role="alert"')
      const wanted = { ...filled, ...changes }
      const entered = fieldsOf(page, '/developers/clients')
      expect(entered['name']).toBe(wanted.name)
      expect(entered['redirect_uris']?.trim()).toBe(
        wanted.redirect_uris.replaceAll('\r', '').trim(),
      )
      const rows = await remit.database.db.selectFrom('registered_clients').selectAll().execute()
      expect(rows).toEqual([])
    },
  )

  test('has an end, also for forms that come at once', async () => {
    await remit.database.db
      .insertInto('registered_clients')
      .values(Array.from({ length: 18 }, (_, n) => ({ client_id: `old-${n}`, buyer_id: buyer.id })))
      .execute()
    // the page that is full has no form any more
    const fields = fieldsOf(await hers.get('/developers'), '/developers/clients')
    const post = (): Promise<Page> => hers.post('/developers/clients', { ...fields, ...filled })
    const pages = await Promise.all([post(), post(), post(), post()])
    expect(pages.filter(({ status }) => status === 200)).toHaveLength(2)
    const rows = await remit.database.db.selectFrom('registered_clients').selectAll().execute()
    expect(rows).toHaveLength(20)
    expect((await hers.get('/developers')).text).toContain('Delete one first')
  })

  test('a form of nobody’s registers nothing', async () => {
    const before = await countClients()
    expect((await hers.post('/developers/clients', filled)).status).toBe(403)
    const stranger = await fetch(`${remit.origin}/developers/clients`, {
      method: 'POST',
      redirect: 'manual',
      headers: { origin: remit.origin, 'sec-fetch-site': 'same-origin' },
      body: new URLSearchParams(filled),
    })
    expect(stranger.headers.get('location')).toContain('/sign-in')
    expect(await countClients()).toBe(before)
  })

  test.each([
    '<script>alert(1)</script>',
    '"><img src=x onerror=alert(1)>',
    'Remit\u202e \u200bverified',
  ])('shows a hostile name as nothing but text: %j', async (name) => {
    const page = await register({
      name,
      redirect_uris: 'https://agent.example/%22%3E<script>alert(1)</script>',
    })
    for (const shown of [page, await hers.get('/developers')]) {
      expect(shown.text).not.toMatch(/<script|<img src=x|\u202e|\u200b/u)
    }
  })
})

describe('deleting an agent', () => {
  const remove = async (id: string, browser = hers): Promise<Page> => {
    const page = await browser.get('/developers')
    const { form_token: token = '' } = fieldsOf(page, '/developers/clients')
    return browser.post(`/developers/clients/${id}/delete`, { form_token: token })
  }

  test('ends every grant that it was given, and it can ask nobody any more', async () => {
    const id = idOn(await register())
    await remit.database.db
      .insertInto('grants')
      .values({
        id: 'g_given',
        buyer_id: buyer.id,
        client_id: id,
        authorization_details: '[]',
        payload: '{}',
      })
      .execute()
    expect((await hers.get('/developers')).text).toContain('One grant that it was given ends')
    const page = await hers.follow(await remove(id))
    const grant = await remit.database.db
      .selectFrom('grants')
      .select('revoked_at')
      .where('id', '=', 'g_given')
      .executeTakeFirstOrThrow()
    expect(grant.revoked_at).not.toBeNull()
    expect((await push({ client_id: id })).status).toBe(401)
    expect(page.text).toContain('The agent was removed')
    expect(page.text).not.toContain(id)
    expect((await remove(id)).status).toBe(404)
  })

  test('is not for others, nor for agents that registered themselves', async () => {
    const id = idOn(await register())
    const hersNot = await signIn(remit, eve)
    expect((await remove(id, hersNot)).status).toBe(404)
    const other = await remit.addAgent()
    expect((await remove(other.clientId)).status).toBe(404)
    expect((await push({ client_id: id })).status).toBe(201)
    expect((await hersNot.get('/developers')).text).not.toContain(id)
  })
})
