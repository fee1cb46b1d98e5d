import { expect, test } from 'vitest'
import {
  findExcess,
  inherit,
  intersect,
  parseCapabilities,
  parseNarrowing,
  subsumes,
  within,
  type Capability,
} from '../../capabilities/index.ts'
import { errorOf } from './token-for.ts'

const ALL = ['messages.read', 'messages.reply']

function one(fields: object, actions: string[] = ALL): Capability {
  const [capability] = parseCapabilities([{ type: 'gmail', actions, ...fields }])
  if (capability === undefined) throw new Error('nothing parsed')
  return capability
}

test.each([
  ['no filter', {}, { from: { domains: ['acme.com'] } }],
  [
    'fewer domains',
    { from: { domains: ['acme.com', 'b.example'] } },
    { from: { domains: ['acme.com'] } },
  ],
  [
    'an address inside a granted domain',
    { from: { domains: ['acme.com'] } },
    { from: { addresses: ['bob@acme.com'] } },
  ],
  ['one more label', { labels: ['A'] }, { labels: ['A', 'B'] }],
  ['a longer text', { subject_contains: 'order' }, { subject_contains: ['order 12', 'x'] }],
  ['a shorter age', { newer_than_days: 30 }, { newer_than_days: 7 }],
  ['fewer threads', { threads: ['T1', 'T2'] }, { threads: ['T2'] }],
  ['metadata', { content: 'full' }, { content: 'metadata' }],
  ['the sender for participants', {}, { recipients: { sender_only: true } }],
  [
    'a smaller number',
    { recipients: { participants: true, max: 5 } },
    { recipients: { participants: true, max: 2 } },
  ],
  [
    'addresses in granted domains',
    { recipients: { domains: ['acme.com'] } },
    { recipients: { addresses: ['bob@acme.com'] } },
  ],
  ['thread attachments for any', { attachments: 'any' }, { attachments: 'thread' }],
  ['plain text', { body: { html: 'sanitised' } }, { body: { html: 'none' } }],
  ['fewer links', {}, { body: { links: 'known' } }],
  ['more refusals', { body: { refuse: ['iban'] } }, { body: { refuse: ['api_key', 'iban'] } }],
  [
    'shorter hours',
    { hours: { zone: 'UTC', days: ['mon', 'tue'], from: '08:00', to: '18:00' } },
    { hours: { zone: 'UTC', days: ['tue'], from: '09:00', to: '18:00' } },
  ],
  [
    'an earlier end',
    { expires_at: '2027-01-01T00:00:00Z' },
    { expires_at: '2026-12-01T00:00:00Z' },
  ],
  ['a location', {}, { locations: ['https://gmail.remit.example'] }],
])('%s is narrower, and not the other way round', (_what, wide, narrow) => {
  expect(subsumes(one(wide), one(narrow))).toBe(true)
  expect(subsumes(one(narrow), one(wide))).toBe(false)
})

test('hours of two zones are not compared', () => {
  const [paris, berlin] = ['Europe/Paris', 'Europe/Berlin'].map((zone) => one({ hours: { zone } }))
  if (!paris || !berlin) return expect.unreachable()
  expect(subsumes(paris, berlin)).toBe(false)
})

test('rows are compared action by action', () => {
  const granted = [one({ labels: ['A'] }, ['messages.read']), one({}, ['messages.reply'])]
  expect(within([one({ labels: ['A'] })], granted)).toBe(true)
  expect(within([one({})], granted)).toBe(false)
})

test('an excess names the field, what was asked and what was granted', () => {
  const granted = [one({ from: { domains: ['acme.com'] } }, ['messages.read'])]
  expect(findExcess(one({ from: { domains: ['evil.example'] } }, ['messages.read']), granted)).toBe(
    'messages.read: `from`: asked is `from anyone at evil.example`, granted is `from anyone at acme.com`',
  )
  expect(findExcess(one({}, ['messages.read']), granted)).toBe(
    'messages.read: `from`: asked is no limit, granted is `from anyone at acme.com`',
  )
  expect(findExcess(one({}, ['messages.reply']), granted)).toBe(
    'messages.reply: the grant does not have this action',
  )
})

test('what an attenuation leaves unsaid stays as it is held', () => {
  const held = [one({ labels: ['A'], recipients: { participants: true, max: 3 } })]
  const asked = parseNarrowing([
    { type: 'gmail', actions: ['messages.reply'], threads: ['T1'], recipients: { max: 1 } },
  ])
  expect(inherit(asked, held)).toEqual([
    {
      type: 'gmail',
      actions: ['messages.reply'],
      labels: ['A'],
      threads: ['T1'],
      recipients: { participants: true, max: 1 },
      attachments: 'none',
    },
  ])
})

test('an attenuation that asks for more is an error', () => {
  const held = [one({ recipients: { sender_only: true } })]
  const asked = parseNarrowing([
    { type: 'gmail', actions: ['messages.reply'], recipients: { participants: true } },
  ])
  expect(errorOf(() => inherit(asked, held))).toMatch(
    /^exceeds_grant: messages\.reply: `recipients`/,
  )
})

test('an attenuation keeps the alternatives that accept it', () => {
  const held = [
    one({ labels: ['A'] }, ['messages.read']),
    one({ from: { domains: ['acme.com'] } }, ['messages.read']),
  ]
  const asked = parseNarrowing([
    { type: 'gmail', actions: ['messages.read'], from: { domains: ['acme.com'] } },
  ])
  expect(inherit(asked, held).map(({ labels, from }) => ({ labels, from }))).toEqual([
    { labels: ['A'], from: { domains: ['acme.com'] } },
    { labels: undefined, from: { domains: ['acme.com'] } },
  ])
})

test('an intersection is the wanted where covered, the granted where inside, or both mixed', () => {
  const granted = [
    one({ labels: ['A'], locations: ['https://gmail.remit.example'] }, ['messages.read']),
  ]
  const narrower = one({ labels: ['A', 'B'] }, ['messages.read'])
  expect(intersect([narrower], granted)).toEqual([
    { ...narrower, locations: ['https://gmail.remit.example'] },
  ])
  expect(intersect([one({}, ['messages.read'])], granted)).toEqual(granted)
  expect(intersect([one({ threads: ['T1'] }, ['messages.read'])], granted)).toMatchObject([
    { labels: ['A'], threads: ['T1'] },
  ])
  expect(intersect([one({ labels: ['C'] }, ['messages.read'])], granted)).toEqual([])
})

test('a limit that only asks, put upon a firm one, leaves the firm one standing', () => {
  const amount = { currency: 'usd', max: 500 }
  const limit = { per: 'day', amount: 100, currency: 'usd' }
  const refunds = { type: 'stripe', actions: ['refunds.create'], amount }
  const held = parseCapabilities([{ ...refunds, limits: [limit] }])
  const asked = parseNarrowing([
    { ...refunds, approval: 'always', limits: [{ ...limit, over: 'ask' }] },
  ])
  const [child, ...others] = inherit(asked, held)
  expect(others).toEqual([])
  expect(child).toMatchObject({ approval: 'always', limits: [limit] })
  expect(child?.limits?.[0]).not.toHaveProperty('over')
})

test('a wider number in a narrowing leaves what is done without asking as it is', () => {
  const held = parseCapabilities([
    {
      type: 'stripe',
      actions: ['refunds.create'],
      amount: { currency: 'usd', max: 10_000 },
      approval: { amount_over: 2_000 },
    },
  ])
  const asked = parseNarrowing([
    { type: 'stripe', actions: ['refunds.create'], amount: { currency: 'usd', max: 5_000 } },
  ])
  const children = inherit(asked, held).map(({ amount, approval }) => [amount?.max, approval])
  expect(children).toEqual([
    [2_000, undefined],
    [5_000, 'always'],
  ])
})

test('what cannot be said of all that its parent allows is refused, and says what', () => {
  const days = (zone: string | undefined, more: object): object => ({
    type: 'gmail',
    actions: ['messages.reply'],
    limits: [{ per: 'day', new_recipients: 5, ...(zone && { zone }), ...more }],
  })
  const held = parseCapabilities([days(undefined, { over: 'ask' })])
  const asked = parseNarrowing([days('Europe/Paris', {})])
  expect(errorOf(() => inherit(asked, held))).toMatch(
    /new recipients a day \(Europe\/Paris\).*\(UTC\)/,
  )
})
