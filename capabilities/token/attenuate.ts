import { CapabilityError } from '../errors.ts'
import { encodeBlock } from './block.ts'
import { revocationIdsOf } from './envelope.ts'
import { assertAdmissible, writeIssuable } from './mint.ts'
import { attempt } from './refusal.ts'
import { extendEnvelope } from './signatures.ts'
import type { Block } from './syntax.ts'
import { readToken } from './unverified.ts'

export interface AttenuatedToken {
  readonly token: string
  readonly revocationIds: readonly string[]
}

/**
 * Appends a block of checks, offline: the token itself carries the secret that signs its next block.
 * A block can only narrow: its facts are invisible to the other blocks and to the policy.
 */
export function appendBlock(token: string, block: Block): AttenuatedToken {
  const read = attempt(() => readToken(token))
  if (!read.ok) throw new CapabilityError('invalid_token', `token: ${read.refusal.detail}`)
  const { envelope, symbols } = read.value
  if (envelope.proof.type === 'seal') {
    throw new CapabilityError('sealed_token', 'a sealed token takes no further block')
  }
  const payload = encodeBlock(block, symbols)
  assertAdmissible([...envelope.blocks.map((signed) => signed.payload), payload])
  const extended = extendEnvelope(envelope, payload, envelope.proof.secret)
  return { token: writeIssuable(extended), revocationIds: revocationIdsOf(extended) }
}
