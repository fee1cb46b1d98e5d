import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  appendBlock,
  attenuate,
  authorize,
  delegate,
  SecondReader,
  toFacts,
  toThumbprint,
  verifyToken,
} from '../../capabilities/index.ts'
import { encodeThirdPartyBlock } from '../../capabilities/token/block.ts'
import { delegableBinding, delegation } from '../../capabilities/token/delegation.ts'
import { decodeEnvelope } from '../../capabilities/token/envelope.ts'
import { generateKeyPair, type KeyPair } from '../../capabilities/token/keys.ts'
import { extendEnvelope } from '../../capabilities/token/signatures.ts'
import { readTokenText, writeTokenText } from '../../capabilities/token/token-text.ts'
import { AUDIENCE, boundTokenFor, NOW, read, root, verified } from '../capabilities/token-for.ts'
import { toJwk, vouched } from '../capabilities/token/builders.ts'

const [agent, helper, thief] = [generateKeyPair(), generateKeyPair(), generateKeyPair()]
const publicJwk = ({ publicKey }: KeyPair): { kty: string; crv: string; x: string } => ({
  kty: 'OKP',
  crv: 'Ed25519',
  x: Buffer.from(publicKey).toString('base64url'),
})
const name = (key: KeyPair): string => toThumbprint(publicJwk(key))
const bound = (): string =>
  boundTokenFor(
    { keyThumbprint: name(agent), delegationKey: agent.publicKey },
    { actions: ['messages.read'], from: { domains: ['acme.com'] } },
  )
const handOn = (token: string): string =>
  delegate(token, { publicKey: publicJwk(helper), signWith: toJwk(agent) })

/** what each of the two readers would let through, asked on its own with the proof of this key */
async function letThrough(token: string, key: KeyPair | undefined): Promise<string[]> {
  const context = { now: NOW, audience: AUDIENCE, keyThumbprint: key && name(key) }
  const result = verifyToken(token, { find: () => root.publicKey })
  const ours = result.ok && authorize(result.token, read(), context).decision.allowed
  // the library is asked also about what our own reader has refused already
  const facts = toFacts(read(), context, verified(bound()).blocks)
  const library = await reader.authorize(token, root.publicKey, facts)
  return [...(ours ? ['ours'] : []), ...(library === 'deny' ? [] : [`library: ${library}`])]
}

let reader: SecondReader
beforeAll(async () => {
  reader = await SecondReader.start()
})
afterAll(async () => reader.close())

it('the honest way: the agent uses its token, and the helper the one that was handed on', async () => {
  const token = bound()
  expect(await letThrough(token, agent)).toEqual(['ours', 'library: allow'])
  expect(await letThrough(handOn(token), helper)).toEqual(['ours', 'library: allow'])
})

describe('neither reader lets through', () => {
  it('the delegating agent on what it has handed on', async () => {
    expect(await letThrough(handOn(bound()), agent)).toEqual([])
  })

  it('a thief of either token, with a key of his own or none', async () => {
    for (const token of [bound(), handOn(bound())]) {
      expect(await letThrough(token, thief)).toEqual([])
      expect(await letThrough(token, undefined)).toEqual([])
    }
  })

  it('a delegation that a thief signs with his own key', async () => {
    const forged = vouched(bound(), encodeThirdPartyBlock(delegation(name(thief))), thief)
    expect(await letThrough(forged, thief)).toEqual([])
  })

  it('a delegation under the agent’s name, signed with another key', async () => {
    const impostor = { ...thief, publicKey: agent.publicKey }
    const forged = vouched(bound(), encodeThirdPartyBlock(delegation(name(thief))), impostor)
    expect(await letThrough(forged, thief)).toEqual([])
  })

  it('a delegation replayed onto a wider token of the same agent', async () => {
    const narrow = attenuate(bound(), [], { expiresAt: NOW + 1 })
    const handed = readTokenText(handOn(narrow)).blocks.at(-1)
    const wide = readTokenText(bound())
    if (wide.proof.type !== 'secret' || handed?.external === undefined) throw new Error('no block')
    const replayed = extendEnvelope(wide, handed.payload, wide.proof.secret, handed.external)
    expect(await letThrough(writeTokenText(replayed), helper)).toEqual([])
  })

  it('a delegated token whose delegation was cut off', async () => {
    const whole = decodeEnvelope(Buffer.from(handOn(bound()), 'base64url'))
    const cut = writeTokenText({ ...whole, blocks: whole.blocks.slice(0, 1) })
    expect(await letThrough(cut, agent)).toEqual([])
    expect(await letThrough(cut, helper)).toEqual([])
  })

  it('a delegated token whose narrowing was cut out', async () => {
    const narrowed = delegate(bound(), {
      publicKey: publicJwk(helper),
      signWith: toJwk(agent),
      entries: [{ type: 'gmail', actions: ['messages.read'], threads: ['another'] }],
    })
    const whole = readTokenText(narrowed)
    const [authority, , last] = whole.blocks
    if (authority === undefined || last === undefined) throw new Error('three blocks are needed')
    const cut = writeTokenText({ ...whole, blocks: [authority, last] })
    expect(await letThrough(cut, helper)).toEqual([])
  })

  it('a helper that hands the token on, to a key that its own signs for', async () => {
    const handed = handOn(bound())
    expect(() =>
      delegate(handed, { publicKey: publicJwk(thief), signWith: toJwk(helper) }),
    ).toThrow(expect.objectContaining({ code: 'not_delegable' }))
    const forged = vouched(handed, encodeThirdPartyBlock(delegation(name(thief))), helper)
    for (const key of [helper, thief]) expect(await letThrough(forged, key)).toEqual([])
  })

  it('an agent that hands one token to two keys', async () => {
    const twice = vouched(handOn(bound()), encodeThirdPartyBlock(delegation(name(thief))), agent)
    for (const key of [agent, helper, thief]) expect(await letThrough(twice, key)).toEqual([])
  })
})

describe('our reader admits', () => {
  const admits = (token: string): boolean => verifyToken(token, { find: () => root.publicKey }).ok

  it.each([
    [
      'a delegation without its check, which the agent could use on',
      { ...delegation(name(helper)), checks: [] },
    ],
    [
      'rights from a third party',
      {
        facts: [
          { name: 'right', terms: [{ type: 'string', value: 'gmail.messages.send' } as const] },
        ],
        checks: [],
      },
    ],
    ['nothing from a third party', { facts: [], checks: [] }],
  ])('no %s, though the agent’s own key signed it', (_, block) => {
    expect(admits(vouched(bound(), encodeThirdPartyBlock(block), agent))).toBe(false)
  })

  it('no binding of the holder’s own, and no word about delegation in a block of its own', () => {
    const own = delegableBinding({
      publicKey: Buffer.from(thief.publicKey).toString('hex'),
      thumbprint: name(thief),
    })
    const said = delegation(name(thief)).facts
    for (const block of [
      { facts: [], checks: [own] },
      { facts: said, checks: [] },
    ]) {
      expect(() => appendBlock(bound(), block)).toThrow(
        expect.objectContaining({ code: 'invalid_block' }),
      )
    }
  })
})
