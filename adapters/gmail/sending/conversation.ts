import type {
  GmailAction,
  MailFacts,
  MessageFacts,
  ThreadFacts,
} from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import { toMessageFacts } from '../message-facts.ts'
import type { GmailMessage, GmailThread } from '../message.ts'
import { NO_MAIL } from './draft.ts'
import { findHeader } from './received-header.ts'

/** a thread as far as it counts for an answer */
export interface Conversation {
  /** normalised addresses of everyone who takes part, without the account */
  readonly participants: readonly string[]
  /** messages that may be answered, newest first */
  readonly answerable: readonly AnswerableMessage[]
  /** every message that counts: whose parties, hosts and attachments are those of the conversation */
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
 * Who takes part in a thread. INVARIANT: nothing that an agent wrote through a front counts. The account's own messages do,
 * since the owner may have begun the thread by writing to a customer; but a message sent under a grant would let the agent
 * choose its own participants: write to eve where one right allows it, then call her a participant. What others wrote counts
 * only where the token allows to answer it: anybody can mail into a thread, with whom he likes in his Cc.
 */
export async function readConversation(
  thread: GmailThread,
  call: Call,
  purpose: Purpose = 'sending',
): Promise<Conversation> {
  const sent = await call.sentMessages.among(call.grantId, thread.messages.flatMap(idsOf))
  const present = thread.messages
    .filter(
      (message) =>
        !UNCOUNTED_LABELS.some((label) => message.labelIds.includes(label)) &&
        !idsOf(message).some((id) => sent.has(id)),
    )
    .map((message) => ({ message, facts: toMessageFacts(message, call) }))
  const counted = present.filter(
    ({ message, facts }) => isOwn(message) || passesFilter(facts, call, purpose),
  )
  return {
    participants: findParticipants(counted, call.account),
    answerable: present
      .filter(({ message, facts }) => isFromOthers(message, facts, call.account))
      .toReversed()
      .slice(0, MAX_ANSWERABLE),
    messages: counted.map(({ message }) => message),
  }
}

/** whether the token allows to answer this message at all: a mail without anything in it is held against its filters only */
export function passesFilter(
  answered: MessageFacts,
  call: Pick<Call, 'couldAllow'>,
  purpose: Purpose = 'sending',
): boolean {
  const thread = { participants: [], answered }
  return call.couldAllow(toAnswerAction(thread, NO_MAIL, purpose))
}

/** whether the mail leaves now, or is left for the account's owner to send */
export type Purpose = 'sending' | 'drafting'

export function toAnswerAction(
  thread: ThreadFacts,
  mail: MailFacts,
  purpose: Purpose,
): GmailAction {
  const operation = purpose === 'drafting' ? 'gmail.drafts.write' : 'gmail.messages.reply'
  return { operation, thread, mail }
}

/** by Gmail's label, not by From: a stranger can write the account's address there */
function isOwn(message: GmailMessage): boolean {
  return message.labelIds.includes('SENT')
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
function isFromOthers(message: GmailMessage, facts: MessageFacts, account: string): boolean {
  return facts.from !== undefined && facts.from !== account && !isOwn(message)
}

/** both names under which a sent message may have been remembered: Gmail's, and the one that the front gave it */
function idsOf(message: GmailMessage): string[] {
  const header = findHeader(message, 'message-id')
  return header === undefined ? [message.id] : [message.id, header]
}
