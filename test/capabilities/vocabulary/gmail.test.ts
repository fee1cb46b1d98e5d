import { describe, expect, test } from 'vitest'
import type { Conditions, GmailActionName } from '../../../capabilities/vocabulary/capability.ts'
import { gmail, isFiltered, isSending } from '../../../capabilities/vocabulary/gmail.ts'
import { GENERAL } from '../../../capabilities/vocabulary/provider-vocabulary.ts'
import {
  conditionsFor,
  definitionOf,
  operationsOf,
} from '../../../capabilities/vocabulary/vocabularies.ts'

const { constraints: CONSTRAINTS, entrySchema } = gmail

const FILTER =
  'from to cc labels subject_contains newer_than_days threads has_attachment authenticated'
const SENDING = 'recipients recipients.max attachments body.html body.links body.refuse body.echo'
const LABELLING = 'add remove'
const READING_LIMITS = 'limits.calls limits.bytes'
const SENDING_LIMITS = 'limits.calls limits.recipients limits.new_recipients'
const ANYWHERE = 'locations hours expires_at'

describe.each<[GmailActionName, operations: string, constraints: string, sends: boolean]>([
  [
    'messages.read',
    'gmail.messages.read gmail.messages.list gmail.labels.list gmail.profile.read',
    `${FILTER} content ${READING_LIMITS} ${ANYWHERE}`,
    false,
  ],
  [
    'messages.reply',
    'gmail.messages.reply gmail.profile.read',
    `${FILTER} ${SENDING} ${SENDING_LIMITS} approval ${ANYWHERE}`,
    true,
  ],
  [
    'messages.send',
    'gmail.messages.send gmail.profile.read',
    `${SENDING} ${SENDING_LIMITS} approval ${ANYWHERE}`,
    true,
  ],
  [
    'drafts.write',
    'gmail.drafts.write gmail.drafts.list gmail.profile.read',
    `${FILTER} ${SENDING} approval ${ANYWHERE}`,
    true,
  ],
  [
    'labels.apply',
    'gmail.labels.apply gmail.labels.list',
    `${FILTER} ${LABELLING} approval ${ANYWHERE}`,
    false,
  ],
  ['messages.trash', 'gmail.messages.trash', `${FILTER} approval ${ANYWHERE}`, false],
  ['history.read', 'gmail.history.list gmail.profile.read', ANYWHERE, false],
])('%s', (action, operations, constraints, sends) => {
  test('stands for its operations, and may carry its constraints', () => {
    expect(operationsOf('gmail', action).join(' ')).toBe(operations)
    const names = definitionOf('gmail', action).constraints.map(({ name }) => name)
    expect([...new Set(names)].join(' ')).toBe(constraints)
    expect(isSending(action)).toBe(sends)
    expect(isFiltered(action)).toBe(constraints.startsWith(FILTER))
  })
})

test('three constraints stand on everything', () => {
  const names = new Set(CONSTRAINTS.map(({ name }) => name))
  const limits = 'limits.calls limits.recipients limits.new_recipients limits.bytes'
  const all = `${FILTER} content ${SENDING} ${LABELLING} ${limits} approval ${ANYWHERE}`
  expect([...names].sort()).toEqual(all.split(' ').sort())
  expect(GENERAL.map(({ name }) => name).join(' ')).toBe(ANYWHERE)
})

test('every constraint writes a caveat about the one fact that it names', () => {
  const parties = { domains: ['acme.com'] }
  const everything: Conditions = {
    from: parties,
    to: parties,
    cc: parties,
    labels: ['A'],
    threads: ['T1'],
    subject_contains: ['order'],
    newer_than_days: 1,
    has_attachment: true,
    authenticated: true,
    content: 'metadata',
    attachments: 'none',
    recipients: { participants: true, max: 2 },
    body: { html: 'none', links: 'none', refuse: ['iban'], echo: 'none' },
    add: ['Done'],
    remove: ['UNREAD'],
    locations: ['https://a.example'],
    hours: { zone: 'UTC', days: ['mon'], from: '09:00', to: '17:00' },
    expires_at: '2026-12-01T00:00:00Z',
    approval: 'always',
  }
  // one limit can only be about one kind of action: those have a test of their own
  for (const one of CONSTRAINTS.filter(({ name }) => !name.startsWith('limits.'))) {
    expect(one.isSaid(everything), one.name).toBe(true)
    expect(one.caveat(everything)?.predicates.map(({ name }) => name)).toEqual([one.predicate])
  }
})

describe('of an entry, an action has', () => {
  const all: Conditions = {
    from: { domains: ['acme.com'] },
    content: 'metadata',
    recipients: { participants: true, max: 2 },
    attachments: 'none',
    expires_at: '2026-12-01T00:00:00Z',
  }

  test('what is about it, and no more', () => {
    const { from, content, recipients, attachments, expires_at } = all
    expect(conditionsFor('gmail', 'messages.read', all)).toEqual({ from, content, expires_at })
    expect(conditionsFor('gmail', 'messages.reply', all)).toEqual({
      from,
      recipients,
      attachments,
      expires_at,
    })
  })

  test.each<[Conditions['recipients'], Conditions['recipients']]>([
    [undefined, undefined],
    [{ participants: true }, { addresses: [] }],
    [
      { sender_only: true, max: 2 },
      { addresses: [], max: 2 },
    ],
    [{ participants: true, domains: ['a.example'] }, { domains: ['a.example'] }],
    [{ sender_only: true, addresses: ['a@b.example'] }, { addresses: ['a@b.example'] }],
    [
      { domains: ['a.example'], max: 1 },
      { domains: ['a.example'], max: 1 },
    ],
    [{ max: 1 }, { max: 1 }],
  ])('for a new mail, of recipients %j only those that need no thread', (said, left) => {
    expect(conditionsFor('gmail', 'messages.send', { recipients: said }).recipients).toEqual(left)
    expect(conditionsFor('gmail', 'messages.reply', { recipients: said }).recipients).toEqual(said)
  })
})

describe('an entry', () => {
  const parse = (fields: object): boolean =>
    entrySchema.safeParse({ type: 'gmail', actions: ['messages.read'], ...fields }).success

  test('has actions in one order, each once', () => {
    const { actions } = entrySchema.parse({
      type: 'gmail',
      actions: ['messages.send', 'messages.read'],
    })
    expect(actions).toEqual(['messages.read', 'messages.send'])
    expect(parse({ actions: [] })).toBe(false)
    expect(parse({ actions: Array<string>(8).fill('messages.read') })).toBe(false)
  })

  test.each([
    { body: {} },
    { body: { html: undefined } },
    { body: { html: 'raw' } },
    { body: { unknown: 'none' } },
    { attachments: 'some' },
    { content: 'all' },
    { type: 'stripe' },
    { unknown: true },
  ])('is not %j', (fields) => {
    expect(parse(fields)).toBe(false)
  })

  test.each([
    { body: { html: 'none' } },
    { body: { links: 'known' } },
    { body: { refuse: ['abc'] } },
  ])('may be %j', (fields) => {
    expect(parse(fields)).toBe(true)
  })
})
