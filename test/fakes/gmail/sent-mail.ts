import { simpleParser, type AddressObject } from 'mailparser'
import PostalMime, { type Address } from 'postal-mime'
import { findAddresses } from './mime/addresses.ts'
import { findHeaders, readHeaders } from './mime/headers.ts'

/** a message that Gmail was told to send, and everybody whom any reader of it would have sent it to */
export interface SentMail {
  readonly messageId: string
  readonly threadId: string
  /** the method that sent it: `messages.send`, `drafts.send` */
  readonly via: string
  readonly raw: Buffer
  /** every recipient that any parser, or a JSON field beside `raw`, names: each once, lower case, sorted */
  readonly recipients: readonly string[]
  /** the same by who saw them; a difference is a message that can be smuggled */
  readonly recipientsByReader: Readonly<Record<'postalMime' | 'mailparser' | 'lenient', string[]>>
  readonly from: string | undefined
  readonly subject: string
  readonly text: string
  readonly html: string | undefined
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly attachments: readonly SentAttachment[]
}

interface SentAttachment {
  readonly filename: string
  readonly mimeType: string
  readonly content: Buffer
}

export type ReadMail = Omit<SentMail, 'messageId' | 'threadId' | 'via'>

const RECIPIENT_HEADERS = [
  'To',
  'Cc',
  'Bcc',
  'Resent-To',
  'Resent-Cc',
  'Resent-Bcc',
  'Apparently-To',
]

export async function readSentMail(
  raw: Buffer,
  besides: readonly string[] = [],
): Promise<ReadMail> {
  const postal = await orNothing(new PostalMime({ forceRfc822Attachments: true }).parse(raw))
  const other = await orNothing(simpleParser(raw))
  const { headers } = readHeaders(raw)
  const recipientsByReader = {
    postalMime: [postal?.to, postal?.cc, postal?.bcc].flatMap((list) => postalAddresses(list)),
    mailparser: [other?.to, other?.cc, other?.bcc].flatMap((list) => mailparserAddresses(list)),
    lenient: lenientRecipients(headers),
  }
  return {
    raw,
    recipients: [...new Set([...Object.values(recipientsByReader).flat(), ...besides])].toSorted(),
    recipientsByReader,
    from: postal?.from?.address ?? other?.from?.value[0]?.address,
    subject: postal?.subject ?? other?.subject ?? '',
    text: postal?.text ?? '',
    html: postal?.html,
    headers,
    attachments: (postal?.attachments ?? []).map((attachment) => ({
      filename: attachment.filename ?? '',
      mimeType: attachment.mimeType,
      content: toBuffer(attachment.content),
    })),
  }
}

/** a parser that gives up on a message (nested too deeply, say) has seen nobody; the others go on */
async function orNothing<T>(parsed: Promise<T>): Promise<T | undefined> {
  try {
    return await parsed
  } catch {
    return undefined
  }
}

function postalAddresses(list: readonly Address[] | undefined): string[] {
  return (list ?? []).flatMap((entry) => {
    if (entry.group !== undefined) return entry.group.flatMap((member) => postalAddresses([member]))
    return entry.address === '' ? [] : [entry.address.toLowerCase()]
  })
}

function mailparserAddresses(list: AddressObject | AddressObject[] | undefined): string[] {
  const objects = list === undefined ? [] : Array.isArray(list) ? list : [list]
  return objects.flatMap((object) =>
    object.value.flatMap((entry) => [
      ...(entry.address ? [entry.address.toLowerCase()] : []),
      ...(entry.group ?? []).flatMap((member) =>
        member.address ? [member.address.toLowerCase()] : [],
      ),
    ]),
  )
}

/** of several headers with one name the last one is believed, as some servers do */
function lenientRecipients(headers: readonly { name: string; value: string }[]): string[] {
  return RECIPIENT_HEADERS.flatMap((name) => findAddresses(findHeaders(headers, name).at(-1) ?? ''))
}

function toBuffer(content: string | ArrayBuffer | Uint8Array): Buffer {
  if (typeof content === 'string') return Buffer.from(content)
  return content instanceof ArrayBuffer ? Buffer.from(content) : Buffer.from(content)
}
