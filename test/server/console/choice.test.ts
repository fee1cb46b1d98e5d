import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCapabilities, within, type Capability } from '../../../capabilities/index.ts'
import { readChoice, type ChoiceResult } from '../../../server/console/consent/choice.ts'
import { controlsOf, fieldOf } from '../../../server/console/consent/controls.ts'
import { toRows } from '../../../server/console/consent/rows.ts'

const now = Date.parse('2026-12-01T10:00:00Z')
const latestExpiry = now + 90 * 86_400_000
const tokenLifetimes = { usual: 600, max: 3_600 }

const everything = {
  type: 'gmail',
  actions: ['messages.read', 'messages.reply', 'messages.send'],
  content: 'full',
  from: { domains: ['shop.example'], addresses: ['ann@other.example'] },
  to: { addresses: ['support@shop.example'] },
  cc: { domains: ['shop.example'] },
  labels: ['INBOX'],
  subject_contains: ['order'],
  newer_than_days: 30,
  threads: ['18c2f0a1'],
  has_attachment: true,
  recipients: { participants: true, domains: ['shop.example'], max: 5 },
  attachments: 'any',
  body: { links: 'any', refuse: ['iban'] },
  limits: [
    { per: 'hour', calls: 40 },
    { per: 'day', new_recipients: 5, zone: 'Europe/Berlin' },
    { per: 'day', bytes: 50_000_000 },
  ],
  hours: { zone: 'Europe/Berlin', days: ['mon', 'fri'], from: '09:00', to: '17:00' },
  expires_at: '2026-12-24T00:00:00Z',
}
/** and of no filter */
const onlyOfSending = {
  content: undefined,
  from: undefined,
  to: undefined,
  cc: undefined,
  labels: undefined,
  subject_contains: undefined,
  newer_than_days: undefined,
  threads: undefined,
  has_attachment: undefined,
  limits: undefined,
}
const refund = {
  type: 'stripe',
  actions: ['refunds.create'],
  amount: { currency: 'usd', max: 5_000 },
  limits: [{ per: 'day', amount: 20_000, currency: 'usd' }],
}
const refunds = [
  { ...refund, approval: { amount_over: 2_000 } },
  { ...refund, approval: 'always' },
  { ...refund, limits: [{ per: 'week', amount: 20_000, currency: 'usd', over: 'ask' }] },
]
const plain = { type: 'gmail', actions: ['messages.read', 'messages.reply'] }

/** what a browser posts when nobody touches the form */
function untouched(requested: readonly Capability[]): Map<string, string> {
  const form = new Map([
    ['form_token', 't'],
    ['connection', 'c_1'],
    ['expires_on', ''],
  ])
  for (const row of toRows(requested)) {
    form.set(row.id, 'on')
    for (const control of controlsOf(row.capability)) {
      if (control.kind.type !== 'tick' || control.initial === 'on')
        form.set(fieldOf(row, control), control.initial.replaceAll('\n', '\r\n'))
    }
  }
  return form
}

function choose(requested: readonly Capability[], form: ReadonlyMap<string, string>): ChoiceResult {
  const accounts = [
    { id: 'c_1', provider: 'gmail', account: 'shop@shop.example' },
    { id: 'c_2', provider: 'stripe', account: 'acct_1' },
  ]
  return readChoice(form, { requested, accounts, now, latestExpiry, tokenLifetimes })
}

describe('rows', () => {
  test('mean together what the entry means, and each parses on its own', () => {
    const requested = parseCapabilities([everything])
    const rows = toRows(requested)
    expect(rows.map(({ action }) => action)).toHaveLength(3)
    const apart = rows.flatMap(({ capability }) => parseCapabilities([capability]))
    expect(within(apart, requested)).toBe(true)
    expect(within(requested, apart)).toBe(true)
  })

  test('stand in the order of what can go wrong', () => {
    const risky = { type: 'gmail', actions: ['messages.read'] }
    const send = {
      type: 'gmail',
      actions: ['messages.send'],
      recipients: { domains: ['shop.example'] },
    }
    const rows = toRows(
      parseCapabilities([{ ...plain, from: { domains: ['shop.example'] } }, send, risky]),
    )
    expect(rows.map(({ action, risk }) => [action, risk])).toEqual([
      ['messages.read', 'high'],
      ['messages.send', 'normal'],
      ['messages.reply', 'normal'],
      ['messages.read', 'normal'],
    ])
  })
})

describe('a choice', () => {
  test.each([
    ['everything', [everything]],
    ['the plainest request', [plain]],
  ])('left untouched is the request itself: %s', (_, details) => {
    const requested = parseCapabilities(details)
    expect(choose(requested, untouched(requested))).toEqual({
      ok: true,
      choice: {
        capabilities: requested,
        connections: { gmail: 'c_1' },
        expiresAt: undefined,
        dpopBound: false,
        accessTokenSeconds: 600,
        endsEarlier: [],
      },
    })
  })

  test('cuts a limit down, or sets one where none was asked, and never raises one', () => {
    const limited = { ...plain, limits: [{ per: 'day', calls: 40 }] }
    const requested = parseCapabilities([limited])
    const chosen = (field: string, answer: string): unknown => {
      const result = choose(requested, untouched(requested).set(field, answer))
      return result.ok && result.choice.capabilities.map(({ actions, limits }) => [actions, limits])
    }
    expect(chosen('row-0-reply.limit-day-calls', '10')).toEqual([
      [['messages.read'], limited.limits],
      [['messages.reply'], [{ per: 'day', calls: 10 }]],
    ])
    expect(chosen('row-0-reply.limit-hour-calls', '5')).toEqual([
      [['messages.read'], limited.limits],
      [['messages.reply'], [{ per: 'hour', calls: 5 }, ...limited.limits]],
    ])
    for (const answer of ['41', '0', '', 'ten']) {
      expect(chosen('row-0-reply.limit-day-calls', answer)).toBe(false)
    }
  })

  describe('of a refund', () => {
    const asking = (approval: unknown): Capability[] => parseCapabilities([{ ...refund, approval }])
    const controls = (approval: unknown): ReturnType<typeof controlsOf> =>
      toRows(asking(approval)).flatMap(({ capability }) => controlsOf(capability))

    // a number outside its own bounds keeps a browser from sending the form, in a part that is closed: nothing happens at all
    test.each<[unknown]>([['always'], [{ amount_over: 0 }], [{ amount_over: 1 }], [undefined]])(
      'can be sent by a browser as it is shown: %j',
      (approval) => {
        for (const { kind, initial } of controls(approval)) {
          if (kind.type !== 'number' || initial === '') continue
          expect(Number(initial)).toBeGreaterThanOrEqual(kind.min)
          expect(Number(initial)).toBeLessThanOrEqual(kind.max)
        }
      },
    )

    test.each<[unknown]>([['always'], [{ amount_over: 0 }]])(
      'that asks each time can still be bounded: %j',
      (approval) => {
        const requested = asking(approval)
        const form = untouched(requested).set('connection-stripe', 'c_2')
        form.delete('connection')
        form.set('row-0-refunds-create.limit-day-amount', '90')
        expect(choose(requested, form)).toMatchObject({
          ok: true,
          choice: {
            capabilities: [{ approval, limits: [{ per: 'day', amount: 9_000, currency: 'usd' }] }],
          },
        })
      },
    )
  })

  test('is offered nothing that a row cannot carry', () => {
    const details = [
      { type: 'gmail', actions: ['drafts.write', 'messages.trash', 'history.read'] },
      { type: 'gmail', actions: ['labels.apply'], add: ['Done'], remove: ['Done'] },
      plain,
      { ...everything, actions: ['messages.send'], ...onlyOfSending },
    ]
    const requested = parseCapabilities(details)
    const answers: Record<string, string> = {
      tick: 'on',
      number: '1',
      lines: 'Label_5',
      money: '1.00',
      time: '09:00',
      zone: 'Europe/Paris',
    }
    for (const row of toRows(requested)) {
      for (const control of controlsOf(row.capability)) {
        const field = fieldOf(row, control)
        const [, second] = control.kind.type === 'choice' ? control.kind.choices : []
        const answer = second?.value ?? answers[control.kind.type] ?? control.initial
        const result = choose(requested, untouched(requested).set(field, answer))
        const problem = result.ok ? '' : [...result.problems.values()].join()
        expect(`${field}: ${problem}`).not.toContain('does not apply')
      }
    }
  })

  test('ends by the earlier of the last day and what was asked', () => {
    const requested = parseCapabilities([everything, plain])
    const result = choose(requested, untouched(requested).set('expires_on', '2026-12-31'))
    expect(result).toMatchObject({
      ok: true,
      choice: {
        capabilities: [
          { expires_at: '2026-12-24T00:00:00Z' },
          { expires_at: '2027-01-01T00:00:00Z' },
        ],
        expiresAt: Date.parse('2027-01-01T00:00:00Z'),
      },
    })
  })

  test('without its ticks grants nothing', () => {
    const requested = parseCapabilities([plain])
    expect(choose(requested, new Map([['connection', 'c_1']])).ok).toBe(false)
    expect(choose(requested, new Map()).ok).toBe(false)
  })

  /** INVARIANT of the consent page: whatever is posted, nothing outside the request comes out */
  test('never goes beyond the request, whatever is posted', () => {
    const asked = { ...plain, attachments: 'any', approval: { attachments: true, echo: true } }
    const requested = parseCapabilities([everything, asked, ...refunds])
    const fields = [
      ...untouched(requested).keys(),
      ...toRows(requested).flatMap((row) => controlsOf(row.capability).map((c) => fieldOf(row, c))),
    ]
    const answer = fc.oneof(
      fc.constantFrom(
        '',
        'on',
        'none',
        'any',
        'sender',
        'participants',
        'thread',
        'readable',
        'known',
        '1',
        '4',
        '31',
        '999',
        '20',
        '50,01',
        '200.01',
        '0.01',
        '1.234',
      ),
      fc.constantFrom('08:00', '10:30', '17:30', '00:00', 'mon-fri', 'all', 'Europe/Berlin', 'UTC'),
      fc.constantFrom(
        'shop.example',
        'evil.example',
        'a@shop.example',
        'ann@other.example\nb@evil.example',
        'INBOX',
        'INBOX,Label_7',
      ),
      fc.constantFrom('2026-12-05', '2099-01-01', '2027-03-01'),
      fc.string({ maxLength: 12 }),
    )
    let granted = 0
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...fields), answer, { maxKeys: 6 }), (changes) => {
        const form = new Map([
          ...untouched(requested),
          ...Object.entries(changes),
          ['connection', 'c_1'],
          ['connection-stripe', 'c_2'],
        ])
        const result = choose(requested, form)
        if (!result.ok) {
          expect(result.problems.size).toBeGreaterThan(0)
          return
        }
        granted += 1
        expect(within(result.choice.capabilities, requested)).toBe(true)
        expect(parseCapabilities(result.choice.capabilities)).toEqual(result.choice.capabilities)
      }),
      { numRuns: 250 },
    )
    // the property would hold of a page that refuses everything
    expect(granted).toBeGreaterThan(25)
  })
})
