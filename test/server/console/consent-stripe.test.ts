import { expect, test } from 'vitest'
import { parseCapabilities, within, type Capability } from '../../../capabilities/index.ts'
import { readChoice, type ChoiceResult } from '../../../server/console/consent/choice.ts'
import { controlsOf, fieldOf } from '../../../server/console/consent/controls.ts'
import { toRows } from '../../../server/console/consent/rows.ts'

const now = Date.parse('2026-12-01T10:00:00Z')
const german = { locale: 'de-DE', zone: 'Europe/Berlin' }
const requested = parseCapabilities([
  { type: 'stripe', actions: ['customers.update'], fields: ['email', 'metadata', 'name'] },
  {
    type: 'stripe',
    actions: ['transfers.create'],
    amount: { currency: 'eur', max: 100_000 },
    destinations: ['acct_1', 'acct_2'],
  },
  {
    type: 'stripe',
    actions: ['refunds.create'],
    amount: { currency: 'jpy', max: 5_000 },
    charge_age_days: 90,
  },
  { type: 'stripe', actions: ['charges.read'], accounts: ['acct_3', 'acct_4'] },
])

function choose(changes: Record<string, string | undefined>): ChoiceResult {
  const form = new Map([['connection-stripe', 'c_1']])
  for (const row of toRows(requested)) {
    form.set(row.id, 'on')
    for (const control of controlsOf(row.capability, german)) {
      if (control.kind.type !== 'tick' || control.initial === 'on')
        form.set(fieldOf(row, control), control.initial)
    }
  }
  for (const [field, answer] of Object.entries(changes)) {
    if (answer === undefined) form.delete(field)
    else form.set(field, answer)
  }
  return readChoice(form, {
    requested,
    accounts: [{ id: 'c_1', provider: 'stripe', account: 'acct_0' }],
    now,
    latestExpiry: now + 90 * 86_400_000,
    tokenLifetimes: { usual: 600, max: 3_600 },
    reader: german,
  })
}

function entryFor(result: ChoiceResult, action: string): Capability | undefined {
  if (!result.ok) expect([...result.problems]).toEqual([])
  const capabilities = result.ok ? result.choice.capabilities : []
  expect(within(capabilities, requested)).toBe(true)
  return capabilities.find(({ actions }) => actions.some((one) => one === action))
}

test('left untouched is the request itself', () => {
  expect(choose({})).toMatchObject({ ok: true, choice: { capabilities: requested } })
})

test('amounts are read as she writes them, in the currency of the row', () => {
  const field = 'row-1-transfers-create.amount'
  expect(entryFor(choose({ [field]: '999,50' }), 'transfers.create')?.amount?.max).toBe(99_950)
  const yen = entryFor(choose({ 'row-2-refunds-create.amount': '1200' }), 'refunds.create')
  expect(yen?.amount).toEqual({ currency: 'jpy', max: 1_200 })
})

test.each([
  ['row-1-transfers-create.amount', '1.000'],
  ['row-1-transfers-create.amount', '1000,01'],
  ['row-1-transfers-create.amount', '€ 5'],
  ['row-2-refunds-create.amount', '12,5'],
  ['row-1-transfers-create.destinations', ''],
  ['row-1-transfers-create.destinations', 'acct_9'],
  ['row-2-refunds-create.charge-days', '91'],
  ['row-2-refunds-create.customers', 'everybody'],
  ['row-3-charges-read.accounts', ''],
  ['row-3-charges-read.accounts', 'acct_3\nacct_0'],
])('%s cannot become %j, and it is said there', (field, answer) => {
  const result = choose({ [field]: answer })
  expect(result.ok ? [] : [...result.problems.keys()]).toEqual([field])
})

test('fields, accounts, customers and the age of charges can be narrowed', () => {
  const result = choose({
    'row-0-customers-update.field-email': undefined,
    'row-1-transfers-create.destinations': 'acct_2',
    'row-2-refunds-create.customers': 'cus_mara\r\ncus_omar',
    'row-2-refunds-create.charge-days': '30',
    'row-3-charges-read.accounts': 'acct_4',
  })
  expect(entryFor(result, 'customers.update')?.fields).toEqual(['metadata', 'name'])
  expect(entryFor(result, 'transfers.create')?.destinations).toEqual(['acct_2'])
  expect(entryFor(result, 'refunds.create')).toMatchObject({
    customers: ['cus_mara', 'cus_omar'],
    charge_age_days: 30,
  })
  expect(entryFor(result, 'charges.read')?.accounts).toEqual(['acct_4'])
})

test('without any field left there is nothing to change, and the row says so', () => {
  const fields = ['email', 'metadata', 'name'].map((name) => `row-0-customers-update.field-${name}`)
  const result = choose(Object.fromEntries(fields.map((field) => [field, undefined])))
  expect(result.ok ? [] : [...result.problems.values()]).toContain(
    'Leave at least one, or untick the row.',
  )
})
