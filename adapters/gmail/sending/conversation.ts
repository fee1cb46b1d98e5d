import type { MessageFacts } from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import { toMessageFacts } from '../message-facts.ts'
import type { GmailMessage, GmailThread } from '../message.ts'
import { findHeader } from './received-header.ts'

/** a thread as far as it counts for an answer */
export interface Conversation {
  /** normalised addresses of everyone who takes part, without the account */
  readonly participants: readonly string[]
  /** messages that may be answered, newest first */
  readonly answerable: readonly AnswerableMessage[]
  /** every message that counts: what they hold is known in this thread */
  readonly messages: readonly GmailMessage[]
}

export interface AnswerableMessage {
  readonly message: GmailMessage
  readonly facts: MessageFacts
}

/** not yet sent, or thrown out: whoever stands there takes no part, and a draft may be the agent's own */
const UNCOUNTED_LABELS = ['DRAFT', 'SPAM', 'TRASH'] as const
const MAX_ANSWERABLE = 20

/**
 * Who takes part in a thread. INVARIANT: nothing that this grant wrote counts. The account's own messages do, since the
 * owner may have begun the thread by writing to a customer; but a message sent under this grant would let the agent choose
 * its own participants: write to eve where one right allows it, then call her a participant.
 */
export async function readConversation(thread: GmailThread, call: Call): Promise<Conversation> {
  const sent = await call.sentMessages.among(call.grantId, thread.messages.flatMap(idsOf))
  const messages = thread.messages.filter(
    (message) =>
      !UNCOUNTED_LABELS.some((label) => message.labelIds.includes(label)) &&
      !idsOf(message).some((id) => sent.has(id)),
  )
  const counted = messages.map((message) => ({ message, facts: toMessageFacts(message, call) }))
  return {
    participants: findParticipants(counted, call.account),
    answerable: counted
      .filter(({ facts }) => isFromOthers(facts, call.account))
      .toReversed()
      .slice(0, MAX_ANSWERABLE),
    messages,
  }
}

function findParticipants(counted: readonly AnswerableMessage[], account: string): string[] {
  const addresses = counted.flatMap(({ facts }) => [
    ...(facts.from === undefined ? [] : [facts.from]),
    ...facts.to,
    ...facts.cc,
  ])
  return [...new Set(addresses)].filter((address) => address !== account)
}

/** a sender that cannot be read is nobody to answer */
function isFromOthers(facts: MessageFacts, account: string): boolean {
  return facts.from !== undefined && facts.from !== account && !facts.labels.includes('SENT')
}

/** both names under which a sent message may have been remembered: Gmail's, and the one that the front gave it */
function idsOf(message: GmailMessage): string[] {
  const header = findHeader(message, 'message-id')
  return header === undefined ? [message.id] : [message.id, header]
}
