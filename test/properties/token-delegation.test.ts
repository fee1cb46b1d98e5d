import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendBlock, appendDelegation } from '../../capabilities/token/attenuate.ts'
import {
  decodeBlock,
  decodeThirdPartyBlock,
  encodeBlock,
  encodeThirdPartyBlock,
} from '../../capabilities/token/block.ts'
import { delegableBinding, delegation } from '../../capabilities/token/delegation.ts'
import { decodeEnvelope, encodeEnvelope } from '../../capabilities/token/envelope.ts'
import { admitsKey, evaluate } from '../../capabilities/token/evaluate.ts'
import { toDelegator } from '../../capabilities/token/holder-key.ts'
import { generateKeyPair, thumbprintOf, type KeyPair } from '../../capabilities/token/keys.ts'
import { mintToken } from '../../capabilities/token/mint.ts'
import { prepare } from '../../capabilities/token/program.ts'
import { SymbolTable } from '../../capabilities/token/symbols.ts'
import type { Block, Check, Fact, Query } from '../../capabilities/token/syntax.ts'
import { verifyToken } from '../../capabilities/token/verify.ts'
import {
  fact,
  granted,
  root,
  rootKeys,
  signed,
  string,
  toJwk,
  vouched,
} from '../capabilities/token/builders.ts'
import { decideByLibrary, isAcceptedByLibrary } from '../capabilities/token/library.ts'
import { expectReached, runs, stride } from './runs.ts'
import { check, knownFact, laterBlock, requestFacts } from './token-arbitraries.ts'

const [parent, child, third] = [generateKeyPair(), generateKeyPair(), generateKeyPair()]
const keys: readonly KeyPair[] = [parent, child, third]
const hex = ({ publicKey }: KeyPair): string => Buffer.from(publicKey).toString('hex')
const name = ({ publicKey }: KeyPair): string => thumbprintOf(publicKey)
const binding = delegableBinding({ publicKey: hex(parent), thumbprint: name(parent) })

const anyKey = fc.constantFrom(...keys)
const proven = fc.oneof(
  anyKey.map((key) => [fact('cnf_jkt', string(name(key)))]),
  fc.constant<Fact[]>([]),
)
const request = fc.tuple(requestFacts, proven).map(([facts, key]) => [...facts, ...key])

/** version 5 of the format, which third-party blocks have, knows no `==` between types */
const isOfVersion5 = ({ checks }: Block): boolean =>
  !JSON.stringify(checks).includes('heterogeneousEqual')

/** what a delegation is made of, in every mixture: exactly right, nearly right, and beside the point */
const hostileFact = fc.oneof(
  anyKey.map((key) => fact('delegated_jkt', string(name(key)))),
  anyKey.map((key) => fact('cnf_jkt', string(name(key)))),
  fc.constantFrom('mail.read', 'mail.delete').map((one) => fact('right', string(one))),
  fc.constantFrom('mail.read', 'mail.delete').map((one) => fact('op', string(one))),
  knownFact,
)
const thirdPartyBlock: fc.Arbitrary<Block> = fc.oneof(
  { arbitrary: anyKey.map((key) => delegation(name(key))), weight: 2 },
  fc.record({
    facts: fc.array(hostileFact, { maxLength: 4 }),
    checks: fc.array(
      fc.oneof(
        check,
        anyKey.map((key): Check => ({ queries: delegation(name(key)).checks[0]?.queries ?? [] })),
      ),
      { maxLength: 2 },
    ),
  }),
)
const anyThirdPartyBlock = thirdPartyBlock.filter(isOfVersion5)

const bound = fc
  .record({
    facts: fc.array(knownFact, { maxLength: 3 }),
    checks: fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, fc.array(check, { maxLength: 2 })),
  })
  .map(({ facts, checks }) => ({ facts: [...granted, ...facts], checks: [binding, ...checks] }))

const allows = (token: string, facts: readonly Fact[]): boolean => {
  const result = verifyToken(token, rootKeys)
  const allowed = result.ok && evaluate(result.token, facts).allowed
  // whom the early question turns away the late one would have refused
  const [key] = facts.find((one) => one.name === 'cnf_jkt')?.terms ?? []
  if (allowed && key?.type === 'string') expect(admitsKey(result.token, key.value)).toBe(true)
  return allowed
}

test('no third-party block, whatever is in it and whoever signs it, turns a denial into an allowance, but the parent’s delegation to the key that is proven', () => {
  const seen = { allowedBefore: 0, delegated: 0 }
  fc.assert(
    fc.property(bound, anyThirdPartyBlock, anyKey, request, (authority, block, signer, facts) => {
      const before = mintToken(authority, root).token
      const after = vouched(before, encodeThirdPartyBlock(block), signer)
      if (allows(before, facts)) seen.allowedBefore++
      else if (allows(after, facts)) {
        seen.delegated++
        const [key] = facts.filter((one) => one.name === 'cnf_jkt')
        const [term] = key?.terms ?? []
        expect(signer).toBe(parent)
        expect(term?.type === 'string' && delegation(term.value)).toEqual(block)
        // and the parent may do the same itself
        const own = facts.filter((one) => one !== key)
        expect(allows(before, [...own, fact('cnf_jkt', string(name(parent)))])).toBe(true)
      }
      const isRogue = signer !== parent
      if (isRogue && decideByLibrary(before, facts) !== 'allow') {
        expect(decideByLibrary(after, facts)).not.toBe('allow')
      }
    }),
    runs(600),
  )
  expectReached(seen)
})

test('a delegated token allows its key nothing that its parent’s key was not allowed, and no other key anything', () => {
  let allowed = 0
  fc.assert(
    fc.property(
      bound,
      fc.array(laterBlock, { maxLength: 2 }),
      fc.array(laterBlock, { maxLength: 1 }),
      requestFacts,
      (authority, before, after, facts) => {
        const narrow = (token: string, block: Block): string => appendBlock(token, block).token
        const held = before.reduce(narrow, mintToken(authority, root).token)
        const handed = appendDelegation(held, name(child), toDelegator(toJwk(parent))).token
        const delegated = after.reduce(narrow, handed)
        const as = (key: KeyPair): Fact[] => [...facts, fact('cnf_jkt', string(name(key)))]
        const isAllowed = allows(delegated, as(child))
        if (isAllowed) allowed++
        if (isAllowed) expect(allows(held, as(parent))).toBe(true)
        if (after.length === 0) expect(isAllowed).toBe(allows(held, as(parent)))
        for (const key of [parent, third]) expect(allows(delegated, as(key))).toBe(false)
        expect(allows(delegated, facts)).toBe(false)
        if (isAllowed) expect(decideByLibrary(delegated, as(child))).toBe('allow')
        for (const key of [parent, third]) {
          expect(decideByLibrary(delegated, as(key))).not.toBe('allow')
        }
      },
    ),
    runs(250),
  )
  expectReached({ allowed })
})

/** admission would refuse nearly all of these: the evaluator has to read scopes as the library does without its help */
test('whatever a branch trusts and a third party says, what we allow the library allows, and what a caveat denies it does not', () => {
  const scoped = fc
    .tuple(check, fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }))
    .map(([{ queries }, marks]): Check => ({
      queries: queries.map((query, index): Query =>
        marks[index] === true ? { ...query, trusting: hex(parent) } : query,
      ),
    }))
  const asking = knownFact.map((one): Check => ({
    queries: [{ predicates: [one], expressions: [], trusting: hex(parent) }],
  }))
  const trusting = fc.oneof({ arbitrary: asking, weight: 3 }, scoped)
  const said = fc.record({
    facts: fc.array(knownFact, { minLength: 1, maxLength: 4 }),
    checks: fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, fc.array(check, { maxLength: 1 })),
  })
  const seen = { allow: 0, deny: 0 }
  fc.assert(
    fc.property(
      fc.array(knownFact, { maxLength: 2 }),
      fc.array(trusting, { minLength: 1, maxLength: 2 }),
      fc.array(fc.tuple(said.filter(isOfVersion5), anyKey), { minLength: 1, maxLength: 3 }),
      requestFacts,
      (facts, checks, later, asked) => {
        const authority: Block = { facts: [...granted, ...facts], checks }
        const token = later.reduce(
          (text, [block, signer]) => vouched(text, encodeThirdPartyBlock(block), signer),
          signed(encodeBlock(authority, new SymbolTable())),
        )
        const blocks = [
          authority,
          ...later.map(([block, signer]) => ({ ...block, signer: hex(signer) })),
        ]
        const ours = evaluate({ program: prepare(blocks) }, asked)
        const library = decideByLibrary(token, asked)
        seen[ours.allowed ? 'allow' : 'deny']++
        if (ours.allowed) expect(library).toBe('allow')
        else if (ours.denial.reason !== 'execution') expect(library).not.toBe('allow')
      },
    ),
    runs(400),
  )
  expectReached(seen)
})

test('a third-party block and a binding decode to what they were encoded from, and back to the same bytes', () => {
  fc.assert(
    fc.property(bound, anyThirdPartyBlock, (authority, block) => {
      const payload = encodeThirdPartyBlock(block)
      const read = decodeThirdPartyBlock(payload, parent.publicKey)
      expect(read).toEqual({ ...block, signer: hex(parent) })
      expect(encodeThirdPartyBlock(read)).toEqual(payload)
      const first = encodeBlock(authority, new SymbolTable())
      const binds = decodeBlock(first, new SymbolTable())
      expect(binds).toEqual(authority)
      expect(encodeBlock(binds, new SymbolTable())).toEqual(first)
      const token = vouched(mintToken(authority, root).token, payload, parent)
      const bytes = Buffer.from(token, 'base64url')
      expect(Buffer.from(encodeEnvelope(decodeEnvelope(bytes)))).toEqual(bytes)
      expect(isAcceptedByLibrary(token)).toBe(true)
    }),
    runs(200),
  )
})

test('a flipped bit anywhere in a delegated token yields no other accepted token', () => {
  const held = mintToken({ facts: granted, checks: [binding] }, root).token
  const token = appendDelegation(held, name(child), toDelegator(toJwk(parent))).token
  const bytes = Buffer.from(token, 'base64url')
  const rootKeyIdBytes = 2
  for (let bit = rootKeyIdBytes * 8; bit < bytes.length * 8; bit += stride) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    expect(verifyToken(flipped.toString('base64url'), rootKeys).ok).toBe(false)
  }
})
