import { describe, expect, test } from 'vitest'
import { decodeEnvelope, encodeEnvelope, MAX_BLOCKS } from '../../../capabilities/token/envelope.ts'
import { mintToken } from '../../../capabilities/token/mint.ts'
import { bytesField, varintField } from '../../../capabilities/token/protobuf.ts'
import { attempt } from '../../../capabilities/token/refusal.ts'
import { MAX_TOKEN_CHARACTERS } from '../../../capabilities/token/token-text.ts'
import { parseToken } from '../../../capabilities/token/unverified.ts'
import { verifyToken } from '../../../capabilities/token/verify.ts'
import {
  block,
  branch,
  check,
  date,
  fact,
  granted,
  predicate,
  refusalOf,
  root,
} from './builders.ts'
import { binary, signed, signedEnvelope, string, variable, verified } from './builders.ts'
import { appendSource, buildToken, compile, compileLater, envelopeOf } from './library.ts'
import { GRANTED, isAcceptedByLibrary, readByLibrary, sealText } from './library.ts'

const { token } = mintToken(block(granted), root)
const bytes = Buffer.from(token, 'base64url')
const timed = check(
  branch(
    [predicate('time', variable('t'))],
    binary(variable('t'), 'lessThan', date(2_000_000_000)),
  ),
)

const bytesRefusal = (input: Uint8Array): string | undefined => {
  const result = attempt(() => decodeEnvelope(input))
  return result.ok ? undefined : result.refusal.reason
}

describe('a token of ours', () => {
  test('is accepted by the library, with the same revocation ids', () => {
    expect(readByLibrary(token).revocationIds).toEqual(verified(token).revocationIds)
  })

  test('serialises back to the bytes it was read from', () => {
    const read = decodeEnvelope(bytes)
    expect(Buffer.from(encodeEnvelope(read))).toEqual(bytes)
  })

  test('without a root key id has none when it is written again', () => {
    const nameless = bytes.subarray(varintField(1, root.id).length)
    const read = decodeEnvelope(nameless)
    expect(read.rootKeyId).toBeUndefined()
    expect(Buffer.from(encodeEnvelope(read))).toEqual(nameless)
  })

  test('is refused under another root key', () => {
    const other = { find: () => decodeEnvelope(bytes).blocks[0]?.nextKey }
    expect(verifyToken(token, other)).toMatchObject({ refusal: { reason: 'bad_signature' } })
  })

  test('is refused when its root key id is not trusted', () => {
    const unknown = verifyToken(token, { find: () => undefined })
    expect(unknown).toMatchObject({ ok: false, refusal: { reason: 'unknown_key' } })
  })

  test('tells grant, client, expiry and ids', () => {
    const result = verified(mintToken(block(granted, timed), root).token)
    expect(result).toMatchObject({
      grantId: 'g_1',
      clientId: 'agent',
      rootKeyId: 7,
      expiresAt: 2e9,
    })
    expect(result.revocationIds).toHaveLength(1)
  })

  test('never repeats: two tokens of one block have different ids', () => {
    const again = mintToken(block(granted), root)
    expect(again.revocationId).not.toBe(verified(token).revocationIds[0])
  })
})

describe('a token of the library', () => {
  const foreign = buildToken(`${GRANTED} check if time($t), $t < 2030-01-01T00:00:00Z;`)

  test.each([
    ['as built (signature version 0)', foreign],
    ['attenuated', appendSource(foreign, 'check if op("mail.read");')],
    [
      'with lenient equality (signature version 1)',
      buildToken(`${GRANTED} check if op($o), $o == "mail.read";`),
    ],
    ['sealed', sealText(appendSource(foreign, 'check if op("mail.read");'))],
    ['sealed without attenuation', sealText(foreign)],
    ['ours, attenuated there', appendSource(token, 'check if op("mail.read");')],
    ['ours, sealed there', sealText(token)],
  ])('is accepted %s, with the same revocation ids', (_, text) => {
    expect(verified(text).revocationIds).toEqual(readByLibrary(text).revocationIds)
    const raw = Buffer.from(text, 'base64url')
    expect(Buffer.from(encodeEnvelope(decodeEnvelope(raw)))).toEqual(raw)
  })
})

describe('signatures', () => {
  const parent = signedEnvelope(compile(GRANTED), compileLater('check if op("mail.read");'))
  const text = (envelope: typeof parent): string =>
    Buffer.from(encodeEnvelope(envelope)).toString('base64url')
  const [authority, attenuation] = parent.blocks
  if (authority === undefined || attenuation === undefined) throw new Error('two blocks are needed')

  test('a stripped attenuation is refused: its next secret is not the one that is left', () => {
    const stripped = { ...parent, blocks: [authority] }
    expect(refusalOf(text(stripped))).toContain('bad_signature')
    expect(isAcceptedByLibrary(text(stripped))).toBe(false)
  })

  test('blocks cannot be swapped, repeated or moved to another token', () => {
    const other = signedEnvelope(compile(GRANTED), compileLater('check if op("mail.send");'))
    expect(refusalOf(text({ ...parent, blocks: [attenuation, authority] }))).toBeDefined()
    expect(refusalOf(text({ ...parent, blocks: [...parent.blocks, attenuation] }))).toBeDefined()
    const moved = { ...parent, blocks: [...other.blocks.slice(0, 1), attenuation] }
    expect(refusalOf(text(moved))).toContain('bad_signature')
  })

  test('a seal must be of the last block', () => {
    const sealed = envelopeOf(sealText(text(parent)))
    expect(refusalOf(text(sealed))).toBeUndefined()
    const wrong = Buffer.from(authority.signature)
    expect(refusalOf(text({ ...sealed, proof: { type: 'seal', signature: wrong } }))).toContain(
      'bad_signature',
    )
  })
})

describe('the container', () => {
  test('refuses another algorithm than Ed25519, on every key', () => {
    const [authority] = decodeEnvelope(bytes).blocks
    if (authority === undefined) throw new Error('no block')
    const key = Buffer.concat([varintField(1, 1), bytesField(2, Buffer.alloc(33, 2))])
    const signedBlock = Buffer.concat([
      bytesField(1, authority.payload),
      bytesField(2, key),
      bytesField(3, authority.signature),
    ])
    const proof = bytesField(4, bytesField(1, Buffer.alloc(32)))
    expect(bytesRefusal(Buffer.concat([bytesField(2, signedBlock), proof]))).toBe('not_admitted')
  })

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['an unknown field', Buffer.concat([bytes, varintField(9, 1)])],
    ['a field twice', Buffer.concat([varintField(1, 7), bytes])],
    ['fields out of order', Buffer.concat([bytes, varintField(1, 7)])],
    ['a padded number', Buffer.concat([Buffer.from([0x08, 0x87, 0x00]), bytes.subarray(2)])],
    ['a root key id beyond 32 bits', Buffer.concat([varintField(1, 2n ** 32n), bytes.subarray(2)])],
    ['a wrong wire type', Buffer.concat([Buffer.from([0x0d, 0, 0, 0, 0]), bytes.subarray(2)])],
    ['a length past the end', bytes.subarray(0, -1)],
    ['a number of eleven bytes', Buffer.from([0x08, ...Array<number>(10).fill(0xff), 1])],
    ['no proof', bytes.subarray(0, -36)],
    ['an empty proof', Buffer.concat([bytes.subarray(0, -36), bytesField(4, Buffer.alloc(0))])],
  ])('refuses %s', (_, input) => {
    expect(bytesRefusal(input)).toBe('malformed')
  })

  test(`holds ${MAX_BLOCKS} blocks and no more`, () => {
    const many = Array<Uint8Array>(MAX_BLOCKS - 1).fill(compile('check if true;'))
    expect(refusalOf(signed(compile(GRANTED), ...many))).toBeUndefined()
    const tooMany = signed(compile(GRANTED), ...many, compile('check if true;'))
    expect(refusalOf(tooMany)).toContain('too_many_blocks')
  })

  test('is measured before anything is decoded', () => {
    expect(refusalOf('A'.repeat(MAX_TOKEN_CHARACTERS + 1))).toContain('too_large')
    expect(refusalOf('A'.repeat(MAX_TOKEN_CHARACTERS))).toContain('malformed')
  })

  test('needs exactly one grant in block 0', () => {
    expect(refusalOf(signed(compile('right("mail.read");')))).toContain('no `grant`')
    expect(refusalOf(signed(compile('grant("a"); grant("b");')))).toContain('one fact')
    expect(refusalOf(signed(compile('grant(1);')))).toContain('one fact')
    expect(refusalOf(signed(compile('grant("a"); client("a"); client("b");')))).toContain(
      'one fact',
    )
  })
})

describe('the text', () => {
  test.each(['g', 'gg', 'ggg'])('may be padded, rightly: grant id %j', (grantId) => {
    const bare = mintToken(block([fact('grant', string(grantId))]), root).token
    const right = '='.repeat((4 - (bare.length % 4)) % 4)
    const accepted = ['', '=', '==', '===', '====', '====='].filter(
      (padding) => refusalOf(bare + padding) === undefined,
    )
    expect(accepted).toEqual(right === '' ? [''] : ['', right])
  })

  test.each([
    '',
    ' ',
    '=',
    '====',
    'a b',
    'a+b/',
    `${token}\n`,
    `biscuit:${token}`,
    `${token}.`,
    'é',
    '\0',
  ])('refuses %j', (text) => {
    expect(refusalOf(text)).toContain('malformed')
  })

  test.each([1, 2, 3])('has no stray bits at its end: grant id of %i characters', (length) => {
    const short = mintToken(block([fact('grant', string('g'.repeat(length)))]), root).token
    const raw = Buffer.from(short, 'base64url')
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const spellings = Array.from(alphabet)
      .map((last) => short.slice(0, -1) + last)
      .filter((text) => Buffer.from(text, 'base64url').equals(raw))
    expect(spellings.filter((text) => parseToken(text).ok)).toEqual([short])
  })
})
