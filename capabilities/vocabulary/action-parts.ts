import type { Action } from './action.ts'
import type { LabelChange, MailFacts, MessageFacts, ThreadFacts } from './gmail-action.ts'
import type { CrmTarget, WrittenContent } from './hubspot-action.ts'
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

/** text that people would read: of a mail, or of a record of HubSpot */
export function contentOf(action: Action): MailFacts | WrittenContent | undefined {
  return mailOf(action) ?? crmOf(action)?.content
}

/** what that text is called where it is refused */
export function contentWord(action: Action): string {
  return mailOf(action) === undefined ? 'this text' : 'this mail'
}

export function labelChangeOf(action: Action): LabelChange | undefined {
  return 'change' in action ? action.change : undefined
}

/** what a request to Stripe is about */
export function targetOf(action: Action): StripeTarget | undefined {
  return 'target' in action ? action.target : undefined
}

/** what a request to HubSpot is about */
export function crmOf(action: Action): CrmTarget | undefined {
  return 'crm' in action ? action.crm : undefined
}
