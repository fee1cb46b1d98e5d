import { describe, expect, test } from 'vitest'
import {
  appendBlock,
  attenuate,
  authorize,
  compileAttenuation,
  explainDenial,
  inherit,
  parseCapabilities,
  parseNarrowing,
  planBudgets,
  subsumes,
  withSpent,
  type Block,
  type Budget,
  type Capability,
  type DeclaredBudget,
  type GmailAction,
} from '../../../capabilities/index.ts'
import {
  AUDIENCE,
  boundTokenFor,
  NOW,
  read,
  reply,
  send,
  tokenFor,
  verified,
} from '../token-for.ts'

const context = { now: NOW, audience: AUDIENCE }
const both = {
  actions: ['messages.reply', 'messages.send'],
  recipients: { domains: ['acme.com', 'customer.org'] },
}
const replies = (calls: number, more: object = {}): object => ({
  actions: ['messages.reply'],
  limits: [{ per: 'hour', calls, ...more }],
})

function parsed(...entries: object[]): Capability[] {
  return parseCapabilities(entries.map((entry) => ({ type: 'gmail', ...entry })))
}

function plan(
  token: string,
  action: GmailAction = reply(),
  hasRoom: (budget: DeclaredBudget) => boolean = () => true,
): (Budget & { block: number })[] | 'refused' {
  const planned = planBudgets(verified(token), action, context, hasRoom)
  if (!planned.ok) return 'refused'
  return planned.budgets.map(({ holder: _holder, holderEnd: _end, ...budget }) => budget)
}

const HOUR = (max: number, block = 0): Budget & { block: number } => ({
  block,
  dimension: 'gmail.messages.reply.calls',
  window: 'hour',
  max,
})

describe('a front that counts nothing', () => {
  test('never allows what is limited, and allows the rest', () => {
    const token = verified(tokenFor(replies(40), { actions: ['messages.read'] }))
    expect(authorize(token, reply(), context).decision.allowed).toBe(false)
    expect(authorize(token, read(), context).decision.allowed).toBe(true)
  })
})

describe('what is planned', () => {
  test('is what the branches name that allow the call', () => {
    const token = tokenFor(replies(40), { actions: ['messages.read'] })
    expect(plan(token)).toEqual([HOUR(40)])
    expect(plan(token, read())).toEqual([])
  })

  test('is held by the grant for block 0, and by the block for every other', () => {
    const narrowed = verified(
      attenuate(tokenFor(replies(40)), [{ type: 'gmail', ...replies(10) }], {
        expiresAt: NOW + 60,
      }),
    )
    const planned = planBudgets(narrowed, reply(), context, () => true)
    expect(planned).toMatchObject({
      ok: true,
      budgets: [
        { holder: 'g_1', holderEnd: undefined },
        { holder: narrowed.revocationIds[1], holderEnd: NOW + 60 },
      ],
    })
  })

  test('is of each block on its own, also where two say the same', () => {
    const token = attenuate(tokenFor(replies(40)), [{ type: 'gmail', ...replies(40) }])
    expect(plan(token)).toEqual([HOUR(40), HOUR(40, 1)])
    expect(plan(token, reply(), ({ block }) => block === 0)).toBe('refused')
    expect(plan(token, reply(), ({ block }) => block === 1)).toBe('refused')
  })

  test('is the first alternative with room, and none when none has', () => {
    const token = tokenFor(replies(1), replies(5))
    expect(plan(token)).toEqual([HOUR(1)])
    expect(plan(token, reply(), ({ max }) => max === 5)).toEqual([HOUR(5)])
    expect(plan(token, reply(), () => false)).toBe('refused')
    const free = tokenFor(replies(1), { actions: ['messages.reply'] })
    expect(plan(free, reply(), () => false)).toEqual([])
  })

  test('of an entry for replies and new mail is one counter', () => {
    const token = tokenFor({ ...both, limits: [{ per: 'hour', calls: 40 }] })
    const shared = { ...HOUR(40), dimension: 'gmail.sending.calls' }
    expect(plan(token)).toEqual([shared])
    expect(plan(token, send())).toEqual([shared])
  })
})

describe('a block written by hand', () => {
  const withCheck = (token: string, ...terms: Block['facts'][number]['terms']): string => {
    const predicates = [{ name: 'budget_ok', terms }]
    return appendBlock(token, {
      facts: [],
      checks: [{ queries: [{ predicates, expressions: [] }] }],
    }).token
  }
  const [dimension, window, max] = [
    { type: 'string', value: 'gmail.messages.reply.calls' },
    { type: 'string', value: 'hour' },
    { type: 'integer', value: 3 },
  ] as const

  test('is counted like one of ours', () => {
    expect(plan(withCheck(tokenFor(replies(40)), dimension, window, max))).toEqual([
      HOUR(40),
      HOUR(3, 1),
    ])
  })

  test.each<[string, Block['facts'][number]['terms']]>([
    ['an unknown dimension', [{ type: 'string', value: 'gmail.calls' }, window, max]],
    [
      'a unit that nobody counts there',
      [{ type: 'string', value: 'gmail.messages.reply.bytes' }, window, max],
    ],
    ['another spelling of a window', [dimension, { type: 'string', value: 'hour UTC' }, max]],
    ['an unknown zone', [dimension, { type: 'string', value: 'day Mars/Olympus' }, max]],
    ['a negative number', [dimension, window, { type: 'integer', value: -1 }]],
    ['a text for a number', [dimension, window, dimension]],
    ['fewer terms', [dimension, window]],
    [
      'a counter of other calls',
      [{ type: 'string', value: 'gmail.messages.read.calls' }, window, max],
    ],
  ])('that asks for %s is held by nothing', (_what, terms) => {
    const token = withCheck(tokenFor(replies(40)), ...terms)
    expect(plan(token)).toBe('refused')
    const assumed = authorize(verified(token), reply(), { ...context, budgets: 'assumed' })
    expect(assumed.decision.allowed).toBe(false)
  })

  test('is not held by what another block has earned', () => {
    const variable = (name: string) => ({ type: 'variable', name }) as const
    const predicates = [{ name: 'budget_ok', terms: ['d', 'w', 'm'].map(variable) }]
    const open = { facts: [], checks: [{ queries: [{ predicates, expressions: [] }] }] }
    expect(plan(appendBlock(tokenFor(replies(40)), open).token)).toBe('refused')
  })

  test('may ask for so many counters, and for no more', () => {
    const asking = (count: number): string =>
      Array.from({ length: count }).reduce<string>(
        (token, _, index) => withCheck(token, dimension, window, { type: 'integer', value: index }),
        tokenFor(replies(40)),
      )
    const inOneBlock = (count: number): string => {
      const checks = Array.from({ length: count }, (_, index) => ({
        queries: [
          {
            predicates: [
              {
                name: 'budget_ok',
                terms: [dimension, window, { type: 'integer', value: index } as const],
              },
            ],
            expressions: [],
          },
        ],
      }))
      return appendBlock(tokenFor(replies(40)), { facts: [], checks }).token
    }
    expect(plan(asking(3))).toHaveLength(4)
    expect(plan(inOneBlock(31))).toHaveLength(32)
    expect(plan(inOneBlock(32))).toBe('refused')
  })

  test('cannot assert that there is room', () => {
    const claim = { name: 'budget_ok', terms: [dimension, window, max] }
    const claiming = { facts: [claim], checks: [] }
    expect(() => appendBlock(tokenFor(replies(40)), claiming)).toThrow(/only block 0/)
  })
})

describe('narrowing', () => {
  const [forty] = parsed(replies(40))
  const inside = (one: object): boolean => {
    const [narrower] = parsed(one)
    return forty !== undefined && narrower !== undefined && subsumes(forty, narrower)
  }

  test('takes a smaller number of the same window, and adds others', () => {
    expect(inside(replies(39))).toBe(true)
    expect(inside(replies(41))).toBe(false)
    expect(inside(replies(39, { zone: 'Asia/Kolkata' }))).toBe(false)
    expect(inside({ actions: ['messages.reply'], limits: [{ per: 'day', calls: 1 }] })).toBe(false)
    expect(inside({ actions: ['messages.reply'] })).toBe(false)
  })

  test('leaves standing what it does not say', () => {
    const held = parsed({ ...both, limits: [{ per: 'hour', calls: 40 }] })
    const asked = parseNarrowing([{ type: 'gmail', ...replies(10), actions: ['messages.reply'] }])
    expect(inherit(asked, held)[0]?.limits).toEqual([
      { per: 'hour', calls: 10 },
      { per: 'hour', calls: 40, together: true },
    ])
  })

  test('for both kinds of sending keeps one number for both', () => {
    const [entry] = parseNarrowing([{ type: 'gmail', ...both, limits: [{ per: 'day', calls: 2 }] }])
    const { checks } = compileAttenuation(entry ? [entry] : [])
    expect(JSON.stringify(checks).match(/gmail\.sending\.calls/g)).toHaveLength(2)
  })

  test('for answers and drafts of them says nothing of new mail', () => {
    const limits = [{ per: 'day', calls: 2 }]
    const actions = ['messages.reply', 'drafts.write']
    expect(parsed({ actions, limits })[0]?.limits).toEqual(limits)
  })
})

test('an entry that says everything there is fits into a token', () => {
  const parties = { domains: ['acme.com'] }
  const full = {
    actions: ['messages.reply'],
    from: parties,
    to: { domains: ['mine.example'] },
    cc: { domains: ['customer.org'] },
    labels: ['Label_1'],
    subject_contains: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'],
    newer_than_days: 1,
    threads: ['T1'],
    has_attachment: false,
    authenticated: true,
    recipients: { ...parties, participants: true, max: 2 },
    attachments: 'thread',
    body: { html: 'none', links: 'none', refuse: ['iban'] },
    limits: ['hour', 'day', 'week', 'grant'].flatMap((per) => [
      { per, calls: 9 },
      { per, recipients: 9, together: true },
    ]),
    hours: { zone: 'Europe/Paris', days: ['mon'], from: '09:00', to: '10:00' },
    locations: [AUDIENCE],
    expires_at: '2026-12-01T00:00:00Z',
  }
  const token = attenuate(boundTokenFor({ expiresAt: NOW + 30 * 86_400 }, full), [
    { type: 'gmail', ...full },
  ])
  expect(verified(token).blocks).toHaveLength(2)
})

test('a denial says how much is used and when there is more', () => {
  const token = verified(tokenFor(replies(40)))
  const planned = planBudgets(token, reply(), context, () => false)
  if (planned.ok || !planned.budget) throw new Error('there was room')
  const spent = { ...planned.budget, used: 40, asked: 1, freeAt: NOW + 3600 }
  expect(explainDenial(withSpent(planned.denial, spent), reply())).toEqual({
    constraint: 'limits.calls',
    refused: '40 of 40 replies this hour are used; free again from 24 November 2026, 11:00 UTC',
    allowed: 'at most 40 replies an hour',
  })
})
