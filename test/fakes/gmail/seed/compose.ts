import { createHash } from 'node:crypto'
import { splitOutsideQuotes } from '../mime/headers.ts'

export interface MailAttachment {
  readonly name: string
  readonly type: string
  readonly content: Buffer | string
}

/** what a seed message is written from; `composeMail` makes real MIME of it */
export interface MailSource {
  readonly from: string
  readonly to: string
  readonly cc?: string | undefined
  readonly bcc?: string | undefined
  readonly subject: string
  readonly date: number
  readonly messageId: string
  /** Message-IDs of the thread so far, oldest first */
  readonly references?: readonly string[]
  readonly text: string
  readonly html?: string | undefined
  readonly attachments?: readonly MailAttachment[] | undefined
  /** headers put in front, as receiving servers do: the topmost was added last */
  readonly trace?: readonly (readonly [string, string])[]
  /** further headers after the usual ones */
  readonly headers?: readonly (readonly [string, string])[] | undefined
  /** how the text part is encoded: mail programs differ */
  readonly encoding?: 'quoted-printable' | 'base64' | '7bit' | undefined
  readonly charset?: 'utf-8' | 'iso-8859-1' | undefined
}

export function composeMail(source: MailSource): Buffer {
  const content = bodyOf(source)
  const headers: (readonly [string, string])[] = [
    ...(source.trace ?? []),
    ['From', encodeHeader(source.from)],
    ['To', encodeHeader(source.to)],
    ...(source.cc ? [['Cc', encodeHeader(source.cc)] as const] : []),
    ...(source.bcc ? [['Bcc', encodeHeader(source.bcc)] as const] : []),
    ['Subject', encodeHeader(source.subject)],
    ['Date', formatDate(source.date)],
    ['Message-ID', source.messageId],
    ...threading(source.references ?? []),
    ...(source.headers ?? []),
    ['MIME-Version', '1.0'],
    ...content.headers,
  ]
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.concat([Buffer.from(`${lines.join('')}\r\n`), content.body])
}

function threading(references: readonly string[]): (readonly [string, string])[] {
  const last = references.at(-1)
  if (last === undefined) return []
  return [
    ['In-Reply-To', last],
    ['References', references.join('\r\n ')],
  ]
}

interface Entity {
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
}

function bodyOf(source: MailSource): Entity {
  const text = textEntity('plain', source.text, source)
  const readable =
    source.html === undefined
      ? text
      : multipart('alternative', [text, textEntity('html', source.html, source)])
  const attachments = source.attachments ?? []
  if (attachments.length === 0) return readable
  return multipart('mixed', [readable, ...attachments.map(attachmentEntity)])
}

function textEntity(subtype: 'plain' | 'html', text: string, source: MailSource): Entity {
  const charset = source.charset ?? 'utf-8'
  const lines = text.replace(/\r?\n/g, '\r\n')
  const bytes = Buffer.from(lines, charset === 'utf-8' ? 'utf8' : 'latin1')
  const ascii = bytes.every((byte) => byte < 128)
  const wanted = source.encoding ?? (ascii ? '7bit' : 'quoted-printable')
  const encoding = wanted === '7bit' && !ascii ? 'quoted-printable' : wanted
  return {
    headers: [
      ['Content-Type', `text/${subtype}; charset="${charset}"`],
      ['Content-Transfer-Encoding', encoding],
    ],
    body: encodeBody(bytes, encoding),
  }
}

function encodeBody(bytes: Buffer, encoding: string): Buffer {
  if (encoding === 'base64') return Buffer.from(wrapBase64(bytes))
  if (encoding === 'quoted-printable') return Buffer.from(quotedPrintable(bytes))
  return bytes
}

function attachmentEntity(attachment: MailAttachment): Entity {
  const name = encodeHeader(attachment.name)
  return {
    headers: [
      ['Content-Type', `${attachment.type}; name="${name}"`],
      ['Content-Disposition', `attachment; filename="${name}"`],
      ['Content-Transfer-Encoding', 'base64'],
    ],
    body: Buffer.from(wrapBase64(Buffer.from(attachment.content))),
  }
}

function multipart(subtype: string, entities: readonly Entity[]): Entity {
  const hash = createHash('sha256').update(subtype)
  for (const entity of entities) hash.update(entity.body)
  const boundary = `000000000000${hash.digest('hex').slice(0, 16)}`
  const parts = entities.map((entity) => {
    const headers = entity.headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')
    return Buffer.concat([
      Buffer.from(`--${boundary}\r\n${headers}\r\n`),
      entity.body,
      Buffer.from('\r\n'),
    ])
  })
  return {
    headers: [['Content-Type', `multipart/${subtype}; boundary="${boundary}"`]],
    body: Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]),
  }
}

function wrapBase64(bytes: Buffer): string {
  return bytes.toString('base64').replace(/.{1,76}/g, '$&\r\n')
}

/** RFC 2045 §6.7 */
function quotedPrintable(bytes: Buffer): string {
  const lines = bytes.toString('latin1').split('\r\n')
  return lines.map((line) => softBreak(escapeLine(line))).join('\r\n')
}

function escapeLine(line: string): string {
  return line.replace(/[^\t -<>-~]/g, hexOctet).replace(/[ \t]$/, hexOctet)
}

function hexOctet(char: string): string {
  return `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}

function softBreak(line: string): string {
  return line.replace(/(?:=[0-9A-F]{2}|[^=]){70}(?=.)/g, '$&=\r\n')
}

/** RFC 2047: display names one by one, so that the addresses beside them stay readable; other text as a whole */
function encodeHeader(value: string): string {
  if (isAscii(value)) return value
  if (!value.includes('<')) return encodeWords(value)
  const encoded = splitOutsideQuotes(value, ',').map((address) => {
    const start = address.indexOf('<')
    const phrase = address.slice(0, start).trim()
    return isAscii(phrase) ? address.trim() : `${encodeWords(phrase)} ${address.slice(start)}`
  })
  return encoded.join(', ')
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

/** an encoded word is at most 75 characters long and holds whole characters */
function encodeWords(text: string): string {
  const words = text.match(/.{1,12}/gu) ?? []
  return words.map((word) => `=?UTF-8?B?${Buffer.from(word).toString('base64')}?=`).join('\r\n ')
}

export function formatDate(milliseconds: number): string {
  return new Date(milliseconds).toUTCString().replace('GMT', '+0000')
}

/** one page that every PDF reader opens */
export function composePdf(lines: readonly string[]): Buffer {
  const shown = lines.map((line) => `(${line.replace(/[()\\]/g, '\\$&')}) Tj T*`).join('\n')
  const stream = `BT /F1 11 Tf 14 TL 60 780 Td\n${shown}\nET`
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ]
  let file = '%PDF-1.4\n'
  const offsets = objects.map((object, index) => {
    const offset = file.length
    file += `${index + 1} 0 obj\n${object}\nendobj\n`
    return String(offset).padStart(10, '0')
  })
  const table = offsets.map((offset) => `${offset} 00000 n \n`).join('')
  const size = objects.length + 1
  const start = file.length
  file += `xref\n0 ${size}\n0000000000 65535 f \n${table}`
  file += `trailer\n<< /Size ${size} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`
  return Buffer.from(file, 'latin1')
}
