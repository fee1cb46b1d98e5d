import { CapabilityError } from '../errors.ts'
import { admitBlocks, type BlockBytes } from './admission.ts'
import { encodeBlock } from './block.ts'
import { MAX_BLOCKS, revocationIdsOf, type Envelope } from './envelope.ts'
import { assertBoundKey, generateKeyPair, type KeyPair } from './keys.ts'
import { attempt } from './refusal.ts'
import { createEnvelope } from './signatures.ts'
import { SymbolTable } from './symbols.ts'
import type { Block } from './syntax.ts'
import { MAX_TOKEN_CHARACTERS, writeTokenText } from './token-text.ts'

export interface MintedToken {
  readonly token: string
  /** of the authority block: revoking it revokes everything ever attenuated from this token */
  readonly revocationId: string
}

/** a root key pair, 32 raw bytes each; the private half is the seed */
export function generateRootKey(): KeyPair {
  return generateKeyPair()
}

/** signs block 0; throws `CapabilityError` when the block is not one that every front would admit */
export function mintToken(
  authority: Block,
  root: { readonly id: number; readonly privateKey: Uint8Array },
): MintedToken {
  const payload = encodeBlock(authority, new SymbolTable())
  assertAdmissible([{ payload }])
  const envelope = createEnvelope(payload, root)
  const [revocationId = ''] = revocationIdsOf(envelope)
  return { token: writeIssuable(envelope), revocationId }
}

/** INVARIANT: what we sign we would admit. A front that refuses what the issuer minted helps nobody. */
export function assertAdmissible(blocks: readonly BlockBytes[]): void {
  if (blocks.length > MAX_BLOCKS) {
    throw new CapabilityError('token_too_large', `a token has at most ${MAX_BLOCKS} blocks`)
  }
  const admitted = attempt(() => assertBoundKey(admitBlocks(blocks).blocks))
  if (!admitted.ok) throw new CapabilityError('invalid_block', admitted.refusal.detail)
}

export function writeIssuable(envelope: Envelope): string {
  const token = writeTokenText(envelope)
  if (token.length > MAX_TOKEN_CHARACTERS) {
    throw new CapabilityError(
      'token_too_large',
      `a token has at most ${MAX_TOKEN_CHARACTERS} characters, this one would have ${token.length}: use fewer or shorter lists`,
    )
  }
  return token
}
