import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { SEED } from '../fakes/hubspot/index.ts'
import { openHubspotDesk, type HubspotDesk } from '../support/hubspot-desk.ts'
import { expectReached, runs } from './runs.ts'

let desk: HubspotDesk

beforeAll(async () => {
  desk = await openHubspotDesk()
})
afterAll(async () => {
  await desk.close()
})

const OWNERS = [SEED.ines, SEED.jonas]
const CITIES = ['Lisbon', 'Oslo']
const PROPERTIES = ['email', 'firstname', 'lastname', 'city', 'phone', 'ssn', 'internal_remarks']
const IDS = [SEED.mara, SEED.omar, SEED.lena, SEED.viktor, SEED.hanna, SEED.ownerless]

interface Grant {
  readonly owner: string[] | undefined
  readonly city: string | undefined
  readonly records: string[] | undefined
  readonly read: string[]
}

const grants: fc.Arbitrary<Grant> = fc.record({
  owner: fc.option(fc.subarray(OWNERS, { minLength: 1 }), { nil: undefined }),
  city: fc.option(fc.constantFrom(...CITIES), { nil: undefined }),
  records: fc.option(fc.subarray(IDS, { minLength: 1 }), { nil: undefined, freq: 3 }),
  read: fc.subarray(PROPERTIES, { minLength: 1 }),
})

/** who owns each contact, and where it lives */
const worlds = fc.tuple(
  ...IDS.map(() =>
    fc.record({
      owner: fc.constantFrom(...OWNERS, ''),
      city: fc.constantFrom(...CITIES, ''),
    }),
  ),
)

interface Question {
  readonly method: string
  readonly path: string
  readonly body?: object
}

const asked = fc.subarray([...PROPERTIES, 'hubspot_owner_id'])
const filter = fc.record({
  propertyName: fc.constantFrom(...PROPERTIES, 'hubspot_owner_id', 'hs_object_id'),
  operator: fc.constantFrom('EQ', 'NEQ', 'HAS_PROPERTY', 'GT'),
  value: fc.constantFrom(...CITIES, ...OWNERS, ...IDS, 'a'),
})
const PREFIXES = ['/crm/v3/objects/contacts', '/crm/objects/2026-03/0-1', '/crm/v3/objects/contact']

const questions: fc.Arbitrary<Question> = fc
  .tuple(
    fc.constantFrom(...PREFIXES),
    asked,
    fc.oneof(
      fc.record({ kind: fc.constant('get' as const), id: fc.constantFrom(...IDS) }),
      fc.record({ kind: fc.constant('list' as const), limit: fc.integer({ min: 1, max: 5 }) }),
      fc.record({
        kind: fc.constant('search' as const),
        filterGroups: fc.array(fc.record({ filters: fc.array(filter, { maxLength: 2 }) }), {
          maxLength: 2,
        }),
        sorts: fc.option(fc.constantFrom(...PROPERTIES), { nil: undefined }),
        query: fc.option(fc.constantFrom('a', 'lisbon'), { nil: undefined, freq: 6 }),
      }),
      fc.record({
        kind: fc.constant('batch' as const),
        ids: fc.subarray(IDS, { minLength: 1 }),
        history: fc.boolean(),
      }),
    ),
  )
  .map(([prefix, properties, one]): Question => {
    const names = properties.map((name) => `properties=${name}`).join('&')
    switch (one.kind) {
      case 'get':
        return {
          method: 'GET',
          path: `${prefix}/${one.id}?${names}&propertiesWithHistory=email,ssn`,
        }
      case 'list':
        return { method: 'GET', path: `${prefix}?limit=${one.limit}&${names}` }
      case 'search': {
        const { filterGroups, sorts, query } = one
        const body = {
          filterGroups,
          properties,
          ...(sorts && { sorts: [{ propertyName: sorts, direction: 'ASCENDING' }] }),
          ...(query && { query }),
        }
        return { method: 'POST', path: `${prefix}/search`, body }
      }
      case 'batch': {
        const inputs = one.ids.map((id) => ({ id }))
        const body = { inputs, properties, ...(one.history && { propertiesWithHistory: ['ssn'] }) }
        return { method: 'POST', path: `${prefix}/batch/read`, body }
      }
    }
  })

test('whatever is granted, stored and asked, only records and properties that the grant shows reach the agent', async () => {
  let shown = 0
  let refused = 0
  await fc.assert(
    fc.asyncProperty(
      grants,
      worlds,
      fc.array(questions, { minLength: 1, maxLength: 6 }),
      async (grant, world, all) => {
        desk.reset()
        IDS.forEach((id, index) => {
          const { properties } = desk.hubspot.crm.require('contacts', id)
          properties.set('hubspot_owner_id', world[index]?.owner ?? '')
          properties.set('city', world[index]?.city ?? '')
        })
        desk.hubspot.crm.catchUp()
        const token = desk.mint([toEntry(grant)])
        for (const { method, path, body } of all) {
          const { status, json } = await desk.send(token, method, path, body)
          if (status >= 400) refused++
          for (const record of recordsIn(json)) {
            shown++
            expect(isShown(grant, record.id)).toBe(true)
            for (const name of namesIn(record))
              expect([...grant.read, 'hs_object_id']).toContain(name)
          }
          const total = (json as { total?: number }).total ?? 0
          expect(total).toBeLessThanOrEqual(everybody().filter((id) => isShown(grant, id)).length)
        }
      },
    ),
    runs(250),
  )
  expectReached({ shown, refused })
}, 120_000)

/** the other contacts of the shop too, as they were seeded */
function everybody(): string[] {
  return desk.hubspot.crm
    .records('contacts')
    .filter(({ archivedAt }) => archivedAt === undefined)
    .map(({ id }) => id)
}

/** the plain meaning, told by what is stored now */
function isShown({ owner, city, records }: Grant, id: string): boolean {
  const { properties } = desk.hubspot.crm.require('contacts', id)
  return (
    (owner === undefined || owner.includes(properties.get('hubspot_owner_id') ?? '')) &&
    (city === undefined || properties.get('city') === city) &&
    (records === undefined || records.includes(id))
  )
}

function toEntry({ owner, city, records, read }: Grant): object {
  const where = {
    ...(owner && { owner }),
    ...(city && { property: [{ name: 'city', equals: city }] }),
  }
  return {
    type: 'hubspot',
    actions: ['contacts.read', 'contacts.search'],
    properties: { read },
    ...(Object.keys(where).length > 0 && { where }),
    ...(records && { records }),
  }
}

interface Shown {
  readonly id: string
  readonly properties?: Readonly<Record<string, unknown>>
  readonly propertiesWithHistory?: Readonly<Record<string, unknown>>
}

/** everything in an answer that looks like a record, wherever it stands */
function recordsIn(value: unknown): Shown[] {
  if (Array.isArray(value)) return value.flatMap(recordsIn)
  if (typeof value !== 'object' || value === null) return []
  const own = 'id' in value && 'properties' in value ? [value as Shown] : []
  return [...own, ...Object.values(value).flatMap(recordsIn)]
}

function namesIn({ properties = {}, propertiesWithHistory = {} }: Shown): string[] {
  return [...Object.keys(properties), ...Object.keys(propertiesWithHistory)]
}
