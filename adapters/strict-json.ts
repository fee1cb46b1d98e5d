export type StrictJson<Value = Readonly<Record<string, unknown>>> =
  { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly reason: string }

/**
 * One JSON object, well-formed UTF-8, no name twice. RFC 8259 §4 leaves the meaning of a repeated name open: with
 * `{"raw":"a","raw":"b"}` a decision about one could send the other.
 */
export function parseStrictJson(bytes: Buffer): StrictJson {
  const parsed = parseStrictValue(bytes)
  if (!parsed.ok) return parsed
  const { value } = parsed
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { ok: false, reason: 'the body is not a JSON object' }
  }
  return { ok: true, value: { ...value } }
}

/** the same of any JSON value; `maxStructure` is of all characters that are not inside a string */
export function parseStrictValue(
  bytes: Buffer,
  maxStructure: number = MAX_STRUCTURE,
): StrictJson<unknown> {
  const text = decodeUtf8(bytes)
  if (text === undefined) return { ok: false, reason: 'the JSON is not UTF-8' }
  if (!isFewValues(text, maxStructure))
    return { ok: false, reason: 'the JSON holds too many values' }
  const value = parse(text)
  if (value === undefined) return { ok: false, reason: 'the body is not a JSON object' }
  if (hasRepeatedName(text)) return { ok: false, reason: 'the JSON has a name twice' }
  return { ok: true, value }
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    // a byte order mark is kept and then refused by the parser (RFC 8259 §8.1)
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return undefined
  }
}

/** of a mail and what is said about it */
const MAX_STRUCTURE = 10_000

/**
 * A message is one long string. Millions of small values in its place keep the parser, and with it everybody else, busy for
 * seconds: they are refused before any of them is made. `text` need not be JSON.
 */
function isFewValues(text: string, maxStructure: number): boolean {
  let structure = 0
  for (let at = 0; at < text.length;) {
    const quote = text.indexOf('"', at)
    const end = quote < 0 ? text.length : quote
    structure += end - at + 2
    if (structure > maxStructure) return false
    at = quote < 0 ? end : endOfString(text, quote)
  }
  return true
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** `text` is valid JSON, so a string that a colon follows is a name, and brackets outside strings are balanced */
function hasRepeatedName(text: string): boolean {
  const open: Set<string>[] = []
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '{') open.push(new Set())
    if (character === '}') open.pop()
    if (character !== '"') continue
    const end = endOfString(text, at)
    if (text[skipSpace(text, end)] === ':') {
      const name = String(JSON.parse(text.slice(at, end)))
      const names = open.at(-1)
      if (names?.has(name) === true) return true
      names?.add(name)
    }
    at = end - 1
  }
  return false
}

/** the index behind the closing quote, or the end of a text that has none */
function endOfString(text: string, start: number): number {
  for (let quote = text.indexOf('"', start + 1); quote >= 0; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0
    while (text[quote - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return quote + 1
  }
  return text.length
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (' \t\r\n'.includes(text[at] ?? 'x')) at++
  return at
}
