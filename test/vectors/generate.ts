/** Writes decisions.json: `node test/vectors/generate.ts`, by hand, whenever the format or the vocabulary changes. */
import { writeFileSync } from 'node:fs'
import {
  attenuate,
  authorize,
  compileGrant,
  generateRootKey,
  mintToken,
  parseCapabilities,
  toFacts,
  verifyToken,
  type Action,
  type Block,
  type Decision,
  type Fact,
  type GmailAction,
  type RequestContext,
} from '../../capabilities/index.ts'
import { encodeBlock } from '../../capabilities/token/block.ts'
import { createEnvelope, extendEnvelope } from '../../capabilities/token/signatures.ts'
import { SymbolTable } from '../../capabilities/token/symbols.ts'
import { readTokenText, writeTokenText } from '../../capabilities/token/token-text.ts'
import type { Check } from '../../capabilities/token/syntax.ts'
import { HUBSPOT_AUDIENCE, hubspotCases, hubspotGrant, hubspotNote } from './hubspot.ts'
import type { Vector, Vectors } from './vector.ts'

const AUDIENCE = 'https://gmail.remit.example'
const EXPIRES = Date.parse('2026-01-01T00:00:00Z') / 1000
const context = { now: EXPIRES - 3600, audience: AUDIENCE }
const root = { id: 1, ...generateRootKey() }

const held = parseCapabilities([
  {
    type: 'gmail',
    actions: ['messages.read'],
    from: { domains: ['customer.example'] },
    labels: ['Support'],
    newer_than_days: 30,
  },
  {
    type: 'gmail',
    actions: ['messages.reply'],
    labels: ['Support'],
    recipients: { participants: true, max: 2 },
    body: { refuse: ['payment_card', 'project falcon'] },
    hours: {
      zone: 'Europe/Paris',
      days: ['mon', 'tue', 'wed', 'thu', 'fri'],
      from: '08:00',
      to: '23:00',
    },
  },
])
const grant = compileGrant({
  grantId: 'g_vectors',
  clientId: 'agent',
  audience: AUDIENCE,
  expiresAt: EXPIRES,
  capabilities: held,
})
const token = mintToken(grant, root).token
const narrowed = attenuate(token, [{ type: 'gmail', actions: ['messages.read'], threads: ['t1'] }])

const message = {
  id: 'm1',
  threadId: 't1',
  from: 'lena@customer.example',
  to: ['dana@shop.example'],
  cc: [],
  labels: ['INBOX', 'Support'],
  subject: 'where is my order?',
  ageSeconds: 3600,
  hasAttachment: false,
  authenticated: true,
}
const reading = (change: Partial<typeof message> = {}): GmailAction => ({
  operation: 'gmail.messages.read',
  content: 'full',
  message: { ...message, ...change },
})
const replying = (recipients: readonly string[], text = 'It is on its way.'): GmailAction => ({
  operation: 'gmail.messages.reply',
  thread: { participants: ['lena@customer.example', 'dana@shop.example'], answered: message },
  mail: { recipients, attachmentOrigins: [], html: 'none', linkOrigins: [], texts: [text] },
})

function verify(text: string): ReturnType<typeof verifyToken> {
  return verifyToken(text, { find: (id) => (id === root.id ? root.publicKey : undefined) })
}

function decided(name: string, text: string, action: Action, at: RequestContext = context): Vector {
  const result = verify(text)
  if (!result.ok) throw new Error(`${name}: ${result.refusal.detail}`)
  const { decision, facts } = authorize(result.token, action, at)
  return { name, token: text, facts, ...outcomeOf(decision), action, context: at }
}

function outcomeOf(decision: Decision): Pick<Vector, 'decision' | 'reason' | 'block'> {
  if (decision.allowed) return { decision: 'allow', reason: null, block: null }
  const { denial } = decision
  const block = denial.reason === 'no_right' ? null : denial.block
  return { decision: 'deny', reason: denial.reason, block }
}

function refused(name: string, text: string): Vector {
  const result = verify(text)
  if (result.ok) throw new Error(`${name}: it is not refused`)
  const facts = toFacts({ operation: 'gmail.profile.read' }, context, [])
  const { reason } = result.refusal
  return {
    name,
    token: text,
    facts,
    decision: 'refused',
    reason,
    block: null,
    action: null,
    context: null,
  }
}

/** by hand, past the compiler and past admission */
function signed(...blocks: readonly Block[]): string {
  const symbols = new SymbolTable()
  const [first = Buffer.alloc(0), ...later] = blocks.map((block) => encodeBlock(block, symbols))
  return writeTokenText(
    later.reduce(
      (envelope, payload) => {
        if (envelope.proof.type !== 'secret') throw new Error('sealed')
        return extendEnvelope(envelope, payload, envelope.proof.secret)
      },
      createEnvelope(first, root),
    ),
  )
}
const string = (value: string) => ({ type: 'string', value }) as const
const variable = (name: string) => ({ type: 'variable', name }) as const
const facts = (count: number): Fact[] =>
  Array.from({ length: count }, (_, value) => ({ name: 'f', terms: [{ type: 'integer', value }] }))
const join = (ways: number): Check => ({
  queries: [
    {
      predicates: Array.from({ length: ways }, (_, index) => ({
        name: 'f',
        terms: [variable(`v${index}`)],
      })),
      expressions: [],
    },
  ],
})
const onSubject: Block = {
  facts: [],
  checks: [
    {
      queries: [
        {
          predicates: [{ name: 'message_subject', terms: [variable('s')] }],
          expressions: [
            [
              { type: 'term', term: variable('s') },
              { type: 'term', term: { type: 'integer', value: 1 } },
              { type: 'binary', operator: 'lessThan' },
            ],
          ],
        },
      ],
    },
  ],
}
const note = (name: string): Block => ({ facts: [{ name, terms: [string('x')] }], checks: [] })
const envelope = readTokenText(token)
const forged = writeTokenText({
  ...envelope,
  blocks: envelope.blocks.map((block) => ({
    ...block,
    signature: block.signature.map((byte, index) => (index === 9 ? byte ^ 1 : byte)),
  })),
})
const ofHubspot = mintToken(hubspotGrant(EXPIRES), root).token
const elsewhere = mintToken(grant, { id: 2, privateKey: generateRootKey().privateKey }).token

const vectors: Vector[] = [
  decided('a message inside the filter', token, reading()),
  decided('a sender outside the filter', token, reading({ from: 'eve@evil.example' })),
  decided(
    'a subdomain of an allowed domain',
    token,
    reading({ from: 'lena@mail.customer.example' }),
  ),
  decided('a label that is missing', token, reading({ labels: ['INBOX'] })),
  decided('thirty days to the second', token, reading({ ageSeconds: 30 * 86_400 })),
  decided('a second older', token, reading({ ageSeconds: 30 * 86_400 + 1 })),
  decided('spam', token, reading({ labels: ['SPAM', 'Support'] })),
  decided('the last second of the token', token, reading(), { ...context, now: EXPIRES - 1 }),
  decided('the second after', token, reading(), { ...context, now: EXPIRES }),
  decided('another front', token, reading(), { ...context, audience: 'https://other.example' }),
  decided('an operation that was not granted', token, {
    operation: 'gmail.messages.send',
    mail: {
      recipients: ['lena@customer.example'],
      attachmentOrigins: [],
      html: 'none',
      linkOrigins: [],
      texts: [],
    },
  }),
  decided('a reply to a participant', token, replying(['lena@customer.example'])),
  decided(
    'a reply with a stranger in copy',
    token,
    replying(['lena@customer.example', 'audit@evil.example']),
  ),
  decided(
    'a reply to more than two',
    token,
    replying(['lena@customer.example', 'dana@shop.example', 'lena@customer.example.evil.example']),
  ),
  decided(
    'a reply with a refused literal',
    token,
    replying(['lena@customer.example'], 'about pro-ject fal con'),
  ),
  decided(
    'a reply with a card number',
    token,
    replying(['lena@customer.example'], '4111 1111 1111 1111'),
  ),
  decided('a reply at night', token, replying(['lena@customer.example']), {
    ...context,
    now: Date.parse('2025-12-31T02:00:00Z') / 1000,
  }),
  decided('attenuated: the one thread', narrowed, reading()),
  decided('attenuated: another thread', narrowed, reading({ threadId: 't2' })),
  decided('attenuated: an action that was left out', narrowed, replying(['lena@customer.example'])),
  decided('attenuated: what the parent refuses', narrowed, reading({ from: 'eve@evil.example' })),
  ...hubspotCases.map(([name, action]) =>
    decided(name, ofHubspot, action, { ...context, audience: HUBSPOT_AUDIENCE }),
  ),
  decided('hubspot: a note that she said yes to', ofHubspot, hubspotNote, {
    ...context,
    audience: HUBSPOT_AUDIENCE,
    approved: true,
  }),
  decided('a check of a stranger on the wrong type', signed(grant, onSubject), reading()),
  decided('a note of a stranger', signed(grant, note('note')), reading()),
  decided(
    'joins at the bound',
    signed({ ...grant, facts: [...grant.facts, ...facts(15)] }, { facts: [], checks: [join(3)] }),
    reading(),
  ),
  refused(
    'joins past the bound',
    signed({ ...grant, facts: [...grant.facts, ...facts(16)] }, { facts: [], checks: [join(3)] }),
  ),
  refused('a request fact from a stranger', signed(grant, note('op'))),
  refused('a right from a stranger', signed(grant, note('right'))),
  refused('no grant', signed({ facts: [], checks: [] })),
  refused('thirteen blocks', signed(grant, ...Array.from({ length: 12 }, () => note('note')))),
  refused('a flipped bit of a signature', forged),
  refused('another root key', elsewhere),
  refused('a truncated token', token.slice(0, -8)),
  refused('standard base64', `${token.slice(0, 80)}+/${token.slice(82)}`),
  refused('too long', 'A'.repeat(8193)),
]

const file: Vectors = {
  root_key: {
    algorithm: 'ed25519',
    key_id: root.id,
    key_bytes: Buffer.from(root.publicKey).toString('hex'),
  },
  vectors,
}
// a vector is a line, so that a change of one can be seen
const lines = file.vectors.map((vector) => JSON.stringify(vector)).join(',\n')
const text = `{"root_key":${JSON.stringify(file.root_key)},"vectors":[\n${lines}\n]}`
writeFileSync(new URL('decisions.json', import.meta.url), `${text}\n`)
