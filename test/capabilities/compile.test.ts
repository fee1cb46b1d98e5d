import { expect, test } from 'vitest'
import {
  compileAttenuation,
  compileGrant,
  forAudience,
  parseCapabilities,
  parseNarrowing,
  printCheck,
  printFact,
  type Capability,
} from '../../capabilities/index.ts'

const AUDIENCE = 'https://gmail.remit.example'
const READ = { type: 'gmail', actions: ['messages.read'] }

function grant(capabilities: readonly Capability[], keyThumbprint?: string): string[] {
  const block = compileGrant({
    grantId: 'g_1',
    clientId: 'agent',
    audience: AUDIENCE,
    expiresAt: Date.parse('2026-12-01T00:00:00Z') / 1000,
    keyThumbprint,
    capabilities,
  })
  return [...block.facts.map(printFact), ...block.checks.map(printCheck)]
}

test('a grant is positive facts, and checks with one branch per operation', () => {
  expect(grant(parseCapabilities([{ ...READ, labels: ['A'] }]), 'thumb')).toEqual([
    'grant("g_1")',
    'client("agent")',
    'right("gmail.labels.list")',
    'right("gmail.messages.list")',
    'right("gmail.messages.read")',
    'right("gmail.profile.read")',
    'check if profile(1)',
    'check if audience("https://gmail.remit.example")',
    'check if time($time), $time < 2026-12-01T00:00:00Z',
    'check if cnf_jkt("thumb")',
    'check if op("gmail.messages.read"), message_place("mailbox"), message_labels($message_labels), $message_labels.contains({"A"})' +
      ' or op("gmail.messages.list") or op("gmail.labels.list") or op("gmail.profile.read")',
  ])
})

test('an attenuation asserts nothing and checks what it says', () => {
  const entries = parseNarrowing([
    { type: 'gmail', actions: ['messages.reply'], recipients: { max: 1 } },
  ])
  const block = compileAttenuation(entries, { expiresAt: 1_800_000_000 })
  expect(block.facts).toEqual([])
  expect(block.checks.map(printCheck)).toEqual([
    'check if time($time), $time < 2027-01-15T08:00:00Z',
    'check if op("gmail.messages.reply"), recipient_count($recipient_count), $recipient_count <= 1 or op("gmail.profile.read")',
  ])
})

test('capabilities of another front stay out of the token', () => {
  const capabilities = parseCapabilities([
    { ...READ, locations: ['https://elsewhere.example'] },
    { ...READ, labels: ['A'] },
  ])
  expect(forAudience(capabilities, AUDIENCE)).toMatchObject([
    { labels: ['A'], locations: [AUDIENCE] },
  ])
  expect(grant(capabilities).join()).not.toContain('elsewhere')
  expect(() => grant(capabilities.slice(0, 1))).toThrow(
    /no capability of this grant is for this front/,
  )
})

test('a capability that nobody parsed does not become authority', () => {
  expect(() => grant([{ type: 'gmail', actions: ['messages.reply'] }])).toThrow(/parse it first/)
  expect(() => grant([{ type: 'gmail', actions: ['messages.send'], attachments: 'none' }])).toThrow(
    /parse it first/,
  )
})

test('more alternatives than a token may have are an error of the compiler', () => {
  const entries = Array.from({ length: 9 }, (_, index) => ({
    ...READ,
    hours: { zone: 'UTC', from: `0${index}:00`, to: '24:00' },
  }))
  expect(() => parseCapabilities(entries)).toThrow(/too many alternatives/)
})

test('an attenuation that says nothing is an error', () => {
  expect(() => compileAttenuation([])).toThrow(/nothing to narrow/)
})
