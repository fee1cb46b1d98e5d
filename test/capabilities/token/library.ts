import { randomBytes } from 'node:crypto'
import * as library from '@biscuit-auth/biscuit-wasm'
import { decodeEnvelope, type Envelope } from '../../../capabilities/token/envelope.ts'
import type { Fact, Scalar, Value } from '../../../capabilities/token/syntax.ts'
import { root } from './builders.ts'

/**
 * biscuit-wasm as somebody else would use it, in process and without our guards: the other end of the interop tests.
 * Only ever fed with what cannot hang it.
 */
const ED25519 = 0
const LIMITS = { max_facts: 10_000, max_iterations: 100, max_time_micro: 5_000_000 }

export const GRANTED = 'grant("g_1"); client("agent"); right("mail.read"); right("mail.send");'

export function buildToken(source: string): string {
  using key = library.PrivateKey.fromBytes(root.privateKey, ED25519)
  const builder = new library.BiscuitBuilder()
  builder.addCode(source)
  builder.setRootKeyId(root.id)
  using token = builder.build(key)
  return token.toBase64()
}

export function appendSource(text: string, source: string): string {
  return withToken(text, (token) => {
    const builder = new library.BlockBuilder()
    builder.addCode(source)
    using attenuated = token.appendBlock(builder)
    return attenuated.toBase64()
  })
}

/** with values for the `{names}` of the source */
export function appendWithParameters(
  text: string,
  source: string,
  parameters: Readonly<Record<string, Value>>,
): string {
  return withToken(text, (token) => {
    const builder = new library.BlockBuilder()
    const values = Object.entries(parameters).map(([name, value]) => [name, toParameter(value)])
    builder.addCodeWithParameters(source, Object.fromEntries(values), {})
    using attenuated = token.appendBlock(builder)
    return attenuated.toBase64()
  })
}

/** signed by a key of its own, or by the given one */
export function appendThirdPartySource(text: string, source: string, signer?: Uint8Array): string {
  return withToken(text, (token) => {
    const request = token.getThirdPartyRequest()
    using seed = library.PrivateKey.fromBytes(signer ?? randomBytes(32), ED25519)
    using pair = library.KeyPair.fromPrivateKey(seed)
    using privateKey = pair.getPrivateKey()
    using publicKey = pair.getPublicKey()
    const builder = new library.BlockBuilder()
    builder.addCode(source)
    const made = request.createBlock(privateKey, builder)
    using attenuated = token.appendThirdPartyBlock(publicKey, made)
    return attenuated.toBase64()
  })
}

export function sealText(text: string): string {
  return withToken(text, (token) => {
    using sealed = token.sealToken()
    return sealed.toBase64()
  })
}

export function readByLibrary(text: string): { sources: string[]; revocationIds: string[] } {
  return withToken(text, (token) => ({
    sources: Array.from({ length: token.countBlocks() }, (_, index) => token.getBlockSource(index)),
    revocationIds: token.getRevocationIdentifiers() as string[],
  }))
}

export function isAcceptedByLibrary(text: string): boolean {
  try {
    return withToken(text, () => true)
  } catch (error) {
    if (error instanceof Error) throw error
    return false
  }
}

/** block bytes that the library compiled, for block 0 */
export function compile(source: string): Uint8Array {
  return lastPayload(buildToken(source))
}

/** the same for a block after `GRANTED`, whose strings it shares */
export function compileLater(source: string): Uint8Array {
  return lastPayload(appendSource(buildToken(GRANTED), source))
}

function lastPayload(text: string): Uint8Array {
  const last = envelopeOf(text).blocks.at(-1)
  if (last === undefined) throw new Error('no block')
  return last.payload
}

export function envelopeOf(text: string): Envelope {
  return decodeEnvelope(Buffer.from(text, 'base64url'))
}

/** under the front's own policy; a spurious time-out of the library is asked again */
export function decideByLibrary(text: string, facts: readonly Fact[]): 'allow' | 'deny' | 'error' {
  for (let attempt = 0; attempt < 5; attempt++) {
    const verdict = decideOnce(text, facts)
    if (verdict !== 'limit') return verdict
  }
  throw new Error('the library keeps running out of time')
}

function decideOnce(text: string, facts: readonly Fact[]): 'allow' | 'deny' | 'error' | 'limit' {
  return withToken(text, (token) => {
    const builder = new library.AuthorizerBuilder()
    for (const { name, terms } of facts) {
      using made = library.Fact.fromString(
        `${name}(${terms.map((_, index) => `{a${index}}`).join(', ')})`,
      )
      terms.forEach((value, index) => made.set(`a${index}`, toParameter(value)))
      builder.addFact(made)
    }
    builder.addCode('allow if op($o), right($o), grant($g);')
    using authorizer = builder.buildAuthenticated(token)
    try {
      authorizer.authorizeWithLimits(LIMITS)
      return 'allow'
    } catch (error) {
      if (error instanceof Error || typeof error !== 'object' || error === null) throw error
      if ('RunLimit' in error) return 'limit'
      return 'Execution' in error ? 'error' : 'deny'
    }
  })
}

function toParameter(value: Value): unknown {
  return value.type === 'set' ? { set: value.value.map(toScalar) } : toScalar(value)
}

function toScalar(scalar: Scalar): unknown {
  return scalar.type === 'date'
    ? { date: new Date(scalar.value * 1000).toISOString() }
    : scalar.value
}

function withToken<T>(text: string, use: (token: library.Biscuit) => T): T {
  using key = library.PublicKey.fromBytes(root.publicKey, ED25519)
  using token = library.Biscuit.fromBase64(text, key)
  return use(token)
}
