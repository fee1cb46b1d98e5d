import { describe, expect, test } from 'vitest'
import { bytesField, readMessage, varintField } from '../../../capabilities/token/protobuf.ts'
import { attempt } from '../../../capabilities/token/refusal.ts'

const SHAPE = { 1: 'varint', 2: 'bytes', 3: 'bytes' } as const
const read = (...input: (Uint8Array | number[])[]): ReturnType<typeof readMessage> =>
  readMessage(Buffer.concat(input.map((part) => Buffer.from(part))), 'message', SHAPE)
const detailOf = (...input: (Uint8Array | number[])[]): string | undefined => {
  const result = attempt(() => read(...input))
  return result.ok ? undefined : result.refusal.detail
}

const TOP = 2n ** 64n - 1n

test.each([0n, 1n, 127n, 128n, 300n, 2n ** 32n, 2n ** 63n, TOP])('reads back %i', (value) => {
  expect(read(varintField(1, value)).varint(1)).toBe(value)
})

test('writes a negative number as its two’s complement of 64 bits', () => {
  expect(read(varintField(1, -1)).varint(1)).toBe(TOP)
})

test('reads back bytes of any length', () => {
  for (const length of [0, 1, 127, 128, 20_000]) {
    expect(read(bytesField(2, Buffer.alloc(length, 7))).bytes(2)).toHaveLength(length)
  }
})

describe('one message has one spelling', () => {
  const [one, two, three] = [
    varintField(1, 1),
    bytesField(2, Buffer.of(2)),
    bytesField(3, Buffer.of(3)),
  ]

  test.each<[string, (Uint8Array | number[])[], string]>([
    ['fields out of order', [two, one], 'out of order'],
    ['repeated fields apart', [two, three, two], 'out of order'],
    ['an unknown field', [varintField(4, 1)], 'unknown'],
    ['field 0', [[0, 1]], 'unknown'],
    ['a name of the object prototype for a field', [varintField(2 ** 20, 1)], 'unknown'],
    ['another wire type', [[0x0a, 0]], 'wire type'],
    ['a group', [[0x0b]], 'wire type'],
    ['a padded value', [[0x08, 0x81, 0x00]], 'padded'],
    ['a padded tag', [[0x88, 0x00, 0x01]], 'padded'],
    ['a padded length', [[0x12, 0x81, 0x00, 2]], 'padded'],
    ['the value 2^64', [[0x08, ...Array<number>(9).fill(0x80), 0x02]], '64 bits'],
    ['a value of 65 bits', [[0x08, ...Array<number>(9).fill(0xff), 0x02]], '64 bits'],
    ['a value of eleven bytes', [[0x08, ...Array<number>(10).fill(0xff), 0x01]], '64 bits'],
    ['a value without an end', [[0x08, 0x80]], 'ends inside'],
    ['a tag alone', [[0x08]], 'ends inside'],
    ['a length past the end', [[0x12, 2, 0]], 'longer than'],
    ['a length of 2^64-1', [[0x12, ...Array<number>(9).fill(0xff), 0x01]], 'longer than'],
  ])('refuses %s', (_, input, detail) => {
    expect(detailOf(...input)).toContain(detail)
  })

  test('a single field may not be repeated, nor a required one be missing', () => {
    expect(attempt(() => read(one, one).varint(1))).toMatchObject({ ok: false })
    expect(attempt(() => read(two).varint(1))).toMatchObject({ ok: false })
    expect(attempt(() => read().only())).toMatchObject({ ok: false })
    expect(attempt(() => read(one, two).only())).toMatchObject({ ok: false })
    expect(read(two, two).repeatedBytes(2)).toHaveLength(2)
  })
})
