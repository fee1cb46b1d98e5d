import { createHash } from 'node:crypto'
import { decodeWords, type Email } from 'postal-mime'
import { stripInvisible, stripLine } from '../../content/invisible.ts'
import { cleanFilename, isSendableName } from './attachment.ts'
import { readAddressList, type Mailbox } from './address-list.ts'
import { decodeContent, readByPostalMime } from './content.ts'
import { findLineEnd, readEntity } from './header-block.ts'
import { readHeaders, type Headers } from './headers.ts'
import { MAX_MESSAGE_BYTES, TOO_LARGE } from './raw.ts'
import { readStructure, type Leaf } from './structure.ts'
import { refuse, UnreadableMail } from './unreadable.ts'

export interface MailAttachment {
  readonly filename: string
  /** lower-case media type without parameters */
  readonly type: string
  readonly content: Buffer
  /** hex, of the decoded bytes: two attachments are the same when these are */
  readonly sha256: string
}

/** what a message says, decoded and without invisible characters; whether it may be sent is not decided here */
export interface DecodedMail {
  /** the sender that the agent wrote; undefined when it is no plain address. The account is the sender, whatever stands here */
  readonly from: Mailbox | undefined
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly subject: string
  readonly text: string | undefined
  /** as written: not yet sanitised */
  readonly unsafeHtml: string | undefined
  readonly attachments: readonly MailAttachment[]
}

export type MailReading =
  | {
      readonly ok: true
      readonly mail: DecodedMail
      /** the same message, attachments left out, as postal-mime reads it */
      readonly email: Email
    }
  /** a sentence that may be shown to the agent */
  | { readonly ok: false; readonly refusal: string }

const MAX_RECIPIENTS = 100
/** Gmail itself shows the first 102 kB of a text */
const MAX_TEXT = 500_000
const MAX_TAGS = 20_000

/**
 * Reads a whole message by the strict grammar (research: parsers disagree on recipients whenever a grammar is lenient).
 * A draft may name nobody yet.
 */
export async function readMail(
  message: Buffer,
  { isDraft = false }: { readonly isDraft?: boolean } = {},
): Promise<MailReading> {
  try {
    return { ok: true, ...(await readStrictly(message, isDraft)) }
  } catch (error) {
    if (error instanceof UnreadableMail) return { ok: false, refusal: error.message }
    throw error
  }
}

async function readStrictly(
  message: Buffer,
  isDraft: boolean,
): Promise<{ mail: DecodedMail; email: Email }> {
  if (message.length > MAX_MESSAGE_BYTES) refuse(TOO_LARGE)
  if (message.includes(0)) refuse('the message holds a NUL octet')
  const lineEnd = findLineEnd(message)
  const entity = readEntity(message, lineEnd)
  const headers = readHeaders(entity.fields)
  if (hasBareReturn(entity.body)) refuse('the body holds a bare CR')
  const [to, cc] = readRecipients(headers)
  if (to.length + cc.length === 0 && !isDraft) {
    refuse('the message has no recipient in To or Cc')
  }
  const leaves = readStructure(headers, entity.body, lineEnd)
  const email = await readByPostalMime(message, leaves)
  const mail = {
    from: readFrom(headers.get('from')),
    to,
    cc,
    subject: readSubject(headers.get('subject') ?? ''),
    text: readText(email.text, MAX_TEXT),
    unsafeHtml: readHtml(email.html),
    attachments: toAttachments(leaves, email),
  }
  return { mail, email }
}

function hasBareReturn(body: Buffer): boolean {
  for (let at = body.indexOf(0x0d); at >= 0; at = body.indexOf(0x0d, at + 1)) {
    if (body[at + 1] !== 0x0a) return true
  }
  return false
}

function readRecipients(headers: Headers): [Mailbox[], Mailbox[]] {
  const to = readAddressList('To', headers.get('to') ?? '')
  const cc = readAddressList('Cc', headers.get('cc') ?? '')
  const count = to.length + cc.length
  if (count > MAX_RECIPIENTS) refuse(`the message has more than ${MAX_RECIPIENTS} recipients`)
  return [to, cc]
}

/** Google's own samples write `From: me`, scripts a user without a domain: whatever stands here is dropped */
function readFrom(value: string | undefined): Mailbox | undefined {
  try {
    const [mailbox, ...others] = readAddressList('From', value ?? '')
    return others.length === 0 ? mailbox : undefined
  } catch (error) {
    if (error instanceof UnreadableMail) return undefined
    throw error
  }
}

function readSubject(value: string): string {
  const subject = decodeWords(value)
  // an encoded word may carry a line end, and a line end in a subject is a header to a careless mailer
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/.test(subject)) {
    refuse('the subject holds control characters')
  }
  return stripLine(subject)
}

function readText(text: string | undefined, maxLength: number): string | undefined {
  if (text === undefined) return undefined
  if (text.length > maxLength)
    refuse(`a text part is longer than ${maxLength} characters: attach it`)
  const visible = stripInvisible(text).trimEnd()
  // mail clients decode these lines to an attachment that no reader of parts has seen
  if (/^begin(?:-base64)? [0-7]{3,4} \S/m.test(visible))
    refuse('a text part holds a uuencoded file')
  return visible
}

/** a sanitiser's work grows with the square of what is open at once */
function readHtml(html: string | undefined): string | undefined {
  const visible = readText(html, MAX_TEXT)
  const tags = visible?.match(/</g)?.length ?? 0
  if (tags > MAX_TAGS) refuse(`the HTML has more than ${MAX_TAGS} tags`)
  return visible
}

function toAttachments(leaves: readonly Leaf[], email: Email): MailAttachment[] {
  return leaves
    .filter(({ kind }) => kind === 'attachment')
    .map((leaf, index) => toAttachment(leaf, email.attachments[index]?.filename ?? ''))
}

function toAttachment({ type, encoding, body }: Leaf, name: string): MailAttachment {
  const filename = cleanFilename(name)
  if (!isSendableName(filename)) refuse('a winmail.dat attachment is not allowed')
  const content = decodeContent(body, encoding)
  return { filename, type, content, sha256: createHash('sha256').update(content).digest('hex') }
}
