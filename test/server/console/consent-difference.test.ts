import { describe, expect, test } from 'vitest'
import { parseCapabilities } from '../../../capabilities/index.ts'
import {
  compareRows,
  coversEarlier,
  type Difference,
} from '../../../server/console/consent/difference.ts'
import type { EarlierGrant } from '../../../server/console/consent/earlier.ts'
import { toRows } from '../../../server/console/consent/rows.ts'

const front = ['http://127.0.0.1:4001']
const acme = { type: 'gmail', actions: ['messages.read'], from: { domains: ['acme.com'] } }
const refund = {
  type: 'stripe',
  actions: ['refunds.create'],
  amount: { currency: 'usd', max: 5_000 },
  limits: [{ per: 'day', amount: 20_000, currency: 'usd' }],
}

function earlier(details: unknown, changes: Partial<EarlierGrant> = {}): EarlierGrant {
  const capabilities = parseCapabilities(details)
  return {
    id: 'g_1',
    capabilities,
    sentences: [],
    connections: { gmail: 'c_1', hubspot: 'c_1', stripe: 'c_1' },
    createdAt: new Date(),
    endsAt: undefined,
    dpopBound: false,
    isPaused: false,
    ...changes,
  }
}

function differences(asked: unknown, held: readonly EarlierGrant[]): Difference['kind'][] {
  const rows = toRows(parseCapabilities(asked))
  return rows.map((row) => compareRows(rows, held, () => 'c_1').get(row)?.kind ?? 'new')
}

describe('a row is', () => {
  test.each<[Difference['kind'], string, unknown, unknown]>([
    ['before', 'the same', acme, acme],
    ['before', 'narrower', { ...acme, newer_than_days: 7 }, acme],
    ['before', 'the same at the front that was filled in', acme, { ...acme, locations: front }],
    ['further', 'wider', { ...acme, from: { domains: ['acme.com', 'evil.example'] } }, acme],
    ['further', 'without the filter', { ...acme, from: undefined }, acme],
    [
      'further',
      'narrower in one respect and wider in another',
      { ...acme, newer_than_days: 1, content: 'full' },
      { ...acme, content: 'metadata' },
    ],
    ['longer', 'the same without its end', acme, { ...acme, expires_at: '2027-01-01T00:00:00Z' }],
    [
      'further',
      'longer and wider',
      { ...acme, from: undefined },
      { ...acme, expires_at: '2027-01-01T00:00:00Z' },
    ],
    ['new', 'another action', { type: 'gmail', actions: ['messages.reply'] }, acme],
    ['further', 'more money', { ...refund, amount: { currency: 'usd', max: 5_001 } }, refund],
    [
      'further',
      'another currency',
      { ...refund, amount: { currency: 'eur', max: 5 }, limits: undefined },
      refund,
    ],
    ['further', 'without being asked', refund, { ...refund, approval: 'always' }],
    ['before', 'with being asked', { ...refund, approval: 'always' }, refund],
    [
      'before',
      'less a day',
      { ...refund, limits: [{ per: 'day', amount: 5, currency: 'usd' }] },
      refund,
    ],
  ])('%s: %s', (kind, _, asked, held) => {
    expect(differences([asked], [earlier([held])])).toEqual([kind])
  })

  test('new where the provider is another, though the action has the same name', () => {
    const stripe = { type: 'stripe', actions: ['products.read'] }
    const hubspot = { type: 'hubspot', actions: ['products.read'], properties: { read: ['name'] } }
    expect(differences([stripe], [earlier([hubspot])])).toEqual(['new'])
  })

  test('as before when any one of the earlier grants has all of it, and further when only two together do', () => {
    const other = { ...acme, from: { domains: ['other.example'] } }
    const both = { ...acme, from: { domains: ['acme.com', 'other.example'] } }
    expect(differences([other], [earlier([acme]), earlier([other])])).toEqual(['before'])
    expect(differences([both], [earlier([acme]), earlier([other])])).toEqual(['further'])
  })

  test('new when what she allowed is paused', () => {
    expect(differences([acme], [earlier([acme], { isPaused: true })])).toEqual(['new'])
  })

  test('new when what she allowed is about another account', () => {
    const others = { connections: { gmail: 'c_2' } }
    expect(differences([acme], [earlier([acme], others)])).toEqual(['new'])
    const narrower = earlier([{ ...acme, content: 'metadata' }])
    expect(differences([acme], [narrower, earlier([acme], others)])).toEqual(['further'])
  })

  test('nothing in particular when the agent had nothing', () => {
    const rows = toRows(parseCapabilities([acme]))
    expect(compareRows(rows, [], () => 'c_1').size).toBe(0)
  })
})

test('what was allowed before is said in the words of then', () => {
  const rows = toRows(parseCapabilities([{ ...acme, from: undefined }]))
  const [row] = rows
  const until = row && compareRows(rows, [earlier([acme])], () => 'c_1').get(row)?.until
  expect(until).toContain('Read e-mail from anyone at acme.com')
})

test('earlier grants are covered when all that they do is asked for again', () => {
  const wider = parseCapabilities([{ ...acme, from: undefined }])
  expect(coversEarlier(wider, [earlier([acme])])).toBe(true)
  expect(coversEarlier(parseCapabilities([acme]), [earlier([{ ...acme, from: undefined }])])).toBe(
    false,
  )
  expect(coversEarlier(wider, [earlier([acme, refund])])).toBe(false)
  expect(coversEarlier(wider, [earlier([acme], { isPaused: true })])).toBe(false)
})
