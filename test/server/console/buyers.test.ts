import { afterAll, beforeAll, expect, test } from 'vitest'
import { type BuyerError, createBuyer, findBuyer } from '../../../server/console/buyers.ts'
import { verifyPassword } from '../../../server/console/passwords.ts'
import type { OpenDatabase } from '../../../server/database/open.ts'
import { openTestDatabase } from '../../support/database.ts'

let database: OpenDatabase

beforeAll(async () => {
  database = await openTestDatabase()
})
afterAll(() => database.close())

test('creates a buyer with a password that is shown once and stored nowhere', async () => {
  const buyer = await createBuyer(database.db, ' Mara@Shop.example')
  expect(buyer).toMatchObject({
    id: expect.stringMatching(/^b_[\w-]{22}$/u) as string,
    email: 'mara@shop.example',
  })
  const stored = await findBuyer(database.db, 'mara@shop.example')
  expect(stored?.passwordHash).not.toContain(buyer.generatedPassword)
  expect(await verifyPassword(buyer.generatedPassword ?? '', stored?.passwordHash)).toBe(true)
})

test('takes a password that was chosen', async () => {
  const buyer = await createBuyer(database.db, 'bob@shop.example', 'correct horse battery')
  expect(buyer.generatedPassword).toBeUndefined()
  const stored = await findBuyer(database.db, 'bob@shop.example')
  expect(await verifyPassword('correct horse battery', stored?.passwordHash)).toBe(true)
})

test.each<[string, string, string | undefined, BuyerError['code']]>([
  ['an address that is none', 'mara', undefined, 'invalid_email'],
  ['an address with a name', 'Mara <mara@shop.example>', undefined, 'invalid_email'],
  ['a short password', 'carl@shop.example', 'short', 'weak_password'],
  ['an endless password', 'carl@shop.example', 'x'.repeat(300), 'weak_password'],
])('refuses %s and creates nobody', async (_, email, password, code) => {
  await expect(createBuyer(database.db, email, password)).rejects.toMatchObject({ code })
  expect(await findBuyer(database.db, email)).toBeUndefined()
})

test('of two creations of one address only one succeeds, and the password stays the first', async () => {
  const results = await Promise.allSettled([
    createBuyer(database.db, 'dora@shop.example'),
    createBuyer(database.db, 'DORA@shop.example'),
  ])
  expect(results.map(({ status }) => status).toSorted((a, b) => a.localeCompare(b))).toEqual([
    'fulfilled',
    'rejected',
  ])
  expect(results.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { code: 'email_taken' },
  })
})
