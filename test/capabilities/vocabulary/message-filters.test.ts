import { describe, expect, test } from 'vitest'
import { parseCapabilities, printFact, type GmailAction } from '../../../capabilities/index.ts'
import type { Conditions } from '../../../capabilities/vocabulary/capability.ts'
import { CONSTRAINTS } from '../../../capabilities/vocabulary/vocabularies.ts'
import type { Constraint } from '../../../capabilities/vocabulary/constraint.ts'
import { labelsNamedIn } from '../../../capabilities/vocabulary/labels.ts'
import { NOW, read, reply, send, tokenFor, verified } from '../token-for.ts'

function find(name: string): Constraint {
  const found = CONSTRAINTS.find((one) => one.name === name)
  if (found === undefined) throw new Error(name)
  return found
}

/** the constraint, and the conditions that a buyer's fields parse to */
function said(fields: object): Conditions {
  return parseCapabilities([{ type: 'gmail', actions: ['messages.read'], ...fields }])[0] ?? {}
}

const LIST: GmailAction = { operation: 'gmail.messages.list' }

interface Case {
  readonly name: string
  readonly fields: object
  readonly passes: readonly GmailAction[]
  readonly fails: readonly GmailAction[]
  readonly fact: string
  readonly phrase: string
  readonly allowed: string
  /** of the first action that fails */
  readonly refused: string
}

const CASES: readonly Case[] = [
  {
    name: 'labels',
    fields: { labels: ['Label_1', 'INBOX'] },
    passes: [read(), reply()],
    fails: [read({ labels: [] }), read({ labels: ['INBOX', 'Label_2'] })],
    fact: 'message_labels({"INBOX", "Label_1"})',
    phrase: 'that carries the labels INBOX and Label_1',
    allowed: 'only e-mail that carries the labels INBOX and Label_1',
    refused: 'this message does not carry the labels INBOX and Label_1',
  },
  {
    name: 'labels',
    fields: { labels: ['Label_1'] },
    passes: [read()],
    fails: [read({ labels: ['INBOX'] })],
    fact: 'message_labels({"INBOX", "Label_1"})',
    phrase: 'that carries the label Label_1',
    allowed: 'only e-mail that carries the label Label_1',
    refused: 'this message does not carry the label Label_1',
  },
  {
    name: 'subject_contains',
    fields: { subject_contains: ['order', '12'] },
    passes: [read(), reply()],
    fails: [read({ subject: 'a' }), read({ subject: 'order' }), read({ subject: '12' })],
    fact: 'message_subject("your order 12")',
    phrase: 'with "12" and "order" in the subject',
    allowed: 'only e-mail with "12" and "order" in the subject',
    refused: 'the subject of this message does not contain "12" and "order"',
  },
  {
    name: 'newer_than_days',
    fields: { newer_than_days: 1 },
    passes: [read(), read({ ageSeconds: 86_400 })],
    fails: [read({ ageSeconds: 86_401 }), read({ ageSeconds: NaN }), read({ ageSeconds: 0.5 })],
    fact: 'message_age(3600)',
    phrase: 'received in the last 24 hours',
    allowed: 'only e-mail received in the last 24 hours',
    refused: 'this message is 1 day old',
  },
  {
    name: 'newer_than_days',
    fields: { newer_than_days: 2 },
    passes: [read({ ageSeconds: 172_800 })],
    fails: [read({ ageSeconds: 172_801 })],
    fact: 'message_age(3600)',
    phrase: 'received in the last 2 days',
    allowed: 'only e-mail received in the last 2 days',
    refused: 'this message is 2 days old',
  },
  {
    name: 'threads',
    fields: { threads: ['T1', 'T2'] },
    passes: [read(), reply({}, { threadId: 'T2' })],
    fails: [read({ threadId: 'T12' }), read({ threadId: 't1' })],
    fact: 'message_thread("T1")',
    phrase: 'in the conversations T1 or T2',
    allowed: 'only e-mail in the conversations T1 or T2',
    refused: 'this message is in the conversation T12',
  },
  {
    name: 'threads',
    fields: { threads: ['T1'] },
    passes: [read()],
    fails: [read({ threadId: 'T2' })],
    fact: 'message_thread("T1")',
    phrase: 'in the conversation T1',
    allowed: 'only e-mail in the conversation T1',
    refused: 'this message is in the conversation T2',
  },
  {
    name: 'has_attachment',
    fields: { has_attachment: true },
    passes: [read({ hasAttachment: true })],
    fails: [read()],
    fact: 'message_has_attachment(false)',
    phrase: 'with an attachment',
    allowed: 'only e-mail with an attachment',
    refused: 'this message has no attachment',
  },
  {
    name: 'has_attachment',
    fields: { has_attachment: false },
    passes: [read()],
    fails: [read({ hasAttachment: true })],
    fact: 'message_has_attachment(false)',
    phrase: 'without attachments',
    allowed: 'only e-mail without attachments',
    refused: 'this message has an attachment',
  },
  {
    name: 'authenticated',
    fields: { authenticated: true },
    passes: [read()],
    fails: [read({ authenticated: false })],
    fact: 'message_authenticated(true)',
    phrase: 'whose sender Gmail has verified',
    allowed: 'only e-mail whose sender Gmail has verified',
    refused: 'Gmail has not verified the sender of this message',
  },
  {
    name: 'content',
    fields: { content: 'metadata' },
    passes: [read({}, 'metadata')],
    fails: [read(), reply()],
    fact: 'content("full")',
    phrase: 'without text and attachments',
    allowed: 'only who wrote, to whom, when, and the subject',
    refused: 'this asks for the text of the message',
  },
]

describe.each(CASES.map((one) => [JSON.stringify(one.fields), one] as const))('%s', (_, one) => {
  const constraint = find(one.name)
  const conditions = said(one.fields)
  const permits = (action: GmailAction): boolean =>
    constraint.permits(conditions, action, { now: NOW })

  test('passes what it says, and nothing about no message', () => {
    expect(one.passes.filter((action) => !permits(action))).toEqual([])
    expect([...one.fails, send(), LIST].filter(permits)).toEqual([])
  })

  test('is a fact of what it is about, and of nothing else', () => {
    const fact = constraint.assert?.(read())
    expect(fact && printFact(fact)).toBe(one.fact)
    for (const action of [send(), LIST]) expect(constraint.assert?.(action)).toBeUndefined()
  })

  test('comes back from its caveat', () => {
    const leaf = constraint.caveat(conditions)
    expect(leaf && constraint.decompile(leaf, {})).toEqual({
      [one.name]: conditions[one.name as keyof Conditions],
    })
  })

  test('reads as words', () => {
    const [first = LIST] = one.fails
    expect(constraint.phrase(conditions)).toBe(one.phrase)
    expect(constraint.explain(conditions, first)).toEqual({
      refused: one.refused,
      allowed: one.allowed,
    })
    // whatever is asked, an explanation has words
    expect(constraint.explain(conditions, LIST)?.refused).toMatch(/^[A-Z]?[a-z]/)
  })
})

test.each([
  ['has_attachment', { has_attachment: true }, { has_attachment: false }],
  ['labels', { labels: ['A', 'B'] }, { labels: ['B', 'C'] }],
  ['threads', { threads: ['T1', 'T2'] }, { threads: ['T2', 'T3'] }],
  ['subject_contains', { subject_contains: ['a1', 'b1'] }, { subject_contains: ['a1', 'c1'] }],
])('%s: neither of two overlapping sets is inside the other', (name, one, other) => {
  expect(find(name).subsumes(said(one), said(other))).toBe(false)
  expect(find(name).subsumes(said(other), said(one))).toBe(false)
  expect(find(name).subsumes(said(one), said(one))).toBe(true)
})

test('a refusal names what is missing, and not what is there', () => {
  const [texts, held] = [said({ subject_contains: ['12', 'order'] }), said({ labels: ['A', 'B'] })]
  expect(find('subject_contains').explain(texts, read({ subject: 'order' }))?.refused).toBe(
    'the subject of this message does not contain "12"',
  )
  expect(find('labels').explain(held, read({ labels: ['A'] }))?.refused).toBe(
    'this message does not carry the label B',
  )
})

test('an age that is no whole number of seconds is no fact', () => {
  for (const ageSeconds of [NaN, Infinity, 0.5]) {
    expect(find('newer_than_days').assert?.(read({ ageSeconds }))).toBeUndefined()
  }
})

test('full content is what is not limited', () => {
  const [content, full] = [find('content'), said({ content: 'full' })]
  expect(content.caveat(full)).toBeUndefined()
  expect(content.permits(full, reply(), { now: NOW })).toBe(true)
  expect(content.phrase(full)).toBe('with text and attachments')
})

test.each([
  { newer_than_days: 0 },
  { newer_than_days: 36_501 },
  { newer_than_days: 1.5 },
  { threads: ['T 1'] },
  { threads: [''] },
  { threads: ['x'.repeat(129)] },
  { threads: [] },
  { labels: ['SPAM'] },
  { labels: ['TRASH'] },
  { labels: ['DRAFT'] },
  { labels: [''] },
  { labels: ['a\u200bb'] },
  { labels: ['x'.repeat(226)] },
  { subject_contains: ['1', '2', '3', '4', '5', '6', '7', '8', '9'] },
  { subject_contains: ' ' },
  { authenticated: false },
])('refuses %j', (fields) => {
  expect(() => said(fields)).toThrow(expect.objectContaining({ code: 'invalid_capability' }))
})

test.each([
  { newer_than_days: 36_500 },
  { threads: ['x'.repeat(128)] },
  { labels: ['x'.repeat(225)] },
  { labels: ['Übersicht/Kunden & Co.'] },
  { subject_contains: ['1', '2', '3', '4', '5', '6', '7', '8'] },
])('takes %j', (fields) => {
  expect(said(fields)).toMatchObject(fields)
})

test('a label is one label, however its letters are composed', () => {
  expect(said({ labels: ['U\u0308bersicht', 'Übersicht'] }).labels).toEqual(['Übersicht'])
})

test('a token speaks of the labels that its filters name, in any block, and of no other constants', () => {
  const { blocks } = verified(
    tokenFor(
      { actions: ['messages.read'], labels: ['Support', 'VIP'], threads: ['T1'] },
      { actions: ['messages.read'], labels: ['Orders'], subject_contains: 'order' },
    ),
  )
  expect(labelsNamedIn(blocks).toSorted()).toEqual(['Orders', 'Support', 'VIP'])
  expect(labelsNamedIn(blocks)).toBe(labelsNamedIn(blocks))
  expect(labelsNamedIn(verified(tokenFor({ actions: ['messages.read'] })).blocks)).toEqual([])
})
