import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { attenuate } from '../../capabilities/index.ts'
import { SEED } from '../fakes/hubspot/index.ts'
import { attempt } from '../support/hubspot-attempt.ts'
import { openHubspotDesk, type HubspotDesk, type Sent } from '../support/hubspot-desk.ts'

let desk: HubspotDesk

beforeAll(async () => {
  desk = await openHubspotDesk()
})
afterAll(() => desk.close())
beforeEach(() => desk.reset())

const CONTACTS = '/crm/v3/objects/contacts'

/** Ines's contacts are read, and their city and remarks changed */
const ofInes = (more: object = {}): object[] => [
  {
    type: 'hubspot',
    actions: ['contacts.read'],
    where: { owner: SEED.ines },
    properties: { read: ['email', 'city'] },
    associations: ['notes'],
  },
  {
    type: 'hubspot',
    actions: ['contacts.update'],
    where: { owner: SEED.ines },
    properties: { write: ['city', 'internal_remarks'] },
    ...more,
  },
]

const creating = (more: object = {}): object => ({
  type: 'hubspot',
  actions: ['contacts.create'],
  properties: { write: ['email', 'city', 'firstname'] },
  ...more,
})

const noting = (more: object = {}): object => ({
  type: 'hubspot',
  actions: ['notes.create'],
  properties: { write: ['hs_note_body', 'hs_timestamp'] },
  associations: ['contacts'],
  ...more,
})

function cityOf(id: string): string | undefined {
  return desk.hubspot.crm.require('contacts', id).properties.get('city')
}

function emailOf(id: string): string {
  return desk.hubspot.crm.require('contacts', id).properties.get('email') ?? ''
}

const batch = (...inputs: readonly object[]): object => ({ inputs })
const change = (id: string, properties: object): object => ({ id, properties })

describe('85 and 88: nothing that destroys, moves data out or reaches people', () => {
  test.each([
    ['DELETE', `${CONTACTS}/${SEED.mara}`],
    ['POST', `${CONTACTS}/batch/archive`],
    ['POST', `${CONTACTS}/merge`],
    ['POST', '/crm/objects/v3/contacts/merge'],
    ['POST', '/crm/objects/2026-03/contacts/merge'],
    ['POST', `${CONTACTS}/gdpr-delete`],
    ['DELETE', `/crm/v4/objects/contacts/${SEED.mara}/associations/companies/${SEED.cafe}`],
    ['POST', '/crm/v4/associations/contacts/companies/batch/archive'],
    ['POST', '/crm/v4/associations/contacts/companies/batch/labels/archive'],
    ['POST', '/crm/v3/exports/export/async'],
    ['POST', '/crm/v3/imports'],
    ['GET', '/crm/v3/lists/9/memberships'],
    ['PUT', '/crm/v3/lists/9/memberships/add'],
    ['POST', '/crm/v3/lists/search'],
    ['POST', '/files/v3/files'],
    ['POST', '/files/v3/files/import-from-url/async'],
    ['GET', '/files/v3/files/1/signed-url'],
    ['POST', '/webhooks/v3/1/subscriptions'],
    ['POST', '/marketing/v3/transactional/single-email/send'],
    ['POST', '/marketing/v4/email/single-send'],
    ['POST', '/conversations/v3/conversations/threads/1/messages'],
    ['POST', '/automation/v4/sequences/enrollments'],
    ['POST', '/automation/v4/flows'],
    ['POST', '/collector/graphql'],
    ['POST', '/crm/v3/properties/contacts'],
    ['GET', '/crm/v3/properties/contacts/groups'],
    ['PATCH', '/crm/v3/pipelines/deals/default'],
    ['GET', '/crm-object-schemas/v3/schemas'],
    ['POST', '/crm/v3/timeline/events'],
    ['GET', '/integrations/v1/me'],
    ['GET', '/account-info/v3/details'],
    ['GET', '/oauth/v1/access-tokens/x'],
    ['GET', '/contacts/v1/lists/all/contacts/all'],
    ['PUT', `${CONTACTS}/${SEED.mara}`],
    ['GET', '/settings/v3/users'],
    ['DELETE', '/settings/v3/users/1'],
  ])('%s %s', async (method, path) => {
    const token = desk.mint([
      ...ofInes(),
      creating(),
      noting(),
      { type: 'hubspot', actions: ['associations.write'], associations: ['contacts', 'companies'] },
      {
        type: 'hubspot',
        actions: ['properties.read', 'pipelines.read', 'owners.read', 'users.provision'],
      },
    ])
    const body = method === 'GET' || method === 'DELETE' ? undefined : batch({ id: SEED.mara })
    const { status, json } = await desk.send(token, method, path, body)
    expect(desk.hubspot.requests).toEqual([])
    expect(status).toBe(403)
    expect(json).toMatchObject({ status: 'error', category: 'UNKNOWN_OPERATION' })
    expect(json['correlationId']).toMatch(/./)
  })
})

describe('86: what is linked has to be seen', () => {
  const note = (to: string, typeId = 202): object => ({
    properties: { hs_note_body: 'Called about the oolong', hs_timestamp: '2026-11-25T10:00:00Z' },
    associations: [
      {
        to: { id: to },
        types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: typeId }],
      },
    ],
  })
  const strip = ({ json }: Sent): unknown => ({ ...json, correlationId: '', context: '' })

  test('a note on a hidden record is refused as one on a missing record is', async () => {
    const token = desk.mint([...ofInes(), noting()])
    const hidden = await desk.send(token, 'POST', '/crm/v3/objects/notes', note(SEED.viktor))
    const missing = await desk.send(token, 'POST', '/crm/objects/2026-03/0-46', note('999999'))
    expect(desk.hubspot.effects).toEqual([])
    expect(hidden.status).toBe(403)
    expect(strip(hidden)).toEqual(strip(missing))
    const made = await desk.send(token, 'POST', '/crm/v3/objects/notes', note(SEED.mara))
    expect(made.status).toBe(201)
    expect(desk.hubspot.effects).toHaveLength(1)
  })

  test('the number of the link says of which kind its end is: a company with a contact’s id is no contact', async () => {
    const token = desk.mint([...ofInes(), noting({ associations: ['contacts', 'companies'] })])
    // 501 is Ines's Mara, and Jonas's company
    const answer = await desk.send(
      token,
      'POST',
      '/crm/v3/objects/notes',
      note(SEED.hiddenCompany, 190),
    )
    expect(desk.hubspot.effects).toEqual([])
    expect(answer.status).toBe(403)
  })

  test.each<[string, string, object | undefined]>([
    ['PUT', '/crm/v4/objects/contacts/FROM/associations/companies/TO', undefined],
    ['PUT', '/crm/v4/objects/contacts/FROM/associations/default/companies/TO', undefined],
    ['PUT', '/crm/objects/2026-03/contacts/FROM/associations/default/companies/TO', undefined],
    [
      'POST',
      '/crm/v4/associations/contacts/companies/batch/create',
      { types: [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 279 }] },
    ],
    ['POST', '/crm/v4/associations/contacts/companies/batch/associate/default', {}],
    [
      'POST',
      '/crm/v3/associations/contacts/companies/batch/create',
      { type: 'contact_to_company' },
    ],
    ['POST', '/crm/associations/2026-09/0-1/0-2/batch/associate/default', {}],
  ])('%s %s: both ends', async (method, path, part) => {
    const token = desk.mint([
      ...ofInes(),
      {
        type: 'hubspot',
        actions: ['companies.read'],
        where: { owner: SEED.ines },
        properties: { read: ['name'] },
      },
      { type: 'hubspot', actions: ['associations.write'], associations: ['contacts', 'companies'] },
    ])
    const link = (from: string, to: string): Promise<Sent> => {
      const labels = [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: 279 }]
      const ends = { from: { id: from }, to: { id: to } }
      const body =
        method === 'POST'
          ? batch({ ...ends, ...part })
          : path.includes('default')
            ? undefined
            : labels
      return desk.send(token, method, path.replace('FROM', from).replace('TO', to), body)
    }
    for (const [from, to] of [
      [SEED.viktor, SEED.cafe],
      [SEED.omar, SEED.hiddenCompany],
      ['999999', SEED.cafe],
    ] as const) {
      const refused = await link(from, to)
      expect(desk.hubspot.effects).toEqual([])
      expect(refused.status).toBe(403)
    }
    const made = await link(SEED.lena, SEED.cafe)
    expect(desk.hubspot.effects).toHaveLength(1)
    expect([200, 201]).toContain(made.status)
    const { crm } = desk.hubspot
    const lena = crm.require('contacts', SEED.lena)
    expect(
      crm.associations.ids(lena.type, SEED.lena, crm.require('companies', SEED.cafe).type),
    ).toContain(SEED.cafe)
  })
})

describe('87: what is written', () => {
  test.each<[string, object]>([
    ['the owner', { hubspot_owner_id: SEED.jonas }],
    ['the owner, to whom it belongs already', { hubspot_owner_id: SEED.ines }],
    ['in capitals', { HUBSPOT_OWNER_ID: SEED.jonas }],
    ['beside what may be', { city: 'Ulm', ssn: '1' }],
    ['cleared', { email: '' }],
    ['cleared by null', { email: null }],
  ])('a property that is not granted: %s', async (_what, properties) => {
    const token = desk.mint(ofInes())
    const one = await desk.send(token, 'PATCH', `${CONTACTS}/${SEED.mara}`, { properties })
    const many = await desk.send(
      token,
      'POST',
      `${CONTACTS}/batch/update`,
      batch(change(SEED.omar, { city: 'Ulm' }), change(SEED.mara, properties)),
    )
    expect(desk.hubspot.effects).toEqual([])
    for (const { status, json } of [one, many]) {
      expect(status).toBe(403)
      const { context } = json as { context: { constraint?: string[]; reason: string[] } }
      expect(context.constraint ?? context.reason).toEqual([
        expect.stringMatching(/^properties.write$|^filter_property$/),
      ])
    }
  })

  test('a property that a narrower token chooses by is no more its to change', async () => {
    const wide = desk.mint([
      {
        type: 'hubspot',
        actions: ['contacts.update'],
        properties: { write: ['hubspot_owner_id', 'city'] },
      },
    ])
    const token = attenuate(wide, [
      { type: 'hubspot', actions: ['contacts.update'], where: { owner: SEED.ines } },
    ])
    const write = (id: string, owner: string): Promise<Sent> =>
      desk.send(token, 'PATCH', `${CONTACTS}/${id}`, {
        properties: { hubspot_owner_id: owner, city: 'Ulm' },
      })
    const moved = await write(SEED.mara, SEED.jonas)
    const taken = await write(SEED.viktor, SEED.ines)
    expect(desk.hubspot.effects).toEqual([])
    expect([moved.status, moved.json['context']]).toMatchObject([
      403,
      { reason: ['filter_property'] },
    ])
    expect(taken.status).toBe(404)
    // the value that it has to have anyway
    expect((await write(SEED.mara, SEED.ines)).status).toBe(200)
  })

  test('a hidden record is a missing one, and one of them stops the whole batch', async () => {
    const token = desk.mint(ofInes())
    const properties = { city: 'Ulm' }
    const write = (id: string): Promise<Sent> =>
      desk.send(token, 'PATCH', `${CONTACTS}/${id}`, { properties })
    const many = (id: string): Promise<Sent> =>
      desk.send(
        token,
        'POST',
        `${CONTACTS}/batch/update`,
        batch(change(SEED.mara, properties), change(id, properties)),
      )
    const [hidden, missing] = [await write(SEED.viktor), await write('999999')]
    const [hiddenAmong, missingAmong] = [await many(SEED.viktor), await many('999999')]
    expect(desk.hubspot.effects).toEqual([])
    expect(hidden).toEqual(missing)
    expect(hiddenAmong).toEqual(missingAmong)
    expect([hidden.status, hiddenAmong.status]).toEqual([404, 404])
  })

  test('the record that was read is the one that is written, whatever name it went by', async () => {
    const token = desk.mint(ofInes())
    const path = `${CONTACTS}/${encodeURIComponent(emailOf(SEED.mara))}?idProperty=email`
    const { status } = await desk.send(token, 'PATCH', path, { properties: { city: 'Ulm' } })
    expect(status).toBe(200)
    expect(desk.hubspot.effects.map(({ target }) => target)).toEqual([
      `/crm/v3/objects/0-1/${SEED.mara}`,
    ])
    const hidden = `${CONTACTS}/${encodeURIComponent(emailOf(SEED.viktor))}?idProperty=email`
    const other = `${CONTACTS}/nobody%40guest.example?idProperty=email`
    const body = { properties: { city: 'Ulm' } }
    expect(await desk.send(token, 'PATCH', hidden, body)).toEqual(
      await desk.send(token, 'PATCH', other, body),
    )
    expect(desk.hubspot.effects).toHaveLength(1)
  })

  test('what is answered shows what may be read, and no more', async () => {
    const token = desk.mint(ofInes())
    const properties = { city: 'Ulm', internal_remarks: 'likes oolong' }
    const { json } = await desk.send(token, 'PATCH', `${CONTACTS}/${SEED.mara}`, { properties })
    expect(json['properties']).toEqual({ city: 'Ulm', hs_object_id: SEED.mara })
    expect(JSON.stringify(json)).not.toMatch(/hubapi|app\.hubspot/)
    const writing = desk.mint([
      { type: 'hubspot', actions: ['contacts.update'], properties: { write: ['city'] } },
    ])
    const blind = await desk.send(writing, 'PATCH', `${CONTACTS}/${SEED.omar}`, {
      properties: { city: 'Ulm' },
    })
    expect(blind.json['properties']).toEqual({ hs_object_id: SEED.omar })
  })

  test('a new record has to be one that the grant is for', async () => {
    const token = desk.mint([creating({ where: { owner: SEED.ines } })])
    const email = 'new@guest.example'
    for (const properties of [{ email }, { email, hubspot_owner_id: SEED.jonas }]) {
      const one = await desk.send(token, 'POST', CONTACTS, { properties })
      const many = await desk.send(token, 'POST', `${CONTACTS}/batch/create`, batch({ properties }))
      expect(desk.hubspot.effects).toEqual([])
      expect([one.status, many.status]).toEqual([403, 403])
    }
    const made = await desk.send(token, 'POST', CONTACTS, {
      properties: { email, hubspot_owner_id: SEED.ines },
    })
    expect(made.status).toBe(201)
  })

  test('both stock clients write', async () => {
    const token = desk.mint([...ofInes(), creating()])
    for (const [index, client] of [desk.client(token), desk.client13(token)].entries()) {
      const { basicApi, batchApi } = client.crm.contacts
      const email = `new${index}@guest.example`
      const made = await basicApi.create({ properties: { email }, associations: [] })
      expect(made.id).toMatch(/^\d+$/)
      await basicApi.update(SEED.mara, { properties: { city: `Ulm ${index}` } })
      expect(cityOf(SEED.mara)).toBe(`Ulm ${index}`)
      const done = await batchApi.update({
        inputs: [
          { id: SEED.mara, properties: { city: 'Bonn' } },
          { id: SEED.omar, properties: { city: 'Bonn' } },
        ],
      })
      expect(done.results.map(({ id }) => id).sort()).toEqual([SEED.mara, SEED.omar])
      const refused = basicApi.update(SEED.viktor, { properties: { city: 'Bonn' } })
      expect(await attempt(refused)).toBe('404 OBJECT_NOT_FOUND')
      const ssn = basicApi.update(SEED.mara, { properties: { ssn: '1' } })
      expect(await attempt(ssn)).toBe('403 MISSING_SCOPES')
    }
  })
})

describe('83: an upsert never tells that a hidden record is there', () => {
  const upsert = (token: string, ...emails: readonly string[]): Promise<Sent> =>
    desk.send(
      token,
      'POST',
      `${CONTACTS}/batch/upsert`,
      batch(...emails.map((id) => ({ id, idProperty: 'email', properties: { city: 'Ulm' } }))),
    )

  test('for a token from which records are hidden, what it may not see is not there, and is not made', async () => {
    const token = desk.mint([...ofInes(), creating()])
    const hidden = await upsert(token, emailOf(SEED.viktor))
    const missing = await upsert(token, 'nobody@guest.example')
    const among = await upsert(token, emailOf(SEED.mara), emailOf(SEED.viktor))
    expect(desk.hubspot.effects).toEqual([])
    expect(hidden.status).toBe(404)
    expect(hidden).toEqual(missing)
    expect(among).toEqual(missing)
    const seen = await upsert(token, emailOf(SEED.mara))
    expect(seen.json).toMatchObject({ results: [{ id: SEED.mara, new: false }] })
    expect(desk.hubspot.effects.map(({ target }) => target)).toEqual([
      '/crm/v3/objects/0-1/batch/update',
    ])
  })

  test('for one that sees them all it makes and changes, each as what it is', async () => {
    const token = desk.mint([
      { type: 'hubspot', actions: ['contacts.read'], properties: { read: ['email'] } },
      { type: 'hubspot', actions: ['contacts.update'], properties: { write: ['city'] } },
      creating(),
    ])
    expect((await upsert(token, emailOf(SEED.viktor), 'new@guest.example')).status).toBe(400)
    expect(desk.hubspot.effects).toEqual([])
    expect((await upsert(token, 'new@guest.example')).json).toMatchObject({
      results: [{ new: true, properties: { email: 'new@guest.example' } }],
    })
    // her second address is hers: HubSpot does not make another Lena, and nothing of hers is changed
    await upsert(token, 'old.lena@guest.example')
    expect(cityOf(SEED.lena)).toBeUndefined()
  })
})

describe('what people read is content', () => {
  const write = (token: string, hs_note_body: string): Promise<Sent> =>
    desk.send(token, 'POST', '/crm/v3/objects/notes', {
      properties: { hs_note_body, hs_timestamp: '2026-11-25T10:00:00Z' },
    })

  test.each([
    ['refuse', { refuse: ['payment_card'] }, 'card 4242 4242 <b>4242</b> 4242'],
    ['refuse', { refuse: ['payment_card'] }, 'card 4242&#8203;424242424242'],
    ['links', { links: 'none' }, 'see www.evil.example/x'],
    ['links', { links: 'none' }, '<a href="https://evil.example">here</a>'],
    ['html', { html: 'none' }, '<b>hello</b>'],
  ])('body.%s', async (field, body, text) => {
    const token = desk.mint([noting({ body })])
    const { status, json } = await write(token, text)
    expect(desk.hubspot.effects).toEqual([])
    expect(status).toBe(403)
    expect(json).toMatchObject({ context: { constraint: [`body.${field}`] } })
    expect((await write(token, 'a plain text')).status).toBe(201)
  })

  test('what runs or loads does not reach HubSpot', async () => {
    const token = desk.mint([noting()])
    await write(
      token,
      '<p onclick="x()">hi<script>alert(1)</script><img src="https://evil.example/?d=1"></p>',
    )
    const [sent] = desk.hubspot.effects
    expect(sent?.json).toMatchObject({ properties: { hs_note_body: '<p>hi</p>' } })
  })
})

describe('approvals and limits', () => {
  test('a change waits for its buyer, with what it was and would be, and passes once', async () => {
    const token = desk.mint(ofInes({ approval: 'always' }), 'g_asking')
    const write = (city: string): Promise<Sent> =>
      desk.send(token, 'PATCH', `${CONTACTS}/${SEED.mara}`, { properties: { city } })
    const asked = await write('Ulm')
    expect(desk.hubspot.effects).toEqual([])
    expect([asked.status, asked.json['category']]).toEqual([403, 'APPROVAL_REQUIRED'])
    const { context } = asked.json as { context: { approval_id: [string] } }
    const [id] = context.approval_id
    const card = desk.ports.approvals.kept.get(id)?.request.card
    expect(card?.title).toBe(`Change the contact ${SEED.mara}`)
    expect(card?.rows).toContainEqual({ label: 'city', value: 'Bremen → Ulm', from: 'agent' })
    desk.approve(id)
    // another value is another question
    expect((await write('Bonn')).json['category']).toBe('APPROVAL_REQUIRED')
    expect(desk.hubspot.effects).toEqual([])
    expect((await write('Ulm')).status).toBe(200)
    expect((await write('Ulm')).json['category']).toBe('APPROVAL_REQUIRED')
    expect(desk.hubspot.effects).toHaveLength(1)
  })

  test('what changed meanwhile is another question', async () => {
    const token = desk.mint(ofInes({ approval: 'always' }), 'g_meanwhile')
    const write = (): Promise<Sent> =>
      desk.send(token, 'PATCH', `${CONTACTS}/${SEED.mara}`, { properties: { city: 'Ulm' } })
    const { context } = (await write()).json as { context: { approval_id: [string] } }
    desk.approve(context.approval_id[0])
    const { crm } = desk.hubspot
    crm.update(crm.require('contacts', SEED.mara), { city: 'Berlin' })
    expect((await write()).json['category']).toBe('APPROVAL_REQUIRED')
    expect(desk.hubspot.effects).toEqual([])
  })

  test('letting a person in is always asked', async () => {
    const token = desk.mint([{ type: 'hubspot', actions: ['users.provision'] }], 'g_users')
    const client = desk.client(token)
    const invite = (): Promise<unknown> =>
      attempt(client.settings.users.usersApi.create({ email: 'eve@evil.example' } as never))
    expect(await invite()).toBe('403 APPROVAL_REQUIRED')
    expect(desk.hubspot.requests).toEqual([])
    const role = { email: 'eve@evil.example', roleId: '1' }
    expect((await desk.send(token, 'POST', '/settings/v3/users/', role)).status).toBe(400)
    for (const [id, { request }] of desk.ports.approvals.kept) {
      if (request.grantId === 'g_users') desk.approve(id)
    }
    expect(await invite()).toMatchObject({ email: 'eve@evil.example' })
  })

  test('a batch counts each record, against the limit of the entry that allows it', async () => {
    const token = desk.mint(
      [
        ...ofInes({ limits: [{ per: 'day', calls: 2 }] }),
        {
          type: 'hubspot',
          actions: ['contacts.update'],
          where: { owner: SEED.jonas },
          properties: { write: ['city'] },
        },
      ],
      'g_counting',
    )
    const write = (...ids: readonly string[]): Promise<Sent> =>
      desk.send(
        token,
        'POST',
        `${CONTACTS}/batch/update`,
        batch(...ids.map((id) => change(id, { city: 'Ulm' }))),
      )
    // what is first in the batch has no limit: the others have theirs all the same
    const three = await write(SEED.viktor, SEED.mara, SEED.omar, SEED.lena)
    expect(desk.hubspot.effects).toEqual([])
    expect([three.status, three.json['category']]).toEqual([403, 'LIMIT_REACHED'])
    expect((await write(SEED.viktor, SEED.mara, SEED.omar)).status).toBe(200)
    expect((await write(SEED.viktor, SEED.lena)).json['category']).toBe('LIMIT_REACHED')
    expect((await write(SEED.viktor)).status).toBe(200)
  })

  test('no more records at a time than granted', async () => {
    const token = desk.mint(ofInes({ batch_max: 1 }))
    const inputs = [SEED.mara, SEED.omar].map((id) => change(id, { city: 'Ulm' }))
    const { json } = await desk.send(token, 'POST', `${CONTACTS}/batch/update`, batch(...inputs))
    expect(desk.hubspot.effects).toEqual([])
    expect(json).toMatchObject({ context: { constraint: ['batch_max'] } })
  })
})

describe('an outcome that nobody knows', () => {
  test('holds its budget, and says so with a status that no stock client repeats', async () => {
    const limits = [{ per: 'day', calls: 1 }]
    const token = desk.mint(ofInes({ limits }), 'g_unknown')
    const write = (): Promise<Sent> =>
      desk.send(token, 'PATCH', `${CONTACTS}/${SEED.mara}`, { properties: { city: 'Ulm' } })
    desk.hubspot.failNextEffect({ kind: 'reset', executes: true })
    const lost = await write()
    expect([lost.status, lost.json['category']]).toEqual([424, 'OUTCOME_UNKNOWN'])
    expect(lost.json['message']).toContain('look before trying again')
    expect(cityOf(SEED.mara)).toBe('Ulm')
    expect((await write()).json['category']).toBe('LIMIT_REACHED')
    expect(desk.hubspot.effects).toHaveLength(1)
  })

  test('a refusal of HubSpot gives its budget back; of a batch it does not say that nothing was done', async () => {
    const token = desk.mint(ofInes({ limits: [{ per: 'day', calls: 2 }] }), 'g_refused')
    const one = (): Promise<Sent> =>
      desk.send(token, 'PATCH', `${CONTACTS}/${SEED.mara}`, { properties: { city: 'Ulm' } })
    desk.hubspot.failNextEffect({ kind: 'status', status: 400 })
    expect((await one()).status).toBe(400)
    desk.hubspot.failNextEffect({ kind: 'status', status: 409, category: 'CONFLICT' })
    expect((await one()).json['category']).toBe('CONFLICT')
    desk.hubspot.failNextEffect({ kind: 'status', status: 400 })
    const inputs = [SEED.mara, SEED.omar].map((id) => change(id, { city: 'Ulm' }))
    const many = await desk.send(token, 'POST', `${CONTACTS}/batch/update`, batch(...inputs))
    expect(many.json['category']).toBe('OUTCOME_UNKNOWN')
    expect((await one()).json['category']).toBe('LIMIT_REACHED')
  })

  test('an answer about another record is told to the operator', async () => {
    const token = desk.mint(ofInes())
    desk.hubspot.failNextEffect({ kind: 'other_record', id: SEED.viktor })
    const { status, text } = await desk.send(token, 'PATCH', `${CONTACTS}/${SEED.mara}`, {
      properties: { city: 'Ulm' },
    })
    expect(status).toBe(424)
    expect(text).not.toContain('Viktor')
    expect(desk.ports.events.map(({ event }) => event)).toContain('effect_differs')
  })
})
