import {
  decodeText,
  decodeWords,
  findHeader,
  parseStructured,
  readHeaders,
  type Header,
} from './headers.ts'

/** one node of a message, as Gmail numbers them: the root is '', its children '0', '1', theirs '0.0' … */
export interface MimePart {
  readonly partId: string
  readonly mimeType: string
  readonly filename: string
  readonly charset: string
  readonly headers: readonly Header[]
  /** the decoded content of a leaf */
  readonly content: Buffer
  readonly parts: readonly MimePart[]
}

export function parseMessage(source: Buffer): MimePart {
  return parsePart(source, '', 0)
}

function parsePart(source: Buffer, partId: string, depth: number): MimePart {
  const { headers, body } = readHeaders(source)
  const type = parseStructured(findHeader(headers, 'Content-Type') ?? 'text/plain')
  const mimeType = type.value.includes('/') ? type.value : 'text/plain'
  const boundary = type.parameters.get('boundary')
  const leaf = {
    partId,
    mimeType,
    filename: readFilename(headers, type.parameters),
    charset: type.parameters.get('charset') ?? 'utf-8',
    headers,
  }
  if (mimeType.startsWith('multipart/') && boundary !== undefined && depth < 20) {
    const parts = splitParts(body, boundary).map((part, index) =>
      parsePart(part, childId(partId, index), depth + 1),
    )
    return { ...leaf, content: Buffer.alloc(0), parts }
  }
  const content = decodeContent(body, findHeader(headers, 'Content-Transfer-Encoding') ?? '7bit')
  const parts =
    mimeType === 'message/rfc822' && depth < 20
      ? [parsePart(content, childId(partId, 0), depth + 1)]
      : []
  return { ...leaf, content, parts }
}

function childId(parent: string, index: number): string {
  return parent === '' ? String(index) : `${parent}.${index}`
}

function readFilename(headers: readonly Header[], type: ReadonlyMap<string, string>): string {
  const disposition = parseStructured(findHeader(headers, 'Content-Disposition') ?? '')
  return decodeWords(disposition.parameters.get('filename') ?? type.get('name') ?? '')
}

function splitParts(body: Buffer, boundary: string): Buffer[] {
  const text = body.toString('latin1')
  const parts: Buffer[] = []
  const delimiter = `--${boundary}`
  let start: number | undefined
  let offset = 0
  while (offset <= text.length) {
    const found = text.indexOf('\n', offset)
    const end = found === -1 ? text.length : found
    const line = text.slice(offset, end).trimEnd()
    if (line === delimiter || line === `${delimiter}--`) {
      if (start !== undefined) parts.push(body.subarray(start, beforeLineBreak(text, offset)))
      start = line === delimiter ? end + 1 : undefined
      if (start === undefined) return parts
    }
    offset = end + 1
  }
  // a missing final boundary is forgiven
  if (start !== undefined) parts.push(body.subarray(Math.min(start, body.length)))
  return parts
}

/** RFC 2046 §5.1.1: the line break before a boundary belongs to the boundary */
function beforeLineBreak(text: string, offset: number): number {
  if (text[offset - 1] !== '\n') return offset
  return text[offset - 2] === '\r' ? offset - 2 : offset - 1
}

function decodeContent(body: Buffer, encoding: string): Buffer {
  const name = encoding.trim().toLowerCase()
  if (name === 'base64') return Buffer.from(body.toString('latin1'), 'base64')
  if (name === 'quoted-printable') return decodeQuotedPrintable(body)
  return body
}

function decodeQuotedPrintable(body: Buffer): Buffer {
  const text = body
    .toString('latin1')
    .replace(/[ \t]+(\r?\n)/g, '$1')
    .replace(/=\r?\n/g, '')
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return Buffer.from(text, 'latin1')
}

export function isAttachment(part: MimePart): boolean {
  return part.filename !== '' || (part.parts.length === 0 && !part.mimeType.startsWith('text/'))
}

export function partText(part: MimePart): string {
  return decodeText(part.content, part.charset)
}

export function leaves(part: MimePart): MimePart[] {
  if (part.mimeType === 'message/rfc822' && part.partId !== '') return [part]
  return part.parts.length === 0 ? [part] : part.parts.flatMap(leaves)
}

/** every part, for finding one by its id */
export function findPart(root: MimePart, partId: string): MimePart | undefined {
  if (root.partId === partId) return root
  for (const part of root.parts) {
    const found = findPart(part, partId)
    if (found) return found
  }
  return undefined
}

/** what a person reads: the plain text, else the HTML without its tags */
export function readableText(root: MimePart): string {
  const shown = leaves(root).filter((part) => !isAttachment(part))
  const plain = shown.find((part) => part.mimeType === 'text/plain')
  if (plain) return partText(plain)
  const html = shown.find((part) => part.mimeType === 'text/html')
  return html ? withoutTags(partText(html)) : ''
}

function withoutTags(html: string): string {
  return html
    .replace(/<(style|script|head)[\s\S]*?<\/\1>/gi, ' ')
    .replace(/<[^>]+>/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
}
