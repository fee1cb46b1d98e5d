import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appendBlock } from '../../capabilities/token/attenuate.ts'
import { encodeBlock } from '../../capabilities/token/block.ts'
import { decodeEnvelope, encodeEnvelope } from '../../capabilities/token/envelope.ts'
import { mintToken } from '../../capabilities/token/mint.ts'
import { attempt } from '../../capabilities/token/refusal.ts'
import { SymbolTable } from '../../capabilities/token/symbols.ts'
import { readTokenText, writeTokenText } from '../../capabilities/token/token-text.ts'
import { parseToken } from '../../capabilities/token/unverified.ts'
import { verifyToken } from '../../capabilities/token/verify.ts'
import {
  block,
  branch,
  check,
  granted,
  predicate,
  root,
  signed,
  string,
} from '../capabilities/token/builders.ts'
import { verified } from '../capabilities/token/builders.ts'
import { expectReached, runs, stride } from './runs.ts'

const onlyRead = block([], check(branch([predicate('op', string('mail.read'))])))
const { token } = appendBlock(mintToken(block(granted), root).token, onlyRead)
const bytes = Buffer.from(token, 'base64url')
const original = verified(token)
/** trusts the root key under every id: the id is the one thing in a token that nobody signs */
const anyId = { find: () => root.publicKey }

/** accepted means: as the very same token */
function isAccepted(text: string): boolean {
  const result = verifyToken(text, anyId)
  if (!result.ok) return false
  expect(result.token.blocks).toEqual(original.blocks)
  expect(result.token.revocationIds).toEqual(original.revocationIds)
  return true
}

test('a flipped bit anywhere yields no other accepted token', () => {
  let accepted = 0
  for (let bit = 0; bit < bytes.length * 8; bit += stride) {
    const flipped = Buffer.from(bytes)
    flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7))
    if (isAccepted(flipped.toString('base64url'))) accepted++
  }
  // seven bits of the one-byte root key id, and not all of those
  expect(accepted).toBeLessThanOrEqual(7)
})

test('bytes cut, inserted, repeated or replaced yield no other accepted token', () => {
  const edit = fc.record({
    at: fc.nat({ max: bytes.length }),
    remove: fc.nat({ max: 80 }),
    insert: fc.oneof(
      fc.uint8Array({ maxLength: 12 }),
      fc
        .tuple(fc.nat({ max: bytes.length }), fc.nat({ max: 120 }))
        .map(([from, length]) => bytes.subarray(from, from + length)),
    ),
  })
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
      const edited = edits.reduce(
        (input, { at, remove, insert }) =>
          Buffer.concat([input.subarray(0, at), insert, input.subarray(at + remove)]),
        bytes,
      )
      isAccepted(edited.toString('base64url'))
    }),
    runs(10000),
  )
})

test('whatever text arrives is refused or read, never a surprise', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.base64String(),
    fc.uint8Array({ maxLength: 300 }).map((input) => Buffer.from(input).toString('base64url')),
  )
  fc.assert(
    fc.property(text, (input) => {
      expect(parseToken(input).ok).toBe(false)
    }),
    runs(1000),
  )
})

test('a container that can be read serialises back to the same bytes', () => {
  fc.assert(
    fc.property(fc.nat({ max: bytes.length - 1 }), fc.nat({ max: 255 }), (at, byte) => {
      const edited = Buffer.from(bytes)
      edited[at] = byte
      const read = attempt(() => decodeEnvelope(edited))
      if (read.ok) expect(Buffer.from(encodeEnvelope(read.value))).toEqual(edited)
    }),
    runs(10000),
  )
})

test('any bytes signed as a block are admitted or refused, without an exception', () => {
  const payload = Buffer.from(encodeBlock(block(granted, ...onlyRead.checks), new SymbolTable()))
  const mutated = fc
    .array(fc.tuple(fc.nat({ max: payload.length - 1 }), fc.nat({ max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((edits) => {
      const edited = Buffer.from(payload)
      for (const [at, byte] of edits) edited[at] = byte
      return edited
    })
  let admitted = 0
  fc.assert(
    fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (input) => {
      const result = verifyToken(signed(input), anyId)
      if (!result.ok) return
      admitted++
      expect(writeTokenText(readTokenText(result.token.text))).toBe(result.token.text)
    }),
    runs(2000),
  )
  expectReached({ admitted })
})
