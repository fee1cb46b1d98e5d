import type { Client } from '@hubspot/api-client'
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

type Spec = Parameters<Client['crm']['associations']['v4']['basicApi']['create']>[4][number]

const PLAIN = { associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 279 } as Spec

function companiesOf(contact: string): string[] {
  return fake.crm.linked('contacts', contact, 'companies')
}

describe.each(STOCK_CLIENTS)('associations, to %s', (_, createClient) => {
  test('are listed with their labels', async () => {
    const { basicApi } = createClient(fake).crm.associations.v4
    const page = await basicApi.getPage('contacts', SEED.mara, 'companies')
    expect(page.results.map(({ toObjectId }) => String(toObjectId))).toEqual(['501', '601'])
    expect(page.results[0]?.associationTypes.map(({ label }) => label)).toContain('Bookkeeper')
    expect(fake.effects).toEqual([])
  })

  test('are made and ended, in both directions', async () => {
    const { basicApi } = createClient(fake).crm.associations.v4
    const made = await basicApi.create('contacts', SEED.lena, 'companies', '602', [PLAIN])
    expect(made).toMatchObject({ fromObjectTypeId: '0-1', toObjectId: '602', labels: [] })
    expect(fake.crm.linked('companies', '602', 'contacts')).toEqual([SEED.lena])
    await basicApi.archive('contact', SEED.lena, '0-2', '602')
    expect(companiesOf(SEED.lena)).toEqual([])
    expect(fake.crm.linked('companies', '602', 'contacts')).toEqual([])
    await basicApi.createDefault('contacts', SEED.lena, 'companies', '602')
    expect(companiesOf(SEED.lena)).toEqual(['602'])
  })

  test('are read, made and ended in batches', async () => {
    const { batchApi } = createClient(fake).crm.associations.v4
    const read = await batchApi.getPage('contacts', 'companies', {
      inputs: [{ id: SEED.mara }, { id: SEED.lena }, { id: '4711' }],
    })
    expect(read.results.map(({ _from }) => _from.id)).toEqual([SEED.mara])
    expect(read).toMatchObject({ numErrors: 1 })
    const pair = { _from: { id: SEED.lena }, to: { id: '602' } }
    await batchApi.create('contacts', 'companies', { inputs: [{ ...pair, types: [PLAIN] }] })
    expect(companiesOf(SEED.lena)).toEqual(['602'])
    await batchApi.archive('contacts', 'companies', { inputs: [{ ...pair, to: [pair.to] }] })
    expect(companiesOf(SEED.lena)).toEqual([])
    await batchApi.createDefault('contacts', 'companies', { inputs: [pair] })
    expect(companiesOf(SEED.lena)).toEqual(['602'])
    await batchApi.archiveLabels('contacts', 'companies', { inputs: [{ ...pair, types: [PLAIN] }] })
    expect(companiesOf(SEED.lena)).toEqual([])
  })

  test('of v3 are read, made and ended in batches', async () => {
    const { batchApi } = createClient(fake).crm.associations
    const read = await batchApi.read('deals', 'contacts', { inputs: [{ id: SEED.hiddenDeal }] })
    expect(read.results[0]?.to.map(({ id }) => id)).toEqual([SEED.mara, SEED.viktor])
    const pair = { _from: { id: SEED.deal }, to: { id: SEED.omar }, type: 'deal_to_contact' }
    await batchApi.create('deals', 'contacts', { inputs: [pair] })
    expect(fake.crm.linked('deals', SEED.deal, 'contacts')).toContain(SEED.omar)
    await batchApi.archive('deals', 'contacts', { inputs: [pair] })
    expect(fake.crm.linked('deals', SEED.deal, 'contacts')).not.toContain(SEED.omar)
  })
})

describe('one association', () => {
  test.each([
    [
      '/crm/v3/objects/contacts/502/associations/companies',
      [{ id: '601', type: 'contact_to_company_unlabeled' }],
    ],
    ['/crm/v4/objects/contacts/502/associations/companies', [{ toObjectId: 601 }]],
    ['/crm/objects/2026-03/0-1/502/associations/0-2', [{ toObjectId: '601' }]],
    ['/crm/objects/2026-09/contact/502/associations/company', [{ toObjectId: '601' }]],
  ] as const)('is read at %s', async (path, results) => {
    expect((await ask(fake, `GET ${path}`)).json).toMatchObject({ results })
  })

  test.each([
    '/crm/v4/objects/contacts/503/associations/default/companies/602',
    '/crm/objects/2026-03/contacts/503/associations/default/0-2/602',
  ] as const)('is made by default at %s', async (path) => {
    const { status, json } = await ask(fake, `PUT ${path}`)
    expect(status).toBe(200)
    expect(json).toMatchObject({ results: [{ from: { id: '503' } }, { from: { id: '602' } }] })
    expect(companiesOf('503')).toEqual(['602'])
  })

  test('of v3 is made and ended one by one, by name and by number', async () => {
    const path = '/crm/v3/objects/contacts/503/associations/companies/602'
    const made = await ask(fake, `PUT ${path}/contact_to_company`)
    expect(made.json).toMatchObject({
      id: '503',
      associations: { companies: { results: [{ id: '602', type: 'contact_to_company' }] } },
    })
    expect((await ask(fake, `DELETE ${path}/1`)).status).toBe(204)
    expect(companiesOf('503')).toEqual([])
    expect((await ask(fake, `PUT ${path}/contact_to_unicorn`)).status).toBe(400)
  })

  test('needs both ends, a type of these two, and its right category', async () => {
    const put = async (path: `/${string}`, types: unknown): Promise<number> =>
      (await ask(fake, `PUT /crm/v4/objects/contacts${path}`, types)).status
    expect(await put('/503/associations/companies/4711', [PLAIN])).toBe(404)
    expect(await put('/4711/associations/companies/602', [PLAIN])).toBe(404)
    expect(await put('/503/associations/deals/701', [PLAIN])).toBe(400)
    const other = [{ associationCategory: 'USER_DEFINED', associationTypeId: 279 }]
    expect(await put('/503/associations/companies/602', other)).toBe(400)
    expect(await put('/503/associations/companies/602', [])).toBe(400)
    expect(companiesOf('503')).toEqual([])
  })

  test('is read in batches at dated paths', async () => {
    const { json } = await ask(fake, 'POST /crm/associations/2026-03/0-1/0-2/batch/read', {
      inputs: [{ id: '502' }],
    })
    expect(json).toMatchObject({ results: [{ from: { id: '502' }, to: [{ toObjectId: '601' }] }] })
  })

  test('list comes in pages', async () => {
    const path = '/crm/v4/objects/contacts/501/associations/companies?limit=1'
    const { json } = await ask(fake, `GET ${path}`)
    expect(json).toMatchObject({ results: [{ toObjectId: 501 }], paging: { next: { after: '1' } } })
    const next = await ask(fake, `GET ${path}&after=1`)
    expect(next.json).toMatchObject({ results: [{ toObjectId: 601 }] })
  })
})
