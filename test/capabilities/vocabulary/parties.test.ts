import { expect, test } from 'vitest'
import { printFact } from '../../../capabilities/index.ts'
import type { Parties } from '../../../capabilities/vocabulary/capability.ts'
import {
  cc,
  domainOf,
  from,
  includesParty,
  partiesSchema,
  partiesSubsume,
  partyWords,
  to,
} from '../../../capabilities/vocabulary/parties.ts'
import { NOW, read, send } from '../token-for.ts'

const ACME: Parties = { domains: ['acme.com'] }
const BOB: Parties = { addresses: ['bob@acme.com'] }

test('a party is listed, or its exact domain is', () => {
  expect(includesParty(ACME, 'bob@acme.com')).toBe(true)
  expect(includesParty(BOB, 'bob@acme.com')).toBe(true)
  expect(includesParty(BOB, 'eve@acme.com')).toBe(false)
  expect(includesParty(ACME, 'bob@acme.com.evil.example')).toBe(false)
  expect(includesParty({}, 'bob@acme.com')).toBe(false)
  expect(domainOf('"bob@acme.com"@evil.example')).toBe('evil.example')
})

test.each<[string, Parties, Parties, boolean]>([
  ['the same', ACME, ACME, true],
  ['an address of the domain', ACME, BOB, true],
  ['the domain of an address', BOB, ACME, false],
  ['an address elsewhere', ACME, { addresses: ['bob@evil.example'] }, false],
  ['one inside and one elsewhere', ACME, { addresses: ['bob@acme.com', 'eve@e.example'] }, false],
  ['the listed address', BOB, BOB, true],
  ['a domain more', ACME, { domains: ['acme.com', 'e.example'] }, false],
  ['nobody', ACME, {}, true],
  ['somebody, inside nobody', {}, BOB, false],
])('inside or not: %s', (_what, wider, narrower, inside) => {
  expect(partiesSubsume(wider, narrower)).toBe(inside)
})

test('one of the addressees is enough, and nobody is not', () => {
  const permits = (addresses: string[]): boolean =>
    to.permits({ to: ACME }, read({ to: addresses }), { now: NOW })
  expect(permits(['x@e.example', 'bob@acme.com'])).toBe(true)
  expect(permits(['x@e.example'])).toBe(false)
  expect(permits([])).toBe(false)
})

test('what is about no message has no parties, and does not pass', () => {
  for (const [one, field] of [
    [from, 'from'],
    [to, 'to'],
    [cc, 'cc'],
  ] as const) {
    expect(one.permits({ [field]: ACME }, send(), { now: NOW })).toBe(false)
    expect(one.assert?.(send())).toBeUndefined()
    expect(one.explain({ [field]: ACME }, send())?.refused).toContain('missing or unreadable')
  }
})

test('an address is told together with its domain', () => {
  const fact = to.assert?.(read({ to: ['bob@acme.com', 'ann@acme.com'] }))
  expect(fact && printFact(fact)).toBe('message_to({"@acme.com", "ann@acme.com", "bob@acme.com"})')
  const nobody = from.assert?.(read({ from: undefined }))
  expect(nobody && printFact(nobody)).toBe('message_from({,})')
})

test.each<Parties>([ACME, BOB, { ...ACME, ...BOB }, { domains: ['a.example', 'b.example'] }])(
  'the caveat of %j is read back as that',
  (parties) => {
    const leaf = from.caveat({ from: parties })
    expect(leaf && from.decompile(leaf, {})).toEqual({ from: parties })
  },
)

test('in words', () => {
  expect(partyWords(ACME)).toBe('anyone at acme.com')
  expect(partyWords(BOB)).toBe('bob@acme.com')
  expect(partyWords({ domains: ['a.example', 'b.example'], ...BOB })).toBe(
    'anyone at a.example or b.example or bob@acme.com',
  )
  expect([from.phrase({ from: ACME }), to.phrase({ to: ACME }), cc.phrase({ cc: ACME })]).toEqual([
    'from anyone at acme.com',
    'addressed to anyone at acme.com',
    'with anyone at acme.com in copy',
  ])
})

test('a refusal names the parties that the message has, at most five', () => {
  const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}@e.example`)
  expect(to.explain({ to: ACME }, read({ to: many.slice(0, 2) }))).toEqual({
    refused: 'the addressee of this message is a@e.example and b@e.example',
    allowed: 'only e-mail addressed to anyone at acme.com',
  })
  expect(to.explain({ to: ACME }, read({ to: many }))?.refused).not.toContain('f@e.example')
  expect(cc.explain({ cc: ACME }, read())?.refused).toMatch(/^the copy recipient of this message/)
  expect(from.explain({ from: ACME }, read())?.refused).toMatch(/^the sender of this message/)
})

test('an empty union is refused, and an unknown field', () => {
  expect(partiesSchema.safeParse({}).success).toBe(false)
  expect(partiesSchema.safeParse({ domain: ['a.example'] }).success).toBe(false)
  expect(partiesSchema.parse({ domains: ['B.example', 'a.example', 'b.example'] })).toEqual({
    domains: ['a.example', 'b.example'],
  })
})
