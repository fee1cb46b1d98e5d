import fc from 'fast-check'
import { expect, test } from 'vitest'
import { parseCapabilities, within, type Capability } from '../../../capabilities/index.ts'
import { readChoice, type ChoiceResult } from '../../../server/console/consent/choice.ts'
import { controlsOf, fieldOf } from '../../../server/console/consent/controls.ts'
import { toRows } from '../../../server/console/consent/rows.ts'

const now = Date.parse('2026-12-01T10:00:00Z')
const seen = ['email', 'firstname', 'income']
const details = [
  {
    type: 'hubspot',
    actions: ['contacts.search'],
    properties: { read: seen },
    max_results: 50,
  },
  {
    type: 'hubspot',
    actions: ['contacts.read', 'contacts.update'],
    where: { owner: ['101', '102'] },
    properties: { read: seen, write: ['phone', 'firstname'] },
    associations: ['companies', 'line_items'],
  },
  {
    type: 'hubspot',
    actions: ['deals.create'],
    where: { pipeline: 'default' },
    properties: { write: ['dealname', 'amount'] },
    associations: ['contacts'],
    limits: [{ per: 'day', calls: 20 }],
  },
  { type: 'hubspot', actions: ['tickets.read'], properties: { read: ['*'] } },
  { type: 'hubspot', actions: ['associations.write'], associations: ['contacts', 'notes'] },
  { type: 'hubspot', actions: ['owners.read'], owner_emails: 'shown' },
  { type: 'hubspot', actions: ['users.provision'] },
]
const requested = parseCapabilities(details)

/** what a browser posts when nobody touches the form: a box that is ticked, and none that is not */
function untouched(): Map<string, string> {
  const form = new Map([
    ['form_token', 't'],
    ['connection-hubspot', 'c_1'],
    ['expires_on', ''],
  ])
  for (const row of toRows(requested)) {
    form.set(row.id, 'on')
    for (const control of controlsOf(row.capability)) {
      const isUnticked = control.kind.type === 'tick' && control.initial === ''
      if (!isUnticked) form.set(fieldOf(row, control), control.initial.replaceAll('\n', '\r\n'))
    }
  }
  return form
}

function choose(form: ReadonlyMap<string, string>): ChoiceResult {
  return readChoice(form, {
    requested,
    accounts: [{ id: 'c_1', provider: 'hubspot', account: '123' }],
    now,
    latestExpiry: now + 90 * 86_400_000,
    tokenLifetimes: { usual: 600, max: 3_600 },
  })
}

function chosen(changes: Record<string, string | undefined>): readonly Capability[] {
  const form = untouched()
  for (const [field, answer] of Object.entries(changes)) {
    if (answer === undefined) form.delete(field)
    else form.set(field, answer)
  }
  const result = choose(form)
  expect(result.ok ? [] : [...result.problems]).toEqual([])
  return result.ok ? result.choice.capabilities : []
}

const entryFor = (capabilities: readonly Capability[], action: string): Capability | undefined =>
  capabilities.find(({ actions }) => actions.some((one) => one === action))

test('left untouched is the request itself', () => {
  expect(chosen({})).toEqual(requested)
})

test('what changes something comes before what looks, and what needs care first', () => {
  expect(toRows(requested).map(({ title }) => title)).toEqual([
    'Invite people',
    'Read tickets',
    'Link records',
    'Change contacts',
    'Create deals',
    'Read contacts',
    'Search contacts',
    'See owners',
  ])
})

test('a box that is unticked takes a property or a link away, from that row alone', () => {
  const capabilities = chosen({
    'row-1-contacts-read.read-income': undefined,
    'row-1-contacts-read.link-line_items': undefined,
    'row-1-contacts-update.write-phone': undefined,
  })
  expect(entryFor(capabilities, 'contacts.read')).toMatchObject({
    properties: { read: ['email', 'firstname'] },
    associations: ['companies'],
  })
  expect(entryFor(capabilities, 'contacts.update')?.properties).toEqual({ write: ['firstname'] })
  expect(entryFor(capabilities, 'contacts.search')?.properties).toEqual({ read: seen })
})

test('a row is cut down by numbers, owners and what it has to search by', () => {
  const capabilities = chosen({
    'row-0-contacts-search.results': '5',
    'row-0-contacts-search.exactly': 'email\r\nfirstname  income',
    'row-1-contacts-read.owners': '102',
    'row-1-contacts-update.batch': '1',
    'row-1-contacts-update.links': 'on',
    'row-1-contacts-update.ask': 'on',
    'row-2-deals-create.limit-day-calls': '3',
    'row-3-tickets-read.read': 'subject',
    'row-5-owners-read.owner-emails': 'on',
  })
  expect(entryFor(capabilities, 'contacts.search')).toMatchObject({
    max_results: 5,
    must_filter_on: [['email'], ['firstname', 'income']],
  })
  expect(entryFor(capabilities, 'contacts.read')?.where).toEqual({ owner: ['102'] })
  expect(entryFor(capabilities, 'contacts.update')).toMatchObject({
    batch_max: 1,
    body: { links: 'none' },
    approval: 'always',
    where: { owner: ['101', '102'] },
  })
  expect(entryFor(capabilities, 'deals.create')?.limits).toEqual([{ per: 'day', calls: 3 }])
  expect(entryFor(capabilities, 'tickets.read')?.properties).toEqual({ read: ['subject'] })
  expect(entryFor(capabilities, 'owners.read')?.owner_emails).toBe('none')
})

test('what is left of a row has to be something, and what is wrong is said at its place', () => {
  const problemsOf = (changes: Record<string, string | undefined>): string => {
    const form = untouched()
    for (const [field, answer] of Object.entries(changes)) {
      if (answer === undefined) form.delete(field)
      else form.set(field, answer)
    }
    const result = choose(form)
    return result.ok ? '' : [...result.problems].map((pair) => pair.join(': ')).join('\n')
  }
  expect(
    problemsOf({
      'row-1-contacts-update.write-phone': undefined,
      'row-1-contacts-update.write-firstname': undefined,
    }),
  ).toContain('row-1-contacts-update: This cannot be granted: name at least one property')
  expect(problemsOf({ 'row-1-contacts-read.owners': '103' })).toContain(
    'row-1-contacts-read.owners: This would allow more',
  )
  expect(problemsOf({ 'row-0-contacts-search.results': '51' })).toContain('from 1 to 50')
  expect(problemsOf({ 'row-0-contacts-search.exactly': 'E-Mail' })).toContain(
    'row-0-contacts-search.exactly: This cannot be granted: expected the internal name',
  )
})

test('a new record keeps what its filter demands of it', () => {
  const fields = toRows(requested)
    .filter(({ action }) => action === 'deals.create')
    .flatMap((row) => controlsOf(row.capability).map((control) => fieldOf(row, control)))
  expect(fields).toContain('row-2-deals-create.write-dealname')
  expect(fields).not.toContain('row-2-deals-create.write-pipeline')
})

/** INVARIANT of the consent page, as in choice.test.ts */
test('never goes beyond the request, whatever is posted, and is offered nothing that a row cannot carry', () => {
  const fields = [...untouched().keys()].filter((field) => field !== 'form_token')
  const answer = fc.oneof(
    fc.constantFrom(undefined, undefined, '', 'on', 'none', '1', '5', '51', '999', '101', '103'),
    fc.constantFrom('email', 'email\nincome', 'firstname email', 'ssn', '*', '101\n103'),
    fc.string({ maxLength: 8 }),
  )
  let granted = 0
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom(...fields), answer, { maxKeys: 5 }), (changes) => {
      const form = untouched()
      for (const [field, value] of Object.entries(changes)) {
        if (value === undefined) form.delete(field)
        else form.set(field, value)
      }
      form.set('connection-hubspot', 'c_1')
      const result = choose(form)
      if (!result.ok) {
        expect(result.problems.size).toBeGreaterThan(0)
        expect([...result.problems.values()].join()).not.toContain('does not apply')
        return
      }
      granted += 1
      expect(within(result.choice.capabilities, requested)).toBe(true)
      expect(parseCapabilities(result.choice.capabilities)).toEqual(result.choice.capabilities)
    }),
    { numRuns: 250 },
  )
  expect(granted).toBeGreaterThan(25)
})
