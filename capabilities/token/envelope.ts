import { concat, toHex } from './bytes.ts'
import { bytesField, readMessage, varintField, type Shape } from './protobuf.ts'
import { Refused } from './refusal.ts'

/** the signed container of a Biscuit v3 token: what is in the blocks is none of its business */
export interface Envelope {
  readonly rootKeyId: number | undefined
  /** authority block first */
  readonly blocks: readonly SignedBlock[]
  readonly proof: Proof
}

export interface SignedBlock {
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
export type Proof =
  | { readonly type: 'secret'; readonly secret: Uint8Array }
  | { readonly type: 'seal'; readonly signature: Uint8Array }

export const MAX_BLOCKS = 12

/** Biscuit's number of the algorithm */
export const ED25519 = 0
/** a 32-byte point, a 32-byte seed (RFC 8032 §5.1.5) */
export const KEY_BYTES = 32
const SIGNATURE_BYTES = 64
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

/** y of the points whose order divides 8, p and p + 1 among them, little endian without the sign bit */
const SMALL_ORDER: ReadonlySet<string> = new Set([
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
])

/** under a key of small order one signature fits many messages; the library refuses such keys, and not every OpenSSL does */
export function isSmallOrder(point: Uint8Array): boolean {
  const y = Uint8Array.from(point)
  y[KEY_BYTES - 1] = (y[KEY_BYTES - 1] ?? 0) & 0x7f
  return SMALL_ORDER.has(toHex(y))
}

export function encodePublicKey(key: Uint8Array): Uint8Array {
  return concat([varintField(1, ED25519), bytesField(2, key)])
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
  return concat([
    ...(envelope.rootKeyId === undefined ? [] : [varintField(1, envelope.rootKeyId)]),
    ...envelope.blocks.map((block, index) =>
      bytesField(index === 0 ? 2 : 3, encodeSignedBlock(block)),
    ),
    bytesField(4, encodeProof(envelope.proof)),
  ])
}

function encodeSignedBlock(block: SignedBlock): Uint8Array {
  return concat([
    bytesField(1, block.payload),
    bytesField(2, encodePublicKey(block.nextKey)),
    bytesField(3, block.signature),
    ...(block.external === undefined ? [] : [bytesField(4, encodeExternal(block.external))]),
    ...(block.version === 0 ? [] : [varintField(5, block.version)]),
  ])
}

function encodeExternal({ signature, publicKey }: ExternalSignature): Uint8Array {
  return concat([bytesField(1, signature), bytesField(2, encodePublicKey(publicKey))])
}

function encodeProof(proof: Proof): Uint8Array {
  return proof.type === 'secret' ? bytesField(1, proof.secret) : bytesField(2, proof.signature)
}

/** a revocation id is the block's signature: the only name of a token that its bytes cannot change */
export function revocationIdsOf(envelope: Envelope): string[] {
  return envelope.blocks.map((block) => toHex(block.signature))
}
