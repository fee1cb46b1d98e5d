import { concat } from './bytes.ts'
import { Refused } from './refusal.ts'

/**
 * The part of Protocol Buffers that Biscuit uses: varints and length-delimited fields.
 *
 * INVARIANT: exactly one byte sequence is readable for each message. Unknown fields, other wire types, padded varints and
 * fields out of order are refused, so what was signed is what was read and what parses serialises back to the same bytes.
 */
type FieldKind = 'varint' | 'bytes'
export type Shape = Readonly<Record<number, FieldKind>>
type FieldValue = { readonly number: number; readonly value: bigint | Uint8Array }

const WIRE_TYPES: Record<FieldKind, number> = { varint: 0, bytes: 2 }
const MAX_UINT64 = 2n ** 64n - 1n

export class Message {
  readonly #what: string
  readonly #fields: readonly FieldValue[]

  constructor(what: string, fields: readonly FieldValue[]) {
    this.#what = what
    this.#fields = fields
  }

  optionalVarint(number: number): bigint | undefined {
    const value = this.#single(number)
    return typeof value === 'bigint' ? value : undefined
  }

  varint(number: number): bigint {
    const value = this.optionalVarint(number)
    if (value === undefined) throw this.#missing(number)
    return value
  }

  optionalBytes(number: number): Uint8Array | undefined {
    const value = this.#single(number)
    return value instanceof Uint8Array ? value : undefined
  }

  bytes(number: number): Uint8Array {
    const value = this.optionalBytes(number)
    if (value === undefined) throw this.#missing(number)
    return value
  }

  repeatedBytes(number: number): readonly Uint8Array[] {
    return this.#fields.flatMap((field) =>
      field.number === number && field.value instanceof Uint8Array ? [field.value] : [],
    )
  }

  /** the one field of a message that is a `oneof` */
  only(): FieldValue {
    const [field] = this.#fields
    if (field === undefined || this.#fields.length !== 1) {
      throw new Refused('malformed', `${this.#what}: exactly one field is needed`)
    }
    return field
  }

  #single(number: number): bigint | Uint8Array | undefined {
    const found = this.#fields.filter((field) => field.number === number)
    if (found.length > 1) {
      throw new Refused('malformed', `${this.#what}: field ${number} is repeated`)
    }
    return found[0]?.value
  }

  #missing(number: number): Refused {
    return new Refused('malformed', `${this.#what}: field ${number} is missing`)
  }
}

export function readMessage(bytes: Uint8Array, what: string, shape: Shape): Message {
  const reader = new Reader(bytes, what)
  const fields: FieldValue[] = []
  let previous = 0
  while (!reader.done) {
    const tag = Number(reader.varint())
    const number = Math.floor(tag / 8)
    const kind = Object.hasOwn(shape, number) ? shape[number] : undefined
    if (kind === undefined) throw new Refused('malformed', `${what}: field ${number} is unknown`)
    if (tag % 8 !== WIRE_TYPES[kind]) {
      throw new Refused('malformed', `${what}: field ${number} has the wrong wire type`)
    }
    if (number < previous) throw new Refused('malformed', `${what}: fields are out of order`)
    previous = number
    fields.push({ number, value: kind === 'varint' ? reader.varint() : reader.bytes() })
  }
  return new Message(what, fields)
}

class Reader {
  readonly #bytes: Uint8Array
  readonly #what: string
  #at = 0

  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes
    this.#what = what
  }

  get done(): boolean {
    return this.#at >= this.#bytes.length
  }

  varint(): bigint {
    const first = this.#bytes[this.#at]
    if (first !== undefined && first < 0x80) {
      this.#at++
      return BigInt(first)
    }
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#bytes[this.#at++]
      if (byte === undefined) throw this.#malformed('ends inside a number')
      value |= BigInt(byte & 0x7f) << shift
      if (byte >= 0x80) continue
      if (byte === 0 && shift > 0n) throw this.#malformed('a number is padded')
      if (value > MAX_UINT64) throw this.#malformed('a number exceeds 64 bits')
      return value
    }
    throw this.#malformed('a number exceeds 64 bits')
  }

  bytes(): Uint8Array {
    const length = this.varint()
    if (length > BigInt(this.#bytes.length - this.#at)) {
      throw this.#malformed('a field is longer than its message')
    }
    const start = this.#at
    this.#at += Number(length)
    return this.#bytes.subarray(start, this.#at)
  }

  #malformed(detail: string): Refused {
    return new Refused('malformed', `${this.#what}: ${detail}`)
  }
}

export function varintField(number: number, value: bigint | number): Uint8Array {
  return Uint8Array.from([...varint(number * 8), ...varint(BigInt.asUintN(64, BigInt(value)))])
}

export function bytesField(number: number, value: Uint8Array): Uint8Array {
  return concat([Uint8Array.from([...varint(number * 8 + 2), ...varint(value.length)]), value])
}

function varint(value: bigint | number): number[] {
  const bytes: number[] = []
  let rest = BigInt(value)
  while (rest >= 0x80n) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return bytes
}
