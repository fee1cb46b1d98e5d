import fc from 'fast-check'
import {
  parseCapabilities,
  parseNarrowing,
  type Action,
  type Budgets,
  type Capability,
  type CrmTarget,
  type Narrowing,
} from '../../capabilities/index.ts'
import { ENDS, hours, rarely, some, withoutUndefined } from './vocabulary-common.ts'

export { AUDIENCE, moments } from './vocabulary-common.ts'

/** small pools, as in vocabulary-arbitraries.ts; what a filter looks at is never among what is written */
const OBJECTS = ['contacts', 'deals'] as const
const CUSTOM_TYPES = ['2-11', '2-22']
const OWNERS = ['101', '102']
const PIPELINES = ['default', 'renewals']
const LISTS = ['7', '8']
const IDS = ['1', '2', '3']
const FILTERED = ['tier', 'region']
const VALUES = ['gold', 'a=b']
const READABLE = ['email', 'firstname', 'tier']
const WRITABLE = ['firstname', 'phone']
const TYPES = ['contacts', 'deals', 'notes', '2-11']
const TEXTS = ['see you tomorrow', 'card 4111 1111 1111 1111']

const where = fc
  .record({
    owner: rarely(fc.oneof(fc.constantFrom(...OWNERS), some(OWNERS))),
    pipeline: rarely(some(PIPELINES)),
    list: rarely(some(LISTS)),
    property: rarely(
      fc
        .subarray(FILTERED, { minLength: 1 })
        .chain((names) =>
          fc.tuple(
            ...names.map((name) =>
              fc.constantFrom(...VALUES).map((value) => ({ name, equals: value })),
            ),
          ),
        ),
    ),
  })
  .map(withoutUndefined)
  .filter((said) => Object.keys(said).length > 0)

const limit = fc
  .record({
    per: fc.constantFrom('hour', 'day', 'grant'),
    calls: fc.constantFrom(1, 5, 40),
    over: fc.constantFrom(undefined, undefined, 'ask'),
  })
  .map(withoutUndefined)

const general = {
  limits: rarely(fc.array(limit, { minLength: 1, maxLength: 2 })),
  hours: fc.option(hours, { nil: undefined, freq: 8 }),
  expires_at: fc.option(fc.constantFrom(...ENDS), { nil: undefined, freq: 5 }),
}

const body = fc
  .record({
    html: rarely(fc.constant('none')),
    links: rarely(fc.constant('none')),
    refuse: rarely(some(['payment_card', 'tomorrow'])),
  })
  .map(withoutUndefined)
  .filter((said) => Object.keys(said).length > 0)

const reading = {
  where: rarely(where),
  records: rarely(some(IDS)),
  associations: fc.subarray(TYPES),
  properties: fc.oneof(
    fc.constant({ read: ['*'] }),
    fc.subarray(READABLE).map((read) => ({ read })),
  ),
}
const searching = {
  must_filter_on: rarely(
    fc.array(fc.subarray(['email', 'phone', 'tier'], { minLength: 1 }), {
      minLength: 1,
      maxLength: 3,
    }),
  ),
  max_results: rarely(fc.constantFrom(1, 5, 100)),
  associations: fc.subarray(TYPES),
  properties: reading.properties,
}
const writing = {
  where: rarely(where),
  properties: some(WRITABLE).map((write) => ({ write })),
  batch_max: rarely(fc.constantFrom(1, 2, 100)),
  body: rarely(body),
  approval: fc.option(fc.constant('always'), { nil: undefined, freq: 5 }),
}

const objects = fc.constantFrom(...OBJECTS)
const ofObject = (verb: string, fields: Record<string, fc.Arbitrary<unknown>>) =>
  fc
    .tuple(objects, fc.record({ ...fields, ...general }))
    .map(([object, said]) => ({ actions: [`${object}.${verb}`], ...said }))

const entries = fc
  .oneof(
    ofObject('read', reading),
    ofObject('search', searching),
    ofObject('create', { ...writing, associations: fc.subarray(TYPES) }),
    ofObject('update', { ...writing, records: rarely(some(IDS)) }),
    fc
      .tuple(some(CUSTOM_TYPES), fc.record({ ...reading, ...general }))
      .map(([types, said]) => ({ actions: ['custom.read'], object_types: types, ...said })),
    fc
      .tuple(objects, fc.record({ ...reading, ...writing, properties: fc.constant(undefined) }))
      .map(([object, said]) => ({
        actions: [`${object}.read`, `${object}.update`],
        ...said,
        properties: { read: READABLE, write: WRITABLE },
      })),
    fc
      .record({ associations: some(TYPES), batch_max: writing.batch_max, ...general })
      .map((said) => ({ actions: ['associations.write'], ...said })),
    fc
      .record({ owner_emails: rarely(fc.constantFrom('none', 'shown')) })
      .map((said) => ({ actions: ['owners.read'], ...said })),
    fc.constant({ actions: ['users.provision', 'pipelines.read', 'properties.read'] }),
  )
  .map((entry) => withoutUndefined({ type: 'hubspot', ...entry }))

/** of an attenuation, which leaves things to its parent */
const loose = fc
  .tuple(entries, fc.subarray(['properties', 'associations', 'object_types']))
  .map(([entry, unsaid]) =>
    Object.fromEntries(Object.entries(entry).filter(([key]) => !unsaid.includes(key))),
  )

function parsedBy<T>(
  parse: (json: unknown) => T[],
  from: fc.Arbitrary<Record<string, unknown>>,
): fc.Arbitrary<T> {
  return from
    .map((entry) => {
      try {
        return parse([entry])[0]
      } catch {
        return undefined
      }
    })
    .filter((parsed) => parsed !== undefined)
}

export const capabilities: fc.Arbitrary<Capability> = parsedBy(parseCapabilities, entries)
export const narrowings: fc.Arbitrary<Narrowing> = parsedBy(parseNarrowing, loose)

/** which counters had room */
export const rooms: fc.Arbitrary<Budgets> = fc.oneof(
  fc.constant('assumed' as const),
  fc
    .tuple(
      fc.subarray(['hubspot.reading', 'hubspot.searching', 'hubspot.writing']),
      fc.subarray(['hour', 'day', 'grant']),
    )
    .map(([subjects, windows]) =>
      subjects.flatMap((subject) =>
        windows.flatMap((window) =>
          [1, 5, 40].map((max) => ({ dimension: `${subject}.calls`, window, max })),
        ),
      ),
    ),
)

const values = (): fc.Arbitrary<string | undefined> => fc.constantFrom(undefined, ...VALUES)
const records = fc
  .record({
    id: fc.constantFrom(...IDS),
    lists: fc.option(fc.subarray(LISTS), { nil: undefined, freq: 5 }),
    properties: fc
      .record({
        hubspot_owner_id: fc.constantFrom(undefined, ...OWNERS),
        pipeline: fc.constantFrom(undefined, ...PIPELINES),
        tier: values(),
        region: values(),
      })
      .map((all) => withoutUndefined(all) as Record<string, string>),
  })
  .map(({ id, lists, properties }) => ({ id, properties, ...(lists && { lists }) }))

const content = fc.record({
  html: fc.constantFrom('none' as const, 'sanitised' as const),
  linkOrigins: fc.subarray(['new' as const]),
  texts: fc.subarray(TEXTS, { maxLength: 1 }),
})
const shows = fc.subarray(READABLE, { maxLength: 2 })
const associated = fc.subarray(TYPES, { maxLength: 1 })
const inputs = fc.constantFrom(1, 2, 3, 11)

const written = {
  record: records,
  writes: fc.subarray([...WRITABLE, 'tier', 'hubspot_owner_id', 'pipeline'], { maxLength: 2 }),
  inputs,
  content,
}
const acting = (
  verb: 'read' | 'search' | 'create' | 'update',
  fields: { [Key in keyof CrmTarget]: fc.Arbitrary<CrmTarget[Key]> },
): fc.Arbitrary<Action> =>
  fc.tuple(objects, fc.record(fields)).map(([objectType, crm]) => ({
    operation: `hubspot.${objectType}.${verb}`,
    crm: { objectType, ...crm },
  }))

export const actions: fc.Arbitrary<Action> = fc.oneof(
  acting('read', { record: records, shows, associations: associated }),
  acting('search', {
    pinned: fc.subarray(['email', 'phone', 'tier']),
    maxResults: fc.constantFrom(1, 2, 5, 6, 101),
    shows,
    associations: associated,
  }),
  acting('create', { ...written, associations: associated }),
  acting('update', written),
  fc
    .tuple(fc.constantFrom(...CUSTOM_TYPES), records, shows, associated)
    .map(([objectType, record, names, associations]): Action => ({
      operation: 'hubspot.custom.read',
      crm: { objectType, record, shows: names, associations },
    })),
  fc.tuple(associated, associated, inputs).map(([one, other, count]): Action => ({
    operation: 'hubspot.associations.write',
    crm: { associations: [...one, ...other], inputs: count },
  })),
  fc.boolean().map((ownerEmails): Action => ({
    operation: 'hubspot.owners.read',
    crm: { ownerEmails },
  })),
  fc
    .constantFrom(
      'hubspot.properties.read' as const,
      'hubspot.pipelines.read' as const,
      'hubspot.users.provision' as const,
    )
    .map((operation): Action => ({ operation, crm: {} })),
)
