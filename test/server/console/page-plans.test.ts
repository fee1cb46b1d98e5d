import { sql } from 'kysely'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parseCapabilities } from '../../../capabilities/index.ts'
import { explain, queriesOf } from '../../support/query-plans.ts'
import { addManyRecords } from './activity-records.ts'
import type { Browser } from './browser.ts'
import { signIn, startConsole, type TestConsole } from './setup.ts'

const mara = 'mara@shop.example'
const GRANTS = 10_000
const CALLS = 1_000_000
const CLIENTS = 5_000
/** of the tables that grow; a page may look at so many rows of them */
const MOST_ROWS = 1_000
let remit: TestConsole
let browser: Browser

beforeAll(async () => {
  remit = await startConsole()
  const { db } = remit.database
  const { id: buyerId, connectionId } = await remit.addBuyer(mara)
  const { id: eveId } = await remit.addBuyer('eve@shop.example')
  const details = parseCapabilities([
    {
      type: 'gmail',
      actions: ['messages.read', 'messages.reply'],
      limits: [{ per: 'grant', calls: 5_000_000 }],
    },
  ])
  for (const [owner, prefix] of [
    [buyerId, 'g_'],
    [eveId, 'g_eve_'],
  ] as const) {
    await sql`
      insert into grants (id, buyer_id, client_id, authorization_details, payload, connections, created_at,
                          expires_at, revoked_at)
      select ${prefix}::text || n, ${owner}::text, 'agent-' || n % 50, ${JSON.stringify(details)}::jsonb, '{}'::jsonb,
             jsonb_build_object('gmail', ${connectionId}::text), now() - n * interval '1 minute',
             now() + interval '30 days', case when n % 3 = 0 then now() end
        from generate_series(1, ${GRANTS / 2}::integer) as n
    `.execute(db)
    await sql`
      insert into approvals (id, grant_id, buyer_id, client_id, provider, operation, digest, card, decision_id,
                             status, live, expires_at, decided_at)
      select 'a_' || ${prefix}::text || n, ${prefix}::text || n, ${owner}::text, 'agent-1', 'gmail', 'gmail.messages.send', 'd' || n,
             '{"title":"Send a mail","rows":[]}'::jsonb, 'd_' || n,
             case when n % 100 = 0 then 'pending' else 'approved' end, n % 100 = 0,
             now() + interval '1 day', case when n % 100 = 0 then null else now() end
        from generate_series(1, ${GRANTS / 2}::integer) as n
    `.execute(db)
    await sql`
      insert into budgets (holder, dimension, time_window, period, used)
      select ${prefix}::text || n, 'gmail.sending.calls', 'grant', 'grant', n from generate_series(1, ${GRANTS / 2}::integer) as n
    `.execute(db)
    // most of it under one busy grant
    await addManyRecords(remit.database, {
      grantId: `${prefix}1`,
      buyerId: owner,
      count: CALLS / 2,
    })
  }
  await sql`
    insert into oidc_payloads (model, id, payload)
    select 'Client', 'agent-' || n, jsonb_build_object('client_name', 'Agent ' || n)
      from generate_series(1, ${CLIENTS}::integer) as n
  `.execute(db)
  await sql`
    insert into registered_clients (client_id, buyer_id)
    select 'agent-' || n, ${buyerId}::text from generate_series(1, 20) as n
  `.execute(db)
  await sql`analyze`.execute(db)
  browser = await signIn(remit, mara)
}, 300_000)
afterAll(() => remit.close())

const GROWING = ['grants', 'records', 'approvals', 'budgets', 'oidc_payloads']

test.each([
  '/grants',
  '/grants?after=g_2500',
  '/grants/g_1',
  '/grants/g_1/change',
  '/connections',
  '/approvals',
  '/approvals/news',
  '/activity',
  '/activity?before=many_g_1_250000',
  '/activity?result=refused',
  '/activity?grant=g_1',
  '/activity?grant=g_7',
  '/activity?from=2026-03-01&to=2026-03-02',
  '/activity/many_g_1_77',
  '/connections',
  '/developers',
  '/you',
  '/welcome',
])('%s reads little of 10,000 grants and 1,000,000 calls', async (path) => {
  let status = 0
  const queries = await queriesOf(remit.database.db, async () => {
    ;({ status } = await browser.get(path))
  })
  expect(status).toBe(200)
  const read = queries.filter(({ sql: text }) => /^\s*(?:select|with)/iu.test(text))
  expect(read.length).toBeGreaterThan(0)
  for (const query of read) {
    for (const step of await explain(remit.database.db, query)) {
      if (!GROWING.includes(step['Relation Name'] ?? '')) continue
      const rows = step['Actual Rows'] + (step['Rows Removed by Filter'] ?? 0)
      const described = `${step['Node Type']} of ${step['Relation Name']} in ${query.sql}`
      expect(step['Node Type'], described).not.toBe('Seq Scan')
      expect(rows, described).toBeLessThanOrEqual(MOST_ROWS)
    }
  }
})
