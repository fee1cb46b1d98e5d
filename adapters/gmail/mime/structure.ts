import { isSendableType } from './attachment.ts'
import type { LineEnd } from './header-block.ts'
import type { Headers } from './headers.ts'
import { hasFileName, readParameterised, type Parameterised } from './media-type.ts'
import { MAX_PARTS, readPart, splitMultipart } from './multipart.ts'
import { refuse } from './unreadable.ts'

export interface Leaf {
  readonly kind: 'text' | 'html' | 'attachment'
  /** lower-case media type */
  readonly type: string
  readonly encoding: Encoding
  /** still encoded; a slice of the message */
  readonly body: Buffer
}

/** parsers join several texts, or show one of them */
const SECOND_BODY = 'a second text part is not allowed: send one text and one HTML body'
const MAX_DEPTH = 5

const MULTIPARTS = ['multipart/mixed', 'multipart/alternative', 'multipart/related'] as const
type Multipart = (typeof MULTIPARTS)[number]

const ENCODINGS = ['7bit', '8bit', 'binary', 'base64', 'quoted-printable'] as const
export type Encoding = (typeof ENCODINGS)[number]

interface Place {
  readonly depth: number
  /** of the message: see `splitMultipart` */
  readonly lineEnd: LineEnd
  /** boundaries of the multiparts around this part */
  readonly boundaries: readonly string[]
  /** what may stand here: a body of the message, one of its alternatives, or only attachments */
  readonly bodies: readonly ('text' | 'html')[]
  readonly attachments: boolean
}

const TOP = { depth: 0, boundaries: [], bodies: ['text', 'html'], attachments: true } as const

/** Walks the tree of parts and says what each leaf is, in order. postal-mime must see the same leaves (see `read.ts`). */
export function readStructure(headers: Headers, body: Buffer, lineEnd: LineEnd): readonly Leaf[] {
  const leaves: Leaf[] = []
  walkPart(headers, body, { ...TOP, lineEnd }, leaves)
  return leaves
}

function walkPart(headers: Headers, body: Buffer, place: Place, leaves: Leaf[]): void {
  const type = readParameterised('Content-Type', headers.get('content-type') ?? 'text/plain')
  const multipart = MULTIPARTS.find((name) => name === type.value)
  if (multipart !== undefined) {
    walkMultipart(multipart, type, headers, body, place, leaves)
    return
  }
  const kind = readKind(type, headers, place)
  if (kind !== 'attachment' && leaves.some((leaf) => leaf.kind === kind)) refuse(SECOND_BODY)
  leaves.push({ kind, type: type.value, encoding: readEncoding(headers), body })
  if (leaves.length > MAX_PARTS) refuse(`the message has more than ${MAX_PARTS} parts`)
}

function walkMultipart(
  multipart: Multipart,
  type: Parameterised,
  headers: Headers,
  body: Buffer,
  place: Place,
  leaves: Leaf[],
): void {
  if (place.depth >= MAX_DEPTH) refuse(`the message nests more than ${MAX_DEPTH} levels of parts`)
  if (!['7bit', '8bit', 'binary'].includes(readEncoding(headers))) {
    refuse('a multipart is encoded as a whole (RFC 2045 §6.4)')
  }
  const boundary = readBoundary(type, place)
  const parts = splitMultipart(body, boundary, place.lineEnd)
  const boundaries = [...place.boundaries, boundary]
  for (const [index, part] of parts.entries()) {
    const { headers: own, body: content } = readPart(part, place.lineEnd)
    walkPart(own, content, placeInside(multipart, index, place, boundaries), leaves)
  }
}

/** the body is the first part; in an alternative every part is one, and nothing else stands there */
function placeInside(
  multipart: Multipart,
  index: number,
  place: Place,
  boundaries: readonly string[],
): Place {
  const inside = { depth: place.depth + 1, lineEnd: place.lineEnd, boundaries }
  if (multipart === 'multipart/alternative')
    return { ...inside, bodies: place.bodies, attachments: false }
  return {
    ...inside,
    bodies: index === 0 ? place.bodies : [],
    attachments: index > 0 || place.attachments,
  }
}

function readBoundary(type: Parameterised, place: Place): string {
  const boundary = type.parameters.get('boundary')
  if (boundary === undefined) refuse('a multipart has no boundary')
  // RFC 2046 §5.1.1
  if (!/^[A-Za-z0-9'()+_,./:=? -]{0,69}[A-Za-z0-9'()+_,./:=?-]$/.test(boundary)) {
    refuse('a multipart boundary is malformed')
  }
  if (place.boundaries.includes(boundary)) refuse('a multipart repeats the boundary around it')
  return boundary
}

function readKind(type: Parameterised, headers: Headers, place: Place): Leaf['kind'] {
  if (!isSendableType(type.value))
    refuse(`a part of type ${type.value.slice(0, 80)} is not allowed`)
  const disposition = readParameterised(
    'Content-Disposition',
    headers.get('content-disposition') ?? 'none',
  )
  const body = readBodyKind(type, disposition)
  if (body !== undefined && place.bodies.includes(body)) {
    assertCharset(type)
    return body
  }
  if (body !== undefined)
    refuse('a second text part is not allowed: send one text and one HTML body')
  if (!place.attachments) refuse('an alternative holds something else than text and HTML')
  return 'attachment'
}

function readBodyKind(
  type: Parameterised,
  disposition: Parameterised,
): 'text' | 'html' | undefined {
  if (type.value !== 'text/plain' && type.value !== 'text/html') return undefined
  if (disposition.value === 'attachment') return undefined
  // shown as text by one client and as a file by another
  if (hasFileName(type.parameters) || hasFileName(disposition.parameters)) {
    refuse('a text part has a file name but no `Content-Disposition: attachment`')
  }
  if (!['none', 'inline'].includes(disposition.value))
    refuse('a part has an unknown Content-Disposition')
  return type.value === 'text/plain' ? 'text' : 'html'
}

function readEncoding(headers: Headers): Encoding {
  const value = headers.get('content-transfer-encoding')?.toLowerCase() ?? '7bit'
  return (
    ENCODINGS.find((encoding) => encoding === value) ??
    refuse('a part has an unknown Content-Transfer-Encoding')
  )
}

/** UTF-7 hides mark-up from every reader but one; an unknown label is read as whatever the reader likes */
function assertCharset(type: Parameterised): void {
  const label = type.parameters.get('charset')
  if (label === undefined) return
  if (!/^[A-Za-z0-9._:-]{1,40}$/.test(label) || /utf-?7/i.test(label) || !isDecodable(label)) {
    refuse('a text part has a charset that cannot be decoded: use UTF-8')
  }
}

function isDecodable(label: string): boolean {
  try {
    return new TextDecoder(label).encoding !== 'replacement'
  } catch {
    return false
  }
}
