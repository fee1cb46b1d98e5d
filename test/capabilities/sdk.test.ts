import { expect, test } from 'vitest'
import {
  appendBlock,
  attenuate,
  authorize,
  explainDenial,
  inspect,
  type Block,
  type GmailAction,
} from '../../capabilities/index.ts'
import { AUDIENCE, errorOf, NOW, read, reply, send, tokenFor, verified } from './token-for.ts'

const GRANT = { actions: ['messages.read', 'messages.reply'], from: { domains: ['acme.com'] } }

function allows(token: string, action: GmailAction, now = NOW): boolean {
  return authorize(verified(token), action, { now, audience: AUDIENCE }).decision.allowed
}

test('an attenuated token is narrower, and its parent stays as it was', () => {
  const parent = tokenFor(GRANT)
  const child = attenuate(
    parent,
    [{ type: 'gmail', actions: ['messages.reply'], threads: ['T1'] }],
    {
      expiresAt: NOW + 60,
    },
  )
  expect(allows(child, reply())).toBe(true)
  expect(allows(child, reply({}, { threadId: 'T2' }))).toBe(false)
  expect(allows(child, read())).toBe(false)
  expect(allows(child, reply(), NOW + 60)).toBe(false)
  expect(allows(parent, read({ threadId: 'T2' }))).toBe(true)
})

test('an expiry alone narrows too', () => {
  const child = attenuate(tokenFor(GRANT), [], { expiresAt: NOW + 60 })
  expect(allows(child, read())).toBe(true)
  expect(allows(child, read(), NOW + 61)).toBe(false)
})

test.each([
  ['another sender', { actions: ['messages.read'], from: { domains: ['evil.example'] } }, '`from`'],
  [
    'an action it does not have',
    { actions: ['messages.send'], recipients: { domains: ['acme.com'] } },
    'messages.send',
  ],
  [
    'more recipients',
    { actions: ['messages.reply'], recipients: { domains: ['acme.com'] } },
    '`recipients`',
  ],
  ['attachments', { actions: ['messages.reply'], attachments: 'thread' }, '`attachments`'],
])('asking for %s is an error before any request', (_what, entry, words) => {
  const error = errorOf(() => attenuate(tokenFor(GRANT), [{ type: 'gmail', ...entry }]))
  expect(error).toMatch(/^exceeds_grant: /)
  expect(error).toContain(words)
})

test('asking for more than an attenuation left is an error too', () => {
  const narrow = { type: 'gmail', actions: ['messages.read'], threads: ['T1'] }
  const child = attenuate(tokenFor(GRANT), [narrow])
  expect(() => attenuate(child, [{ ...narrow, threads: ['T1', 'T2'] }])).toThrow(/`threads`/)
  expect(() => attenuate(child, [{ ...narrow, actions: ['messages.reply'] }])).toThrow(
    /messages\.reply/,
  )
  expect(allows(attenuate(child, [{ ...narrow, content: 'metadata' }]), read())).toBe(false)
})

test('asking for a longer life is an error', () => {
  expect(() => attenuate(tokenFor(GRANT), [], { expiresAt: NOW + 7200 })).toThrow(/the token ends/)
})

test.each([
  [
    'what is no token',
    'nonsense',
    [{ type: 'gmail', actions: ['messages.read'] }],
    'invalid_token',
  ],
  [
    'an unknown field',
    undefined,
    [{ type: 'gmail', actions: ['messages.read'], x: 1 }],
    'invalid_capability',
  ],
  ['nothing to narrow', undefined, [], 'invalid_capability'],
])('refuses %s', (_what, token, entries, code) => {
  expect(() => attenuate(token ?? tokenFor(GRANT), entries)).toThrow(
    expect.objectContaining({ code }),
  )
})

test('a hand-written block of wide words widens nothing', () => {
  const wide: Block = {
    facts: [{ name: 'note', terms: [{ type: 'string', value: 'all allowed' }] }],
    checks: [
      {
        queries: [
          {
            predicates: [{ name: 'op', terms: [{ type: 'variable', name: 'any' }] }],
            expressions: [],
          },
        ],
      },
    ],
  }
  const { token } = appendBlock(tokenFor(GRANT), wide)
  expect(allows(token, read())).toBe(true)
  expect(allows(token, send())).toBe(false)
  expect(inspect(token).lineage[1]?.sentences).toEqual(['Only if "check if op($any)"'])
  // what the vocabulary cannot read, it leaves to the check itself
  expect(allows(attenuate(token, [{ type: 'gmail', actions: ['messages.read'] }]), reply())).toBe(
    false,
  )
})

test('a check that somebody wrote by hand is explained as such', () => {
  const impossible: Block = {
    facts: [],
    checks: [
      {
        queries: [
          {
            predicates: [{ name: 'moon', terms: [{ type: 'string', value: 'full' }] }],
            expressions: [],
          },
        ],
      },
    ],
  }
  const { token } = appendBlock(tokenFor(GRANT), impossible)
  const { decision } = authorize(verified(token), read(), { now: NOW, audience: AUDIENCE })
  if (decision.allowed) return expect.unreachable()
  expect(explainDenial(decision.denial, read()).constraint).toBe('custom')
})

test.each([
  ['expiry', { now: NOW + 3600, audience: AUDIENCE }],
  ['audience', { now: NOW, audience: 'http://127.0.0.1:4002' }],
])('names %s when that is what refuses', (constraint, context) => {
  const { decision } = authorize(verified(tokenFor(GRANT)), read(), context)
  if (decision.allowed) return expect.unreachable()
  expect(explainDenial(decision.denial, read()).constraint).toBe(constraint)
})

test('inspection shows every block in words and as Datalog, and says that nothing was verified', () => {
  const child = attenuate(
    tokenFor(GRANT, {
      actions: ['messages.send'],
      recipients: { domains: ['acme.com'] },
      attachments: 'any',
    }),
    [{ type: 'gmail', actions: ['messages.read'], content: 'metadata' }],
    { expiresAt: NOW + 60 },
  )
  const inspected = inspect(child)
  expect(inspected).toMatchObject({
    unverified: true,
    grantId: 'g_1',
    clientId: 'support-agent',
    expiresAt: NOW + 60,
  })
  expect(inspected.lineage).toHaveLength(2)
  expect(inspected.lineage[0]?.sentences).toContain(
    'Send new e-mail, only to anyone at acme.com, with any attachments',
  )
  expect(inspected.lineage[1]?.sentences.at(-1)).toBe('Until 24 November 2026, 10:01 UTC')
  expect(inspected.lineage[1]?.checks).toHaveLength(2)
})
