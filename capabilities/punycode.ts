// RFC 3492 §5
const BASE = 36
const T_MIN = 1
const T_MAX = 26
const SKEW = 38
const DAMP = 700
const INITIAL_BIAS = 72
const FIRST = 0x80
const LAST = 0x10ffff

/**
 * What stands behind the `xn--` of a lower-case A-label, or undefined when it decodes to nothing that had to be encoded.
 * Node and browsers have only the other direction in common.
 */
export function decodePunycode(text: string): string | undefined {
  const basic = Math.max(text.lastIndexOf('-'), 0)
  const output = Array.from(text.slice(0, basic), (letter) => letter.charCodeAt(0))
  const digits = text.slice(basic === 0 ? 0 : basic + 1)
  if (digits === '') return undefined
  let codePoint = FIRST
  let bias = INITIAL_BIAS
  let position = 0
  for (let at = 0; at < digits.length;) {
    const start = position
    let weight = 1
    for (let k = BASE; ; k += BASE) {
      const digit = digitOf(digits.charCodeAt(at++))
      if (digit === undefined) return undefined
      position += digit * weight
      if (position > Number.MAX_SAFE_INTEGER) return undefined
      const threshold = Math.min(Math.max(k - bias, T_MIN), T_MAX)
      if (digit < threshold) break
      weight *= BASE - threshold
    }
    const length = output.length + 1
    bias = adapt(position - start, length, start === 0)
    codePoint += Math.floor(position / length)
    position %= length
    if (codePoint > LAST || isSurrogate(codePoint)) return undefined
    output.splice(position++, 0, codePoint)
  }
  return String.fromCodePoint(...output)
}

function digitOf(code: number): number | undefined {
  if (code >= 0x61 && code <= 0x7a) return code - 0x61
  if (code >= 0x30 && code <= 0x39) return code - 0x30 + 26
  return undefined
}

/** RFC 3492 §6.1 */
function adapt(delta: number, length: number, first: boolean): number {
  let rest = Math.floor(delta / (first ? DAMP : 2))
  rest += Math.floor(rest / length)
  let k = 0
  for (; rest > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) rest = Math.floor(rest / (BASE - T_MIN))
  return k + Math.floor(((BASE - T_MIN + 1) * rest) / (rest + SKEW))
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff
}
