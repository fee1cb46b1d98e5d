import { describe, expect, test } from 'vitest'
import {
  authorize,
  compileAttenuation,
  compileGrant,
  describe as rowsOf,
  describeAbsent,
  explainDenial,
  HUBSPOT_ACTIONS,
  HUBSPOT_OBJECTS,
  operationsOf,
  parseCapabilities,
  parseNarrowing,
  permits,
  readFilters,
  recordFactsNeededIn,
  subsumes,
  type Block,
  type Capability,
  type CrmTarget,
  type HubspotAction,
} from '../../../capabilities/index.ts'
import { hubspot, objectOf, verbOf } from '../../../capabilities/vocabulary/hubspot.ts'
import { definitionOf } from '../../../capabilities/vocabulary/vocabularies.ts'
import { errorOf, NOW, tokenFor, verified } from '../token-for.ts'

const SEEN = { read: ['email', 'firstname'] }
const WRITTEN = { write: ['firstname', 'phone'] }
const FILTER = 'where.owner where.pipeline where.list where.property'
const CONTENT = 'body.html body.links body.refuse'
const ANYWHERE = 'locations hours expires_at'

const entry = (action: string, fields: object = {}): Record<string, unknown> => ({
  type: 'hubspot',
  actions: [action],
  ...fields,
})
const parsed = (...entries: object[]): Capability[] => parseCapabilities(entries)
const errorFor = (...entries: object[]): string => errorOf(() => parseCapabilities(entries))
const sentence = (...entries: object[]): string | undefined =>
  parsed(...entries).flatMap(rowsOf)[0]?.sentence

describe('an action', () => {
  test.each([
    ['contacts.read', `${FILTER} records properties.read associations limits.calls ${ANYWHERE}`],
    [
      'deals.search',
      `must_filter_on max_results properties.read associations limits.calls ${ANYWHERE}`,
    ],
    [
      'notes.create',
      `${FILTER} properties.write associations batch_max ${CONTENT} limits.calls approval ${ANYWHERE}`,
    ],
    [
      'tickets.update',
      `${FILTER} records properties.write batch_max ${CONTENT} limits.calls approval ${ANYWHERE}`,
    ],
    [
      'custom.read',
      `object_types ${FILTER} records properties.read associations limits.calls ${ANYWHERE}`,
    ],
    ['associations.write', `associations batch_max limits.calls approval ${ANYWHERE}`],
    ['properties.read', ANYWHERE],
    ['pipelines.read', ANYWHERE],
    ['owners.read', `owner_emails ${ANYWHERE}`],
    ['users.provision', `approval ${ANYWHERE}`],
  ] as const)('%s may carry %s', (action, constraints) => {
    const names = definitionOf('hubspot', action).constraints.map(({ name }) => name)
    expect([...new Set(names)].join(' ')).toBe(constraints)
    expect(operationsOf('hubspot', action)).toEqual([`hubspot.${action}`])
  })

  test('is defined for every name, and every kind of record has four', () => {
    expect(HUBSPOT_ACTIONS.filter((action) => hubspot.actions[action] === undefined)).toEqual([])
    expect(HUBSPOT_ACTIONS.length).toBe(HUBSPOT_OBJECTS.length * 4 + 5)
    expect(new Set(HUBSPOT_ACTIONS).size).toBe(HUBSPOT_ACTIONS.length)
  })

  test('of no kind of record has no object and no verb', () => {
    for (const action of ['properties.read', 'associations.write', 'contacts.merge', 'contacts']) {
      expect(objectOf(action)).toBeUndefined()
      expect(action === 'contacts.merge' || verbOf(action) === undefined).toBe(true)
    }
  })
})

describe('what a grant leaves unsaid', () => {
  test.each([
    [entry('contacts.read'), 'contacts.read needs the properties that may be seen'],
    [entry('contacts.search'), 'contacts.search needs the properties that may be seen'],
    [entry('deals.create', { properties: SEEN }), 'does not apply to deals.create'],
    [entry('deals.create'), 'deals.create needs the properties that may be written'],
    [entry('custom.read', { properties: SEEN }), 'custom.read needs the ids of the types'],
    [entry('associations.write'), 'associations.write needs the kinds of records'],
    [entry('associations.write', { associations: [] }), 'needs the kinds of records'],
  ])('%j is asked for', (said, words) => {
    expect(errorFor(said)).toContain(words)
  })

  test('is closed where there is a closed meaning', () => {
    expect(parsed(entry('contacts.read', { properties: SEEN }))[0]).toMatchObject({
      associations: [],
    })
    expect(parsed(entry('contacts.update', { properties: WRITTEN }))[0]).toMatchObject({
      batch_max: 10,
    })
    expect(parsed(entry('owners.read'))[0]).toMatchObject({ owner_emails: 'none' })
    expect(parsed(entry('users.provision'))[0]).toMatchObject({ approval: 'always' })
  })

  test('and was not parsed becomes no authority', () => {
    const open: Capability[] = [
      { type: 'hubspot', actions: ['contacts.read'], associations: [] },
      { type: 'hubspot', actions: ['contacts.read'], properties: { read: ['email'] } },
      { type: 'hubspot', actions: ['notes.create'], associations: [], batch_max: 1 },
      { type: 'hubspot', actions: ['notes.update'], properties: { write: ['hs_note_body'] } },
      {
        type: 'hubspot',
        actions: ['custom.search'],
        associations: [],
        properties: { read: ['email'] },
      },
      { type: 'hubspot', actions: ['owners.read'] },
      { type: 'hubspot', actions: ['users.provision'] },
    ]
    for (const one of open) {
      expect(errorOf(() => grant(one))).toContain('leaves open what it allows')
    }
  })

  test('an attenuation leaves to its parent', () => {
    expect(parseNarrowing([entry('contacts.read', { records: ['7', '7', '12'] })])).toEqual([
      { type: 'hubspot', actions: ['contacts.read'], records: ['12', '7'] },
    ])
  })
})

describe('who reaches a record through a filter does not write what the filter looks at', () => {
  const owned = { where: { owner: '101' }, properties: { ...SEEN } }
  test.each([
    ['its owner', owned, { write: ['hubspot_owner_id'] }, 'the property hubspot_owner_id decides'],
    [
      'a property by its value',
      { where: { property: { name: 'tier', equals: 'gold' } }, properties: SEEN },
      { write: ['tier'] },
      'the property tier decides',
    ],
  ])('%s', (_what, reading, properties, words) => {
    const update = entry('contacts.update', { properties })
    expect(errorFor(entry('contacts.read', reading), update)).toContain(words)
    // of another kind of record it decides nothing
    expect(errorOf(() => parsed(entry('deals.read', reading), update))).toBe('no error')
  })

  test('the pipeline of a deal and that of a ticket are two properties', () => {
    const inPipeline = { where: { pipeline: 'default' }, properties: SEEN }
    const writing = (name: string): object => ({ properties: { write: [name] } })
    const both = (object: string, name: string): string =>
      errorOf(() =>
        parsed(entry(`${object}.read`, inPipeline), entry(`${object}.update`, writing(name))),
      )
    expect(both('deals', 'pipeline')).toContain('the property pipeline decides')
    expect(both('tickets', 'hs_pipeline')).toContain('the property hs_pipeline decides')
    expect(both('deals', 'hs_pipeline')).toBe('no error')
  })

  test('a list that is asked for bounds every change, or a change could put records onto it', () => {
    const listed = entry('contacts.read', { where: { list: ['7', '8'] }, properties: SEEN })
    const change = (where?: object): object =>
      entry('contacts.update', { properties: WRITTEN, ...(where && { where }) })
    expect(errorFor(listed, change())).toContain('the list 7 or 8 decides')
    expect(errorFor(listed, change({ list: ['7', '9'] }))).toContain('the list 7 or 8 decides')
    expect(errorOf(() => parsed(listed, change({ list: '7' })))).toBe('no error')
  })

  test('a stage is of one pipeline, so a change of it stays inside the pipeline that is asked for', () => {
    const inPipeline = entry('deals.read', {
      where: { pipeline: ['default', 'renewals'] },
      properties: SEEN,
    })
    const change = (name: string, pipeline?: string): object =>
      entry('deals.update', {
        properties: { write: [name] },
        ...(pipeline && { where: { pipeline } }),
      })
    expect(errorFor(inPipeline, change('dealstage'))).toContain(
      'the pipeline default or renewals decides',
    )
    expect(errorFor(inPipeline, change('dealstage', 'other'))).toContain('say the same `pipeline`')
    expect(errorFor(inPipeline, change('dealstage', 'renewals'))).toBe('no error')
    expect(errorFor(inPipeline, change('amount'))).toBe('no error')
  })

  test('a new record is written into its filter, with the value that the filter demands', () => {
    const [made] = parsed(
      entry('deals.create', {
        where: { owner: '101', pipeline: 'default' },
        properties: { write: ['dealname'] },
      }),
    )
    expect(made?.properties?.write).toEqual(['dealname', 'hubspot_owner_id', 'pipeline'])
    const create = (properties: Record<string, string>): HubspotAction => ({
      operation: 'hubspot.deals.create',
      crm: {
        objectType: 'deals',
        record: { properties },
        writes: Object.keys(properties),
        associations: [],
        inputs: 1,
      },
    })
    const inside = { dealname: 'x', hubspot_owner_id: '101', pipeline: 'default' }
    expect(allows(made, create(inside))).toBe(true)
    expect(allows(made, create({ ...inside, hubspot_owner_id: '102' }))).toBe(false)
    expect(allows(made, create({ dealname: 'x', pipeline: 'default' }))).toBe(false)
    expect(allows(made, create({ ...inside, amount: '1' }))).toBe(false)
  })

  test('what cannot be done is refused when it is asked for', () => {
    const properties = { write: ['email'] }
    expect(errorFor(entry('contacts.create', { properties, where: { list: '7' } }))).toContain(
      'a new record is on no list',
    )
    expect(
      errorFor({
        ...entry('', { properties, where: { owner: '1' } }),
        actions: ['contacts.create', 'contacts.update'],
      }),
    ).toContain('give each an entry of its own')
  })
})

const contact: CrmTarget = {
  objectType: 'contacts',
  record: { id: '51', properties: { hubspot_owner_id: '101', tier: 'gold' }, lists: ['8'] },
  shows: ['email'],
  associations: [],
}
const read = (change: Partial<CrmTarget> = {}): HubspotAction => ({
  operation: 'hubspot.contacts.read',
  crm: { ...contact, ...change },
})

describe('a record is read', () => {
  const filtered = (where: object): Capability | undefined =>
    parsed(entry('contacts.read', { properties: SEEN, where }))[0]

  test.each([
    ['of one of the owners', { owner: ['101', '9'] }, true],
    ['of another owner', { owner: '102' }, false],
    ['on one of the lists', { list: ['7', '8'] }, true],
    ['on none of the lists', { list: '7' }, false],
    ['with the value', { property: { name: 'tier', equals: 'gold' } }, true],
    ['with another value', { property: { name: 'tier', equals: 'Gold' } }, false],
    ['with all of it', { owner: '101', property: { name: 'tier', equals: 'gold' } }, true],
    ['with some of it', { owner: '101', property: { name: 'tier', equals: 'iron' } }, false],
  ])('%s: %j is %s', (_what, where, allowed) => {
    expect(allows(filtered(where), read())).toBe(allowed)
  })

  test('only with what it has itself, whatever every object has', () => {
    for (const name of ['constructor', 'tostring', '__proto__']) {
      const where = { property: { name, equals: 'x' } }
      expect(allows(filtered(where), read())).toBe(false)
    }
  })

  test('with `*` whatever is asked of it, and with an empty list nothing', () => {
    const showing = (properties: object): Capability | undefined =>
      parsed(entry('contacts.read', { properties }))[0]
    expect(allows(showing({ read: ['*', 'email'] }), read({ shows: ['income'] }))).toBe(true)
    expect(allows(showing({ read: [] }), read({ shows: [] }))).toBe(true)
    expect(allows(showing({ read: [] }), read())).toBe(false)
  })
})

const TWO = [
  { name: 'tier', equals: 'gold' },
  { name: 'region', equals: 'eu' },
]

test('with two properties only when it has both', () => {
  const [both] = parsed(entry('contacts.read', { properties: SEEN, where: { property: TWO } }))
  const having = (properties: Record<string, string>): HubspotAction =>
    read({ record: { id: '1', properties } })
  expect(allows(both, having({ tier: 'gold', region: 'eu' }))).toBe(true)
  expect(allows(both, having({ tier: 'gold' }))).toBe(false)
  expect(allows(both, having({ tier: 'gold', region: 'us' }))).toBe(false)
})

describe('lies inside another, and the other way round does not:', () => {
  test.each<[action: string, wider: object, narrower: object]>([
    ['contacts.read', {}, { where: { owner: '1' } }],
    ['contacts.read', { where: { owner: ['1', '2'] } }, { where: { owner: '2' } }],
    ['deals.read', { where: { pipeline: ['a', 'b'] } }, { where: { pipeline: 'b' } }],
    ['contacts.read', { where: { list: ['1', '2'] } }, { where: { list: '2' } }],
    ['contacts.read', { where: { property: TWO[0] } }, { where: { property: TWO } }],
    ['contacts.read', { records: ['1', '2'] }, { records: ['2'] }],
    ['contacts.read', { properties: { read: ['*'] } }, { properties: SEEN }],
    ['contacts.read', { properties: SEEN }, { properties: { read: ['email'] } }],
    ['contacts.read', { associations: ['deals'] }, { associations: [] }],
    ['contacts.search', {}, { must_filter_on: ['email'] }],
    ['contacts.search', { must_filter_on: ['email', 'phone'] }, { must_filter_on: ['email'] }],
    ['contacts.search', { must_filter_on: ['email'] }, { must_filter_on: [['email', 'phone']] }],
    [
      'contacts.search',
      { must_filter_on: ['email'] },
      {
        must_filter_on: [
          ['email', 'phone'],
          ['email', 'tier'],
        ],
      },
    ],
    ['contacts.search', { max_results: 9 }, { max_results: 8 }],
    ['contacts.update', { batch_max: 9 }, { batch_max: 8 }],
    ['contacts.update', { properties: WRITTEN }, { properties: { write: ['phone'] } }],
    ['contacts.update', {}, { body: { links: 'none' } }],
    ['contacts.update', {}, { approval: 'always' }],
    ['custom.read', { object_types: ['2-1', '2-2'] }, { object_types: ['2-2'] }],
    ['owners.read', { owner_emails: 'shown' }, { owner_emails: 'none' }],
  ])('%s with %j and with %j', (action, wider, narrower) => {
    const whole = (fields: object): Capability => {
      const properties =
        verbOf(action) === undefined
          ? {}
          : { properties: action.endsWith('update') ? WRITTEN : SEEN }
      const types = objectOf(action) === 'custom' ? { object_types: ['2-1'] } : {}
      const [capability] = parsed(entry(action, { ...types, ...properties, ...fields }))
      if (capability === undefined) throw new Error('nothing was parsed')
      return capability
    }
    const [one, other] = [whole(wider), whole(narrower)]
    expect([subsumes(one, other), subsumes(other, one)]).toEqual([true, false])
  })

  test('two sets of a search, one of which pins too little', () => {
    const [held, asked] = parsed(
      entry('contacts.search', { properties: SEEN, must_filter_on: ['email'] }),
      entry('contacts.search', { properties: SEEN, must_filter_on: ['email', 'phone'] }),
    )
    expect(held && asked && subsumes(held, asked)).toBe(false)
  })
})

describe('a denial says what was wrong', () => {
  const token = (...entries: object[]): ReturnType<typeof verified> =>
    verified(tokenFor(...entries))
  const explained = (said: object, action: HubspotAction): unknown => {
    const { decision } = authorize(token(said), action, context)
    return decision.allowed ? undefined : explainDenial(decision.denial, action)
  }
  const context = { now: NOW, audience: 'http://127.0.0.1:4001', budgets: 'assumed' } as const

  test.each<[object, HubspotAction, object]>([
    [
      entry('contacts.read', { properties: SEEN }),
      read({ shows: ['email', 'income'] }),
      {
        constraint: 'properties.read',
        refused: 'income may not be seen',
        allowed: 'showing only email and firstname',
      },
    ],
    [
      entry('contacts.read', { properties: SEEN }),
      read({ associations: ['line_items'] }),
      {
        constraint: 'associations',
        refused: 'this is about links to line items',
        allowed: 'without links to other records',
      },
    ],
    [
      entry('contacts.search', { properties: SEEN, must_filter_on: ['email'], max_results: 5 }),
      {
        operation: 'hubspot.contacts.search',
        crm: { objectType: 'contacts', pinned: [], maxResults: 5, shows: [], associations: [] },
      },
      {
        constraint: 'must_filter_on',
        refused: 'this search does not say exactly whom or what it looks for',
        allowed: 'by the exact email',
      },
    ],
    [
      entry('notes.create', { properties: { write: ['hs_note_body'] }, body: { links: 'none' } }),
      {
        operation: 'hubspot.notes.create',
        crm: {
          objectType: 'notes',
          record: { properties: {} },
          writes: ['hs_note_body'],
          associations: [],
          inputs: 1,
          content: { html: 'sanitised', linkOrigins: ['new'], texts: ['x'] },
        },
      },
      { constraint: 'body.links', refused: 'this text has a link', allowed: 'without links' },
    ],
    [
      entry('contacts.read', { properties: SEEN }),
      { ...read(), operation: 'hubspot.deals.read' },
      {
        constraint: 'operation',
        refused: 'reading deals is not part of this access',
        allowed: 'only the actions that were granted',
      },
    ],
  ])('%#', (said, action, words) => {
    expect(explained(said, action)).toEqual(words)
  })

  test('without telling an agent which record is there, or whose it is', () => {
    for (const said of [{ records: ['7'] }, { where: { owner: '102' } }]) {
      const words = explained(entry('contacts.read', { properties: SEEN, ...said }), read())
      expect(JSON.stringify(words)).not.toContain('51')
      expect(JSON.stringify(words)).not.toContain('101')
    }
  })
})

describe('a row that the buyer reads', () => {
  test.each([
    [
      entry('contacts.read', {
        where: { owner: '101', property: { name: 'tier', equals: 'gold' } },
        properties: SEEN,
        associations: ['companies', 'line_items'],
      }),
      'Read contacts that belong to the owner 101 whose tier is "gold", with links only to companies and line items, showing only email and firstname',
    ],
    [
      entry('contacts.search', { properties: SEEN }),
      'List and search contacts, showing only email and firstname',
    ],
    [
      entry('contacts.search', {
        properties: SEEN,
        must_filter_on: ['email', ['lastname', 'firstname']],
        max_results: 1,
      }),
      'Search contacts, by the exact email or by the exact firstname and lastname, no further than the first result, showing only email and firstname',
    ],
    [
      entry('custom.update', {
        object_types: ['2-3456789'],
        properties: WRITTEN,
        records: ['1', '2'],
        batch_max: 1,
      }),
      'Change custom records of the type 2-3456789 with the id 1 or 2, writing only firstname and phone, one at a time',
    ],
    [
      entry('associations.write', { associations: ['contacts', 'notes'] }),
      'Link contacts and notes with each other, at most 10 at a time',
    ],
    [
      entry('users.provision'),
      'Invite people into the HubSpot account, asking you first each time',
    ],
  ])('%#', (said, words) => {
    expect(sentence(said)).toBe(words)
  })

  test('warns of what reaches everything', () => {
    const riskOf = (said: object): string | undefined => parsed(said).flatMap(rowsOf)[0]?.risk
    expect(riskOf(entry('contacts.read', { properties: SEEN }))).toBe('high')
    expect(riskOf(entry('contacts.read', { properties: SEEN, records: ['1'] }))).toBe('normal')
    expect(riskOf(entry('contacts.search', { properties: { read: ['*'] } }))).toBe('high')
    expect(riskOf(entry('contacts.update', { properties: WRITTEN }))).toBe('high')
    expect(riskOf(entry('contacts.update', { properties: WRITTEN, approval: 'always' }))).toBe(
      'normal',
    )
    expect(riskOf(entry('users.provision'))).toBe('high')
  })

  test('and what it still cannot', () => {
    expect(describeAbsent(parsed(entry('contacts.read', { properties: SEEN })))).toEqual([
      'read anything but contacts',
      'create or change records',
      'link records that are there',
      'invite anybody into the account',
      'delete, merge, export or import records',
      'send marketing e-mail, message people, or start sequences and workflows',
      'change lists, properties, pipelines or the settings of the account',
    ])
    const writing = parsed(
      entry('notes.create', { properties: WRITTEN }),
      entry('associations.write', { associations: ['notes'] }),
      entry('users.provision'),
    )
    expect(describeAbsent(writing).slice(0, 2)).toEqual([
      'read any record of HubSpot',
      'change records that are there',
    ])
  })
})

describe('what a front has to read of a record', () => {
  const blocks = [
    grant(
      ...parsed(
        entry('deals.read', {
          properties: SEEN,
          where: { owner: '1', pipeline: 'default', property: { name: 'tier', equals: 'a=b' } },
        }),
      ),
    ),
    compileAttenuation(parseNarrowing([entry('deals.read', { where: { list: '7' } })])),
  ]

  test('is what any block asks about', () => {
    const needed = (type: string): string[] => [...recordFactsNeededIn(blocks, type).properties]
    expect(needed('deals').sort()).toEqual(['hubspot_owner_id', 'pipeline', 'tier'])
    expect(needed('2-11').sort()).toEqual(['hs_pipeline', 'hubspot_owner_id', 'tier'])
    expect(recordFactsNeededIn(blocks, 'deals').lists).toBe(true)
    expect(recordFactsNeededIn(blocks.slice(0, 1), 'deals').lists).toBe(false)
  })

  test('and a search can be narrowed by', () => {
    const [authority, attenuation] = readFilters(blocks, NOW, 'deals.read') ?? []
    expect(authority?.[0]?.where).toEqual({
      owner: ['1'],
      pipeline: ['default'],
      property: [{ name: 'tier', equals: 'a=b' }],
    })
    expect(attenuation).toEqual([{ where: { list: ['7'] } }])
    expect(readFilters(blocks, NOW, 'contacts.read')).toEqual([[], []])
  })
})

function grant(...capabilities: Capability[]): Block {
  return compileGrant({
    grantId: 'g_1',
    clientId: 'agent',
    audience: 'http://127.0.0.1:4002',
    expiresAt: NOW + 3600,
    capabilities,
  })
}

function allows(capability: Capability | undefined, action: HubspotAction): boolean {
  return capability !== undefined && permits(capability, action, NOW)
}
