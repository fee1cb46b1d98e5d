import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { createBuyer } from '../../../server/console/buyers.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { connectHubspot } from '../../../server/state/connect-hubspot.ts'
import { createConnections } from '../../../server/state/connections.ts'
import { SEED, startFakeHubspot, type FakeHubspot } from '../../fakes/hubspot/index.ts'
import { openTestDatabase } from '../../support/database.ts'

const masterKey = randomBytes(32)
let database: OpenDatabase
let hubspot: FakeHubspot
let buyerId: string
let now = Date.now()

beforeAll(async () => {
  database = await openTestDatabase()
  hubspot = await startFakeHubspot({ now: () => now })
  buyerId = (await createBuyer(database.db, 'ines@shop.example', 'correct horse battery')).id
})
afterAll(async () => {
  await hubspot.close()
  await database.close()
})
beforeEach(async () => {
  hubspot.reset()
  now = Date.now()
  await database.db.deleteFrom('grants').execute()
  await database.db.deleteFrom('connections').execute()
})

const config = (): { gmailTokenUrl: string; hubspotUpstream: string } => ({
  gmailTokenUrl: 'http://127.0.0.1:9/token',
  hubspotUpstream: hubspot.url,
})
const connect = async (credential: string): ReturnType<typeof connectHubspot> =>
  connectHubspot(database.db, masterKey, config(), { buyerId, credential })
const oauthApp = (change: object = {}): string => {
  const { clientId, clientSecret, refreshToken } = hubspot.tokenEndpoint
  return JSON.stringify({
    client_id: clientId,
    client_secret: clientSecret,
    refresh_token: refreshToken,
    ...change,
  })
}
const stored = async (): Promise<{ id: string; account: string; sealed: string }[]> =>
  database.db.selectFrom('connections').select(['id', 'account', 'sealed']).execute()

test('the token of a private app is tried, sealed, and named by its portal', async () => {
  const connected = await connect(`${hubspot.accessToken}\n`)
  expect(connected.account).toBe(SEED.portal)
  const [row] = await stored()
  expect(row).toMatchObject({ id: connected.id, account: SEED.portal })
  expect(row?.sealed).not.toContain(hubspot.accessToken)
  expect(hubspot.requests.map(({ path }) => path)).toEqual(['/account-info/v3/details'])
})

test('an OAuth app is tried with a fresh access token, and connecting again takes the old place', async () => {
  const first = await connect(hubspot.accessToken)
  const again = await connect(oauthApp())
  expect(again).toEqual({ ...first, isAgain: true })
  expect(await stored()).toHaveLength(1)
  // parameters in the body alone: a secret in a query ends in somebody's log
  expect(hubspot.tokenEndpoint.requests.map(({ target }) => target)).toEqual(['/oauth/v3/token'])
})

test('an access token of an OAuth app is renewed when it ends', async () => {
  const { id } = await connect(oauthApp())
  await database.db
    .insertInto('grants')
    .values({
      id: 'g_1',
      buyer_id: buyerId,
      client_id: 'agent',
      authorization_details: '[]',
      payload: '{}',
      connections: JSON.stringify({ hubspot: id }),
    })
    .execute()
  const connections = createConnections(database.db, masterKey, config(), { now: () => now })
  const tokenNow = async (): Promise<string> =>
    (await (await connections.forGrant('g_1', 'hubspot')).credential()).reveal()
  const one = await tokenNow()
  expect(hubspot.tokenEndpoint.accepts(one)).toBe(true)
  now += 1800 * 1000
  expect(hubspot.tokenEndpoint.accepts(one)).toBe(false)
  expect(hubspot.tokenEndpoint.accepts(await tokenNow())).toBe(true)
})

test.each([
  ['{"client_id": "x"}', 'neither `client_id`'],
  ['{', 'not valid JSON'],
  ['two words', 'neither JSON nor an access token'],
])('%s is not tried', async (credential, words) => {
  await expect(connect(credential)).rejects.toThrow(words)
  expect(hubspot.requests).toEqual([])
  expect(await stored()).toEqual([])
})

test.each([
  ['a token that HubSpot does not know', () => 'pat-eu1-unknown', 'does not know this token'],
  [
    'a refresh token that HubSpot does not know',
    () => oauthApp({ refresh_token: 'na1-unknown' }),
    'hubspot gives no access token any more',
  ],
  [
    'another secret',
    () => oauthApp({ client_secret: 'wrong-secret' }),
    'hubspot gives no access token any more',
  ],
])('%s is not stored, nor repeated', async (_what, credential, words) => {
  const failure = String(await connect(credential()).catch((error: unknown) => error))
  expect(failure).toContain(words)
  for (const secret of ['pat-eu1-unknown', 'na1-unknown', 'wrong-secret']) {
    expect(failure).not.toContain(secret)
  }
  expect(await stored()).toEqual([])
})

test('an answer that is no portal is none', async () => {
  hubspot.failNextRead({ kind: 'status', status: 403 })
  await expect(connect(hubspot.accessToken)).rejects.toThrow('the scope `oauth`')
  hubspot.failNextRead({ kind: 'status', status: 500 })
  await expect(connect(hubspot.accessToken)).rejects.toThrow('answered 500')
  hubspot.tokenEndpoint.behaviour = 'server_error'
  await expect(connect(oauthApp())).rejects.toThrow('answered 500: try again')
  expect(await stored()).toEqual([])
})
