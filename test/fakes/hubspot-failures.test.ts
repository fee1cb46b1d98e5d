import { request } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { STOCK_CLIENTS } from './hubspot/client.ts'
import { SEED, startFakeHubspot, type FakeHubspot, type HubspotFailure } from './hubspot/index.ts'
import { ask } from './hubspot/request.ts'

let fake: FakeHubspot

beforeAll(async () => {
  fake = await startFakeHubspot()
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

const MARA = '/crm/v3/objects/contacts/501'

async function write(): Promise<string> {
  try {
    const answer = await ask(fake, `PATCH ${MARA}`, { properties: { city: 'Ulm' } })
    return String(answer.status)
  } catch (error) {
    return error instanceof SyntaxError ? 'no JSON' : 'no answer'
  }
}

describe('an injected failure', () => {
  test.each<[HubspotFailure, string, string]>([
    [{ kind: 'status', status: 503 }, '503', 'Bremen'],
    [{ kind: 'status', status: 503, executes: true }, '503', 'Ulm'],
    [{ kind: 'reset' }, 'no answer', 'Bremen'],
    [{ kind: 'reset', executes: true }, 'no answer', 'Ulm'],
    [{ kind: 'redirect', location: 'https://evil.example/' }, '302', 'Bremen'],
    [{ kind: 'redirect', location: 'https://evil.example/', status: 307 }, '307', 'Bremen'],
    [{ kind: 'not_json' }, 'no JSON', 'Bremen'],
    [{ kind: 'not_json', executes: true }, 'no JSON', 'Ulm'],
    [{ kind: 'slow', milliseconds: 30 }, '200', 'Ulm'],
    [{ kind: 'echo_credential' }, '500', 'Bremen'],
    [{ kind: 'echo_credential', status: 200 }, '200', 'Ulm'],
    [{ kind: 'oversized', bytes: 100_000 }, '200', 'Ulm'],
    [{ kind: 'other_record', id: SEED.viktor }, '200', 'Ulm'],
  ])('%o of a write shows as %s and leaves Mara in %s', async (failure, shown, city) => {
    fake.failNextEffect(failure)
    expect(await write()).toBe(shown)
    expect(fake.crm.value('contacts', SEED.mara, 'city')).toBe(city)
    expect(await write()).toBe('200')
  })

  test('waits for what it is meant for: searches and batch reads are no effects', async () => {
    fake.failNextEffect({ kind: 'status', status: 500 })
    expect((await ask(fake, 'POST /crm/v3/objects/contacts/search', {})).status).toBe(200)
    fake.failNextRead({ kind: 'status', status: 502 })
    expect(await write()).toBe('500')
    expect((await ask(fake, 'POST /crm/v3/objects/contacts/search', {})).status).toBe(502)
  })

  test('may say that too much was asked', async () => {
    fake.failNextRead({ kind: 'status', status: 429 })
    const { headers, json } = await ask(fake, `GET ${MARA}`)
    expect(headers.get('retry-after')).toBe('1')
    expect(json).toMatchObject({ status: 'error', policyName: 'TEN_SECONDLY_ROLLING' })
  })

  test.each([200, 400, 500] as const)('may give the credential back in a %i', async (status) => {
    fake.failNextRead({ kind: 'echo_credential', status })
    const answer = await ask(fake, `GET ${MARA}`)
    expect(answer.status).toBe(status)
    expect(answer.headers.get('x-debug-authorization')).toBe(`Bearer ${fake.accessToken}`)
    expect(JSON.stringify(answer.json)).toContain(fake.accessToken)
  })

  test('may be an answer about another record', async () => {
    fake.failNextRead({ kind: 'other_record', id: SEED.viktor })
    const one = await ask(fake, `GET ${MARA}?properties=email`)
    expect(one.json).toMatchObject({
      id: SEED.viktor,
      properties: { email: 'viktor@guest.example' },
    })
    fake.failNextRead({ kind: 'other_record', id: SEED.viktor })
    const inputs = [{ id: SEED.mara }, { id: SEED.omar }]
    const batch = await ask(fake, 'POST /crm/v3/objects/contacts/batch/read', {
      inputs,
      properties: ['ssn'],
    })
    expect(batch.json).toMatchObject({
      results: [{ id: SEED.viktor, properties: { ssn: '457-55-5462' } }, { id: SEED.omar }],
    })
  })

  test.each([
    ['GET /crm/v3/objects/contacts/502/associations/companies', { id: '4711' }],
    ['GET /crm/v4/objects/contacts/502/associations/companies', { toObjectId: 4711 }],
    ['POST /crm/v3/associations/contacts/companies/batch/read', { from: { id: '4711' } }],
  ] as const)('may be another end of an association than is at %s', async (line, shown) => {
    fake.failNextRead({ kind: 'other_record', id: '4711' })
    const body = line.startsWith('POST') ? { inputs: [{ id: '502' }] } : undefined
    expect((await ask(fake, line, body)).json).toMatchObject({ results: [shown] })
  })

  test('may be longer than anybody reads, and ends when the client leaves', async () => {
    fake.failNextRead({ kind: 'oversized', bytes: 3_000_000 })
    const { json } = await ask(fake, `GET ${MARA}`)
    expect(JSON.stringify(json).length).toBeGreaterThan(3_000_000)
    expect(json).toMatchObject({ id: SEED.mara })
  })

  test.each(STOCK_CLIENTS)('reaches %s as an error', async (_, createClient) => {
    const { basicApi } = createClient(fake).crm.contacts
    fake.failNextRead({ kind: 'status', status: 503 })
    await expect(basicApi.getById(SEED.mara)).rejects.toMatchObject({
      code: 503,
      body: { status: 'error', correlationId: expect.any(String) as string },
    })
  })
})

describe('the stand-in', () => {
  test('writes down target, headers and body as they came', async () => {
    const target = '/crm/v3/objects/%63ontacts/501?properties=a%2Cb&x=%41'
    await new Promise<void>((resolve) => {
      const { port } = new URL(fake.url)
      const sent = request({ port, path: target, method: 'POST', headers: { 'X-Odd': 'a  b' } })
      sent.on('response', (answer) => answer.resume().on('end', resolve))
      sent.end('\u0000bytes')
    })
    const [received] = fake.requests
    expect(received).toMatchObject({
      target,
      path: '/crm/v3/objects/%63ontacts/501',
      body: Buffer.from('\u0000bytes'),
      isComplete: true,
    })
    expect(received?.rawHeaders.slice(0, 2)).toEqual(['X-Odd', 'a  b'])
    expect(received?.header('x-odd')).toBe('a  b')
    expect(received?.query.get('properties')).toBe('a,b')
  })

  test('lets a test change the shop between two of a front\u2019s requests', async () => {
    fake.onRequest = ({ route }) => {
      if (route !== 'objects.update') return
      fake.crm.update(fake.crm.require('contacts', SEED.mara), { hubspot_owner_id: SEED.jonas })
    }
    await ask(fake, `GET ${MARA}`)
    expect(fake.crm.value('contacts', SEED.mara, 'hubspot_owner_id')).toBe(SEED.ines)
    expect(await write()).toBe('200')
    expect(fake.crm.value('contacts', SEED.mara, 'hubspot_owner_id')).toBe(SEED.jonas)
  })

  test('sends headers that no front should pass on', async () => {
    const { headers } = await ask(fake, `GET ${MARA}`)
    expect(headers.get('set-cookie')).toContain('fake-upstream-cookie')
  })

  test('does not start in production', async () => {
    const before = process.env['NODE_ENV']
    process.env['NODE_ENV'] = 'production'
    try {
      await expect(startFakeHubspot()).rejects.toThrow('does not run in production')
    } finally {
      process.env['NODE_ENV'] = before
    }
  })

  test('forgets everything at a reset, credentials apart', async () => {
    fake.crm.isSearchBehind = true
    await write()
    fake.failNextRead({ kind: 'reset' })
    fake.reset()
    expect(fake.requests).toEqual([])
    expect(fake.crm.value('contacts', SEED.mara, 'city')).toBe('Bremen')
    expect((await ask(fake, `GET ${MARA}`)).status).toBe(200)
  })
})
