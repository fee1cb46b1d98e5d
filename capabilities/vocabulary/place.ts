import type { Fact, Query } from '../token/syntax.ts'
import { messageOf } from './action-parts.ts'
import type { Action } from './action.ts'
import type { MessageFacts } from './gmail-action.ts'
import { equals, fact, string } from './terms.ts'

/**
 * Spam, trash and drafts are not in the mailbox proper. No grant of this version reaches them: every branch that a grant has for
 * a message carries this leaf, whatever else it says. Datalog without negation cannot say "not labelled SPAM", so the front
 * says where the message is.
 */
export const PLACE_PREDICATE = 'message_place'
export const inMailbox: Query = equals(PLACE_PREDICATE, string('mailbox'))

const inMailboxFact = fact(PLACE_PREDICATE, string('mailbox'))

export function isInMailbox(message: MessageFacts): boolean {
  return placeOf(message) === 'mailbox'
}

export function placeFact(action: Action): Fact | undefined {
  const message = messageOf(action)
  if (message !== undefined) return fact(PLACE_PREDICATE, string(placeOf(message)))
  // a draft that answers nothing touches no message, so none outside the mailbox proper
  return action.operation === 'gmail.drafts.write' ? inMailboxFact : undefined
}

function placeOf({ labels }: MessageFacts): 'spam' | 'trash' | 'draft' | 'mailbox' {
  if (labels.includes('SPAM')) return 'spam'
  if (labels.includes('TRASH')) return 'trash'
  if (labels.includes('DRAFT')) return 'draft'
  return 'mailbox'
}
