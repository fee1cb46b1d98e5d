import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  CapabilityError,
  parseCapabilities,
  within,
  type Capability,
} from '../../../capabilities/index.ts'
import { readChoice, type ChoiceResult } from '../../../server/console/consent/choice.ts'
import { applyPreset, PRESETS, presetsFor } from '../../../server/console/consent/presets.ts'
import { toRows } from '../../../server/console/consent/rows.ts'
import { ANYBODY } from '../../../server/console/reader.ts'
import { capabilities as crmCapabilities } from '../../properties/hubspot-arbitraries.ts'
import { capabilities } from '../../properties/vocabulary-arbitraries.ts'

const now = Date.parse('2026-12-01T10:00:00Z')

function presetOf(name: string): (typeof PRESETS)[number] {
  const preset = PRESETS.find((one) => one.name === name)
  if (!preset) throw new Error(`no preset ${name}`)
  return preset
}

/** the form as the preset leaves it, sent off as it is */
function allow(requested: readonly Capability[], name: string): ChoiceResult {
  const form = new Map([
    ['connection', 'c_1'],
    ['connection-hubspot', 'c_2'],
    ['connection-stripe', 'c_3'],
    ...applyPreset(presetOf(name), toRows(requested)),
  ])
  const kinds = new Set(requested.map(({ type }) => type))
  if (!kinds.has('gmail')) form.delete('connection')
  if (!kinds.has('hubspot')) form.delete('connection-hubspot')
  if (!kinds.has('stripe')) form.delete('connection-stripe')
  return readChoice(form, {
    requested,
    accounts: [
      { id: 'c_1', provider: 'gmail', account: 'shop@shop.example' },
      { id: 'c_2', provider: 'hubspot', account: '123' },
      { id: 'c_3', provider: 'stripe', account: 'acct_1' },
    ],
    now,
    latestExpiry: now + 90 * 86_400_000,
    tokenLifetimes: { usual: 600, max: 3_600 },
  })
}

function left(details: readonly unknown[], name: string): readonly Capability[] {
  const requested = parseCapabilities(details)
  const result = allow(requested, name)
  expect(result.ok ? [] : [...result.problems]).toEqual([])
  return result.ok ? result.choice.capabilities : []
}

const shop = [
  {
    type: 'gmail',
    actions: ['messages.read', 'messages.reply', 'messages.trash'],
    attachments: 'any',
  },
  {
    type: 'gmail',
    actions: ['messages.send'],
    recipients: { domains: ['shop.example'] },
  },
  { type: 'stripe', actions: ['charges.read'] },
  { type: 'stripe', actions: ['refunds.create'], amount: { currency: 'usd', max: 50_000 } },
  { type: 'hubspot', actions: ['contacts.read'], properties: { read: ['email'] } },
  { type: 'hubspot', actions: ['notes.create'], properties: { write: ['hs_note_body'] } },
]

describe('a preset', () => {
  test('support assistant answers with care and refunds little', () => {
    const capabilities = left(shop, 'support')
    const of = (action: string): Capability | undefined =>
      capabilities.find(({ actions }) => actions.some((one) => one === action))
    expect(capabilities.flatMap(({ actions }) => actions).toSorted()).toEqual([
      'charges.read',
      'contacts.read',
      'messages.read',
      'messages.reply',
      'notes.create',
      'refunds.create',
    ])
    expect(of('messages.reply')).toMatchObject({
      attachments: 'none',
      body: { links: 'known', echo: 'none', refuse: ['iban', 'payment_card', 'private_key'] },
    })
    expect(of('refunds.create')).toMatchObject({
      amount: { max: 10_000 },
      approval: { amount_over: 2_000 },
      limits: [{ per: 'day', amount: 20_000, currency: 'usd' }],
      charge_age_days: 60,
    })
    expect(of('notes.create')?.approval).toBe('always')
  })

  test('bookkeeper moves no money and sends nothing', () => {
    expect(left(shop, 'bookkeeper').flatMap(({ actions }) => actions)).toEqual([
      'messages.read',
      'charges.read',
    ])
  })

  test('sales assistant asks before each mail', () => {
    const capabilities = left(shop, 'sales')
    const mails = capabilities.filter(({ actions }) =>
      actions.some((one) => one === 'messages.send' || one === 'messages.reply'),
    )
    expect(mails).toHaveLength(2)
    for (const { approval } of mails) expect(approval).toBe('always')
    expect(capabilities.some(({ type }) => type === 'stripe')).toBe(false)
  })

  test('read-only leaves what looks, as it was asked', () => {
    expect(left(shop, 'read-only').flatMap(({ actions }) => actions)).toEqual([
      'messages.read',
      'charges.read',
      'contacts.read',
    ])
  })

  test('keeps what is narrower already than it would make it', () => {
    const narrow = {
      type: 'stripe',
      actions: ['refunds.create'],
      amount: { currency: 'usd', max: 500 },
      approval: { amount_over: 100 },
      limits: [{ per: 'day', amount: 900, currency: 'usd' }],
      charge_age_days: 7,
    }
    expect(left([narrow], 'support')).toEqual(parseCapabilities([narrow]))
  })

  test('is offered where it would leave something, and take something away', () => {
    const offered = (details: readonly unknown[]): string[] =>
      presetsFor(toRows(parseCapabilities(details)), ANYBODY).map(({ name }) => name)
    expect(offered(shop)).toEqual(['support', 'bookkeeper', 'sales', 'read-only'])
    expect(offered([{ type: 'gmail', actions: ['messages.trash'] }])).toEqual([])
    // there is nothing that it could take away
    expect(offered([{ type: 'gmail', actions: ['history.read'] }])).toEqual([])
  })
})

/** INVARIANT: whatever an agent proposes, a preset makes no more of it */
test.each(PRESETS.map(({ name }) => name))('%s never goes beyond the request', (name) => {
  let granted = 0
  const proposals = fc
    .array(fc.oneof(capabilities, crmCapabilities), { minLength: 1, maxLength: 3 })
    .filter((entries) => fits(entries))
  fc.assert(
    fc.property(proposals, (requested) => {
      const fields = applyPreset(presetOf(name), toRows(requested))
      const result = allow(requested, name)
      if (!result.ok) {
        // nothing is left, or what is left is too much for one token now that it stands apart: then nothing is granted
        const rows = toRows(requested).filter(({ id }) => fields.has(id))
        const places = [...result.problems.keys()]
        expect(rows.length === 0 || places.every((place) => place === 'form')).toBe(true)
        return
      }
      granted += 1
      expect(within(result.choice.capabilities, requested)).toBe(true)
    }),
    { numRuns: 150 },
  )
  expect(granted).toBeGreaterThan(10)
})

function fits(entries: readonly Capability[]): boolean {
  try {
    parseCapabilities(entries)
    return true
  } catch (error) {
    if (error instanceof CapabilityError) return false
    throw error
  }
}
