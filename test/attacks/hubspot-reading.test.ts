import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { SEED } from '../fakes/hubspot/index.ts'
import { openHubspotDesk, type HubspotDesk } from '../support/hubspot-desk.ts'

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
  ...more,
})

describe('79: one verdict for the same act, however it is spelt', () => {
  const PREFIXES = [
    '/crm/v3/objects',
    '/crm/objects/2025-09',
    '/crm/objects/2026-03',
    '/crm/objects/2026-09',
  ]

  test.each(
    PREFIXES.flatMap((prefix) => ['contacts', 'contact', '0-1'].map((type) => `${prefix}/${type}`)),
  )('%s', async (path) => {
    const token = desk.mint([ofInes()])
    const seen = await desk.send(token, 'GET', `${path}/${SEED.mara}`)
    expect(seen.status).toBe(200)
    expect(seen.json).toMatchObject({ id: SEED.mara, archived: false })
    const hidden = await desk.send(token, 'GET', `${path}/${SEED.viktor}`)
    const missing = await desk.send(token, 'GET', `${path}/999999`)
    expect(hidden).toEqual(missing)
    expect(hidden.status).toBe(404)
  })
})
