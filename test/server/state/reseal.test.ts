import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { connectionPurpose } from '../../../server/state/connection-purpose.ts'
import { createKeyStore } from '../../../server/state/key-store.ts'
import { assertNobodyServes, reseal, SEALED_TABLES } from '../../../server/state/reseal.ts'
import { seal, unsealText } from '../../../server/state/seal.ts'
import { storeConnection } from '../../../server/state/store-connection.ts'
import { openTestDatabase } from '../../support/database.ts'

const [oldKey, newKey, strangeKey] = [randomBytes(32), randomBytes(32), randomBytes(32)]
const credential = { type: 'access_token', accessToken: 'a-token' } as const
const keyOf = (account: string) => ({ buyer_id: 'b_1', provider: 'stripe', account })
let open: OpenDatabase

beforeAll(async () => {
  open = await openTestDatabase()
  const buyer = { id: 'b_1', email: 'b_1@x.example', password_hash: 'x' }
  await open.db.insertInto('buyers').values(buyer).execute()
})
afterAll(async () => open.close())
beforeEach(async () => {
  for (const table of ['connections', 'signing_keys', 'running_fronts'] as const)
    await open.db.deleteFrom(table).execute()
  await (await createKeyStore(open, oldKey)).close()
  for (const account of ['acct_1', 'acct_2'])
    await storeConnection(open.db, oldKey, {
      key: keyOf(account),
      credential,
      scopes: undefined,
    })
})

async function everySealed(): Promise<string[]> {
  const connections = await open.db.selectFrom('connections').select('sealed').execute()
  const keys = await open.db.selectFrom('signing_keys').select('sealed').execute()
  return [...connections, ...keys].map(({ sealed }) => sealed).toSorted()
}

test('everything opens with the new key afterwards, and nothing with the old one', async () => {
  expect(await reseal(open.db, oldKey, newKey)).toEqual({ resealed: 4, current: 0 })
  const rows = await open.db.selectFrom('connections').selectAll().execute()
  for (const row of rows) {
    expect(await unsealText(newKey, connectionPurpose(row), row.sealed)).toContain('a-token')
    await expect(unsealText(oldKey, connectionPurpose(row), row.sealed)).rejects.toThrow('open')
  }
  const keys = await createKeyStore(open, newKey)
  expect(keys.currentRoot().id).toBe(1)
  await keys.close()
  await expect(createKeyStore(open, oldKey)).rejects.toThrow('does not open')
})

test('run again it changes nothing, and it takes up what came in between', async () => {
  await reseal(open.db, oldKey, newKey)
  const before = await everySealed()
  expect(await reseal(open.db, oldKey, newKey)).toEqual({ resealed: 0, current: 4 })
  expect(await everySealed()).toEqual(before)
  const late = { key: keyOf('acct_3'), credential, scopes: undefined }
  await storeConnection(open.db, oldKey, late)
  expect(await reseal(open.db, oldKey, newKey)).toEqual({ resealed: 1, current: 4 })
})

test('one row that opens with neither key leaves everything as it was, and is named', async () => {
  const sealed = await seal(strangeKey, connectionPurpose(keyOf('acct_9')), '{}')
  await open.db
    .insertInto('connections')
    .values({ id: 'c_strange', ...keyOf('acct_9'), sealed })
    .execute()
  const before = await everySealed()
  await expect(reseal(open.db, oldKey, newKey)).rejects.toThrow(
    'nothing was changed: neither key opens connections c_strange',
  )
  expect(await everySealed()).toEqual(before)
})

test('a row that was put in another’s place opens with no key', async () => {
  await open.db
    .updateTable('connections')
    .set({ account: 'acct_other' })
    .where('account', '=', 'acct_1')
    .execute()
  const before = await everySealed()
  await expect(reseal(open.db, oldKey, newKey)).rejects.toThrow('neither key opens')
  expect(await everySealed()).toEqual(before)
})

test('the wrong old key and the same key twice change nothing', async () => {
  const before = await everySealed()
  await expect(reseal(open.db, strangeKey, newKey)).rejects.toThrow('neither key opens')
  await expect(reseal(open.db, oldKey, oldKey)).rejects.toThrow('the same')
  expect(await everySealed()).toEqual(before)
})

test('no table that holds something sealed is left out', async () => {
  const { rows } = await sql<{ table_name: string }>`
    select table_name from information_schema.columns
     where table_schema = current_schema() and column_name = 'sealed'
  `.execute(open.db)
  expect(rows.map(({ table_name: name }) => name).toSorted()).toEqual(SEALED_TABLES.toSorted())
})

test('it waits for no front that runs: it says that one does', async () => {
  await assertNobodyServes(open.db)
  const front = { id: 'f_1', provider: 'gmail', resource: 'http://127.0.0.1:1', lease_ms: 5_000 }
  await open.db
    .insertInto('running_fronts')
    .values({ ...front, applied: null })
    .execute()
  await expect(assertNobodyServes(open.db)).rejects.toThrow('a front is running (`gmail`)')
  await open.db
    .updateTable('running_fronts')
    .set({ seen_at: new Date(Date.now() - 60_000) })
    .execute()
  await assertNobodyServes(open.db)
})
