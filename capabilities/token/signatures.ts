import {
  ED25519,
  type Envelope,
  type ExternalSignature,
  type Proof,
  type SignedBlock,
} from './envelope.ts'
import {
  generateKeyPair,
  isSignedBy,
  publicKeyOf,
  signBytes,
  toCachedPublicKey,
  toPublicKey,
} from './keys.ts'

export function createEnvelope(
  payload: Uint8Array,
  root: { readonly id: number; readonly privateKey: Uint8Array },
): Envelope {
  const { block, secret } = signNext(payload, undefined, root.privateKey)
  return { rootKeyId: root.id, blocks: [block], proof: { type: 'secret', secret } }
}

/** needs no public key and no network: the token carries the secret that signs its next block */
export function extendEnvelope(
  envelope: Envelope,
  payload: Uint8Array,
  secret: Uint8Array,
  external?: ExternalSignature,
): Envelope {
  const next = signNext(payload, envelope.blocks.at(-1), secret, external)
  return {
    ...envelope,
    blocks: [...envelope.blocks, next.block],
    proof: { type: 'secret', secret: next.secret },
  }
}

function signNext(
  payload: Uint8Array,
  previous: SignedBlock | undefined,
  privateKey: Uint8Array,
  external?: ExternalSignature,
): { block: SignedBlock; secret: Uint8Array } {
  const next = generateKeyPair()
  const unsigned = {
    payload,
    nextKey: next.publicKey,
    version: 1 as const,
    ...(external !== undefined && { external }),
  }
  const signature = signBytes(privateKey, signedBytes(unsigned, previous))
  return { block: { ...unsigned, signature }, secret: next.privateKey }
}

/** every signature of the chain and the proof at its end */
export function isAuthentic(envelope: Envelope, rootPublicKey: Uint8Array): boolean {
  let previous: SignedBlock | undefined
  for (const block of envelope.blocks) {
    const key =
      previous === undefined ? toCachedPublicKey(rootPublicKey) : toPublicKey(previous.nextKey)
    if (!isSignedBy(key, signedBytes(block, previous), block.signature)) return false
    if (previous !== undefined && !isVouched(block, previous)) return false
    previous = block
  }
  return previous !== undefined && isProven(envelope.proof, previous)
}

function isVouched({ payload, external }: SignedBlock, previous: SignedBlock): boolean {
  if (external === undefined) return true
  const bytes = externalBytes(payload, previous.signature)
  return isSignedBy(toPublicKey(external.publicKey), bytes, external.signature)
}

function isProven(proof: Proof, last: SignedBlock): boolean {
  return proof.type === 'seal'
    ? isSignedBy(toPublicKey(last.nextKey), sealedBytes(last), proof.signature)
    : Buffer.compare(publicKeyOf(proof.secret), last.nextKey) === 0
}

const BLOCK_TAG = Buffer.from('\0BLOCK\0\0VERSION\0')
const PAYLOAD_TAG = Buffer.from('\0PAYLOAD\0')
const ALGORITHM_TAG = Buffer.from('\0ALGORITHM\0')
const NEXT_KEY_TAG = Buffer.from('\0NEXTKEY\0')
const PREVIOUS_TAG = Buffer.from('\0PREVSIG\0')
const EXTERNAL_SIGNATURE_TAG = Buffer.from('\0EXTERNALSIG\0')
const EXTERNAL_TAG = Buffer.from('\0EXTERNAL\0\0VERSION\0')
const ALGORITHM = littleEndian(ED25519)

/** Biscuit v3 specification, "Signature (v0)" and "(v1)" */
function signedBytes(
  block: Omit<SignedBlock, 'signature'>,
  previous: SignedBlock | undefined,
): Uint8Array {
  if (block.version === 0) return Buffer.concat([block.payload, ALGORITHM, block.nextKey])
  return Buffer.concat([
    BLOCK_TAG,
    littleEndian(block.version),
    PAYLOAD_TAG,
    block.payload,
    ALGORITHM_TAG,
    ALGORITHM,
    NEXT_KEY_TAG,
    block.nextKey,
    ...(previous === undefined ? [] : [PREVIOUS_TAG, previous.signature]),
    ...(block.external === undefined ? [] : [EXTERNAL_SIGNATURE_TAG, block.external.signature]),
  ])
}

/**
 * What a third party signs. The signature before it names the one token in the world that the block may be appended to, and
 * no other can be given it.
 */
export function externalBytes(payload: Uint8Array, previousSignature: Uint8Array): Uint8Array {
  return Buffer.concat([
    EXTERNAL_TAG,
    littleEndian(1),
    PAYLOAD_TAG,
    payload,
    PREVIOUS_TAG,
    previousSignature,
  ])
}

function sealedBytes(last: SignedBlock): Uint8Array {
  return Buffer.concat([last.payload, ALGORITHM, last.nextKey, last.signature])
}

function littleEndian(value: number): Uint8Array {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}
