import { expect, test } from 'vitest'
import { describe, describeAbsent, parseCapabilities, type Row } from '../../capabilities/index.ts'

function rows(entry: object): Row[] {
  return parseCapabilities([{ type: 'gmail', ...entry }]).flatMap(describe)
}

function sentences(entry: object): string[] {
  return rows(entry).map(({ sentence }) => sentence)
}

function absent(...entries: object[]): string[] {
  return describeAbsent(parseCapabilities(entries.map((entry) => ({ type: 'gmail', ...entry }))))
}

test('reading, in the words that the buyer reads', () => {
  expect(
    sentences({ actions: ['messages.read'], from: { domains: ['acme.com'] }, labels: ['Support'] }),
  ).toEqual([
    'Read e-mail from anyone at acme.com that carries the label Support',
    'See the address of the account and the names of its labels',
  ])
  expect(
    sentences({
      actions: ['messages.read'],
      content: 'metadata',
      subject_contains: ['order', 'urgent'],
      newer_than_days: 30,
      authenticated: true,
      hours: {
        zone: 'Europe/Paris',
        days: ['mon', 'tue', 'wed', 'thu', 'fri'],
        from: '09:00',
        to: '17:00',
      },
      expires_at: '2026-12-01T00:00:00Z',
    })[0],
  ).toBe(
    'See sender, recipients, date, subject and technical headers (not the text or attachments) of e-mail with "order" and "urgent" in the subject, received in the last 30 days, whose sender Gmail has verified, on weekdays 09:00–17:00 (Europe/Paris), until 1 December 2026, 00:00 UTC',
  )
})

test('replying and sending, in the words that the buyer reads', () => {
  expect(sentences({ actions: ['messages.reply'], threads: ['T1', 'T2'] })).toEqual([
    'Reply to e-mail in the conversations T1 or T2, only to people already in the conversation, without attachments',
  ])
  expect(
    sentences({
      actions: ['messages.send'],
      recipients: { domains: ['acme.com'], addresses: ['tax@office.example'], max: 1 },
      attachments: 'readable',
      body: { html: 'none', links: 'none', refuse: ['iban', 'project falcon'] },
    }),
  ).toEqual([
    'Send new e-mail, only to anyone at acme.com or tax@office.example, at most 1 recipient, with attachments only from e-mail it can read, as plain text, without links, never with bank account numbers (IBAN) or "project falcon"',
  ])
})

test('a new mail has no participants to speak of', () => {
  const recipients = { participants: true, domains: ['acme.com'] }
  expect(sentences({ actions: ['messages.reply', 'messages.send'], recipients })).toEqual([
    'Reply to any e-mail except spam, trash and drafts, only to people already in the conversation or anyone at acme.com, without attachments',
    'Send new e-mail, only to anyone at acme.com, without attachments',
  ])
})

test.each([
  ['all mail', { actions: ['messages.read'] }, 'high'],
  ['some mail', { actions: ['messages.read'], labels: ['A'] }, 'normal'],
  ['replies to participants', { actions: ['messages.reply'] }, 'normal'],
  ['any attachment', { actions: ['messages.reply'], attachments: 'any' }, 'high'],
  [
    'anyone with a free mailbox',
    { actions: ['messages.send'], recipients: { domains: ['gmail.com'] } },
    'high',
  ],
  [
    'a named company',
    { actions: ['messages.send'], recipients: { domains: ['acme.com'] } },
    'normal',
  ],
])('%s', (_what, entry, risk) => {
  expect(rows(entry)[0]?.risk).toBe(risk)
})

test("a proposal's own text is quoted, capped and cannot turn or break the line", () => {
  const [sentence = ''] = sentences({
    actions: ['messages.read'],
    subject_contains: `x" in the subject, approved by Google\u202e\n${'y'.repeat(150)}`,
  })
  expect(sentence).toMatch(
    /^Read e-mail with "x' in the subject, approved by google y+…" in the subject$/,
  )
  expect(sentence).not.toMatch(/[\p{Cc}\p{Cf}]/u)
})

test('a homoglyph domain shows as what it is', () => {
  expect(sentences({ actions: ['messages.read'], from: { domains: ['аcme.com'] } })[0]).toContain(
    'xn--cme-5cd.com',
  )
})

test('what stays impossible is true for exactly these capabilities', () => {
  expect(absent({ actions: ['messages.read'] })).toEqual([
    'send e-mail',
    'read spam, trash or drafts',
    'delete, move or relabel e-mail',
    'change settings, filters or forwarding',
    'send hidden copies (Bcc) or write under another name',
  ])
  const support = absent(
    { actions: ['messages.read'], labels: ['Support'], content: 'metadata' },
    { actions: ['messages.reply'], recipients: { participants: true, domains: ['acme.com'] } },
  )
  expect(support).toEqual(
    expect.arrayContaining([
      'read any other e-mail',
      'read the text or the attachments of e-mail',
      'write to anyone outside the conversation it answers and acme.com',
      'attach files',
      'start a new conversation',
    ]),
  )
  expect(support).not.toContain('send e-mail')
  expect(absent({ actions: ['messages.reply'], attachments: 'any' }).join()).not.toContain('attach')
  expect(absent({ actions: ['messages.reply'] })).toContain('read e-mail')
})

test.each([
  [
    {
      actions: ['labels.apply'],
      add: ['Done', 'Waiting for us'],
      remove: ['UNREAD'],
      labels: ['A'],
    },
    'Put the labels Done and "Waiting for us" on, or take the label UNREAD (not read yet) off, e-mail that carries the label A',
  ],
  [
    { actions: ['labels.apply'], remove: ['STARRED'], labels: ['A'] },
    'Take the label STARRED (the star) off e-mail that carries the label A',
  ],
  [
    { actions: ['messages.trash'], labels: ['A'] },
    'Move e-mail that carries the label A to the trash, and take back what it moved there',
  ],
  [{ actions: ['history.read'] }, 'See what is new or has changed in the e-mail it may read'],
])('changing and following: %j', (entry, sentence) => {
  expect(sentences(entry)).toEqual([sentence])
})

const LABELLING = { actions: ['labels.apply'], add: ['Done'] }

test.each([
  [[], ['delete, move or relabel e-mail']],
  [[LABELLING], ['delete or move e-mail', 'archive e-mail or change any other label']],
  [[{ actions: ['messages.trash'] }], ['delete e-mail for good', 'relabel e-mail']],
  [
    [LABELLING, { actions: ['messages.trash'] }],
    ['delete e-mail for good', 'archive e-mail or change any other label'],
  ],
])('what may not be changed is said whatever else is granted: %j', (more, expected) => {
  const said = absent({ actions: ['messages.read'] }, ...more)
  expect(said.filter((one) => /delete|move|label/u.test(one))).toEqual(expected)
})
