import { createHash } from 'node:crypto'
import type { Approvable } from '../../operation.ts'
import type { ApprovalRow } from '../../ports.ts'
import type { PreparedSend } from '../sending/prepare.ts'
import { shorten } from '../../shorten.ts'

const MAX_TEXT = 2000

/** what is done with the mail, and in which words its buyer is asked */
const OPENINGS = {
  send: { new: 'Send a new mail to', reply: 'Send an answer to' },
  draft: { new: 'Save a draft to', reply: 'Save a draft of an answer to' },
} as const

/**
 * A mail for its buyer: whom it goes to and all that it says. Everything that leaves is in what she says yes to, attachments by
 * their bytes; what differs at every try (dates, boundaries, message ids) is not.
 */
export function askForMail(
  { threadId, ways }: PreparedSend,
  chosen: number,
  purpose: keyof typeof OPENINGS,
): Approvable {
  const way = ways[chosen]
  if (way === undefined) throw new TypeError('the decision names no way to write the mail')
  const { draft, subject } = way
  const [to, cc] = [addressesOf(draft.to), addressesOf(draft.cc)]
  const everyone = [...to, ...cc]
  const opening = OPENINGS[purpose][threadId === undefined ? 'new' : 'reply']
  const others = everyone.length > 1 ? ` and ${everyone.length - 1} more` : ''
  return {
    action: {
      thread: threadId ?? null,
      from: draft.from.name ?? null,
      to,
      cc,
      names: [...draft.to, ...draft.cc].map(({ name }) => name ?? null),
      subject,
      text: draft.text === undefined ? null : hash(draft.text),
      html: draft.html === undefined ? null : hash(draft.html),
      attachments: draft.attachments.map(({ filename, type, sha256 }) => ({
        filename,
        type,
        sha256,
      })),
    },
    card: {
      title: `${opening} ${everyone[0] ?? 'nobody'}${others}`,
      rows: [
        ...(draft.from.name === undefined
          ? []
          : [{ label: 'In the name of', value: shorten(draft.from.name), from: 'agent' } as const]),
        { label: 'To', value: shorten(to.join(', ')), from: 'agent' },
        ...(cc.length > 0
          ? [{ label: 'Cc', value: shorten(cc.join(', ')), from: 'agent' } as const]
          : []),
        // a conversation gives its own
        {
          label: 'Subject',
          value: shorten(subject),
          from: threadId === undefined ? 'agent' : 'provider',
        },
        ...textRows(draft.text, draft.html),
        ...draft.attachments.map(({ filename, type, content, origin }): ApprovalRow => ({
          label: 'Attachment',
          value: `${shorten(filename)} (${shorten(type)}, ${content.length} bytes, ${ORIGINS[origin]})`,
          from: 'agent',
        })),
      ],
    },
  }
}

const ORIGINS = {
  thread: 'from this conversation',
  readable: 'from mail that it may read',
  outside: 'from outside the mailbox',
} as const

function textRows(text: string | undefined, html: string | undefined): ApprovalRow[] {
  const rows: ApprovalRow[] = []
  if (text !== undefined)
    rows.push({ label: 'Text', value: shorten(text, MAX_TEXT), from: 'agent' })
  // a client shows this one: the text beside it may say something else
  if (html !== undefined) {
    rows.push({ label: 'As web page', value: shorten(html, MAX_TEXT), from: 'agent' })
  }
  return rows
}

function addressesOf(mailboxes: readonly { readonly address: string }[]): string[] {
  return mailboxes.map(({ address }) => address)
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
