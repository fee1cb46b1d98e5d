import { describe, expect, test } from 'vitest'
import { appendBlock, appendDelegation } from '../../../capabilities/token/attenuate.ts'
import { encodeThirdPartyBlock } from '../../../capabilities/token/block.ts'
import { delegableBinding, delegation } from '../../../capabilities/token/delegation.ts'
import { decodeEnvelope, encodeEnvelope } from '../../../capabilities/token/envelope.ts'
import { evaluate } from '../../../capabilities/token/evaluate.ts'
import { toDelegator } from '../../../capabilities/token/holder-key.ts'
import { generateKeyPair, thumbprintOf, type KeyPair } from '../../../capabilities/token/keys.ts'
import { mintToken } from '../../../capabilities/token/mint.ts'
import { printCheck } from '../../../capabilities/token/print.ts'
import { prepare } from '../../../capabilities/token/program.ts'
import { extendEnvelope } from '../../../capabilities/token/signatures.ts'
import { parseToken } from '../../../capabilities/token/unverified.ts'
import type { Block, Check, Fact } from '../../../capabilities/token/syntax.ts'
import {
  asked,
  block,
  branch,
  check,
  fact,
  granted,
  predicate,
  refusalOf,
  root,
  string,
  toJwk,
  verified,
  vouched,
} from './builders.ts'
import {
  appendSource,
  appendThirdPartySource,
  buildToken,
  decideByLibrary,
  GRANTED,
  isAcceptedByLibrary,
  readByLibrary,
  sealText,
} from './library.ts'

const [parent, child, third] = [generateKeyPair(), generateKeyPair(), generateKeyPair()]
const hex = ({ publicKey }: KeyPair): string => Buffer.from(publicKey).toString('hex')
const name = ({ publicKey }: KeyPair): string => thumbprintOf(publicKey)
const bindingOf = (key: KeyPair): Check =>
  delegableBinding({ publicKey: hex(key), thumbprint: name(key) })
const provenBy = (key: KeyPair | undefined): Fact[] =>
  key === undefined ? asked : [...asked, fact('cnf_jkt', string(name(key)))]

const bound = mintToken(block(granted, bindingOf(parent)), root).token
const delegate = (token: string, to: KeyPair, by: KeyPair = parent): string =>
  appendDelegation(token, name(to), toDelegator(toJwk(by))).token
const delegated = delegate(bound, child)
const delegationSource = (to: KeyPair): string =>
  `delegated_jkt("${name(to)}"); check if cnf_jkt("${name(to)}");`
const bindingSource = `check if cnf_jkt("${name(parent)}") or cnf_jkt($j), delegated_jkt($j) trusting ed25519/${hex(parent)};`

/** one verdict, or what the two readers say apart */
function verdictOn(token: string, facts: readonly Fact[]): string {
  const ours = evaluate(verified(token), facts).allowed ? 'allow' : 'deny'
  const library = decideByLibrary(token, facts)
  return ours === library ? ours : `ours ${ours}, the library ${library}`
}

describe('a token bound to an Ed25519 key', () => {
  test.each([
    ['its key', parent, 'allow'],
    ['another key', third, 'deny'],
    ['no key', undefined, 'deny'],
  ])('before any delegation, with %s', (_, key, verdict) => {
    expect(verdictOn(bound, provenBy(key))).toBe(verdict)
  })

  test.each([
    ['the sub-agent’s key', child, 'allow'],
    ['the delegating key', parent, 'deny'],
    ['a third key', third, 'deny'],
    ['no key', undefined, 'deny'],
  ])('once delegated, with %s', (_, key, verdict) => {
    expect(verdictOn(delegated, provenBy(key))).toBe(verdict)
  })

  test('narrowed before and after the delegation, both count', () => {
    const onlyRead = block([], check(branch([predicate('op', string('mail.read'))])))
    const onlySend = block([], check(branch([predicate('op', string('mail.send'))])))
    const before = delegate(appendBlock(bound, onlyRead).token, child)
    expect(verdictOn(before, provenBy(child))).toBe('allow')
    expect(verdictOn(appendBlock(before, onlySend).token, provenBy(child))).toBe('deny')
    const after = appendBlock(delegated, onlyRead).token
    expect(verdictOn(after, provenBy(child))).toBe('allow')
    expect(verdictOn(after, provenBy(parent))).toBe('deny')
  })

  test('is what the library reads in the same words, and writes in the same meaning', () => {
    const theirs = appendThirdPartySource(
      buildToken(`${GRANTED} ${bindingSource}`),
      delegationSource(child),
      parent.privateKey,
    )
    expect(verified(theirs).blocks).toEqual(verified(delegated).blocks)
    expect(verdictOn(theirs, provenBy(child))).toBe('allow')
    expect(readByLibrary(delegated).sources).toEqual(readByLibrary(theirs).sources)
    expect(`${printCheck(bindingOf(parent))};`).toBe(bindingSource)
  })

  test('has a revocation id for the delegation, the same for both readers', () => {
    const { revocationIds } = verified(delegated)
    expect(revocationIds).toHaveLength(2)
    expect(revocationIds.slice(0, 1)).toEqual(verified(bound).revocationIds)
    expect(readByLibrary(delegated).revocationIds).toEqual(revocationIds)
    expect(verified(delegate(bound, child)).revocationIds[1]).not.toBe(revocationIds[1])
  })

  test.each([
    ['delegated', delegated],
    ['delegated and narrowed', appendSource(delegated, 'check if op("mail.read");')],
    ['sealed', sealText(delegated)],
    ['sealed after a narrowing', sealText(appendSource(delegated, 'check if op("mail.read");'))],
  ])('serialises back to the bytes it was read from: %s', (_, text) => {
    const bytes = Buffer.from(text, 'base64url')
    expect(refusalOf(text)).toBeUndefined()
    expect(Buffer.from(encodeEnvelope(decodeEnvelope(bytes)))).toEqual(bytes)
    expect(verdictOn(text, provenBy(child))).toBe('allow')
  })

  test('gives a later block its own strings, whatever the third party’s were', () => {
    const narrowed = appendSource(delegated, 'check if op("mail.read"), note("new"); note("new");')
    expect(verified(narrowed).blocks[2]).toEqual(
      block(
        [fact('note', string('new'))],
        check(branch([predicate('op', string('mail.read')), predicate('note', string('new'))])),
      ),
    )
    expect(verdictOn(narrowed, provenBy(child))).toBe('allow')
  })
})

describe('what appendDelegation refuses', () => {
  const plain = mintToken(
    block(granted, check(branch([predicate('cnf_jkt', string(name(parent)))]))),
    root,
  ).token

  test.each([
    ['a token bound to a key of another kind', plain, child, parent, 'not_delegable'],
    [
      'a token bound to no key',
      mintToken(block(granted), root).token,
      child,
      parent,
      'not_delegable',
    ],
    ['a delegated token, by its new key', delegated, third, child, 'not_delegable'],
    ['a delegated token, by its first key', delegated, third, parent, 'not_delegable'],
    ['delegating to itself', bound, parent, parent, 'not_delegable'],
    ['a key that is not the token’s', bound, child, third, 'invalid_key'],
    ['a sealed token', sealText(bound), child, parent, 'sealed_token'],
    ['no token', 'no token', child, parent, 'invalid_token'],
  ])('%s', (_, token, to, by, code) => {
    expect(() => delegate(token, to, by)).toThrow(expect.objectContaining({ code }))
  })
})

describe('admission', () => {
  const ours = (payload: Uint8Array, signer: KeyPair = parent, token = bound): string | undefined =>
    refusalOf(vouched(token, payload, signer))
  const compiled = (source: string): string | undefined =>
    refusalOf(appendThirdPartySource(bound, source, parent.privateKey))

  test('of a delegation by the token’s key', () => {
    expect(ours(encodeThirdPartyBlock(delegation(name(child))))).toBeUndefined()
    expect(compiled(delegationSource(child))).toBeUndefined()
  })

  test.each([
    ['nothing', ''],
    ['no check: the delegating key could go on', `delegated_jkt("${name(child)}");`],
    ['no fact', `check if cnf_jkt("${name(child)}");`],
    ['two facts', `${delegationSource(child)} delegated_jkt("${name(third)}");`],
    [
      'a check for another key',
      `delegated_jkt("${name(child)}"); check if cnf_jkt("${name(third)}");`,
    ],
    ['a second check', `${delegationSource(child)} check if op("mail.read");`],
    [
      'a looser check',
      `delegated_jkt("${name(child)}"); check if cnf_jkt("${name(child)}") or true;`,
    ],
    ['a request fact', `${delegationSource(child)} op("mail.delete");`],
    ['a right', `${delegationSource(child)} right("mail.delete");`],
    ['a proven key', `${delegationSource(child)} cnf_jkt("${name(child)}");`],
    ['a fact of no meaning', `${delegationSource(child)} note("x");`],
    ['a rule', `${delegationSource(child)} delegated_jkt($x) <- cnf_jkt($x);`],
    [
      'a scope',
      `delegated_jkt("${name(child)}"); check if cnf_jkt("${name(child)}") trusting ed25519/${hex(third)};`,
    ],
    ['no thumbprint', 'delegated_jkt("x"); check if cnf_jkt("x");'],
    [
      'more than a thumbprint',
      `delegated_jkt("x${name(child)}"); check if cnf_jkt("x${name(child)}");`,
    ],
    [
      'a thumbprint and more',
      `delegated_jkt("${name(child)}x"); check if cnf_jkt("${name(child)}x");`,
    ],
    ['a number', 'delegated_jkt(1); check if cnf_jkt(1);'],
    ['more terms', `delegated_jkt("${name(child)}", 1); check if cnf_jkt("${name(child)}");`],
  ])('refuses a third-party block with %s', (_, source) => {
    expect(compiled(source)).toMatch(/^not_admitted: block 1: /)
  })

  test('refuses the very block when another key has signed it', () => {
    const rogue = appendThirdPartySource(bound, delegationSource(child), third.privateKey)
    expect(refusalOf(rogue)).toContain('block 1: signed by a key that may not delegate this token')
    expect(isAcceptedByLibrary(rogue)).toBe(true)
    expect(decideByLibrary(rogue, provenBy(child))).toBe('deny')
  })

  test('refuses a third party on a token that nobody may delegate', () => {
    const unbound = appendThirdPartySource(buildToken(GRANTED), delegationSource(child))
    expect(refusalOf(unbound)).toContain('may not delegate this token')
    // the binding to the letter, but for the scope that names who may delegate
    const unscoped = buildToken(`${GRANTED} ${bindingSource.replace(/ trusting [^;]+/, '')}`)
    expect(verdictOn(unscoped, provenBy(parent))).toBe('allow')
    const handed = appendThirdPartySource(unscoped, delegationSource(child), parent.privateKey)
    expect(refusalOf(handed)).toContain('may not delegate this token')
  })

  test('refuses a second delegation, whoever signs it', () => {
    for (const signer of [parent, child]) {
      const again = appendThirdPartySource(delegated, delegationSource(third), signer.privateKey)
      expect(refusalOf(again)).toContain('block 2: a token is delegated once')
      expect(decideByLibrary(again, provenBy(third))).toBe('deny')
    }
  })

  test('refuses the fact in any block that no other key has signed', () => {
    const own = `delegated_jkt("${name(child)}");`
    expect(refusalOf(buildToken(`${GRANTED} ${bindingSource} ${own}`))).toContain('block 0: only')
    expect(refusalOf(appendSource(bound, own))).toContain('block 1: only')
    expect(() => appendBlock(bound, block([fact('delegated_jkt', string('x'))]))).toThrow(
      expect.objectContaining({ code: 'invalid_block' }),
    )
  })

  const key = `ed25519/${hex(parent)}`
  test.each([
    ['another key’s thumbprint', bindingSource.replace(name(parent), name(third))],
    ['one branch', `check if cnf_jkt($j), delegated_jkt($j) trusting ${key};`],
    ['a third branch', bindingSource.replace(';', ' or op("mail.read");')],
    [
      'the scope on the first branch',
      `check if cnf_jkt("${name(parent)}") trusting ${key} or cnf_jkt($j), delegated_jkt($j);`,
    ],
    [
      'request vocabulary under the scope',
      bindingSource.replace('delegated_jkt($j)', 'delegated_jkt($j), op("mail.read")'),
    ],
    ['two variables', bindingSource.replace('delegated_jkt($j)', 'delegated_jkt($k)')],
    [
      'an expression',
      bindingSource.replace('delegated_jkt($j)', 'delegated_jkt($j), $j.length() > 0'),
    ],
    ['two bindings', `${bindingSource} ${bindingSource}`],
    ['a right under the scope', `check if right("mail.read") trusting ${key};`],
  ])('refuses a binding with %s', (_, source) => {
    expect(refusalOf(buildToken(`${GRANTED} ${source}`))).toMatch(/^not_admitted: block 0: /)
  })

  test('lets nobody mint a binding whose key is another than its thumbprint', () => {
    const crossed = delegableBinding({ publicKey: hex(parent), thumbprint: name(third) })
    expect(() => mintToken(block(granted, crossed), root)).toThrow(
      expect.objectContaining({ code: 'invalid_block' }),
    )
  })

  test('refuses the binding outside block 0: a holder cannot name a key of its own', () => {
    expect(refusalOf(appendSource(buildToken(GRANTED), bindingSource))).toContain('block 1: ')
    const binding = block([], bindingOf(third))
    expect(() => appendBlock(bound, binding)).toThrow(
      expect.objectContaining({ code: 'invalid_block' }),
    )
  })

  test('an evaluator that is given more still looks at who signed', () => {
    const blocks = (signer: KeyPair): Block[] => [
      block(granted, bindingOf(parent)),
      { ...delegation(name(child)), signer: hex(signer) },
    ]
    const allows = (signer: KeyPair, key: KeyPair): boolean =>
      evaluate({ program: prepare(blocks(signer)) }, provenBy(key)).allowed
    expect(allows(parent, child)).toBe(true)
    expect(allows(third, child)).toBe(false)
    expect(allows(child, child)).toBe(false)
    expect(allows(parent, parent)).toBe(false)
  })
})

describe('external signatures', () => {
  const envelope = decodeEnvelope(Buffer.from(delegated, 'base64url'))
  const [authority, signed] = envelope.blocks
  if (authority === undefined || signed?.external === undefined) throw new Error('no delegation')
  const { external } = signed
  const text = (change: Partial<typeof envelope>): string =>
    Buffer.from(encodeEnvelope({ ...envelope, ...change })).toString('base64url')

  test('are of the key that they name', () => {
    const flipped = Buffer.from(external.signature)
    flipped[0] = (flipped[0] ?? 0) ^ 1
    const forged = vouched(bound, signed.payload, { ...third, publicKey: parent.publicKey })
    expect(refusalOf(forged)).toContain('bad_signature')
    expect(isAcceptedByLibrary(forged)).toBe(false)
    const changed = { ...signed, external: { ...external, signature: flipped } }
    expect(refusalOf(text({ blocks: [authority, changed] }))).toContain('bad_signature')
  })

  test('cannot be taken off, and the block passed for the holder’s own', () => {
    const { external: _external, ...bare } = signed
    expect(refusalOf(text({ blocks: [authority, bare] }))).toBeDefined()
  })

  test('are refused on the authority block', () => {
    const outside = { ...authority, external }
    expect(refusalOf(text({ blocks: [outside, signed] }))).toMatch(
      /^not_admitted: .* the root key alone/,
    )
    expect(isAcceptedByLibrary(text({ blocks: [outside, signed] }))).toBe(false)
  })

  test('are refused with signature version 0, which a replay would need', () => {
    const old = { ...signed, version: 0 as const }
    expect(refusalOf(text({ blocks: [authority, old] }))).toMatch(
      /^not_admitted: .* has signature version 1/,
    )
    expect(isAcceptedByLibrary(text({ blocks: [authority, old] }))).toBe(false)
  })

  test('are made for one token: the block replayed onto another of the same key is refused', () => {
    const other = mintToken(block(granted, bindingOf(parent)), root).token
    const target = decodeEnvelope(Buffer.from(other, 'base64url'))
    if (target.proof.type !== 'secret') throw new Error('sealed')
    // whoever holds the other token can sign everything but what the parent's key signed
    const moved = extendEnvelope(target, signed.payload, target.proof.secret, external)
    const replayed = Buffer.from(encodeEnvelope(moved)).toString('base64url')
    expect(refusalOf(replayed)).toContain('bad_signature')
    expect(isAcceptedByLibrary(replayed)).toBe(false)
  })

  test('are Ed25519 under a key of full order', () => {
    const weak = Buffer.from('01'.padEnd(64, '0'), 'hex')
    const forged = vouched(bound, signed.payload, { ...parent, publicKey: weak })
    expect(parseToken(forged)).toMatchObject({
      refusal: { reason: 'not_admitted', detail: 'a key of small order' },
    })
    expect(() =>
      mintToken(block(granted, bindingOf({ ...parent, publicKey: weak })), root),
    ).toThrow(expect.objectContaining({ code: 'invalid_block' }))
    expect(isAcceptedByLibrary(forged)).toBe(false)
  })
})
