import type { Action } from './action.ts'
import type { LabelChange, MailFacts, MessageFacts, ThreadFacts } from './gmail-action.ts'
import type { StripeTarget } from './stripe-action.ts'

/** the message that read filters are held against: the one shown or changed, or the one that is answered */
export function messageOf(action: Action): MessageFacts | undefined {
  return 'message' in action ? action.message : threadOf(action)?.answered
}

/** the conversation that is answered */
export function threadOf(action: Action): ThreadFacts | undefined {
  return 'thread' in action ? action.thread : undefined
}

/** the mail that would leave, now or when its owner sends the draft */
export function mailOf(action: Action): MailFacts | undefined {
  return 'mail' in action ? action.mail : undefined
}

export function labelChangeOf(action: Action): LabelChange | undefined {
  return 'change' in action ? action.change : undefined
}

/** what a request to Stripe is about */
export function targetOf(action: Action): StripeTarget | undefined {
  return 'target' in action ? action.target : undefined
}
