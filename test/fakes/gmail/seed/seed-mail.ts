import { createHash } from 'node:crypto'
import type { Mailbox, StoredMessage } from '../mailbox.ts'
import { findAddresses } from '../mime/addresses.ts'
import { composeMail, formatDate, type MailAttachment } from './compose.ts'
import { ACCOUNT, PEOPLE } from './people.ts'

interface SeedMail {
  /** names the message in this seed; its id is made of it */
  readonly key: string
  readonly daysAgo: number
  readonly from: string
  readonly to?: string
  readonly cc?: string
  readonly bcc?: string
  readonly subject: string
  readonly text: string
  readonly html?: string
  readonly attachments?: readonly MailAttachment[]
  readonly labels?: readonly string[]
  /** what Gmail's own check stamped on it; `pass` when left out */
  readonly dmarc?: 'pass' | 'fail' | 'none'
  readonly headers?: readonly (readonly [string, string])[]
  readonly encoding?: 'quoted-printable' | 'base64' | '7bit'
  readonly charset?: 'utf-8' | 'iso-8859-1'
  /** a last change to the source, for mail that no mail program would write */
  readonly tamper?: (source: string) => string
}

/** messages of one thread, oldest first */
export type SeedThread = readonly SeedMail[]

/** user labels, whose ids Gmail chooses and a rule has to name */
export const LABELS = {
  support: 'Label_3811547790',
  orders: 'Label_4402918356',
  finance: 'Label_5290013847',
  suppliers: 'Label_6120774905',
  team: 'Label_7745120038',
} as const

export const LABEL_NAMES: Readonly<Record<keyof typeof LABELS, string>> = {
  support: 'Support',
  orders: 'Orders',
  finance: 'Finance',
  suppliers: 'Suppliers',
  team: 'Team/Internal',
}

const DAY = 86_400_000

export function seedId(key: string): string {
  return `19${createHash('sha256').update(`northwind-tea:${key}`).digest('hex').slice(0, 14)}`
}

function messageIdOf(key: string, from: string): string {
  const domain = findAddresses(from)[0]?.split('@')[1] ?? 'mail.example'
  return `<${createHash('sha256').update(key).digest('base64url').slice(0, 22)}@${domain}>`
}

export function addSeedThread(mailbox: Mailbox, thread: SeedThread, now: number): StoredMessage[] {
  const threadId = seedId(thread[0]?.key ?? '')
  return thread.map((mail, index) => {
    const references = thread.slice(0, index).map((each) => messageIdOf(each.key, each.from))
    const internalDate = now - Math.round(mail.daysAgo * DAY)
    return mailbox.addMessage({
      id: seedId(mail.key),
      threadId,
      raw: sourceOf(mail, references, internalDate),
      labelIds: mail.labels ?? (mail.from === PEOPLE.dana ? ['SENT'] : ['INBOX']),
      internalDate,
    })
  })
}

function sourceOf(mail: SeedMail, references: readonly string[], at: number): Buffer {
  const isOwn = mail.from === PEOPLE.dana
  const source = composeMail({
    ...mail,
    to: mail.to ?? PEOPLE.dana,
    text: mail.text.trim(),
    date: at,
    messageId: messageIdOf(mail.key, mail.from),
    references,
    trace: isOwn ? [] : traceOf(mail, at),
  })
  return mail.tamper ? Buffer.from(mail.tamper(source.toString('latin1')), 'latin1') : source
}

/** what Google's servers put on top of a message that came in from outside */
function traceOf(mail: SeedMail, at: number): (readonly [string, string])[] {
  const sender = findAddresses(mail.from)[0] ?? ''
  const domain = sender.split('@')[1] ?? ''
  const verdict = mail.dmarc ?? 'pass'
  const policy = verdict === 'none' ? '' : ' (p=QUARANTINE sp=QUARANTINE dis=NONE)'
  return [
    ['Delivered-To', ACCOUNT],
    [
      'Received',
      `by 2002:a05:6a10:9f09:b0:5b1:c3d4:e5f6 with SMTP id k9csp1849210pxa;\r\n        ${formatDate(at)}`,
    ],
    ['Return-Path', `<${sender}>`],
    [
      'Received',
      `from mail.${domain} (mail.${domain}. [203.0.113.${(sender.length * 7) % 250}])\r\n        by mx.google.com with ESMTPS id d2e1a72fcca58-72abcde\r\n        for <${ACCOUNT}>;\r\n        ${formatDate(at)}`,
    ],
    [
      'Authentication-Results',
      `mx.google.com;\r\n       dkim=${verdict === 'pass' ? 'pass' : verdict} header.i=@${domain} header.s=s1;\r\n       spf=${verdict === 'fail' ? 'softfail' : 'pass'} smtp.mailfrom=${sender};\r\n       dmarc=${verdict}${policy} header.from=${domain}`,
    ],
  ]
}
