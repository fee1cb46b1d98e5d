import MailComposer from 'nodemailer/lib/mail-composer'
import type { Mailbox } from './address-list.ts'
import { readMail, type MailAttachment } from './read.ts'

/** everything that goes into an outgoing message; all of it decided on, nothing copied from the agent's bytes */
export interface MailPlan {
  readonly from: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly subject: string
  /** with angle brackets */
  readonly messageId: string
  readonly date: Date
  readonly inReplyTo: string | undefined
  readonly references: readonly string[]
  readonly text: string | undefined
  /** sanitised */
  readonly html: string | undefined
  /** may name no recipient yet */
  readonly isDraft?: boolean
  readonly attachments: readonly Pick<MailAttachment, 'filename' | 'type' | 'content' | 'sha256'>[]
}

/**
 * The canonical message. It is read back before it is given out: INVARIANT: what leaves the front names exactly the
 * recipients that were decided on, to our reader and to postal-mime; a difference is a bug here and throws.
 */
export async function writeMail(plan: MailPlan): Promise<Buffer> {
  const message = await compose(plan)
  await assertSame(plan, message)
  return message
}

async function compose(plan: MailPlan): Promise<Buffer> {
  const node = new MailComposer({
    from: toAddress(plan.from),
    to: plan.to.map(toAddress),
    cc: plan.cc.map(toAddress),
    subject: plan.subject,
    messageId: plan.messageId,
    date: plan.date,
    inReplyTo: plan.inReplyTo,
    references: [...plan.references],
    text: plan.text ?? (plan.html === undefined ? '' : undefined),
    html: plan.html,
    attachments: plan.attachments.map(toAttachment),
    newline: 'windows',
    disableFileAccess: true,
    disableUrlAccess: true,
  }).compile()
  return node.build()
}

function toAddress(mailbox: Mailbox): { name: string; address: string } {
  return { name: keepSafeName(mailbox.name) ?? '', address: mailbox.address }
}

/** a name that could be taken for another address, or for mark-up, is left out */
export function keepSafeName(name: string | undefined): string | undefined {
  return name !== undefined && /^[\p{L}\p{M}\p{N} .'’_-]{1,64}$/u.test(name) ? name : undefined
}

function toAttachment(attachment: MailPlan['attachments'][number]): {
  filename: string
  contentType: string
  content: Buffer
  contentDisposition: 'attachment'
  contentTransferEncoding: 'base64'
} {
  return {
    filename: attachment.filename,
    contentType: attachment.type,
    content: attachment.content,
    contentDisposition: 'attachment',
    contentTransferEncoding: 'base64',
  }
}

async function assertSame(plan: MailPlan, message: Buffer): Promise<void> {
  const reading = await readMail(message, { isDraft: plan.isDraft === true })
  if (!reading.ok) throw new Error(`the rebuilt message is unreadable: ${reading.refusal}`)
  const { email } = reading
  const planned = namesOf(plan.to, plan.cc)
  const read = namesOf(reading.mail.to, reading.mail.cc)
  const parsed = namesOf(email.to ?? [], email.cc ?? [])
  const hidden = email.bcc ?? email.replyTo ?? email.deliveredTo
  if (read !== planned || parsed !== planned || hidden !== undefined) {
    throw new Error('the rebuilt message names other recipients than were decided on')
  }
  const attached = reading.mail.attachments.map(({ sha256 }) => sha256)
  if (JSON.stringify(attached) !== JSON.stringify(plan.attachments.map(({ sha256 }) => sha256))) {
    throw new Error('the rebuilt message has other attachments than were decided on')
  }
}

interface Addressed {
  readonly address?: string | undefined
}

/** order matters too: it is our own list */
function namesOf(to: readonly Addressed[], cc: readonly Addressed[]): string {
  return JSON.stringify([to, cc].map((list) => list.map((mailbox) => mailbox.address)))
}
