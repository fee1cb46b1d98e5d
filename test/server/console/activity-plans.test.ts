import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sql, type Kysely } from 'kysely'
import { listActivity, MAX_WALKED } from '../../../server/console/activity/list.ts'
import { listAgents } from '../../../server/console/agent-list.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import type { Database } from '../../../server/database/schema.ts'
import { openTestDatabase } from '../../support/database.ts'
import { explain, queriesOf, type PlanStep } from '../../support/query-plans.ts'
import { addManyRecords } from './activity-records.ts'

let open: OpenDatabase
beforeAll(async () => {
  open = await openTestDatabase()
  for (const [grantId, buyerId] of [
    ['g_1', 'mara'],
    ['g_eve', 'eve'],
  ] as const) {
    await addManyRecords(open, { grantId, buyerId, count: 50_000 })
  }
}, 120_000)
afterAll(async () => open.close())

async function plansOf(work: (db: Kysely<Database>) => Promise<unknown>): Promise<PlanStep[]> {
  const queries = await queriesOf(open.db, () => work(open.db))
  const plans: PlanStep[] = []
  for (const query of queries) plans.push(...(await explain(open.db, query)))
  return plans
}

function rowsRead(plans: readonly PlanStep[]): number {
  return plans
    .filter((plan) => plan['Relation Name'] === 'records')
    .reduce((sum, plan) => sum + plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0), 0)
}

describe('among 100,000 calls, half of them hers', () => {
  const limit = 50
  it.each([
    ['the first page', {}, undefined, 'records_buyer'],
    ['a page far down', {}, 'many_g_1_20', 'records_buyer'],
    ['the refused ones', { result: 'refused' }, undefined, 'records_buyer_refused'],
    ['those of some days', { from: '2026-01-03', to: '2026-01-04' }, undefined, 'records_buyer'],
  ] as const)('%s reads no more than it shows', async (_, filter, before, index) => {
    const plans = await plansOf((db) => listActivity(db, 'mara', filter, { limit, before }))
    const records = plans.filter((plan) => plan['Relation Name'] === 'records')
    expect(records.map((plan) => plan['Node Type'])).not.toContain('Seq Scan')
    expect(plans.map((plan) => plan['Index Name'])).toContain(index)
    expect(rowsRead(plans)).toBeLessThanOrEqual(limit + 20)
  })

  it('a filter that fits nothing looks at so many and says how far back it looked', async () => {
    const filter = { text: 'nowhere to be found' }
    const page = await listActivity(open.db, 'mara', filter, { limit })
    expect(page.calls).toEqual([])
    expect(page.lookedBackTo).toBeInstanceOf(Date)
    const plans = await plansOf((db) => listActivity(db, 'mara', filter, { limit }))
    expect(plans.map((plan) => plan['Node Type'])).not.toContain('Seq Scan')
    expect(rowsRead(plans)).toBeLessThanOrEqual(2 * MAX_WALKED)
    // and comes to an end
    let before = page.next
    for (let pages = 1; before !== undefined; pages += 1) {
      expect(pages).toBeLessThan(4)
      before = (await listActivity(open.db, 'mara', filter, { limit, before })).next
    }
  })

  it('opens fast', async () => {
    await listActivity(open.db, 'mara', {}, { limit })
    const start = performance.now()
    await listActivity(open.db, 'mara', {}, { limit })
    expect(performance.now() - start).toBeLessThan(500)
  })
})

it('the agents of 10,000 grants are found agent by agent', async () => {
  await sql`
    insert into grants (id, buyer_id, client_id, authorization_details, payload)
    select 'g_many_' || n, 'mara', 'agent-' || n % 7, '[]', '{}' from generate_series(1, 10000) as n
  `.execute(open.db)
  await sql`analyze grants`.execute(open.db)
  const agents = await listAgents(open.db, 'mara', 200)
  expect(agents.map(({ clientId }) => clientId)).toEqual(
    [0, 1, 2, 3, 4, 5, 6].map((n) => `agent-${n}`),
  )
  const plans = await plansOf((db) => listAgents(db, 'mara', 200))
  expect(plans.map((plan) => plan['Node Type'])).not.toContain('Seq Scan')
  expect((await listAgents(open.db, 'mara', 3)).length).toBe(3)
})
