export interface Header {
  readonly name: string
  readonly value: string
}

export interface HeaderBlock {
  readonly headers: readonly Header[]
  readonly body: Buffer
}

const LF = 10

/**
 * Reads headers as leniently as the most forgiving mail server would: blank lines and an mbox `From ` line may come first,
 * a name may have blanks before its colon, any line ending will do. What a strict reader refuses, this one believes, so that
 * a front which lets such a message through is seen to have sent it.
 */
export function readHeaders(source: Buffer): HeaderBlock {
  const lines: string[] = []
  let offset = 0
  while (offset < source.length) {
    const found = source.indexOf(LF, offset)
    const end = found === -1 ? source.length : found
    const line = source.toString('latin1', offset, end).replace(/\r+$/, '')
    offset = end + 1
    if (line === '' && lines.length > 0) break
    if (line !== '' && !/^>?From /.test(line)) lines.push(line)
  }
  return { headers: unfold(lines), body: source.subarray(Math.min(offset, source.length)) }
}

function unfold(lines: readonly string[]): Header[] {
  const joined: string[] = []
  for (const line of lines) {
    const last = joined.length - 1
    if (/^[ \t]/.test(line) && last >= 0) joined[last] = `${joined[last] ?? ''} ${line.trim()}`
    else joined.push(line)
  }
  return joined.flatMap((line) => {
    const match = /^([^:]+?)[ \t]*:(.*)$/s.exec(line)
    if (!match) return []
    // raw UTF-8 in a header (RFC 6532) was read as latin1 above
    const value = Buffer.from(match[2] ?? '', 'latin1')
      .toString('utf8')
      .trim()
    return [{ name: match[1] ?? '', value }]
  })
}

export function findHeader(headers: readonly Header[], name: string): string | undefined {
  return headers.find((header) => sameName(header, name))?.value
}

export function findHeaders(headers: readonly Header[], name: string): string[] {
  return headers.filter((header) => sameName(header, name)).map((header) => header.value)
}

function sameName(header: Header, name: string): boolean {
  return header.name.trim().toLowerCase() === name.toLowerCase()
}

export interface StructuredValue {
  readonly value: string
  readonly parameters: ReadonlyMap<string, string>
}

/** `text/plain; charset="utf-8"`, with the continuations and charsets of RFC 2231 */
export function parseStructured(header: string): StructuredValue {
  const [value = '', ...rest] = splitOutsideQuotes(header, ';')
  const pieces = new Map<string, string>()
  for (const item of rest) {
    const equals = item.indexOf('=')
    if (equals === -1) continue
    const name = item.slice(0, equals).trim().toLowerCase()
    pieces.set(name, unquote(item.slice(equals + 1).trim()))
  }
  return { value: value.trim().toLowerCase(), parameters: joinContinuations(pieces) }
}

function joinContinuations(pieces: ReadonlyMap<string, string>): Map<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of pieces) {
    const match = /^([^*]+)\*(?:\d+\*?)?$/.exec(name)
    if (!match) parameters.set(name, value)
    else parameters.set(match[1] ?? name, (parameters.get(match[1] ?? name) ?? '') + value)
  }
  for (const [name, value] of parameters) {
    const extended = /^([\w-]*)'[\w-]*'(.*)$/.exec(value)
    if (extended && pieces.get(name) === undefined) {
      parameters.set(name, decodeText(percentBytes(extended[2] ?? ''), extended[1] || 'utf-8'))
    }
  }
  return parameters
}

function percentBytes(text: string): Buffer {
  const latin = text.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(latin, 'latin1')
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.replace(/^"|"$/g, '').replace(/\\(.)/g, '$1') : text
}

export function splitOutsideQuotes(text: string, separator: string): string[] {
  const parts: string[] = []
  let quoted = false
  let start = 0
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++
    else if (text[i] === '"') quoted = !quoted
    else if (text[i] === separator && !quoted) {
      parts.push(text.slice(start, i))
      start = i + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

/** RFC 2047. Gmail shows decoded headers, and quotes a display name that would otherwise become an address */
export function decodeWords(value: string): string {
  const joined = value.replace(/(=\?[^?]+\?[bq]\?[^?]*\?=)\s+(?==\?)/gi, '$1')
  return joined.replace(
    /=\?([^?*]+)(?:\*[^?]*)?\?([bq])\?([^?]*)\?=/gi,
    (_, charset: string, encoding: string, text: string) => {
      const bytes =
        encoding.toLowerCase() === 'b'
          ? Buffer.from(text, 'base64')
          : percentBytes(text.replaceAll('%', '%25').replaceAll('_', ' ').replaceAll('=', '%'))
      return decodeText(bytes, charset)
    },
  )
}

export function decodeAddressWords(value: string): string {
  return value.replace(/(?:=\?[^?]+\?[bq]\?[^?]*\?=\s*)+/gi, (words) => {
    const text = decodeWords(words.trim())
    const phrase = /[^\p{L}\p{N}\p{M} '.-]/u.test(text)
      ? `"${text.replace(/["\\]/g, '\\$&')}"`
      : text
    return /\s$/.test(words) ? `${phrase} ` : phrase
  })
}

export function decodeText(bytes: Buffer, charset: string): string {
  try {
    return new TextDecoder(charset).decode(bytes)
  } catch {
    return bytes.toString('latin1')
  }
}
