import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  authorize,
  compileGrant,
  mintToken,
  parseCapabilities,
  verifyToken,
  type GmailAction,
} from '../../capabilities/index.ts'
import { encodeEnvelope, type Envelope } from '../../capabilities/token/envelope.ts'
import { bytesField, readMessage, varintField } from '../../capabilities/token/protobuf.ts'
import { extendEnvelope } from '../../capabilities/token/signatures.ts'
import { date, refusalOf, root, rootKeys, strings } from '../capabilities/token/builders.ts'
import {
  appendSource,
  appendWithParameters,
  envelopeOf,
  isAcceptedByLibrary,
} from '../capabilities/token/library.ts'

// The page was not run in its languages; the blocks it appends were, with the library that two of the three share.
const page = readFileSync(join(import.meta.dirname, '../../docs/other-languages.md'), 'utf8')
const [python = '', rust = ''] = ['python', 'rust'].map(narrowingOf)

const AUDIENCE = 'https://gmail.remit.example'
const NOW = Date.parse('2026-11-24T12:00:00Z') / 1000
const { token } = mintToken(
  compileGrant({
    grantId: 'g_1',
    clientId: 'agent',
    audience: AUDIENCE,
    expiresAt: NOW + 3600,
    capabilities: parseCapabilities([
      { type: 'gmail', actions: ['messages.read', 'messages.reply'], labels: ['Support'] },
    ]),
  }),
  root,
)
const PARAMETERS = { threads: strings('t1'), end: date(NOW + 600) }

/** the Datalog of an example */
function narrowingOf(language: string): string {
  const [, code = ''] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page) ?? []
  return /"(?:"")?\n(check if [\s\S]*?;)\n"/.exec(code)?.[1] ?? ''
}

function replying(threadId: string): GmailAction {
  const answered = {
    id: 'm1',
    threadId,
    from: 'lena@customer.example',
    to: ['dana@shop.example'],
    cc: [],
    labels: ['Support'],
    subject: 'my order',
    ageSeconds: 3600,
    hasAttachment: false,
    authenticated: true,
  }
  return {
    operation: 'gmail.messages.reply',
    thread: { answered, participants: ['lena@customer.example'] },
    mail: {
      recipients: ['lena@customer.example'],
      attachmentOrigins: [],
      html: 'none',
      linkOrigins: [],
      texts: [],
    },
  }
}

function allows(text: string, action: GmailAction, now = NOW): boolean {
  const result = verifyToken(text, rootKeys)
  if (!result.ok) throw new Error(result.refusal.detail)
  return authorize(result.token, action, { now, audience: AUDIENCE }).decision.allowed
}

describe('the block of docs/other-languages.md', () => {
  const narrowed = appendWithParameters(token, python, PARAMETERS)

  it('is the same in each language', () => {
    expect(python).toContain('check if op(')
    expect(rust).toBe(python)
  })

  it('is admitted, and narrows to one conversation and ten minutes', () => {
    expect(refusalOf(narrowed)).toBeUndefined()
    expect(allows(token, replying('t2'))).toBe(true)
    expect(allows(narrowed, replying('t2'))).toBe(false)
    expect(allows(narrowed, replying('t1'), NOW + 600)).toBe(false)
    expect(allows(narrowed, { operation: 'gmail.messages.list' })).toBe(false)
    expect(allows(narrowed, { operation: 'gmail.profile.read' })).toBe(true)
    expect(allows(narrowed, replying('t1'))).toBe(true)
  })

  it('has the versions that the page names, and padding or none', () => {
    expect(versionOf(narrowed)).toBe(3)
    expect(versionOf(appendSource(token, 'check if op($o), $o === "x"'))).toBe(3)
    expect(versionOf(appendSource(token, 'check if op($o), $o == "x"'))).toBe(6)
    expect(envelopeOf(narrowed).blocks.at(-1)?.version).toBe(1)
    expect(refusalOf(narrowed.replace(/=+$/, ''))).toBeUndefined()
  })

  it('is none with a list where a set is meant', () => {
    const source = python.replace('{threads}', '["t1"]')
    const listed = appendWithParameters(token, source, { end: PARAMETERS.end })
    expect(refusalOf(listed)).toMatch(/^not_admitted/)
  })
})

describe('what Go’s library would write', () => {
  const envelope = envelopeOf(token)
  const payload = envelopeOf(appendWithParameters(token, python, PARAMETERS)).blocks.at(-1)?.payload
  const plain = payload ?? new Uint8Array()

  it('is refused for the context that is in every block, also an empty one', () => {
    const later = extend(envelope, withContext(plain))
    expect(isAcceptedByLibrary(later)).toBe(true)
    expect(refusalOf(later)).toMatch(/^not_admitted: .*context/)
    expect(refusalOf(extend(envelope, plain))).toBeUndefined()
  })

  it('is refused for the number of the root key that is missing', () => {
    expect(refusalOf(extend({ ...envelope, rootKeyId: undefined }, plain))).toMatch(/^unknown_key/)
  })
})

function extend(envelope: Envelope, payload: Uint8Array): string {
  if (envelope.proof.type !== 'secret') throw new Error('sealed')
  const extended = extendEnvelope(envelope, payload, envelope.proof.secret)
  return Buffer.from(encodeEnvelope(extended)).toString('base64url')
}

const BLOCK = { 1: 'bytes', 2: 'bytes', 3: 'varint', 4: 'bytes', 6: 'bytes' } as const

function versionOf(text: string): number | undefined {
  const payload = envelopeOf(text).blocks.at(-1)?.payload ?? new Uint8Array()
  return Number(readMessage(payload, 'block', BLOCK).optionalVarint(3))
}

/** the same block, with a context of no characters */
function withContext(payload: Uint8Array): Uint8Array {
  const message = readMessage(payload, 'block', BLOCK)
  return Buffer.concat([
    ...message.repeatedBytes(1).map((symbol) => bytesField(1, symbol)),
    bytesField(2, new Uint8Array()),
    varintField(3, message.optionalVarint(3) ?? 3n),
    ...message.repeatedBytes(6).map((check) => bytesField(6, check)),
  ])
}
