import type {
  GmailAction,
  LabelChange,
  MailFacts,
  MessageFacts,
  ThreadFacts,
} from './gmail-action.ts'

/** the message that read filters are held against: the one shown or changed, or the one that is answered */
export function messageOf(action: GmailAction): MessageFacts | undefined {
  return 'message' in action ? action.message : threadOf(action)?.answered
}

/** the conversation that is answered */
export function threadOf(action: GmailAction): ThreadFacts | undefined {
  return 'thread' in action ? action.thread : undefined
}

/** the mail that would leave, now or when its owner sends the draft */
export function mailOf(action: GmailAction): MailFacts | undefined {
  return 'mail' in action ? action.mail : undefined
}

export function labelChangeOf(action: GmailAction): LabelChange | undefined {
  return 'change' in action ? action.change : undefined
}
