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

/**
 * postal-mime's reading: text, HTML and file names. The bodies of attachments are left out, since it takes a second for
 * the lines of a large one; without them nothing can hold the event loop.
 */
export async function readByPostalMime(message: Buffer, leaves: readonly Leaf[]): Promise<Email> {
  const email = await parse(withoutAttachments(message, leaves))
  assertAgreement(leaves, email)
  return email
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
