import { refuse } from './unreadable.ts'

export interface HeaderField {
  /** lower case */
  readonly name: string
  /** unfolded (RFC 5322 §2.2.3), without surrounding white space */
  readonly value: string
}

export type LineEnd = '\r\n' | '\n'

export interface Entity {
  readonly fields: readonly HeaderField[]
  readonly body: Buffer
}

const MAX_BLOCK_BYTES = 128 * 1024
const MAX_FIELDS = 200
const MAX_LINE_BYTES = 998

/** Naive clients write the ids of a long thread, or all recipients, on one line: read or dropped, and written anew. */
const LONG_LINE = /^(?:references|in-reply-to|to|cc):/i

/** RFC 5322 allows more in a name, but then a parser somewhere sees another header */
const FIELD_LINE = /^([A-Za-z][A-Za-z0-9_.-]{0,75}):(.*)$/s

/** Mail parsers split a line at different octets when line ends are mixed: whoever mixes them hides headers. */
export function findLineEnd(message: Buffer): LineEnd {
  const firstFeed = message.indexOf(0x0a)
  if (firstFeed < 0) refuse('the message is one line: it needs headers, an empty line and a body')
  return firstFeed > 0 && message[firstFeed - 1] === 0x0d ? '\r\n' : '\n'
}

/** the header block and the body behind its first empty line */
export function readEntity(message: Buffer, lineEnd: LineEnd): Entity {
  const end = message.indexOf(lineEnd + lineEnd)
  if (end < 0) refuse('no empty line separates the headers from the body')
  if (end > MAX_BLOCK_BYTES) refuse('the header block is larger than 128 kB')
  const block = message.subarray(0, end)
  return {
    fields: readFields(block, lineEnd),
    body: message.subarray(end + 2 * lineEnd.length),
  }
}

function readFields(block: Buffer, lineEnd: LineEnd): HeaderField[] {
  const lines = decodeBlock(block).split(lineEnd)
  // one style only: what is left of the other style is a line end to some parsers and text to others
  if (lines.some((line) => /[\r\n]/.test(line))) refuse('the headers mix CRLF with bare CR or LF')
  const fields: HeaderField[] = []
  for (const unfolded of unfold(lines)) {
    const match = FIELD_LINE.exec(unfolded)
    if (match === null) refuse('a header line is not `Name: value`')
    fields.push({ name: String(match[1]).toLowerCase(), value: String(match[2]).trim() })
  }
  if (fields.length > MAX_FIELDS) refuse(`more than ${MAX_FIELDS} headers`)
  return fields
}

function unfold(lines: readonly string[]): string[] {
  const fields: string[] = []
  for (const line of lines) {
    if (Buffer.byteLength(line) > MAX_LINE_BYTES && !LONG_LINE.test(line))
      refuse('a header line is longer than 998 octets (RFC 5322 §2.1.1)')
    if (!/^[ \t]/.test(line)) {
      fields.push(line)
      continue
    }
    // a line of white space only is the end of the headers to some parsers
    if (line.trim() === '') refuse('a folded header line is empty')
    const open = fields.pop()
    if (open === undefined) refuse('the message begins with a continuation line')
    fields.push(open + line)
  }
  return fields
}

/** UTF-8 (RFC 6532): names and subjects are written so, and leave as encoded words. What is read by a grammar stays ASCII. */
function decodeBlock(block: Buffer): string {
  const text = decodeUtf8(block)
  // C1 controls and the two separators end a line to some parsers
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029]/.test(text)) {
    refuse('a header holds a control character')
  }
  return text
}

function decodeUtf8(block: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(block)
  } catch {
    return refuse('a header holds octets that are not UTF-8: encode them as RFC 2047 words')
  }
}
