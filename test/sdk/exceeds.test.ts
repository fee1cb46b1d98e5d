import { describe, expect, it } from 'vitest'
import { attenuate, CapabilityError, oneThread, inspect, type Narrowing } from '../../sdk/index.ts'
import { AUDIENCE, NOW, tokenFor } from '../capabilities/token-for.ts'

type Fields = Omit<Narrowing, 'type' | 'actions'>
const hours = { zone: 'Europe/Paris', days: ['mon'], from: '09:00', to: '17:00' } as const
const later = new Date((NOW + 7200) * 1000).toISOString().replace('.000Z', 'Z')
const soon = new Date((NOW + 600) * 1000).toISOString().replace('.000Z', 'Z')
const reply: Narrowing['actions'] = ['messages.reply']
const read: Narrowing['actions'] = ['messages.read']

/** one row per field of the vocabulary: granted, a wider wish, a narrower one */
const cases: readonly [string, Narrowing['actions'], Fields, Fields, Fields][] = [
  [
    'from',
    read,
    { from: { domains: ['acme.com'] } },
    { from: { domains: ['acme.com', 'evil.example'] } },
    { from: { addresses: ['bob@acme.com'] } },
  ],
  [
    'to',
    read,
    { to: { domains: ['acme.com'] } },
    { to: { domains: ['evil.example'] } },
    { to: { addresses: ['bob@acme.com'] } },
  ],
  [
    'cc',
    read,
    { cc: { domains: ['acme.com'] } },
    { cc: { domains: ['evil.example'] } },
    { cc: { addresses: ['bob@acme.com'] } },
  ],
  ['labels', read, { labels: ['A'] }, { labels: ['B'] }, { labels: ['A', 'B'] }],
  [
    'subject_contains',
    read,
    { subject_contains: ['order'] },
    { subject_contains: ['bill'] },
    { subject_contains: ['bill', 'order'] },
  ],
  [
    'newer_than_days',
    read,
    { newer_than_days: 30 },
    { newer_than_days: 31 },
    { newer_than_days: 7 },
  ],
  ['threads', read, { threads: ['T1'] }, { threads: ['T1', 'T2'] }, { threads: ['T1'] }],
  [
    'has_attachment',
    read,
    { has_attachment: false },
    { has_attachment: true },
    { has_attachment: false },
  ],
  ['content', read, { content: 'metadata' }, { content: 'full' }, { content: 'metadata' }],
  [
    'recipients',
    reply,
    { recipients: { participants: true } },
    { recipients: { domains: ['evil.example'] } },
    { recipients: { sender_only: true } },
  ],
  [
    'recipients.max',
    reply,
    { recipients: { participants: true, max: 3 } },
    { recipients: { participants: true, max: 4 } },
    { recipients: { participants: true, max: 2 } },
  ],
  [
    'attachments',
    reply,
    { attachments: 'thread' },
    { attachments: 'readable' },
    { attachments: 'none' },
  ],
  [
    'body.html',
    reply,
    { body: { html: 'none' } },
    { body: { html: 'sanitised' } },
    { body: { html: 'none' } },
  ],
  [
    'body.links',
    reply,
    { body: { links: 'known' } },
    { body: { links: 'any' } },
    { body: { links: 'none' } },
  ],
  [
    'body.refuse',
    reply,
    { body: { refuse: ['iban', 'secret'] } },
    { body: { refuse: ['iban'] } },
    { body: { refuse: ['iban', 'other', 'secret'] } },
  ],
  [
    'hours',
    read,
    { hours },
    { hours: { ...hours, to: '18:00' } },
    { hours: { ...hours, to: '12:00' } },
  ],
  ['expires_at', read, { expires_at: soon }, { expires_at: later }, { expires_at: soon }],
  ['expires_at', read, {}, { expires_at: later }, { expires_at: soon }],
  [
    'locations',
    read,
    {},
    { locations: ['https://another-front.example'] },
    { locations: [AUDIENCE] },
  ],
]

describe('asking for more than the token has', () => {
  it.each(cases)('is an error that names `%s`', (field, actions, granted, wider, narrower) => {
    const token = tokenFor({ actions, ...granted })
    const ask = (fields: Fields): string =>
      attenuate(token, [{ type: 'gmail', actions, ...fields }])
    const error = caught(() => ask(wider))
    expect(error?.code).toBe('exceeds_grant')
    expect(error?.message).toContain(field.split('.')[0])
    expect(ask(narrower)).not.toBe(token)
  })

  it('says nothing about what the token never limited', () => {
    const token = tokenFor({ actions: ['messages.read'] })
    expect(attenuate(token, [{ type: 'gmail', actions: read, authenticated: true }])).toBeDefined()
  })

  it('holds for what an attenuation took away', () => {
    const child = attenuate(tokenFor({ actions: ['messages.read'] }), [], { expiresAt: NOW + 60 })
    const error = caught(() =>
      attenuate(child, [{ type: 'gmail', actions: read, expires_at: soon }]),
    )
    expect(error?.code).toBe('exceeds_grant')
  })
})

describe('a token for one thread', () => {
  it('keeps the actions in a conversation and ends in ten minutes', () => {
    const token = tokenFor(
      { actions: ['messages.read', 'messages.reply'] },
      { actions: ['messages.send'], recipients: { domains: ['acme.com'] } },
    )
    const { expiresAt, lineage } = inspect(oneThread(token, 'T1', { now: NOW }))
    expect(expiresAt).toBe(NOW + 600)
    expect(lineage[1]?.sentences.join('\n')).toMatch(/Read .*T1[^]*Reply .*T1/)
    expect(lineage[1]?.sentences.join('\n')).not.toContain('Send')
  })

  it('never outlives its parent', () => {
    const child = oneThread(tokenFor({ actions: ['messages.read'] }), 'T1', { now: NOW + 3500 })
    expect(inspect(child).expiresAt).toBe(NOW + 3600)
  })

  it('is refused for another thread, and for a token that cannot enter a conversation', () => {
    const held = oneThread(tokenFor({ actions: ['messages.read'] }), 'T1', { now: NOW })
    expect(caught(() => oneThread(held, 'T2', { now: NOW }))?.code).toBe('exceeds_grant')
    const sender = tokenFor({ actions: ['messages.send'], recipients: { domains: ['acme.com'] } })
    expect(caught(() => oneThread(sender, 'T1', { now: NOW }))?.code).toBe('exceeds_grant')
  })
})

function caught(call: () => unknown): CapabilityError | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    if (error instanceof CapabilityError) return error
    throw error
  }
}
