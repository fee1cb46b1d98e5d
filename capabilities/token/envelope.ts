import {
  generateKeyPair,
  isSignedBy,
  isSmallOrder,
  KEY_BYTES,
  publicKeyOf,
  SIGNATURE_BYTES,
  signBytes,
  toCachedPublicKey,
  toPublicKey,
} from './keys.ts'
import { bytesField, readMessage, varintField, type Shape } from './protobuf.ts'
import { Refused } from './refusal.ts'

/** the signed container of a Biscuit v3 token: what is in the blocks is none of its business */
export interface Envelope {
  readonly rootKeyId: number | undefined
  /** authority block first */
  readonly blocks: readonly SignedBlock[]
  readonly proof: Proof
}

interface SignedBlock {
  readonly payload: Uint8Array
  readonly nextKey: Uint8Array
  readonly signature: Uint8Array
  /** how the signed bytes are laid out; version 1 also binds the previous signature */
  readonly version: 0 | 1
  /** makes it a third-party block: who said it, whoever appended it */
  readonly external?: ExternalSignature
}

export interface ExternalSignature {
  readonly publicKey: Uint8Array
  readonly signature: Uint8Array
}

/** `secret` lets the holder append a block; `seal` ends the token */
type Proof =
  | { readonly type: 'secret'; readonly secret: Uint8Array }
  | { readonly type: 'seal'; readonly signature: Uint8Array }

export const MAX_BLOCKS = 12

const ED25519 = 0
const BISCUIT: Shape = { 1: 'varint', 2: 'bytes', 3: 'bytes', 4: 'bytes' }
const SIGNED_BLOCK: Shape = { 1: 'bytes', 2: 'bytes', 3: 'bytes', 4: 'bytes', 5: 'varint' }
const EXTERNAL_SIGNATURE: Shape = { 1: 'bytes', 2: 'bytes' }
const PUBLIC_KEY: Shape = { 1: 'varint', 2: 'bytes' }
const PROOF: Shape = { 1: 'bytes', 2: 'bytes' }

export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const message = readMessage(bytes, 'token', BISCUIT)
  const later = message.repeatedBytes(3)
  if (later.length >= MAX_BLOCKS) {
    throw new Refused('too_many_blocks', `a token has at most ${MAX_BLOCKS} blocks`)
  }
  return {
    rootKeyId: toRootKeyId(message.optionalVarint(1)),
    blocks: [decodeAuthority(message.bytes(2)), ...later.map(decodeSignedBlock)],
    proof: decodeProof(message.bytes(4)),
  }
}

function toRootKeyId(id: bigint | undefined): number | undefined {
  if (id === undefined) return undefined
  if (id > 0xffffffffn) throw new Refused('malformed', 'token: the root key id exceeds 32 bits')
  return Number(id)
}

function decodeAuthority(bytes: Uint8Array): SignedBlock {
  const block = decodeSignedBlock(bytes)
  if (block.external !== undefined) {
    throw new Refused('not_admitted', 'the authority block is signed by the root key alone')
  }
  return block
}

function decodeSignedBlock(bytes: Uint8Array): SignedBlock {
  const message = readMessage(bytes, 'signed block', SIGNED_BLOCK)
  const external = message.optionalBytes(4)
  const version = toSignatureVersion(message.optionalVarint(5))
  if (external !== undefined && version === 0) {
    // that layout does not sign the signature before it: the block could be moved to another token
    throw new Refused('not_admitted', 'a third-party block has signature version 1')
  }
  return {
    payload: message.bytes(1),
    nextKey: decodePublicKey(message.bytes(2)),
    signature: exactly(SIGNATURE_BYTES, message.bytes(3), 'signature'),
    version,
    ...(external !== undefined && { external: decodeExternal(external) }),
  }
}

function decodeExternal(bytes: Uint8Array): ExternalSignature {
  const message = readMessage(bytes, 'external signature', EXTERNAL_SIGNATURE)
  return {
    signature: exactly(SIGNATURE_BYTES, message.bytes(1), 'external signature'),
    publicKey: decodePublicKey(message.bytes(2)),
  }
}

function toSignatureVersion(version: bigint | undefined): 0 | 1 {
  if (version === undefined) return 0
  // a version 0 that is spelled out would be a second spelling of the same token
  if (version !== 1n) throw new Refused('malformed', 'signed block: unknown signature version')
  return 1
}

/** Ed25519 only: a P-256 signature has a second valid form, and so a second revocation id */
export function decodePublicKey(bytes: Uint8Array): Uint8Array {
  const message = readMessage(bytes, 'public key', PUBLIC_KEY)
  if (message.varint(1) !== BigInt(ED25519)) {
    throw new Refused('not_admitted', 'only Ed25519 keys are admitted')
  }
  const key = exactly(KEY_BYTES, message.bytes(2), 'public key')
  if (isSmallOrder(key)) throw new Refused('not_admitted', 'a key of small order')
  return key
}

export function encodePublicKey(key: Uint8Array): Uint8Array {
  return Buffer.concat([varintField(1, ED25519), bytesField(2, key)])
}

function decodeProof(bytes: Uint8Array): Proof {
  const { number, value } = readMessage(bytes, 'proof', PROOF).only()
  if (typeof value === 'bigint') throw new Refused('malformed', 'proof: bytes are needed')
  return number === 1
    ? { type: 'secret', secret: exactly(KEY_BYTES, value, 'next secret') }
    : { type: 'seal', signature: exactly(SIGNATURE_BYTES, value, 'seal') }
}

function exactly(length: number, bytes: Uint8Array, what: string): Uint8Array {
  if (bytes.length !== length) throw new Refused('malformed', `${what}: ${length} bytes are needed`)
  return bytes
}

export function encodeEnvelope(envelope: Envelope): Uint8Array {
  return Buffer.concat([
    ...(envelope.rootKeyId === undefined ? [] : [varintField(1, envelope.rootKeyId)]),
    ...envelope.blocks.map((block, index) =>
      bytesField(index === 0 ? 2 : 3, encodeSignedBlock(block)),
    ),
    bytesField(4, encodeProof(envelope.proof)),
  ])
}

function encodeSignedBlock(block: SignedBlock): Uint8Array {
  return Buffer.concat([
    bytesField(1, block.payload),
    bytesField(2, encodePublicKey(block.nextKey)),
    bytesField(3, block.signature),
    ...(block.external === undefined ? [] : [bytesField(4, encodeExternal(block.external))]),
    ...(block.version === 0 ? [] : [varintField(5, block.version)]),
  ])
}

function encodeExternal({ signature, publicKey }: ExternalSignature): Uint8Array {
  return Buffer.concat([bytesField(1, signature), bytesField(2, encodePublicKey(publicKey))])
}

function encodeProof(proof: Proof): Uint8Array {
  return proof.type === 'secret' ? bytesField(1, proof.secret) : bytesField(2, proof.signature)
}

/** a revocation id is the block's signature: the only name of a token that its bytes cannot change */
export function revocationIdsOf(envelope: Envelope): string[] {
  return envelope.blocks.map((block) => Buffer.from(block.signature).toString('hex'))
}

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
