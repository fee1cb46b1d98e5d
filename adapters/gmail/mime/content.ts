import PostalMime, { type Email } from 'postal-mime'
import type { Encoding, Leaf } from './structure.ts'
import { refuse, UnreadableMail } from './unreadable.ts'

/** the bytes of an attachment */
export function decodeContent(body: Buffer, encoding: Encoding): Buffer {
  switch (encoding) {
    case 'base64':
      return Buffer.from(body.toString('latin1'), 'base64')
    case 'quoted-printable':
      return decodeQuotedPrintable(body.toString('latin1'))
    case '7bit':
    case '8bit':
    case 'binary':
      return body
  }
}

/** RFC 2045 §6.7; what is no escape stands for itself */
function decodeQuotedPrintable(text: string): Buffer {
  const joined = text.replace(/=\r?\n/g, '')
  const octets = joined.replace(/=([0-9A-Fa-f]{2})/g, (_escape, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  )
  return Buffer.from(octets, 'latin1')
}

const MAX_READ_BYTES = 2 * 1024 * 1024
const MAX_READ_LINES = 10_000

/**
 * postal-mime's reading: text, HTML and file names. It works line by line, a minute for a message of short lines, so it
 * gets the message without the bodies of attachments, and only as much as mail for people is long.
 */
export async function readByPostalMime(message: Buffer, leaves: readonly Leaf[]): Promise<Email> {
  const readable = withoutAttachments(message, leaves)
  if (readable.length > MAX_READ_BYTES || countLines(readable) > MAX_READ_LINES) {
    refuse('the message has more than 2 MB or 10,000 lines of text: attach it')
  }
  const email = await parse(readable)
  assertAgreement(leaves, email)
  return email
}

function countLines(bytes: Buffer): number {
  let lines = 0
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) lines++
  return lines
}

function withoutAttachments(message: Buffer, leaves: readonly Leaf[]): Buffer {
  const kept: Buffer[] = []
  let at = 0
  for (const { kind, body } of leaves) {
    if (kind !== 'attachment') continue
    const start = body.byteOffset - message.byteOffset
    kept.push(message.subarray(at, start))
    at = start + body.length
  }
  return Buffer.concat([...kept, message.subarray(at)])
}

async function parse(message: Buffer): Promise<Email> {
  try {
    return await PostalMime.parse(message, { forceRfc822Attachments: true, maxNestingDepth: 10 })
  } catch {
    throw new UnreadableMail('the message cannot be parsed: build it with a mail library')
  }
}

/** it must have found the very leaves that our own walk found: where two readers differ, a third will too */
function assertAgreement(leaves: readonly Leaf[], email: Email): void {
  const has = (kind: Leaf['kind']): boolean => leaves.some((leaf) => leaf.kind === kind)
  const types = leaves.filter(({ kind }) => kind === 'attachment').map(({ type }) => type)
  const seen = email.attachments.map(({ mimeType }) => mimeType)
  const agreed =
    JSON.stringify(types) === JSON.stringify(seen) &&
    (email.text === undefined || has('text')) &&
    (email.html === undefined || has('html'))
  if (!agreed) refuse('the message can be read in two ways: build it with a mail library')
}
