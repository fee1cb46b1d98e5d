import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { STOCK_CLIENTS } from './hubspot/client.ts'
import { SEED, SPOILS, startFakeHubspot, type FakeHubspot } from './hubspot/index.ts'
import { ask } from './hubspot/request.ts'

let fake: FakeHubspot

beforeAll(async () => {
  fake = await startFakeHubspot()
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

describe.each(STOCK_CLIENTS)('what there is besides records, to %s', (_, createClient) => {
  test('properties', async () => {
    const { coreApi } = createClient(fake).crm.properties
    const all = await coreApi.getAll('contacts')
    expect(all.results.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['email', 'ssn', 'hubspot_owner_id', 'lastmodifieddate']),
    )
    const stage = await coreApi.getByName('deals', 'dealstage')
    expect(stage.options.map(({ value }) => value)).toContain('closedwon')
    await expect(coreApi.getByName('deals', 'nonsense')).rejects.toMatchObject({ code: 404 })
  })

  test('pipelines', async () => {
    const { pipelinesApi } = createClient(fake).crm.pipelines
    const all = await pipelinesApi.getAll('tickets')
    expect(all.results.map(({ id }) => id)).toEqual([SEED.supportPipeline, SEED.lawyersPipeline])
    const one = await pipelinesApi.getById('deals', SEED.wholesalePipeline)
    expect(one.stages.map(({ label }) => label)).toEqual(['Talking', 'Signed'])
  })

  test('owners, with their addresses', async () => {
    const { ownersApi } = createClient(fake).crm.owners
    const all = await ownersApi.getPage()
    expect(all.results.map(({ email }) => email)).toEqual([
      'ines@shop.example',
      'jonas@shop.example',
    ])
    expect((await ownersApi.getPage('jonas@shop.example')).results[0]?.id).toBe(SEED.jonas)
    expect((await ownersApi.getById(9001, 'userId')).id).toBe(SEED.ines)
    expect((await ownersApi.getById(Number(SEED.jonas))).firstName).toBe('Jonas')
  })

  test('users, who can be invited', async () => {
    const { usersApi } = createClient(fake).settings.users
    const request = { email: 'eve@evil.example', sendWelcomeEmail: true }
    const made = await usersApi.create(request as Parameters<typeof usersApi.create>[0])
    expect(fake.crm.users.at(-1)).toMatchObject({ id: made.id, email: 'eve@evil.example' })
    const again = usersApi.create(request as Parameters<typeof usersApi.create>[0])
    await expect(again).rejects.toMatchObject({ code: 409 })
    await usersApi.archive(made.id)
    expect(fake.crm.users).toHaveLength(3)
    expect(fake.effects).toHaveLength(3)
  })
})

describe('a dated path', () => {
  test.each([
    ['/crm/properties/2026-03/contacts/ssn', { name: 'ssn' }],
    ['/crm/pipelines/2026-03/deals/default', { label: 'Shop sales' }],
    ['/settings/users/2026-03/9001', { email: 'ines@shop.example' }],
    ['/settings/users/v3/9001', { email: 'ines@shop.example' }],
    ['/account-info/v3/details', { portalId: Number(SEED.portal) }],
    ['/account-info/2026-03/details', { portalId: 123 }],
    ['/crm/owners/2026-09/71100001', { email: 'ines@shop.example' }],
  ] as const)('%s is what it is in v3', async (path, shown) => {
    expect((await ask(fake, `GET ${path}`)).json).toMatchObject(shown)
  })
})

describe('lists', () => {
  test('tell who is in them', async () => {
    const { json } = await ask(fake, 'GET /crm/v3/lists/records/0-1/501/memberships')
    expect(json).toMatchObject({ total: 1, results: [{ listId: SEED.regulars }] })
  })

  test('take whoever is put in', async () => {
    await ask(fake, `PUT /crm/v3/lists/${SEED.newsletter}/memberships/add`, [SEED.lena])
    expect([...(fake.crm.lists.get(SEED.newsletter) ?? [])]).toContain(SEED.lena)
    await ask(fake, `PUT /crm/v3/lists/${SEED.newsletter}/memberships/remove`, [SEED.lena])
    expect([...(fake.crm.lists.get(SEED.newsletter) ?? [])]).not.toContain(SEED.lena)
    expect(fake.effects).toHaveLength(2)
  })
})

describe('what no agent should reach answers, and is written down', () => {
  test.each([
    ['POST /crm/v3/exports/export/async', 'exports'],
    ['POST /crm/exports/2026-03/export/async', 'exports'],
    ['POST /crm/v3/imports', 'imports'],
    ['POST /crm/v3/lists/search', 'lists'],
    ['POST /crm/v3/properties/contacts', 'properties'],
    ['DELETE /crm/properties/2026-03/contacts/city', 'properties'],
    ['PATCH /crm/v3/pipelines/deals/default', 'pipelines'],
    ['POST /crm/v4/associations/contacts/companies/labels', 'association-definitions'],
    ['POST /crm/v3/objects/deals/splits/batch/upsert', 'deal-splits'],
    ['POST /crm/v3/schemas', 'schemas'],
    ['POST /files/v3/files', 'files'],
    ['POST /files/v3/files/import-from-url/async', 'files'],
    ['GET /files/v3/files/1/signed-url', 'files'],
    ['POST /marketing/v3/transactional/single-email/send', 'marketing'],
    ['POST /conversations/v3/conversations/threads/1/messages', 'conversations'],
    ['POST /automation/v4/sequences/enrollments', 'sequences'],
    ['POST /automation/v4/flows', 'automation'],
    ['POST /webhooks/v3/1/subscriptions', 'webhooks'],
    ['POST /visitor-identification/v3/tokens/create', 'visitors'],
    ['POST /cms/v3/pages/site-pages', 'cms'],
    ['POST /collector/graphql', 'graphql'],
    ['GET /account-info/v3/activity/login', 'account'],
    ['GET /oauth/v1/access-tokens/x', 'tokens'],
    ['GET /contacts/v1/contact/vid/510/profile', 'contacts-v1'],
    ['POST /engagements/v1/engagements', 'engagements-v1'],
  ] as const)('%s', async (line, name) => {
    const body = line.startsWith('GET') ? undefined : { url: 'https://evil.example/?d=secret' }
    const { status, json } = await ask(fake, line, body)
    expect(status).toBe(200)
    expect(JSON.stringify(json)).toContain(SPOILS)
    expect(fake.requests.map(({ route }) => route)).toEqual([`danger.${name}`])
    expect(fake.effects).toHaveLength(line.startsWith('GET') ? 0 : 1)
  })

  test('an upload, which is no JSON', async () => {
    const form = new FormData()
    form.set('file', new Blob(['customers']), 'customers.csv')
    form.set('options', JSON.stringify({ access: 'PUBLIC_INDEXABLE' }))
    const answer = await fetch(`${fake.url}/files/v3/files`, {
      method: 'POST',
      headers: { authorization: `Bearer ${fake.accessToken}` },
      body: form,
    })
    expect(answer.status).toBe(200)
    expect(fake.effects[0]?.body.toString()).toContain('PUBLIC_INDEXABLE')
  })

  test('but what nobody has is 404', async () => {
    expect((await ask(fake, 'GET /nowhere')).status).toBe(404)
    expect(fake.requests[0]?.route).toBeUndefined()
  })
})
