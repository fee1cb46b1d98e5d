import { describe, expect, test } from 'vitest'
import { printFact } from '../../../capabilities/index.ts'
import type { Recipients } from '../../../capabilities/vocabulary/capability.ts'
import {
  maxRecipients,
  namesRecipients,
  recipients,
  recipientsSchema,
} from '../../../capabilities/vocabulary/recipients.ts'
import { NOW, read, reply, send } from '../token-for.ts'

const moment = { now: NOW }
const permits = (value: Recipients, to: string[], answered = {}): boolean =>
  recipients.permits({ recipients: value }, reply({ recipients: to }, answered), moment)

describe('who may be written to', () => {
  test('the sender is one of the participants, or nobody: From can name whom it likes', () => {
    expect(permits({ sender_only: true }, ['bob@acme.com'])).toBe(true)
    expect(permits({ sender_only: true }, ['eve@evil.example'], { from: 'eve@evil.example' })).toBe(
      false,
    )
    expect(permits({ sender_only: true }, ['bob@acme.com'], { from: undefined })).toBe(false)
  })

  test('everybody is inside the union, or the mail stays', () => {
    const value = { domains: ['a.example'], addresses: ['kim@b.example'] }
    expect(permits(value, ['x@a.example', 'kim@b.example'])).toBe(true)
    expect(permits(value, ['x@a.example', 'eve@b.example'])).toBe(false)
    expect(permits(value, ['eve@sub.a.example'])).toBe(false)
    expect(permits(value, ['bob@acme.com'])).toBe(false)
    expect(permits({ addresses: [] }, ['bob@acme.com'])).toBe(false)
    expect(permits({ addresses: [] }, [])).toBe(true)
  })

  test('a new mail has neither participants nor a sender', () => {
    const mail = send({ recipients: ['bob@acme.com'] })
    expect(recipients.permits({ recipients: { participants: true } }, mail, moment)).toBe(false)
    expect(recipients.permits({ recipients: { sender_only: true } }, mail, moment)).toBe(false)
  })

  test('what sends no mail does not pass', () => {
    expect(recipients.permits({ recipients: { participants: true } }, read(), moment)).toBe(false)
    expect(maxRecipients.permits({ recipients: { max: 5 } }, read(), moment)).toBe(false)
    expect(maxRecipients.assert?.(read())).toBeUndefined()
  })

  test('the number of them may be the largest that is said', () => {
    const two = reply({ recipients: ['a@a.example', 'b@a.example'] })
    expect(maxRecipients.permits({ recipients: { max: 2 } }, two, moment)).toBe(true)
    expect(maxRecipients.permits({ recipients: { max: 1 } }, two, moment)).toBe(false)
    expect(maxRecipients.subsumes({ recipients: { max: 2 } }, { recipients: { max: 2 } })).toBe(
      true,
    )
  })

  test('the number alone names nobody', () => {
    expect(namesRecipients({ max: 1 })).toBe(false)
    expect(namesRecipients(undefined)).toBe(false)
    expect(namesRecipients({ addresses: [] })).toBe(true)
  })

  test.each<[string, object]>([
    ['nothing', {}],
    ['nothing that is said', { participants: undefined }],
    ['both bases', { participants: true, sender_only: true }],
    ['a base that is off', { participants: false }],
    ['no recipients at all', { max: 0 }],
    ['too many', { max: 101 }],
    ['half a recipient', { max: 1.5 }],
    ['an empty list', { domains: [] }],
  ])('refuses %s', (_what, value) => {
    expect(recipientsSchema.safeParse(value).success).toBe(false)
  })

  test.each<Recipients>([{ max: 1 }, { max: 100 }, { participants: true }, { sender_only: true }])(
    'takes %j',
    (value) => {
      expect(recipientsSchema.parse(value)).toEqual(value)
    },
  )
})

describe('in words', () => {
  test.each<[Recipients, string]>([
    [{ participants: true }, 'people already in the conversation'],
    [{ sender_only: true }, 'whoever wrote the message'],
    [{ sender_only: true, addresses: ['a@b.example'] }, 'whoever wrote the message or a@b.example'],
    [{ domains: ['b.example'] }, 'anyone at b.example'],
  ])('%j', (value, words) => {
    expect(recipients.phrase({ recipients: value })).toBe(`only to ${words}`)
    expect(recipients.explain({ recipients: value }, reply())?.allowed).toBe(`only ${words}`)
  })

  const refusal = (value: Recipients, to: string[]): string | undefined =>
    recipients.explain({ recipients: value }, reply({ recipients: to }))?.refused

  test('who is outside, at most five of them', () => {
    const many = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}@evil.example`)
    expect(refusal({ participants: true }, many.slice(0, 1))).toBe(
      'a@evil.example is not in this conversation',
    )
    expect(refusal({ participants: true }, many.slice(0, 2))).toBe(
      'a@evil.example and b@evil.example are not in this conversation',
    )
    expect(refusal({ participants: true }, many)).not.toContain('f@evil.example')
    for (const value of [
      { sender_only: true } as const,
      { participants: true, domains: ['b.example'] } as const,
      { participants: true, addresses: ['a@b.example'] } as const,
      { domains: ['b.example'] },
    ]) {
      expect(refusal(value, many.slice(0, 1))).toBe(
        'a@evil.example is not among the allowed recipients',
      )
    }
  })

  test('how many there may be', () => {
    const words = (max: number): string | undefined =>
      maxRecipients.explain({ recipients: { max } }, reply())?.allowed
    expect([words(1), words(2)]).toEqual(['at most 1 recipient', 'at most 2 recipients'])
    expect(maxRecipients.phrase({ recipients: { max: 3 } })).toBe('at most 3 recipients')
    expect(maxRecipients.explain({ recipients: { max: 3 } }, read())?.refused).toBe(
      'this mail has 0 recipients',
    )
  })
})

describe('the caveat', () => {
  test.each<Recipients>([
    { participants: true },
    { sender_only: true, domains: ['a.example'] },
    { domains: ['a.example', 'b.example'] },
    { addresses: ['a@b.example'] },
    { addresses: [] },
    { participants: true, domains: ['a.example'], addresses: ['a@b.example'] },
  ])('of %j is read back as that, whatever else is said already', (value) => {
    const leaf = recipients.caveat({ recipients: value })
    expect(leaf && recipients.decompile(leaf, {})).toEqual({ recipients: value })
    expect(leaf && recipients.decompile(leaf, { recipients: { max: 3 } })).toEqual({
      recipients: { ...value, max: 3 },
    })
  })

  test('is answered with the domains of those who are beyond it', () => {
    const leaf = recipients.caveat({ recipients: { addresses: ['kim@b.example'] } })
    const asked = leaf?.predicates[0]
    if (asked === undefined) return expect.unreachable()
    const to = ['kim@b.example', 'lee@b.example', 'bob@acme.com']
    const fact = recipients.answer?.(asked)?.(reply({ recipients: to }), moment)
    expect(fact && printFact(fact)).toBe(
      'recipients_beyond("none", {"kim@b.example"}, {"acme.com", "b.example"})',
    )
    expect(recipients.answer?.(asked)?.(read(), moment)).toBeUndefined()
  })
})
