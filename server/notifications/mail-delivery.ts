import { createTransport } from 'nodemailer'
import type { SecretText } from '../secret.ts'
import type { Delivery, DeliveryResult, Notification } from './notification.ts'
import { toSmtpOptions } from './smtp-options.ts'

export interface MailSettings {
  readonly url: SecretText
  /** one address, with or without a name */
  readonly from: string
}

/** plain text only: nothing in it can load, track or look like a page of ours */
export function createMailDelivery(settings: MailSettings, issuer: string): Delivery {
  const transport = createTransport(toSmtpOptions(settings.url))
  return {
    channel: 'mail',
    deliver: async (notification, signal) => {
      try {
        await transport.sendMail({ ...toMail(notification, settings.from, issuer), signal })
        return { outcome: 'sent' }
      } catch (error) {
        return toFailure(error)
      }
    },
    close: async () => Promise.resolve(transport.close()),
  }
}

function toMail(notification: Notification, from: string, issuer: string): Mail {
  return {
    from,
    // an object: a comma in it does not make two recipients
    to: { name: '', address: notification.email },
    subject: notification.subject,
    text: `${notification.text}\n\n${issuer}${notification.path}\n`,
    // the same at every attempt: a mailbox may then show a repetition once
    messageId: `<${notification.id}@${new URL(issuer).hostname}>`,
    date: notification.createdAt,
    // RFC 3834: no out-of-office answers
    headers: { 'auto-submitted': 'auto-generated' },
    disableFileAccess: true,
    disableUrlAccess: true,
  }
}

interface Mail {
  readonly from: string
  readonly to: { readonly name: string; readonly address: string }
  readonly subject: string
  readonly text: string
  readonly messageId: string
  readonly date: Date
  readonly headers: Record<string, string>
  readonly disableFileAccess: true
  readonly disableUrlAccess: true
}

/** codes only: a server may repeat the password, or the mail, in its answer */
function toFailure(error: unknown): DeliveryResult {
  const { code, responseCode } = error as { code?: unknown; responseCode?: unknown }
  const status = typeof responseCode === 'number' ? responseCode : undefined
  const name = typeof code === 'string' ? code : 'unknown'
  return {
    outcome: 'failed',
    reason:
      status === undefined ? `the mail was not sent: ${name}` : `${toReason(name)}: ${status}`,
    // RFC 5321 §4.2.1: 5yz is final. What the operator can put right (the sign-in) is tried again
    isFinal: (name === 'EENVELOPE' || name === 'EMESSAGE') && status !== undefined && status >= 500,
  }
}

function toReason(code: string): string {
  switch (code) {
    case 'EAUTH':
      return 'the mail server refused the user or the password of REMIT_SMTP_URL'
    case 'EENVELOPE':
      return 'the mail server refused the sender or the recipient'
    default:
      return `the mail server refused the message (${code})`
  }
}
