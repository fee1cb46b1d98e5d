import type { GmailAction, MailFacts, MessageFacts } from './gmail-action.ts'

/** the message that read filters are held against: the one shown, or the one a reply answers */
export function messageOf(action: GmailAction): MessageFacts | undefined {
  if (action.operation === 'gmail.messages.read') return action.message
  if (action.operation === 'gmail.messages.reply') return action.thread.answered
  return undefined
}

/** the mail that would leave */
export function mailOf(action: GmailAction): MailFacts | undefined {
  return 'mail' in action ? action.mail : undefined
}
