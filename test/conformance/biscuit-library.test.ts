import { describe, expect, test } from 'vitest'
import {
  attenuate,
  authorize,
  compileGrant,
  inspect,
  mintToken,
  parseCapabilities,
  toFacts,
  verifyToken,
  type GmailAction,
} from '../../capabilities/index.ts'
import { root, rootKeys } from '../capabilities/token/builders.ts'
import { appendSource, decideByLibrary, readByLibrary } from '../capabilities/token/library.ts'

/** grants of our vocabulary between us and a stock Biscuit library, which knows nothing of it */
const AUDIENCE = 'https://gmail.remit.example'
const NOW = Date.parse('2026-11-24T12:00:00Z') / 1000
const context = { now: NOW, audience: AUDIENCE }

const { token } = mintToken(
  compileGrant({
    grantId: 'g_1',
    clientId: 'agent',
    audience: AUDIENCE,
    expiresAt: NOW + 3600,
    capabilities: parseCapabilities([
      { type: 'gmail', actions: ['messages.read'], labels: ['Support'], newer_than_days: 30 },
      { type: 'gmail', actions: ['messages.send'], recipients: { domains: ['customer.example'] } },
    ]),
  }),
  root,
)

const reading = (labels: readonly string[], threadId = 't1'): GmailAction => ({
  operation: 'gmail.messages.read',
  content: 'full',
  message: {
    id: 'm1',
    threadId,
    from: 'lena@customer.example',
    to: ['dana@shop.example'],
    cc: [],
    labels,
    subject: 'my order',
    ageSeconds: 3600,
    hasAttachment: false,
    authenticated: true,
  },
})
const sending = (recipient: string): GmailAction => ({
  operation: 'gmail.messages.send',
  mail: {
    recipients: [recipient],
    attachmentOrigins: [],
    html: 'none',
    linkOrigins: [],
    texts: [],
  },
})
const actions: readonly GmailAction[] = [
  reading(['Support']),
  reading(['Support'], 't2'),
  reading(['Private']),
  sending('lena@customer.example'),
  sending('audit@evil.example'),
  { operation: 'gmail.messages.list' },
  { operation: 'gmail.profile.read' },
]

function verdicts(text: string): ('allow' | 'deny' | 'error')[] {
  const result = verifyToken(text, rootKeys)
  if (!result.ok) throw new Error(result.refusal.detail)
  const ours = actions.map((action) => authorize(result.token, action, context).decision.allowed)
  expect(readByLibrary(text).revocationIds).toEqual(result.token.revocationIds)
  return ours.map((allowed) => (allowed ? 'allow' : 'deny'))
}

function libraryVerdicts(text: string): ('allow' | 'deny' | 'error')[] {
  const result = verifyToken(text, rootKeys)
  if (!result.ok) throw new Error(result.refusal.detail)
  const { blocks } = result.token
  return actions.map((action) => decideByLibrary(text, toFacts(action, context, blocks)))
}

describe('what we make the library reads alone', () => {
  test.each([
    ['a grant', token, ['allow', 'allow', 'deny', 'allow', 'deny', 'allow', 'allow']],
    [
      'a grant that we attenuated',
      attenuate(token, [{ type: 'gmail', actions: ['messages.read'], threads: ['t1'] }]),
      ['allow', 'deny', 'deny', 'deny', 'deny', 'allow', 'allow'],
    ],
  ])('%s', (_, text, expected) => {
    expect(libraryVerdicts(text)).toEqual(expected)
    expect(verdicts(text)).toEqual(expected)
  })
})

describe('what the library attenuates with plain checks we read', () => {
  const cases: [string, string, readonly string[]][] = [
    [
      'an operation',
      'check if op("gmail.messages.read") or op("gmail.messages.list");',
      ['allow', 'allow', 'deny', 'deny', 'deny', 'allow', 'deny'],
    ],
    [
      'a thread, where there is one',
      'check if message_thread($t), $t == "t1";',
      ['allow', 'deny', 'deny', 'deny', 'deny', 'deny', 'deny'],
    ],
    [
      'an end that has passed',
      'check if time($t), $t < 2026-01-01T00:00:00Z;',
      Array<string>(7).fill('deny'),
    ],
    [
      'labels as a set, and a note of its own',
      'note("from a coordinator"); check if message_labels($l), $l.contains("Support"), note($n);',
      ['allow', 'allow', 'deny', 'deny', 'deny', 'deny', 'deny'],
    ],
    [
      'a fact that no front asserts',
      'check if approval_of_nobody("x");',
      Array<string>(7).fill('deny'),
    ],
  ]

  test.each(cases)('%s', (_, source, expected) => {
    const text = appendSource(token, source)
    expect(verdicts(text)).toEqual(expected)
    expect(libraryVerdicts(text)).toEqual(expected)
    expect(inspect(text).lineage).toHaveLength(2)
  })

  test('and attenuate further', () => {
    const text = attenuate(appendSource(token, 'check if op("gmail.messages.read");'), [], {
      expiresAt: NOW + 60,
    })
    expect(verdicts(text)).toEqual(libraryVerdicts(text))
    expect(verdicts(text)[0]).toBe('allow')
  })

  test('outside the profile they are refused, whatever the library thinks', () => {
    for (const source of [
      'check all op($o), $o.starts_with("gmail");',
      'right("gmail.messages.trash");',
      'right($o) <- op($o);',
    ]) {
      expect(verifyToken(appendSource(token, source), rootKeys)).toMatchObject({
        refusal: { reason: 'not_admitted' },
      })
    }
  })
})
