import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { STOCK_CLIENTS } from './hubspot/client.ts'
import { SEED, startFakeHubspot, type FakeHubspot } from './hubspot/index.ts'
import { ask } from './hubspot/request.ts'

let fake: FakeHubspot

beforeAll(async () => {
  fake = await startFakeHubspot()
})
beforeEach(() => fake.reset())
afterAll(async () => fake.close())

describe.each(STOCK_CLIENTS)('a batch by %s', (_, createClient) => {
  test('reads what is there and names what is not', async () => {
    const { batchApi } = createClient(fake).crm.contacts
    const read = await batchApi.read({
      inputs: [{ id: SEED.mara }, { id: '4711' }, { id: SEED.archived }],
      properties: ['email'],
      propertiesWithHistory: ['city'],
    })
    expect(read.results.map(({ id }) => id)).toEqual([SEED.mara])
    expect(read.results[0]?.properties['email']).toBe('mara@guest.example')
    expect(read).toMatchObject({
      numErrors: 1,
      errors: [{ category: 'OBJECT_NOT_FOUND', context: { ids: ['4711', SEED.archived] } }],
    })
    expect(fake.effects).toEqual([])
  })

  test('reads by another name than the id', async () => {
    const { batchApi } = createClient(fake).crm.contacts
    const inputs = [{ id: 'old.lena@guest.example' }]
    const read = await batchApi.read({
      idProperty: 'email',
      inputs,
      properties: [],
      propertiesWithHistory: [],
    })
    expect(read.results.map(({ id }) => id)).toEqual([SEED.lena])
  })

  test('creates, changes and archives', async () => {
    const { batchApi } = createClient(fake).crm.contacts
    const made = await batchApi.create({
      inputs: [
        { properties: { firstname: 'A' }, associations: [] },
        { properties: { firstname: 'B' }, associations: [] },
      ],
    })
    const inputs = made.results.map(({ id }) => ({ id, properties: { city: 'Ulm' } }))
    await batchApi.update({ inputs })
    expect(inputs.map(({ id }) => fake.crm.value('contacts', id, 'city'))).toEqual(['Ulm', 'Ulm'])
    await batchApi.archive({ inputs: inputs.map(({ id }) => ({ id })) })
    expect(fake.crm.find('contacts', inputs[0]?.id ?? '')?.archivedAt).toBeDefined()
    expect(fake.effects.map(({ route }) => route)).toEqual([
      'batch.create',
      'batch.update',
      'batch.archive',
    ])
  })

  test('upserts, and tells which were there', async () => {
    const { batchApi } = createClient(fake).crm.contacts
    const idProperty = 'email'
    const done = await batchApi.upsert({
      inputs: [
        { idProperty, id: 'viktor@guest.example', properties: { city: 'Ulm' } },
        { idProperty, id: 'fresh@guest.example', properties: { city: 'Ulm' } },
      ],
    })
    expect(done.results.map((one) => '_new' in one && one._new)).toEqual([false, true])
    expect(fake.crm.value('contacts', SEED.viktor, 'city')).toBe('Ulm')
  })
})

const BATCH = '/crm/v3/objects/contacts/batch'

describe('a batch', () => {
  const many = (count: number): object => ({
    inputs: Array.from({ length: count }, () => ({ id: SEED.mara })),
  })

  test.each([
    ['read', many(101)],
    ['archive', many(101)],
    ['update', many(101)],
    ['read', many(0)],
    [
      'update',
      {
        inputs: [
          { id: '501', properties: {} },
          { id: '501', properties: {} },
        ],
      },
    ],
    ['update', { inputs: [{ id: '501', idProperty: 'hs_object_id', properties: {} }] }],
    ['upsert', { inputs: [{ id: '501', properties: {} }] }],
    ['upsert', { inputs: [{ id: 'Mara', idProperty: 'firstname', properties: {} }] }],
    ['read', { idProperty: 'ssn', inputs: [{ id: '078-05-1120' }] }],
    ['read', { ...many(51), propertiesWithHistory: ['city'] }],
  ] as const)('to %s what is not allowed is refused (%#)', async (verb, body) => {
    expect((await ask(fake, `POST ${BATCH}/${verb}`, body)).status).toBe(400)
  })

  test('writes what it can: a lost id is an error beside the others', async () => {
    const answer = await ask(fake, `POST ${BATCH}/update`, {
      inputs: [
        { id: SEED.mara, properties: { city: 'Ulm' } },
        { id: '4711', properties: { city: 'Ulm' } },
      ],
    })
    expect(answer.status).toBe(207)
    expect(answer.json).toMatchObject({
      results: [{ id: SEED.mara }],
      numErrors: 1,
      errors: [{ context: { ids: ['4711'] } }],
    })
    expect(fake.crm.value('contacts', SEED.mara, 'city')).toBe('Ulm')
  })

  test('fails input by input where they carry a trace, and as a whole where not', async () => {
    const inputs = [{ properties: { nonsense: '1' } }, { properties: { firstname: 'X' } }]
    const whole = await ask(fake, `POST ${BATCH}/create`, { inputs })
    expect(whole.status).toBe(400)
    const traced = inputs.map((input, place) => ({ ...input, objectWriteTraceId: `t${place}` }))
    const parts = await ask(fake, `POST ${BATCH}/create`, { inputs: traced })
    expect(parts.status).toBe(207)
    expect(parts.json).toMatchObject({
      results: [{ objectWriteTraceId: 't1' }],
      errors: [{ category: 'VALIDATION_ERROR', context: { objectWriteTraceId: ['t0'] } }],
    })
  })

  test('is the same batch in a dated path', async () => {
    const answer = await ask(fake, 'POST /crm/objects/2026-03/0-1/batch/read', many(1))
    expect(answer.json).toMatchObject({ status: 'COMPLETE', results: [{ id: SEED.mara }] })
  })
})
