const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

/**
 * What every signed block of a token holds whatever it says, in bits: the next public key (algorithm Ed25519, 32 bytes), then
 * the tag and the length of a signature.
 */
const SIGNED_BLOCK = `${toBits([0x12, 0x24, 0x08, 0x00, 0x12, 0x20])}${'.'.repeat(32 * 8)}${toBits([0x1a, 0x40])}`

/** the same in base64url: an octet begins at the first, third or fifth bit of a letter */
const ENCODED = new RegExp([0, 2, 4].map(encodedAt).join('|'))

/**
 * A capability token, or a block of one, in either alphabet of base64, across line ends and marks. Its first letters tell
 * nothing: they depend on the id of the root key.
 */
export function hasCapabilityToken(text: string): boolean {
  const digits = text
    .toWellFormed()
    .normalize('NFKC')
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/[^A-Za-z0-9_-]+/g, '')
  return ENCODED.test(digits)
}

function toBits(octets: readonly number[]): string {
  return octets.map((octet) => octet.toString(2).padStart(8, '0')).join('')
}

function encodedAt(offset: number): string {
  const bits = `${'.'.repeat(offset)}${SIGNED_BLOCK}`
  const sextets = bits.padEnd(Math.ceil(bits.length / 6) * 6, '.').match(/.{6}/g) ?? []
  return sextets.map(lettersOf).join('')
}

/** a class of the letters whose bits are these; a dot is either */
function lettersOf(sextet: string): string {
  const pattern = new RegExp(`^${sextet}$`)
  const letters = Array.from(ALPHABET).filter((_letter, value) =>
    pattern.test(value.toString(2).padStart(6, '0')),
  )
  return `[${letters.join('').replace('-', '\\-')}]`
}
