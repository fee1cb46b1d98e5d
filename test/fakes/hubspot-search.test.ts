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

type SearchRequest = Parameters<Client['crm']['contacts']['searchApi']['doSearch']>[0]

async function search(
  request: unknown,
  type = 'contacts',
): Promise<{ ids: string[]; total: unknown; status: number; json: Record<string, unknown> }> {
  const { status, json } = await ask(fake, `POST /crm/v3/objects/${type}/search`, request)
  const rows = Array.isArray(json['results']) ? (json['results'] as { id: string }[]) : []
  return { ids: rows.map(({ id }) => id), total: json['total'], status, json }
}

function where(propertyName: string, operator: string, more: object = {}): object {
  return { filters: [{ propertyName, operator, ...more }] }
}

describe.each(STOCK_CLIENTS)('a search by %s', (_, createClient) => {
  test('takes groups as alternatives and filters in a group together', async () => {
    const owner = { propertyName: 'hubspot_owner_id', operator: 'EQ', value: SEED.ines }
    const city = { propertyName: 'city', operator: 'EQ', value: 'hamburg' }
    const name = { propertyName: 'firstname', operator: 'EQ', value: 'Hanna' }
    const found = await createClient(fake).crm.contacts.searchApi.doSearch({
      filterGroups: [{ filters: [owner, city] }, { filters: [name] }],
      properties: ['city'],
      sorts: ['-hs_object_id'],
      limit: 2,
    } as SearchRequest)
    expect(found.total).toBe(3)
    expect(found.results.map(({ id }) => id)).toEqual([SEED.hanna, SEED.merged])
    expect(Object.keys(found.results[0]?.properties ?? {})).toEqual([
      'city',
      'createdate',
      'hs_object_id',
      'lastmodifieddate',
    ])
    expect(found.paging?.next?.after).toBe('2')
    expect(fake.effects).toEqual([])
  })

  test('is refused beyond five groups', async () => {
    const group = { filters: [{ propertyName: 'email', operator: 'HAS_PROPERTY' }] }
    const searching = createClient(fake).crm.contacts.searchApi.doSearch({
      filterGroups: Array.from({ length: 6 }, () => group),
    } as SearchRequest)
    await expect(searching).rejects.toMatchObject({
      code: 400,
      body: { category: 'VALIDATION_ERROR' },
    })
  })
})

describe('a filter', () => {
  test.each([
    ['EQ', { value: '812.50' }, ['501']],
    ['NEQ', { value: '40' }, ['501', '510', '511']],
    ['LT', { value: '812.5' }, ['506']],
    ['LTE', { value: '812.5' }, ['501', '506']],
    ['GT', { value: '812.5' }, ['510', '511']],
    ['GTE', { value: '12000' }, ['510', '511']],
    ['BETWEEN', { value: '40', highValue: '12000' }, ['501', '506', '511']],
    ['IN', { values: ['40', '99000'] }, ['506', '510']],
    ['NOT_IN', { values: ['40', '99000'] }, ['501', '511']],
    ['HAS_PROPERTY', {}, ['501', '506', '510', '511']],
    ['NOT_HAS_PROPERTY', {}, ['502', '503', '504', '505', '512', '515']],
  ])('%s %o on a number finds %o', async (operator, more, ids) => {
    const found = await search({ filterGroups: [where('lifetime_value', operator, more)] })
    expect(found.ids).toEqual(ids)
    expect(found.total).toBe(ids.length)
  })

  test.each([
    ['EQ', { value: 'hAmBuRg' }, ['502', '504', '510']],
    ['IN', { values: ['hamburg', 'bremen'] }, ['501', '502', '504', '510']],
    ['IN', { values: ['Hamburg'] }, []],
    ['CONTAINS_TOKEN', { value: 'ham*' }, ['502', '504', '510']],
    ['CONTAINS_TOKEN', { value: 'ham' }, []],
    ['NOT_CONTAINS_TOKEN', { value: 'hamburg' }, ['501']],
    ['GT', { value: 'c' }, ['502', '504', '510']],
  ])('%s %o on text finds %o', async (operator, more, ids) => {
    const found = await search({ filterGroups: [where('city', operator, more)] })
    expect(found.ids).toEqual(ids)
  })

  test('on a hidden property is an oracle, as it is at HubSpot', async () => {
    const found = await search({ filterGroups: [where('ssn', 'GT', { value: '4' })] })
    expect(found.ids).toEqual([SEED.viktor])
  })

  test('may ask what a record belongs to', async () => {
    const asked = async (operator: string, more: object = {}): Promise<string[]> => {
      const filters = [where('associations.company', operator, more)]
      return (await search({ filterGroups: filters })).ids
    }
    expect(await asked('EQ', { value: SEED.cafe })).toEqual([SEED.mara, SEED.omar])
    expect(await asked('IN', { values: [SEED.cafe, '610'] })).toEqual(['501', '502', '510'])
    expect(await asked('NOT_IN', { values: [SEED.cafe, '610'] })).toHaveLength(7)
    expect(await asked('HAS_PROPERTY')).toEqual(['501', '502', '510'])
    expect(await asked('NOT_HAS_PROPERTY')).toHaveLength(7)
    expect(await asked('NEQ', { value: SEED.cafe })).toHaveLength(8)
  })

  test('takes a moment in milliseconds and in ISO 8601', async () => {
    const { createdAt } = fake.crm.require('contacts', SEED.viktor)
    for (const value of [createdAt, String(Date.parse(createdAt))]) {
      const found = await search({ filterGroups: [where('createdate', 'EQ', { value })] })
      expect(found.ids).toEqual([SEED.viktor])
    }
  })

  test.each([
    [where('nonsense', 'EQ', { value: 'x' })],
    [where('city', 'LIKE', { value: 'x' })],
    [where('city', 'EQ')],
    [where('city', 'IN', { value: 'x' })],
    [where('lifetime_value', 'BETWEEN', { value: '1' })],
    [where('associations.unicorns', 'EQ', { value: '1' })],
    [where('associations.companies', 'GT', { value: '1' })],
  ])('%o is refused', async (group) => {
    expect((await search({ filterGroups: [group] })).status).toBe(400)
  })
})

describe('a search', () => {
  test('without groups finds everything, and so does a group without filters', async () => {
    expect((await search({})).total).toBe(10)
    const groups = [{ filters: [] }, where('city', 'EQ', { value: 'Bremen' })]
    expect((await search({ filterGroups: groups })).total).toBe(10)
  })

  const has = { propertyName: 'email', operator: 'HAS_PROPERTY' }
  const groupsOf = (...sizes: number[]): object => ({
    filterGroups: sizes.map((size) => ({ filters: Array.from({ length: size }, () => has) })),
  })

  test.each([
    ['ten filters in a group', groupsOf(10), 200],
    ['eleven filters in a group', groupsOf(11), 400],
    ['25 filters in all', groupsOf(10, 10, 5), 200],
    ['26 filters in all', groupsOf(10, 10, 6), 400],
    ['200 results a page', { limit: 200 }, 200],
    ['201 results a page', { limit: 201 }, 400],
    ['no results a page', { limit: 0 }, 400],
    ['the end of ten thousand', { after: '9990', limit: 10 }, 200],
    ['what is beyond ten thousand', { after: '9991', limit: 10 }, 400],
    ['two sorts', { sorts: ['email', 'city'] }, 400],
    ['a sort by what there is not', { sorts: ['nonsense'] }, 400],
    ['a body of more than 3000 characters', { query: 'x'.repeat(3000) }, 400],
  ])('for %s is answered %#', async (_what, request, status) => {
    expect((await search(request)).status).toBe(status)
  })

  test('by a query looks through properties that it does not show', async () => {
    const found = await search({ query: '5550101', properties: ['firstname'] })
    expect(found.ids).toEqual([SEED.mara])
    expect(JSON.stringify(found.json)).not.toContain('5550101')
    expect((await search({ query: 'lawyer damages' }, 'tickets')).ids).toEqual([SEED.lawsuit])
    expect((await search({ query: 'lawyer nonsense' }, 'tickets')).ids).toEqual([])
    expect((await search({ query: '078-05' })).ids).toEqual([])
  })

  test('sorts by one property, up and down, in all three ways of writing', async () => {
    const first = async (sort: unknown): Promise<string | undefined> => {
      const request = {
        filterGroups: [where('lifetime_value', 'HAS_PROPERTY')],
        sorts: [sort],
      }
      return (await search(request)).ids[0]
    }
    expect(await first('lifetime_value')).toBe('506')
    expect(await first('-lifetime_value')).toBe(SEED.viktor)
    const written = { propertyName: 'lifetime_value', direction: 'DESCENDING' }
    expect(await first(written)).toBe(SEED.viktor)
  })

  test('never shows what is archived', async () => {
    expect((await search({ limit: 200 })).ids).not.toContain(SEED.archived)
  })

  test('sees what was, until the index has caught up', async () => {
    const inUlm = { filterGroups: [where('city', 'EQ', { value: 'Ulm' })] }
    fake.crm.isSearchBehind = true
    await ask(fake, 'PATCH /crm/v3/objects/contacts/501', { properties: { city: 'Ulm' } })
    await ask(fake, `DELETE /crm/v3/objects/contacts/${SEED.omar}`)
    expect((await search(inUlm)).ids).toEqual([])
    const inBremen = { filterGroups: [where('city', 'EQ', { value: 'Bremen' })] }
    expect(JSON.stringify((await search({ ...inBremen, properties: ['city'] })).json)).toContain(
      'Bremen',
    )
    expect((await search({})).ids).toContain(SEED.omar)
    fake.crm.catchUp()
    expect((await search(inUlm)).ids).toEqual([SEED.mara])
    expect((await search({})).ids).not.toContain(SEED.omar)
  })
})
