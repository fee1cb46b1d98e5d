import { CapabilityError } from '../errors.ts'
import { encodeBlock, encodeThirdPartyBlock } from './block.ts'
import { delegation, findDelegator } from './delegation.ts'
import { revocationIdsOf, type Envelope, type ExternalSignature } from './envelope.ts'
import type { Delegator } from './holder-key.ts'
import { assertAdmissible, writeIssuable } from './mint.ts'
import { attempt } from './refusal.ts'
import { extendEnvelope, externalBytes } from './signatures.ts'
import type { Block } from './syntax.ts'
import { readToken, type ReadToken } from './unverified.ts'

export interface AttenuatedToken {
  readonly token: string
  readonly revocationIds: readonly string[]
}

/**
 * Appends a block of checks, offline: the token itself carries the secret that signs its next block.
 * A block can only narrow: its facts are invisible to the other blocks and to the policy.
 */
export function appendBlock(token: string, block: Block): AttenuatedToken {
  const { envelope, symbols, secret } = readExtensible(token)
  return extend(envelope, secret, encodeBlock(block, symbols))
}

/**
 * Appends the block by which the token's own key hands it to another key, of any kind. The new key alone can use the result,
 * and cannot hand it on: the authority block trusts one key, and knows no chain.
 */
export function appendDelegation(
  token: string,
  thumbprint: string,
  delegator: Delegator,
): AttenuatedToken {
  const { envelope, blocks, secret } = readExtensible(token)
  assertDelegable(blocks, thumbprint, delegator)
  const payload = encodeThirdPartyBlock(delegation(thumbprint))
  const previous = envelope.blocks.at(-1)?.signature ?? Buffer.alloc(0)
  const publicKey = Buffer.from(delegator.publicKey, 'hex')
  const signature = delegator.sign(externalBytes(payload, previous))
  return extend(envelope, secret, payload, { publicKey, signature })
}

function assertDelegable(
  blocks: readonly Block[],
  thumbprint: string,
  { publicKey }: Delegator,
): void {
  if (blocks.some(({ signer }) => signer !== undefined)) {
    throw notDelegable(
      'already delegated, and a delegated token is not handed on: ask the holder of its first key',
    )
  }
  const delegator = findDelegator(blocks[0])
  if (delegator === undefined) {
    throw notDelegable(
      'the token is not bound to an Ed25519 key: ask the authority for one, with DPoP proofs of such a key (EdDSA)',
    )
  }
  if (delegator.publicKey !== publicKey) {
    throw new CapabilityError('invalid_key', 'signWith: not the key that the token is bound to')
  }
  if (delegator.thumbprint === thumbprint) {
    throw notDelegable('that is the token’s own key: `attenuate` narrows a token for it')
  }
}

function readExtensible(token: string): ReadToken & { readonly secret: Uint8Array } {
  const read = attempt(() => readToken(token))
  if (!read.ok) throw new CapabilityError('invalid_token', `token: ${read.refusal.detail}`)
  const { proof } = read.value.envelope
  if (proof.type === 'seal') {
    throw new CapabilityError('sealed_token', 'a sealed token takes no further block')
  }
  return { ...read.value, secret: proof.secret }
}

function extend(
  envelope: Envelope,
  secret: Uint8Array,
  payload: Uint8Array,
  external?: ExternalSignature,
): AttenuatedToken {
  assertAdmissible([...envelope.blocks, { payload, ...(external && { external }) }])
  const extended = extendEnvelope(envelope, payload, secret, external)
  return { token: writeIssuable(extended), revocationIds: revocationIdsOf(extended) }
}

function notDelegable(message: string): CapabilityError {
  return new CapabilityError('not_delegable', message)
}
