import type { MailFacts } from '../../../capabilities/index.ts'
import { findLinkHosts } from '../../content/links.ts'
import { sanitiseHtml } from '../../content/sanitise-html.ts'
import { collectTexts } from '../../content/texts.ts'
import { keepSafeName, type DecodedMail, type Mailbox } from '../mime/index.ts'
import type { TracedAttachment } from './attachment-origins.ts'
import type { Echoes } from './echoes.ts'

/** one way in which the mail can be sent, without its subject, which a thread may give */
export interface Draft {
  readonly from: Mailbox
  readonly to: readonly Mailbox[]
  readonly cc: readonly Mailbox[]
  readonly text: string | undefined
  /** sanitised */
  readonly html: string | undefined
  readonly attachments: readonly TracedAttachment[]
}

/** a mail that no rule about mails can object to */
export const NO_MAIL: MailFacts = {
  recipients: [],
  attachmentOrigins: [],
  html: 'none',
  linkOrigins: [],
  texts: [],
  echoes: false,
}

/**
 * The ways to send one mail, the fullest first: with its HTML as the sanitiser leaves it, then as text alone when the agent
 * wrote a text. A token that allows no HTML so still lets a mail pass that stock clients write in both forms.
 */
export function draftsOf(
  mail: DecodedMail,
  attachments: readonly TracedAttachment[],
  account: string,
): Draft[] {
  const html = mail.unsafeHtml === undefined ? undefined : sanitiseHtml(mail.unsafeHtml)
  const full: Draft = {
    from: { name: senderName(mail.from, account), address: account },
    to: mail.to.map(withSafeName),
    cc: mail.cc.map(withSafeName),
    text: mail.text,
    html,
    attachments,
  }
  const hasBoth = html !== undefined && mail.text !== undefined && mail.text.trim() !== ''
  return hasBoth ? [full, { ...full, html: undefined }] : [full]
}

/** What a decision looks at, but the subject. `knownHosts` are those of the answered thread */
export function toMailFacts(draft: Draft, knownHosts: ReadonlySet<string>): MailFacts {
  const mailboxes = [...draft.to, ...draft.cc]
  return {
    recipients: [...new Set(mailboxes.map(({ address }) => address))],
    attachmentOrigins: draft.attachments.map(({ origin }) => origin),
    html: draft.html === undefined ? 'none' : 'sanitised',
    linkOrigins: findLinkHosts(draft.text, draft.html).map((host) =>
      knownHosts.has(host) ? 'known' : 'new',
    ),
    texts: collectTexts(
      draft,
      [draft.from, ...mailboxes].flatMap(({ name }) => name ?? []),
    ),
  }
}

export function withSubject(facts: MailFacts, subject: string): MailFacts {
  return { ...facts, texts: [subject, ...facts.texts] }
}

export function withEchoes(facts: MailFacts, echoes: Echoes | undefined): MailFacts {
  return echoes === undefined ? facts : { ...facts, echoes: echoes.found }
}

/** the account is the sender: a name is only kept when the agent gave the account's own address with it */
function senderName(from: Mailbox | undefined, account: string): string | undefined {
  return from?.address === account ? keepSafeName(from.name) : undefined
}

function withSafeName(mailbox: Mailbox): Mailbox {
  return { name: keepSafeName(mailbox.name), address: mailbox.address }
}
