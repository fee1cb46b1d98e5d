import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { STOCK_CLIENTS } from './hubspot/client.ts'
import { SEED, startFakeHubspot, type FakeHubspot } from './hubspot/index.ts'
import { ask } from './hubspot/request.ts'

let fake: FakeHubspot

beforeAll(async () => {
  fake = await startFakeHubspot({ now: () => Date.parse('2026-11-25T12:00:00Z') })
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

function namesIn(value: unknown): string[] {
  return Object.keys(value as Record<string, unknown>)
}

describe.each(STOCK_CLIENTS)('records, to %s', (_, createClient) => {
  test('are read with the properties, histories and associations that were asked for', async () => {
    const { contacts } = createClient(fake).crm
    const asked = [['email', 'ssn', 'nonsense'], ['city'], ['companies']] as const
    const [properties, histories, associations] = asked.map((names) => [...names])
    const mara = await contacts.basicApi.getById(SEED.mara, properties, histories, associations)
    expect(mara.properties).toEqual({
      city: 'Bremen',
      createdate: mara.createdAt.toISOString(),
      email: 'mara@guest.example',
      hs_object_id: SEED.mara,
      lastmodifieddate: mara.updatedAt.toISOString(),
      ssn: '078-05-1120',
    })
    expect(mara.propertiesWithHistory?.['city']?.map(({ value }) => value)).toEqual([
      'Bremen',
      'Kiel',
    ])
    expect(mara.associations?.['companies']?.results).toContainEqual({
      id: SEED.cafe,
      type: 'contact_to_company',
    })
    expect(fake.requests.map(({ route }) => route)).toEqual(['objects.get'])
    expect(fake.effects).toEqual([])
  })

  test('are found by what is unique of them, the second address too', async () => {
    const { basicApi } = createClient(fake).crm.contacts
    const byEmail = async (id: string): Promise<string> =>
      (await basicApi.getById(id, [], [], [], false, 'email')).id
    expect(await byEmail('MARA@guest.example')).toBe(SEED.mara)
    expect(await byEmail('old.lena@guest.example')).toBe(SEED.lena)
    await expect(byEmail('nobody@guest.example')).rejects.toMatchObject({ code: 404 })
  })

  test('are listed page by page, archived ones apart', async () => {
    const client = createClient(fake)
    const all = await client.crm.contacts.getAll(5, undefined, ['email'])
    expect(all.map(({ id }) => id)).toEqual([
      '501',
      '502',
      '503',
      '504',
      '505',
      '506',
      '510',
      '511',
      '512',
      '515',
    ])
    const page = await client.crm.contacts.basicApi.getPage(2)
    expect(page.paging?.next).toEqual({
      after: '2',
      link: 'https://api.hubapi.com/crm/v3/objects/contacts?limit=2&after=2',
    })
    const archived = await client.crm.contacts.basicApi.getPage(10, undefined, [], [], [], true)
    expect(archived.results.map(({ id }) => id)).toEqual([SEED.archived])
  })

  test('are created, with associations, changed and archived', async () => {
    const { basicApi } = createClient(fake).crm.contacts
    const made = await basicApi.create({
      properties: { email: 'New@guest.example', firstname: 'New' },
      associations: [
        {
          to: { id: SEED.cafe },
          types: [{ associationCategory: 'HUBSPOT_DEFINED' as never, associationTypeId: 279 }],
        },
      ],
    })
    expect(made.properties).toMatchObject({ email: 'new@guest.example', hs_object_id: made.id })
    expect(fake.crm.linked('contacts', made.id, 'companies')).toEqual([SEED.cafe])
    const changed = await basicApi.update(made.id, { properties: { firstname: 'Newer' } })
    expect(changed.properties['firstname']).toBe('Newer')
    await basicApi.update('new@guest.example', { properties: { firstname: '' } }, 'email')
    expect(fake.crm.value('contacts', made.id, 'firstname')).toBeUndefined()
    await basicApi.archive(made.id)
    expect(fake.crm.find('contacts', made.id)?.archivedAt).toBe('2026-11-25T12:00:00.000Z')
    expect(fake.effects).toHaveLength(4)
  })

  test('can be merged and erased, so that a front which lets that through is seen', async () => {
    const { basicApi } = createClient(fake).crm.contacts
    await basicApi.merge({ primaryObjectId: SEED.mara, objectIdToMerge: SEED.viktor })
    expect((await basicApi.getById(SEED.viktor)).id).toBe(SEED.mara)
    expect(fake.crm.linked('contacts', SEED.mara, 'companies')).toContain('610')
    await basicApi.purge({ objectId: SEED.omar })
    expect(fake.crm.find('contacts', SEED.omar)).toBeUndefined()
  })
})

describe('a record', () => {
  test.each([
    '/crm/v3/objects/contacts/501',
    '/crm/v3/objects/contact/501',
    '/crm/v3/objects/0-1/501',
    '/crm/v4/objects/CONTACT/501',
    '/crm/objects/v3/contacts/501',
    '/crm/objects/2026-03/contacts/501',
    '/crm/objects/2026-09/0-1/501',
    '/crm/objects/2026-09-beta/0-1/501',
  ] as const)('is the same at %s', async (path) => {
    const { json } = await ask(fake, `GET ${path}`)
    expect(json).toMatchObject({ id: '501', properties: { email: 'mara@guest.example' } })
  })

  test('is of its type: one number is a contact, and a company of somebody else', async () => {
    const { json } = await ask(fake, `GET /crm/v3/objects/companies/${SEED.hiddenCompany}`)
    expect(json).toMatchObject({ id: SEED.mara, properties: { name: 'Secret Holding' } })
  })

  test.each(['p123_teas', 'tea', 'teas', '2-3456789'])(
    'of a custom type is read as %s',
    async (type) => {
      const { json } = await ask(fake, `GET /crm/v3/objects/${type}/FF-26?idProperty=tea_code`)
      expect(json).toMatchObject({ id: SEED.tea, properties: { name: 'First flush' } })
    },
  )

  test('that went into another answers as that one', async () => {
    const { json } = await ask(fake, `GET /crm/v3/objects/contacts/${SEED.mergedAway}`)
    expect(json).toMatchObject({ id: SEED.merged })
  })

  test('takes lists repeated, joined by commas, and mixed', async () => {
    const query = 'properties=email,ssn&properties=city&propertiesWithHistory=phone,city'
    const { json } = await ask(fake, `GET /crm/v3/objects/contacts/501?${query}`)
    expect(namesIn(json['properties'])).toEqual([
      'city',
      'createdate',
      'email',
      'hs_object_id',
      'lastmodifieddate',
      'phone',
      'ssn',
    ])
    expect(namesIn(json['propertiesWithHistory'])).toEqual(['phone', 'city'])
  })

  test('names the real host and the portal', async () => {
    const { json } = await ask(fake, 'GET /crm/objects/2026-03/contacts?limit=1')
    expect(JSON.stringify(json)).toContain('https://app.hubspot.com/contacts/123/record/0-1/501')
    expect(JSON.stringify(json)).toContain('https://api.hubapi.com/crm/objects/2026-03/contacts')
  })
})

describe('a write is refused, and nothing written', () => {
  test.each([
    [{ nonsense: 'x' }, 'PROPERTY_DOESNT_EXIST', 'nonsense'],
    [{ hs_object_id: '7' }, 'READ_ONLY_VALUE', 'hs_object_id'],
    [{ lifecyclestage: 'king' }, 'INVALID_OPTION', 'lifecyclestage'],
    [{ hubspot_owner_id: '1' }, 'INVALID_OPTION', 'hubspot_owner_id'],
    [{ lifetime_value: 'much' }, 'INVALID_INTEGER', 'lifetime_value'],
    [{ newsletter: 'maybe' }, 'INVALID_BOOLEAN', 'newsletter'],
    [{ city: { in: 'Kiel' } }, 'INVALID_STRING', 'city'],
  ])('for %o, with %s', async (wrong, code, name) => {
    const properties = { phone: '1', ...wrong }
    const answer = await ask(fake, 'PATCH /crm/v3/objects/contacts/501', { properties })
    expect(answer.status).toBe(400)
    expect(answer.json).toMatchObject({
      status: 'error',
      category: 'VALIDATION_ERROR',
      correlationId: expect.any(String) as string,
      errors: [{ code, context: { propertyName: [name] } }],
    })
    expect(fake.crm.value('contacts', '501', 'phone')).toBe('+49 40 5550101')
  })

  test('when somebody has the address already, and the refusal tells who', async () => {
    const properties = { email: 'viktor@guest.example' }
    const answer = await ask(fake, 'POST /crm/v3/objects/contacts', { properties })
    expect(answer.status).toBe(409)
    expect(answer.json).toMatchObject({ category: 'CONFLICT' })
    expect(answer.json['message']).toContain(SEED.viktor)
    expect(JSON.stringify(answer.json)).toContain('457-55-5462')
  })

  test('but not when it is its own address', async () => {
    const properties = { email: 'mara@guest.example' }
    const answer = await ask(fake, 'PATCH /crm/v3/objects/contacts/501', { properties })
    expect(answer.status).toBe(200)
  })

  test('when a note has no time', async () => {
    const properties = { hs_note_body: 'x' }
    const answer = await ask(fake, 'POST /crm/v3/objects/notes', { properties })
    expect(answer.json).toMatchObject({ errors: [{ code: 'REQUIRED_FIELD' }] })
  })

  test('when the record is not there, or archived', async () => {
    for (const id of ['1', SEED.archived]) {
      const answer = await ask(fake, `PATCH /crm/v3/objects/contacts/${id}`, { properties: {} })
      expect([answer.status, answer.json['category']]).toEqual([404, 'OBJECT_NOT_FOUND'])
    }
  })

  test('when it is associated with what is not there', async () => {
    const types = [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 279 }]
    const count = fake.crm.records('contacts').length
    const answer = await ask(fake, 'POST /crm/v3/objects/contacts', {
      properties: { firstname: 'X' },
      associations: [{ to: { id: '4711' }, types }],
    })
    expect(answer.status).toBe(404)
    expect(fake.crm.records('contacts')).toHaveLength(count)
  })

  test('when the type is unknown', async () => {
    const answer = await ask(fake, 'POST /crm/v3/objects/unicorns', { properties: {} })
    expect(answer.status).toBe(400)
  })
})
