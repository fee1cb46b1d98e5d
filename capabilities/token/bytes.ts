/** What the pure half of the core does with bytes, in the language alone: it also runs where there is no Node. */

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
const SEXTETS: ReadonlyMap<number, number> = new Map(
  Array.from(ALPHABET, (letter, value) => [letter.charCodeAt(0), value]),
)
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte.toString(16).padStart(2, '0'),
)
const encoder = new TextEncoder()

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export function toUtf8(text: string): Uint8Array {
  return encoder.encode(text)
}

export function toHex(bytes: Uint8Array): string {
  let hex = ''
  for (const byte of bytes) hex += HEX[byte] ?? ''
  return hex
}

/** of digits that are known to be hex */
export function fromHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16))
}

/** without padding (RFC 4648 §5) */
export function toBase64Url(bytes: Uint8Array): string {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = ((held & 0x3f) << 8) | byte
    bits += 8
    while (bits >= 6) {
      bits -= 6
      text += ALPHABET[(held >> bits) & 0x3f] ?? ''
    }
  }
  return bits === 0 ? text : text + (ALPHABET[(held << (6 - bits)) & 0x3f] ?? '')
}

/** undefined for a letter outside the alphabet, padding included, for a lone letter at the end, and for stray bits */
export function fromBase64Url(text: string): Uint8Array | undefined {
  if (text.length % 4 === 1) return undefined
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4))
  let at = 0
  let bits = 0
  let held = 0
  for (let index = 0; index < text.length; index++) {
    const sextet = SEXTETS.get(text.charCodeAt(index))
    if (sextet === undefined) return undefined
    held = ((held & 0xff) << 6) | sextet
    bits += 6
    if (bits < 8) continue
    bits -= 8
    bytes[at++] = (held >> bits) & 0xff
  }
  const stray = held & ((1 << bits) - 1)
  return stray === 0 ? bytes : undefined
}
