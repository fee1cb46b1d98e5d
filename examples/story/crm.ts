import { Client } from '@hubspot/api-client'
import { SEED } from '../../test/fakes/hubspot/index.ts'
import { grantByOperator } from '../stage.ts'
import type { Narration } from './narration.ts'
import type { Story } from './table.ts'

/** of one owner's contacts, found by their exact address, one at a time */
const LOOKING_UP = [
  {
    type: 'hubspot',
    actions: ['contacts.read', 'contacts.search'],
    where: { owner: [SEED.ines] },
    must_filter_on: [['email']],
    max_results: 1,
    properties: { read: ['email', 'firstname', 'lastname', 'city'] },
  },
]

/** the operator grants; HubSpot's own client looks up who writes, and then tries what was not granted */
export async function lookUpCustomer({ stage }: Narration, story: Story): Promise<void> {
  const token = await grantByOperator(stage, LOOKING_UP, 'hubspot')
  const hubspot = new Client({ accessToken: token, basePath: stage.hubspotFront })
  const { contacts } = hubspot.crm
  const email = stage.hubspot.crm.require('contacts', SEED.mara).properties.get('email') ?? ''
  const attempt = async (
    tried: string,
    expected: number,
    call: () => Promise<string>,
  ): Promise<void> => {
    const before = stage.hubspot.requests.length
    const { status, answer } = await call().then(
      (text) => ({ status: 200, answer: `200: ${text}` }),
      (error: unknown) => refusalOf(error),
    )
    const reads = stage.hubspot.requests.length - before
    story.add({
      who: 'agent',
      tried,
      answer,
      reached: reads === 0 ? 'nothing' : `${reads} ${reads === 1 ? 'read' : 'reads'} by the front`,
      expected: status === expected,
    })
  }
  const byAddress = { propertyName: 'email', operator: 'EQ', value: email }
  const search = async (filters: readonly object[]): Promise<string> => {
    const properties = ['email', 'firstname', 'city', 'ssn']
    const found = await contacts.searchApi.doSearch({
      filterGroups: [{ filters: filters as never[] }],
      properties,
      limit: 1,
    })
    const shown = found.results.map((one) => Object.entries(one.properties))
    return shown
      .flat()
      .flatMap(([name, value]) => (name === 'hs_object_id' ? [] : `${name} ${value}`))
      .join(', ')
  }
  await attempt('looks up who wrote, by the exact address', 200, async () => search([byAddress]))
  await attempt('looks for everybody in a city', 403, async () =>
    search([{ propertyName: 'city', operator: 'EQ', value: 'Bremen' }]),
  )
  await attempt('asks whether a hidden number begins with a 1', 403, async () =>
    search([byAddress, { propertyName: 'ssn', operator: 'GT', value: '1' }]),
  )
  await attempt('reads a colleague’s contact', 404, async () => {
    const found = await contacts.basicApi.getById(SEED.viktor, ['email'])
    return found.id
  })
  await attempt('changes an address', 403, async () => {
    const changed = await contacts.basicApi.update(SEED.mara, {
      properties: { email: 'eve@evil.example' },
    })
    return changed.id
  })
}

function refusalOf(error: unknown): { status: number; answer: string } {
  const { code = 0, body } = error as { code?: number; body?: { message?: string } | string }
  const parsed = typeof body === 'string' ? (JSON.parse(body) as { message?: string }) : body
  return { status: code, answer: `${code}: ${parsed?.message ?? String(error)}` }
}
