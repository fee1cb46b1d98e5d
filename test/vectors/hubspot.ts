import {
  compileGrant,
  parseCapabilities,
  type Action,
  type Block,
  type CrmTarget,
} from '../../capabilities/index.ts'

/** the grant of HubSpot that is decided on in the vectors, and what is asked under it */
export const HUBSPOT_AUDIENCE = 'https://hubspot.remit.example'

export const hubspotGrant = (expiresAt: number): Block =>
  compileGrant({
    grantId: 'g_vectors',
    clientId: 'agent',
    audience: HUBSPOT_AUDIENCE,
    expiresAt,
    capabilities: parseCapabilities([
      {
        type: 'hubspot',
        actions: ['contacts.read'],
        where: {
          owner: '101',
          list: ['7', '8'],
          property: { name: 'lifecyclestage', equals: 'customer' },
        },
        properties: { read: ['email', 'firstname'] },
        associations: ['companies'],
      },
      {
        type: 'hubspot',
        actions: ['contacts.search'],
        must_filter_on: ['email', ['firstname', 'lastname']],
        max_results: 5,
        properties: { read: ['email', 'firstname', 'lastname'] },
      },
      {
        type: 'hubspot',
        actions: ['deals.create'],
        where: { pipeline: 'default' },
        properties: { write: ['dealname'] },
      },
      {
        type: 'hubspot',
        actions: ['notes.create'],
        properties: { write: ['hs_note_body'] },
        associations: ['contacts'],
        batch_max: 1,
        body: { links: 'none', refuse: ['payment_card'] },
        approval: 'always',
      },
    ]),
  })

const contact: CrmTarget = {
  objectType: 'contacts',
  record: {
    id: '51',
    properties: { hubspot_owner_id: '101', lifecyclestage: 'customer' },
    lists: ['3', '8'],
  },
  shows: ['email'],
  associations: ['companies'],
}
const read = (change: Partial<CrmTarget> = {}): Action => ({
  operation: 'hubspot.contacts.read',
  crm: { ...contact, ...change },
})
const reading = (properties: Record<string, string>, lists: string[] | undefined = ['8']): Action =>
  read({ record: { id: '51', properties, lists } })
const search = (change: Partial<CrmTarget> = {}): Action => ({
  operation: 'hubspot.contacts.search',
  crm: {
    objectType: 'contacts',
    pinned: ['email'],
    maxResults: 5,
    shows: ['email'],
    associations: [],
    ...change,
  },
})
const deal = (properties: Record<string, string>): Action => ({
  operation: 'hubspot.deals.create',
  crm: {
    objectType: 'deals',
    record: { properties },
    writes: Object.keys(properties),
    associations: [],
    inputs: 1,
    content: { html: 'none', linkOrigins: [], texts: Object.values(properties) },
  },
})
export const hubspotNote: Action = {
  operation: 'hubspot.notes.create',
  crm: {
    objectType: 'notes',
    record: { properties: { hs_note_body: 'Called back.' } },
    writes: ['hs_note_body'],
    associations: ['contacts'],
    inputs: 1,
    content: { html: 'none', linkOrigins: [], texts: ['Called back.'] },
  },
}
const owned = { hubspot_owner_id: '101', lifecyclestage: 'customer' }

export const hubspotCases: readonly (readonly [name: string, action: Action])[] = [
  ['hubspot: a record inside the filter', read()],
  ['hubspot: a record of another owner', reading({ ...owned, hubspot_owner_id: '102' })],
  ['hubspot: a record of nobody', reading({ lifecyclestage: 'customer' })],
  ['hubspot: another value of a property', reading({ ...owned, lifecyclestage: 'Customer' })],
  ['hubspot: on no list', reading(owned, [])],
  ['hubspot: nobody looked at the lists', read({ record: { id: '51', properties: owned } })],
  ['hubspot: a property that may not be seen', read({ shows: ['email', 'phone'] })],
  ['hubspot: links to a kind that was not granted', read({ associations: ['deals'] })],
  ['hubspot: a search by an exact address', search()],
  ['hubspot: a search by one of two names', search({ pinned: ['firstname'] })],
  ['hubspot: a search by both names', search({ pinned: ['firstname', 'lastname'] })],
  ['hubspot: a listing', search({ pinned: [] })],
  ['hubspot: a search that goes too far', search({ maxResults: 6 })],
  ['hubspot: a sort by what may not be seen', search({ shows: ['email', 'phone'] })],
  ['hubspot: a new deal in its pipeline', deal({ dealname: 'Renewal', pipeline: 'default' })],
  ['hubspot: a new deal in another pipeline', deal({ dealname: 'Renewal', pipeline: 'other' })],
  ['hubspot: a new deal in no pipeline', deal({ dealname: 'Renewal' })],
  ['hubspot: a property that may not be written', deal({ pipeline: 'default', amount: '1' })],
  ['hubspot: a note that nobody said yes to', hubspotNote],
  ['hubspot: another kind of record', { ...read(), operation: 'hubspot.companies.read' } as Action],
]
