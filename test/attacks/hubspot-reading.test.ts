import { FilterOperatorEnum } from '@hubspot/api-client/lib/codegen/crm/contacts/index.js'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../fakes/hubspot/index.ts'
import { attempt } from '../support/hubspot-attempt.ts'
import { openHubspotDesk, type HubspotDesk, type Sent } from '../support/hubspot-desk.ts'

let desk: HubspotDesk

beforeAll(async () => {
  desk = await openHubspotDesk()
})
afterAll(() => desk.close())
beforeEach(() => desk.reset())

const READABLE = ['email', 'firstname', 'lastname', 'city']

/** Ines's contacts, of which the agent sees names, addresses and cities */
const ofInes = (more: object = {}): object => ({
  type: 'hubspot',
  actions: ['contacts.read', 'contacts.search'],
  where: { owner: SEED.ines },
  properties: { read: READABLE },
  associations: [],
  ...more,
})

/** what of Jonas's Viktor, and of what Ines's Mara hides, is nowhere in an answer */
function assertNothingHidden(...answers: readonly unknown[]): void {
  const text = JSON.stringify(answers)
  const { crm } = desk.hubspot
  for (const id of [SEED.viktor, SEED.hanna, SEED.ownerless]) {
    const { properties } = crm.require('contacts', id)
    for (const name of ['email', 'ssn', 'internal_remarks']) {
      const value = properties.get(name)
      if (value !== undefined) expect(text).not.toContain(value)
    }
  }
  const mara = crm.require('contacts', SEED.mara)
  for (const name of ['ssn', 'internal_remarks', 'phone', 'favourite_tea']) {
    const value = mara.properties.get(name)
    expect(value).toBeDefined()
    expect(text).not.toContain(value)
  }
  expect(text).not.toMatch(/hubapi\.com|app\.hubspot\.com|propertiesWithHistory|hubspot_owner_id/)
}

const filters = (...all: readonly object[]): object => ({ filterGroups: [{ filters: all }] })
const equal = (propertyName: string, value: string): object => ({
  propertyName,
  operator: 'EQ',
  value,
})

describe('79: one verdict for the same act, however it is spelt', () => {
  const PREFIXES = [
    '/crm/v3/objects',
    '/crm/objects/2025-09',
    '/crm/objects/2026-03',
    '/crm/objects/2026-09',
  ]
  const paths = PREFIXES.flatMap((prefix) =>
    ['contacts', 'contact', '0-1'].map((type) => `${prefix}/${type}`),
  )

  test.each(paths)('%s', async (path) => {
    const token = desk.mint([ofInes()])
    const seen = await desk.send(token, 'GET', `${path}/${SEED.mara}`)
    expect(seen.status).toBe(200)
    expect(seen.json).toMatchObject({ id: SEED.mara, archived: false })
    const hidden = await desk.send(token, 'GET', `${path}/${SEED.viktor}`)
    const missing = await desk.send(token, 'GET', `${path}/999999`)
    const archived = await desk.send(token, 'GET', `${path}/${SEED.archived}`)
    expect(hidden).toEqual(missing)
    expect(archived).toEqual(missing)
    expect(hidden.status).toBe(404)
    const found = await desk.send(token, 'POST', `${path}/search`, filters(equal('city', 'Bremen')))
    expect(found.json).toMatchObject({ total: 1, results: [{ id: SEED.mara }] })
    assertNothingHidden(seen, hidden, found)
  })

  test.each([
    '/crm/v3/objects/Contacts/501',
    '/crm/v3/objects/contacts/501/',
    '/crm/v2/objects/contacts/501',
    '/crm/objects/2027-03-beta/contacts/501',
    '/crm/objects/v3/contacts/501',
    '/crm/v3/objects/p123_teas/1601',
    '/crm/v3/objects/meetings/1',
    '/crm/v3/objects/contacts/501%2f..%2f510',
    '/crm/v3/objects/contacts/..',
    '//evil.example/crm/v3/objects/contacts/501',
  ])('%s is another address, and nothing is asked', async (path) => {
    const token = desk.mint([
      ofInes(),
      {
        type: 'hubspot',
        actions: ['custom.read'],
        object_types: ['2-3456789'],
        properties: { read: ['*'] },
      },
    ])
    const { status } = await desk.send(token, 'GET', path)
    expect(desk.hubspot.requests).toEqual([])
    expect([400, 403]).toContain(status)
  })

  test('a key of the old kind in the query is refused, with any value', async () => {
    const token = desk.mint([ofInes()])
    const { status } = await desk.send(
      token,
      'GET',
      `/crm/v3/objects/contacts/${SEED.mara}?hapikey=x`,
    )
    expect(desk.hubspot.requests).toEqual([])
    expect(status).toBe(403)
  })
})

describe('80: a search stays within the grant, whatever it asks for', () => {
  test.each<[string, object]>([
    [
      'an empty group beside another',
      { filterGroups: [{ filters: [] }, { filters: [equal('city', 'x')] }] },
    ],
    ['an unknown operator', filters({ propertyName: 'city', operator: 'MATCHES', value: 'x' })],
    ['a name twice', filters({ propertyName: 'city', operator: 'EQ', value: 'x', values: ['y'] })],
    ['two sorts', { sorts: ['city', 'email'] }],
    ['an unknown member', { ...filters(equal('city', 'x')), objectTypeId: '0-2' }],
    [
      'eleven filters',
      filters(...Array.from({ length: 10 }, (_one, at) => equal('city', `x${at}`))),
    ],
    [
      'six groups',
      {
        filterGroups: Array.from({ length: 6 }, (_one, at) => ({
          filters: [equal('city', `x${at}`)],
        })),
      },
    ],
    [
      'a long question',
      filters(
        equal('city', 'x'.repeat(990)),
        equal('email', 'x'.repeat(990)),
        equal('lastname', 'x'.repeat(990)),
      ),
    ],
  ])('%s is refused with a reason', async (_what, body) => {
    const token = desk.mint([ofInes()])
    const { status, json } = await desk.send(token, 'POST', '/crm/v3/objects/contacts/search', body)
    expect(desk.hubspot.requests).toEqual([])
    expect(status).toBe(400)
    expect(json).toMatchObject({ status: 'error', category: 'VALIDATION_ERROR' })
  })

  test('a name that stands twice in the JSON is refused', async () => {
    const token = desk.mint([ofInes()])
    const body = '{"limit":1,"limit":100}'
    const { status } = await desk.send(token, 'POST', '/crm/v3/objects/contacts/search', body)
    expect(desk.hubspot.requests).toEqual([])
    expect(status).toBe(400)
  })

  test('the filter of the grant stands in every group, and no hit is believed', async () => {
    const token = desk.mint([ofInes()])
    const groups = ['Mara', 'Viktor', 'Hanna'].map((name) => ({
      filters: [equal('firstname', name)],
    }))
    const found = await desk.send(token, 'POST', '/crm/v3/objects/contacts/search', {
      filterGroups: groups,
    })
    const [asked] = desk.hubspot.requests
    const sent = asked?.json as { filterGroups: { filters: { propertyName: string }[] }[] }
    expect(sent.filterGroups).toHaveLength(3)
    for (const { filters: all } of sent.filterGroups) {
      expect(all).toContainEqual(equal('hubspot_owner_id', SEED.ines))
    }
    expect(found.json).toMatchObject({ total: 1, results: [{ id: SEED.mara }] })
    assertNothingHidden(found)
  })

  test('the index may be behind: whose a record is is read again', async () => {
    const token = desk.mint([ofInes()])
    const { crm } = desk.hubspot
    desk.hubspot.onRequest = (request) => {
      if (request.target.endsWith('/batch/read')) {
        crm.update(crm.require('contacts', SEED.mara), { hubspot_owner_id: SEED.jonas })
      }
    }
    const found = await desk.send(
      token,
      'POST',
      '/crm/v3/objects/contacts/search',
      filters(equal('firstname', 'Mara')),
    )
    expect(found.json).toEqual({ total: 0, results: [] })
  })
})

describe('81: a hidden property is no oracle', () => {
  const oracles: [string, object][] = [
    ['a filter', filters({ propertyName: 'ssn', operator: 'GT', value: '5' })],
    ['a filter in capitals', filters({ propertyName: 'SSN', operator: 'HAS_PROPERTY' })],
    [
      'a filter in one group of two',
      { filterGroups: [{ filters: [equal('city', 'Bremen')] }, { filters: [equal('ssn', '1')] }] },
    ],
    ['a sort', { sorts: ['ssn'] }],
    ['a sort downwards', { sorts: ['-ssn'] }],
    ['a sort of the other shape', { sorts: [{ propertyName: 'ssn', direction: 'DESCENDING' }] }],
    ['the owner', filters(equal('hubspot_owner_id', SEED.ines))],
    ['free text, which looks through phone numbers too', { query: 'Mara' }],
  ]
  test.each(oracles)('%s', async (_what, body) => {
    const token = desk.mint([ofInes()])
    const { status, json } = await desk.send(token, 'POST', '/crm/v3/objects/contacts/search', body)
    expect(desk.hubspot.requests).toEqual([])
    expect(status).toBe(403)
    expect(json).toMatchObject({
      category: 'MISSING_SCOPES',
      context: { constraint: ['properties.read'] },
    })
  })

  test('links of other records are not searched through', async () => {
    const token = desk.mint([ofInes()])
    const body = filters(equal('associations.company', SEED.cafe))
    const { status } = await desk.send(token, 'POST', '/crm/v3/objects/contacts/search', body)
    expect(desk.hubspot.requests).toEqual([])
    expect(status).toBe(400)
  })

  test('what is visible of one owner’s records finds none of another’s by it', async () => {
    const token = desk.mint([
      ofInes({ properties: { read: ['email'] } }),
      ofInes({ where: { owner: SEED.jonas }, properties: { read: ['email', 'phone'] } }),
    ])
    const { crm } = desk.hubspot
    const phone = crm.require('contacts', SEED.mara).properties.get('phone') ?? ''
    const found = await desk.send(
      token,
      'POST',
      '/crm/v3/objects/contacts/search',
      filters(equal('phone', phone)),
    )
    expect(found.json).toEqual({ total: 0, results: [] })
  })

  test('free text is searched where all that it looks through may be seen', async () => {
    const token = desk.mint([ofInes({ properties: { read: ['*'] } })])
    const found = await desk.send(token, 'POST', '/crm/v3/objects/contacts/search', {
      query: 'mara',
    })
    expect(found.json).toMatchObject({ total: 1, results: [{ id: SEED.mara }] })
  })
})

describe('82: hidden properties are absent, however they are asked for', () => {
  test.each([
    '?properties=ssn,email',
    '?properties=ssn&properties=email,internal_remarks',
    '?properties=email&propertiesWithHistory=ssn,city',
    '?propertiesWithHistory=city&propertiesWithHistory=internal_remarks',
    '?properties=SSN,%20ssn,hubspot_owner_id,phone',
    '',
  ])('%s', async (query) => {
    const token = desk.mint([ofInes()])
    const one = await desk.send(token, 'GET', `/crm/v3/objects/contacts/${SEED.mara}${query}`)
    const list = await desk.send(token, 'GET', `/crm/v3/objects/contacts${query}`)
    for (const answer of [one, list]) expect(answer.status).toBe(200)
    const many = await desk.send(token, 'POST', '/crm/v3/objects/contacts/batch/read', {
      inputs: [{ id: SEED.mara }],
      properties: ['ssn', 'email'],
      propertiesWithHistory: ['internal_remarks'],
    })
    expect(many.json).toMatchObject({ results: [{ id: SEED.mara }] })
    assertNothingHidden(one, list, many)
    expect(one.text).not.toContain('Kiel')
  })

  test('both stock clients understand the answers', async () => {
    const token = desk.mint([ofInes()])
    const properties = ['email', 'ssn']
    for (const client of [desk.client(token), desk.client13(token)]) {
      const { contacts } = client.crm
      const one = await contacts.basicApi.getById(SEED.mara, properties)
      expect(Object.keys(one.properties).sort()).toEqual(['email', 'hs_object_id'])
      expect(one.createdAt).toBeInstanceOf(Date)
      const page = await contacts.basicApi.getPage(10, undefined, properties)
      const all = await contacts.getAll(1)
      expect(all.map(({ id }) => id)).toEqual(page.results.map(({ id }) => id))
      const found = await contacts.searchApi.doSearch({
        filterGroups: [
          { filters: [{ propertyName: 'city', operator: FilterOperatorEnum.Eq, value: 'Bremen' }] },
        ],
        limit: 10,
        properties,
        sorts: ['-city'],
      } as never)
      expect(found.results.map(({ id }) => id)).toEqual([SEED.mara])
      const batch = await contacts.batchApi.read({
        inputs: [{ id: SEED.mara }, { id: SEED.viktor }],
        properties,
        propertiesWithHistory: [],
      })
      expect(batch.results.map(({ id }) => id)).toEqual([SEED.mara])
      assertNothingHidden(one, page, all, found, batch)
      expect(await attempt(contacts.basicApi.getById(SEED.viktor))).toBe('404 OBJECT_NOT_FOUND')
    }
  })
})

describe('83: nobody is found by what may not be seen of him', () => {
  const byEmail = (email: string, token: string): Promise<Sent> =>
    desk.send(
      token,
      'GET',
      `/crm/v3/objects/contacts/${encodeURIComponent(email)}?idProperty=email&properties=city`,
    )
  const emailOf = (id: string): string =>
    desk.hubspot.crm.require('contacts', id).properties.get('email') ?? ''

  test('a hidden address is a missing one, byte for byte', async () => {
    const token = desk.mint([ofInes()])
    const hidden = await byEmail(emailOf(SEED.viktor), token)
    const missing = await byEmail('nobody@guest.example', token)
    const second = await byEmail('old.lena@guest.example', token)
    expect(hidden.status).toBe(404)
    expect(hidden).toEqual(missing)
    expect(second).toEqual(missing)
    const found = await byEmail(emailOf(SEED.mara), token)
    expect(found.json).toMatchObject({ id: SEED.mara })
  })

  test('an address that is not shown finds nobody', async () => {
    const token = desk.mint([ofInes({ properties: { read: ['city'] } })])
    const hidden = await byEmail(emailOf(SEED.mara), token)
    const missing = await byEmail('nobody@guest.example', token)
    expect(hidden).toEqual(missing)
    const batch = (id: string): Promise<Sent> =>
      desk.send(token, 'POST', '/crm/v3/objects/contacts/batch/read', {
        inputs: [{ id }],
        idProperty: 'email',
        properties: ['city'],
      })
    expect(await batch(emailOf(SEED.mara))).toEqual(await batch('nobody@guest.example'))
  })

  test('a batch answers what is hidden as what is missing', async () => {
    const token = desk.mint([ofInes()])
    const batch = (id: string): Promise<Sent> =>
      desk.send(token, 'POST', '/crm/v3/objects/contacts/batch/read', {
        inputs: [{ id: SEED.mara }, { id }],
        properties: ['city'],
      })
    const [hidden, missing] = [await batch(SEED.viktor), await batch('999999')]
    expect(hidden.status).toBe(207)
    const strip = ({ text }: Sent, id: string): string =>
      text.replaceAll(id, 'ID').replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    expect(strip(hidden, SEED.viktor)).toBe(strip(missing, '999999'))
    expect(hidden.json).toMatchObject({ results: [{ id: SEED.mara }], numErrors: 1 })
  })

  test('whoever was merged into another is the other', async () => {
    const token = desk.mint([ofInes()])
    const { json } = await desk.send(token, 'GET', `/crm/v3/objects/contacts/${SEED.mergedAway}`)
    expect(json).toMatchObject({ id: SEED.merged })
  })

  test('another record in place of the one that was asked for is not shown', async () => {
    const token = desk.mint([ofInes()])
    desk.hubspot.failNextRead({ kind: 'other_record', id: SEED.viktor })
    const other = await desk.send(token, 'GET', `/crm/v3/objects/contacts/${SEED.mara}`)
    expect(other.status).toBe(502)
    assertNothingHidden(other)
  })
})

describe('84: links are shown to what may be seen, and to kinds that are granted', () => {
  const linked = (token: string, path: string, body?: object): Promise<Sent> =>
    desk.send(token, body === undefined ? 'GET' : 'POST', path, body)
  const both = (): string =>
    desk.mint([
      ofInes({ associations: ['companies'] }),
      {
        type: 'hubspot',
        actions: ['companies.read'],
        where: { owner: SEED.ines },
        properties: { read: ['name'] },
        associations: [],
      },
    ])
  const ROUTES: [string, object?][] = [
    [`/crm/v3/objects/contacts/${SEED.mara}?associations=companies`],
    [`/crm/v3/objects/contacts/${SEED.mara}?associations=company,0-2`],
    [`/crm/v3/objects/contacts/${SEED.mara}/associations/companies`],
    [`/crm/v4/objects/contacts/${SEED.mara}/associations/companies`],
    [`/crm/v4/objects/contact/${SEED.mara}/associations/0-2`],
    [`/crm/objects/2026-03/contacts/${SEED.mara}/associations/company`],
    ['/crm/v3/associations/contacts/companies/batch/read', { inputs: [{ id: SEED.mara }] }],
    ['/crm/v4/associations/contacts/companies/batch/read', { inputs: [{ id: SEED.mara }] }],
    ['/crm/associations/2026-09/0-1/0-2/batch/read', { inputs: [{ id: SEED.mara }] }],
  ]

  test.each(ROUTES)('%s: not granted', async (path, body) => {
    const token = desk.mint([ofInes()])
    const answer = await linked(token, path, body)
    expect(desk.hubspot.requests.some(({ target }) => target.includes('associations'))).toBe(false)
    expect(answer.status).toBe(403)
    expect(answer.json).toMatchObject({ context: { constraint: ['associations'] } })
    // whoever may not see the record is told what is told of one that is not there
    const hidden = await linked(
      token,
      path.replace(SEED.mara, SEED.viktor),
      body && { inputs: [{ id: SEED.viktor }] },
    )
    expect(hidden.status).toBe(404)
  })

  test.each(ROUTES)('%s: a hidden end is left out', async (path, body) => {
    const { status, text } = await linked(both(), path, body)
    expect(status).toBe(200)
    expect(text).toMatch(new RegExp(`"${SEED.cafe}"|:${SEED.cafe}[,}]`))
    const { results, ...rest } = JSON.parse(text) as { results?: unknown }
    const ends = JSON.stringify(results ?? (rest as { associations: unknown }).associations)
    expect(ends.replaceAll(`"from":{"id":"${SEED.mara}"}`, '')).not.toMatch(
      new RegExp(`"(?:id|toObjectId)":"?${SEED.hiddenCompany}`),
    )
  })

  test('an end of a kind that is not read is not asked about', async () => {
    const token = desk.mint([ofInes({ associations: ['companies'] })])
    const path = `/crm/v4/objects/contacts/${SEED.mara}/associations/companies`
    const { json } = await linked(token, path)
    expect(desk.hubspot.requests.some(({ target }) => target.includes('0-2/batch'))).toBe(false)
    expect(json).toEqual({ results: [] })
  })
})

describe('89 and 90: nothing tells of what is hidden', () => {
  test('no link of HubSpot’s, no cursor of HubSpot’s, no number of hidden rows', async () => {
    const token = desk.mint([ofInes()])
    const first = await desk.send(token, 'GET', '/crm/v3/objects/contacts?limit=1')
    const paging = first.json['paging'] as { next: { after: string; link?: string } }
    expect(Object.keys(paging.next)).toEqual(['after'])
    expect(paging.next.after.length).toBeGreaterThan(40)
    const found = await desk.send(token, 'POST', '/crm/v3/objects/contacts/search', {
      filterGroups: [],
      limit: 2,
    })
    expect(found.json).toMatchObject({ total: 3 })
    assertNothingHidden(first, found)
  })

  test('a cursor is of its question and of its grant', async () => {
    const token = desk.mint([ofInes()])
    const first = await desk.send(token, 'GET', '/crm/v3/objects/contacts?limit=1')
    const { after } = (first.json['paging'] as { next: { after: string } }).next
    const other = desk.mint([ofInes()], 'g_other')
    for (const [by, path] of [
      [other, `/crm/v3/objects/contacts?limit=1&after=${after}`],
      [token, `/crm/v3/objects/contacts?limit=1&properties=city&after=${after}`],
      [token, '/crm/v3/objects/contacts?limit=1&after=2'],
    ] as const) {
      expect((await desk.send(by, 'GET', path)).status).toBe(400)
    }
  })

  test('a search pins what it must, in every group, and goes no further than it may', async () => {
    const token = desk.mint([ofInes({ must_filter_on: ['email'], max_results: 5 })])
    const search = (body: object): Promise<Sent> =>
      desk.send(token, 'POST', '/crm/v3/objects/contacts/search', { limit: 5, ...body })
    const email = equal('email', 'mara@cafe.example')
    for (const [constraint, body] of [
      ['must_filter_on', {}],
      ['must_filter_on', filters(equal('city', 'Bremen'))],
      [
        'must_filter_on',
        { filterGroups: [{ filters: [email] }, { filters: [equal('city', 'x')] }] },
      ],
      ['must_filter_on', filters({ propertyName: 'email', operator: 'IN', values: ['a', 'b'] })],
      [
        'must_filter_on',
        filters({ propertyName: 'email', operator: 'CONTAINS_TOKEN', value: '*' }),
      ],
      ['max_results', { ...filters(email), limit: 6 }],
    ] as const) {
      const { status, json } = await search(body)
      expect(desk.hubspot.requests).toEqual([])
      expect([status, json['context']]).toMatchObject([403, { constraint: [constraint] }])
    }
    expect((await desk.send(token, 'GET', '/crm/v3/objects/contacts')).status).toBe(403)
    expect(desk.hubspot.requests).toEqual([])
    expect((await search(filters(email))).status).toBe(200)
  })

  test('reading is counted record by record', async () => {
    const token = desk.mint([ofInes({ limits: [{ per: 'day', calls: 3 }] })], 'g_counted')
    const read = (): Promise<Sent> =>
      desk.send(token, 'GET', `/crm/v3/objects/contacts/${SEED.mara}`)
    const batch = await desk.send(token, 'POST', '/crm/v3/objects/contacts/batch/read', {
      inputs: [{ id: SEED.mara }, { id: SEED.omar }],
    })
    expect(batch.status).toBe(200)
    expect((await read()).status).toBe(200)
    const over = await read()
    expect([over.status, over.json['category']]).toEqual([403, 'LIMIT_REACHED'])
  })
})

describe('which records', () => {
  test('by list: whoever is on none of them is not there', async () => {
    const { crm } = desk.hubspot
    const token = desk.mint([ofInes({ where: { list: '9' } })])
    const path = `/crm/v3/objects/contacts/${SEED.viktor}`
    expect((await desk.send(token, 'GET', path)).status).toBe(404)
    crm.lists.set('9', new Set([SEED.viktor]))
    expect((await desk.send(token, 'GET', path)).status).toBe(200)
  })
})
