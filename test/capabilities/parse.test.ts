import { expect, test } from 'vitest'
import { parseCapabilities, parseNarrowing } from '../../capabilities/index.ts'
import { errorOf } from './token-for.ts'

const READ = { type: 'gmail', actions: ['messages.read'] }
const REPLY = { type: 'gmail', actions: ['messages.reply'] }
const SEND = { type: 'gmail', actions: ['messages.send'] }

test('fills in the closed defaults of a grant', () => {
  expect(parseCapabilities([READ])).toEqual([{ ...READ, content: 'full' }])
  expect(parseCapabilities([REPLY])).toEqual([
    { ...REPLY, recipients: { participants: true }, attachments: 'none' },
  ])
  expect(parseCapabilities([{ ...REPLY, recipients: { max: 2 } }])).toEqual([
    { ...REPLY, recipients: { participants: true, max: 2 }, attachments: 'none' },
  ])
})

test('fills in nothing of an attenuation', () => {
  const narrowing = { ...REPLY, threads: ['T1'] }
  expect(parseNarrowing([narrowing])).toEqual([narrowing])
})

test('brings values into canonical form', () => {
  const [parsed] = parseCapabilities([
    {
      type: 'gmail',
      locations: ['https://Gmail.Remit.example/'],
      actions: ['messages.reply', 'messages.read', 'messages.read'],
      from: { domains: ['Customer.ORG', 'acme.com', 'acme.com'], addresses: ['Bob@ACME.com'] },
      labels: ['Inbox', 'Inbox/Old', 'INBOX'],
      subject_contains: ' Ｏrder ',
      hours: { zone: 'Europe/Paris', days: ['fri', 'mon'], from: '09:00', to: '17:00' },
      expires_at: '2026-12-01T01:00:00.500+01:00',
    },
  ])
  expect(parsed).toMatchObject({
    locations: ['https://gmail.remit.example'],
    actions: ['messages.read', 'messages.reply'],
    from: { domains: ['acme.com', 'customer.org'], addresses: ['bob@acme.com'] },
    labels: ['INBOX', 'Inbox/Old'],
    subject_contains: ['order'],
    hours: { days: ['mon', 'fri'] },
    expires_at: '2026-12-01T00:00:00Z',
  })
})

test('a label of Gmail, as Gmail shows it, is the same to a filter and to a change', () => {
  const entries = [
    { type: 'gmail', actions: ['messages.read'], labels: ['STARRED'] },
    { type: 'gmail', actions: ['labels.apply'], add: ['Starred'] },
  ]
  expect(() => parseCapabilities(entries)).toThrow('decides what may be read')
})

test('parses what it returned to the same', () => {
  const once = parseCapabilities([
    { ...REPLY, from: { domains: ['acme.com'] }, hours: { zone: 'UTC' } },
  ])
  expect(parseCapabilities(structuredClone(once))).toEqual(once)
})

const many = (length: number): string[] => Array.from({ length }, (_, index) => `a${index}.example`)

test.each([
  ['an object', READ, 'authorization details'],
  ['nothing', [], 'authorization details'],
  ['a string', 'gmail', 'authorization details'],
  ['null', [null], '[0]'],
  ['too many entries', Array.from({ length: 17 }, () => READ), 'authorization details'],
  ['another type', [{ ...READ, type: 'notion' }], '[0].type: expected gmail'],
  ['no actions', [{ type: 'gmail' }], '[0].actions'],
  ['no action', [{ type: 'gmail', actions: [] }], '[0].actions'],
  [
    'an action of later',
    [{ type: 'gmail', actions: ['labels.create'] }],
    'this version supports messages.read',
  ],
  ['no limits in a list of them', [{ ...READ, limits: [] }], '[0].limits: leave the field out'],
  [
    'a limit of nothing',
    [{ ...READ, limits: [{ per: 'hour' }] }],
    '[0].limits[0]: a limit is of one unit',
  ],
  [
    'a limit of two units',
    [{ ...READ, limits: [{ per: 'hour', calls: 1, bytes: 1 }] }],
    '[0].limits[0]: a limit is of one unit',
  ],
  [
    'a limit of zero',
    [{ ...READ, limits: [{ per: 'hour', calls: 0 }] }],
    '[0].limits[0].calls: too small',
  ],
  [
    'a window of its own',
    [{ ...READ, limits: [{ per: 'month', calls: 1 }] }],
    '[0].limits[0].per: expected hour, day, week or grant',
  ],
  [
    'a zone for the whole grant',
    [{ ...READ, limits: [{ per: 'grant', calls: 1, zone: 'UTC' }] }],
    '[0].limits[0]: a limit of the whole grant',
  ],
  [
    'an unknown zone of a limit',
    [{ ...READ, limits: [{ per: 'day', calls: 1, zone: 'Mars/Olympus' }] }],
    '[0].limits[0].zone: expected an IANA time zone',
  ],
  [
    'to ask for reading when a limit is used up',
    [{ ...READ, limits: [{ per: 'day', calls: 1, over: 'ask' }] }],
    '[0].limits: what is only read is not asked for: leave out `over`',
  ],
  [
    'two limits of one unit and window',
    [
      {
        ...READ,
        limits: [
          { per: 'day', calls: 1 },
          { per: 'day', calls: 2, zone: 'Asia/Tokyo' },
        ],
      },
    ],
    '[0].limits: two limits of the same unit and window',
  ],
  [
    'two that become one of replies and new e-mail together',
    [
      {
        ...SEND,
        actions: ['messages.reply', 'messages.send'],
        recipients: { domains: ['acme.com'] },
        limits: [
          { per: 'day', calls: 1 },
          { per: 'day', calls: 2, together: true },
        ],
      },
    ],
    '[0].limits: two limits of the same unit and window',
  ],
  [
    'a limit of bytes on sending',
    [{ ...REPLY, limits: [{ per: 'day', bytes: 1 }] }],
    '[0].limits.bytes: does not apply to messages.reply',
  ],
  [
    'together on reading',
    [{ ...READ, limits: [{ per: 'day', calls: 1, together: true }] }],
    '[0].limits: `together` is about replies',
  ],
  [
    'bytes together with something',
    [{ ...READ, limits: [{ per: 'day', bytes: 1, together: true }] }],
    '[0].limits[0]: what is read is counted alone',
  ],
  [
    'a limit of recipients on reading',
    [{ ...READ, limits: [{ per: 'day', new_recipients: 1 }] }],
    '[0].limits.new_recipients: does not apply to messages.read',
  ],
  [
    'more limits than a token can be counted by',
    many(13).map((_, index) => ({
      ...READ,
      limits: [
        { per: 'day', calls: index + 1 },
        { per: 'week', calls: index + 1 },
      ],
    })),
    'too many different limits for one token: at most 24',
  ],
  [
    'approval of what is only read',
    [{ ...READ, approval: 'always' }],
    '[0].approval: does not apply to messages.read',
  ],
  ['an unknown field', [{ ...READ, form: {} }], '[0]: unknown field "form"'],
  [
    'an unknown inner field',
    [{ ...READ, from: { domain: ['a.b'] } }],
    '[0].from: unknown field "domain"',
  ],
  ['__proto__', [JSON.parse('{"type":"gmail","actions":["messages.read"],"__proto__":{}}')], '[0]'],
  ['a wildcard domain', [{ ...READ, from: { domains: ['*.acme.com'] } }], '[0].from.domains[0]'],
  ['a top-level domain', [{ ...READ, from: { domains: ['com'] } }], '[0].from.domains[0]'],
  ['an empty union', [{ ...READ, from: {} }], '[0].from'],
  ['an empty list', [{ ...READ, labels: [] }], '[0].labels'],
  ['a long list', [{ ...READ, from: { domains: many(65) } }], '[0].from.domains'],
  ['an invisible text', [{ ...READ, subject_contains: '\u200b' }], '[0].subject_contains'],
  ['half a surrogate', [{ ...READ, subject_contains: 'a\ud800' }], '[0].subject_contains'],
  [
    'a change of labels that names none',
    [{ type: 'gmail', actions: ['labels.apply'] }],
    '[0]: labels.apply needs the labels',
  ],
  [
    'a label that says where a message is',
    [{ type: 'gmail', actions: ['labels.apply'], add: ['Inbox'] }],
    '[0].add[0]: the labels INBOX, SPAM, TRASH',
  ],
  [
    "a place in Gmail's own spelling",
    [{ type: 'gmail', actions: ['labels.apply'], add: ['^k'] }],
    '[0].add[0]: expected the name or the id of a Gmail label',
  ],
  [
    'the label of a filter, changed by the same grant',
    [
      { ...READ, labels: ['Support'] },
      { type: 'gmail', actions: ['labels.apply'], remove: ['Done', 'Support'] },
    ],
    '[1].remove: the label "Support" decides what may be read',
  ],
  ['labels to add on reading', [{ ...READ, add: ['Done'] }], '[0].add: does not apply'],
  ['spam', [{ ...READ, labels: ['SPAM'] }], 'spam, trash and drafts'],
  ['the trash, as Gmail shows it', [{ ...READ, labels: ['Trash'] }], 'spam, trash and drafts'],
  ['a negative age', [{ ...READ, newer_than_days: -1 }], '[0].newer_than_days'],
  ['a fractional age', [{ ...READ, newer_than_days: 1.5 }], '[0].newer_than_days'],
  ['unauthenticated', [{ ...READ, authenticated: false }], '[0].authenticated'],
  [
    'recipients on reading',
    [{ ...READ, recipients: { max: 1 } }],
    '[0].recipients.max: does not apply',
  ],
  [
    'a filter on sending',
    [{ ...SEND, from: { domains: ['a.example'] } }],
    '[0].from: does not apply',
  ],
  ['sending to nobody named', [SEND], '[0].recipients: messages.send'],
  [
    'sending to participants',
    [{ ...SEND, recipients: { participants: true } }],
    '[0].recipients: messages.send',
  ],
  [
    'two bases',
    [{ ...REPLY, recipients: { participants: true, sender_only: true } }],
    'name one of `participants`, `sender_only`',
  ],
  ['a mistyped preset', [{ ...REPLY, body: { refuse: ['payment_cards'] } }], 'no such preset'],
  ['a literal of nothing', [{ ...REPLY, body: { refuse: ['- -'] } }], 'at least 3'],
  ['an unknown zone', [{ ...READ, hours: { zone: 'Mars/Olympus' } }], '[0].hours.zone'],
  ['an offset as zone', [{ ...READ, hours: { zone: '+02:00' } }], '[0].hours.zone'],
  [
    'hours backwards',
    [{ ...READ, hours: { zone: 'UTC', from: '17:00', to: '09:00' } }],
    'before `to`',
  ],
  ['a local time', [{ ...READ, expires_at: '2026-12-01T00:00:00' }], '[0].expires_at'],
  [
    'a path in a location',
    [{ ...READ, locations: ['https://a.example/gmail'] }],
    '[0].locations[0]',
  ],
])('refuses %s, and says where', (_what, json, words) => {
  const error = errorOf(() => parseCapabilities(json))
  expect(error).toMatch(/^invalid_capability: /)
  expect(error).toContain(words)
})

test('refuses a grant that would not fit into a token', () => {
  const entry = (index: number): object => ({
    ...READ,
    from: { domains: many(64).map((one) => `x${index}.${one}`) },
  })
  expect(() => parseCapabilities([0, 1, 2, 3].map(entry))).toThrow(/too large for a token/)
})

test('quotes a hostile field name', () => {
  const hostile = { ...READ, [`"\n\u202e${'x'.repeat(500)}`]: 1 }
  expect(errorOf(() => parseCapabilities([hostile]))).toMatch(
    /^invalid_capability: \[0\]: unknown field "'x{78}…"$/,
  )
})
