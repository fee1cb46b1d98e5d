import { findLineEnd, readEntity, type LineEnd } from './header-block.ts'
import { readHeaders, type Headers } from './headers.ts'
import { refuse } from './unreadable.ts'

export const MAX_PARTS = 50
const MAX_LOOKALIKES = 500

/**
 * The parts between the delimiter lines of one multipart (RFC 2046 §5.1.1), preamble and epilogue dropped. The line end
 * before a delimiter belongs to the delimiter. Also splits the `multipart/related` bodies of uploads.
 *
 * Clients put a text with bare LF into a template of CRLF, or quote one with CRLF between lines of LF: harmless, since no
 * text is read by lines. With `lineEnd` the delimiters and the headers of parts are held to that one style, so that no
 * parser sees a part that another does not.
 */
export function splitMultipart(body: Buffer, boundary: string, lineEnd?: LineEnd): Buffer[] {
  const parts: Buffer[] = []
  let partStart: number | undefined
  for (const delimiter of findDelimiters(body, boundary)) {
    if (lineEnd !== undefined && !isEndedBy(body, delimiter, lineEnd)) refuse(MIXED)
    if (partStart !== undefined) {
      parts.push(body.subarray(partStart, Math.max(partStart, delimiter.partEnd)))
    }
    if (parts.length > MAX_PARTS) refuse(`a multipart has more than ${MAX_PARTS} parts`)
    if (delimiter.final) {
      if (parts.length === 0) refuse('a multipart has no part')
      return parts
    }
    partStart = delimiter.lineEnd
  }
  return refuse('a multipart has no final boundary: the message is cut off')
}

const MIXED = 'the message mixes CRLF and bare LF around a boundary'

function isEndedBy(body: Buffer, delimiter: Delimiter, lineEnd: LineEnd): boolean {
  const before = body.toString('latin1', delimiter.partEnd, delimiter.start)
  const behind = /\r?\n$/.exec(body.toString('latin1', delimiter.start, delimiter.lineEnd))
  return (delimiter.start === 0 || before === lineEnd) && (behind === null || behind[0] === lineEnd)
}

interface Delimiter {
  readonly start: number
  /** where the part before it ends */
  readonly partEnd: number
  /** where the next part begins */
  readonly lineEnd: number
  readonly final: boolean
}

function* findDelimiters(body: Buffer, boundary: string): Generator<Delimiter> {
  const dashes = `--${boundary}`
  let lookalikes = 0
  for (const at of findLineStarts(body, dashes)) {
    const feed = body.indexOf(0x0a, at)
    const lineEnd = feed < 0 ? body.length : feed + 1
    const rest = body.toString('latin1', at + dashes.length, lineEnd)
    const tail = /^(--)?[ \t]*\r?\n?$/.exec(rest)
    if (tail !== null) {
      const partEnd = endBefore(body, at)
      yield { start: at, partEnd, lineEnd, final: tail[1] !== undefined }
    }
    // a longer boundary of an inner multipart; thousands of them are there to keep us busy
    else if (++lookalikes > MAX_LOOKALIKES)
      refuse('a multipart boundary is not distinct: choose another')
  }
}

function* findLineStarts(body: Buffer, text: string): Generator<number> {
  if (body.toString('latin1', 0, text.length) === text) yield 0
  const needle = `\n${text}`
  for (let at = body.indexOf(needle); at >= 0; at = body.indexOf(needle, at + 1)) yield at + 1
}

function endBefore(body: Buffer, at: number): number {
  if (at === 0) return 0
  return at > 1 && body[at - 2] === 0x0d ? at - 2 : at - 1
}

/** a part may begin with its empty line: it then has no headers of its own (RFC 2046 §5.1) */
export function readPart(
  part: Buffer,
  expected?: LineEnd,
): { readonly headers: Headers; readonly body: Buffer } {
  const lineEnd = findLineEnd(part)
  if (expected !== undefined && lineEnd !== expected) refuse(MIXED)
  if (part.toString('latin1', 0, lineEnd.length) === lineEnd) {
    return { headers: new Map(), body: part.subarray(lineEnd.length) }
  }
  const { fields, body } = readEntity(part, lineEnd)
  return { headers: readHeaders(fields), body }
}
