import { decodeWords } from 'postal-mime'
import { stripLine } from '../../content/invisible.ts'
import type { GmailMessage } from '../message.ts'
import { findHeader } from './received-header.ts'

/** the headers that put an answer into its thread; all of them from the answered message, none from the agent */
export interface Threading {
  readonly subject: string
  readonly inReplyTo: string | undefined
  readonly references: readonly string[]
}

/** RFC 5322 §3.6.4 as far as it is safe to copy: what another server wrote goes into our headers */
const MESSAGE_ID = /<[!-;=?-~]{1,250}>/g
const MAX_REFERENCES = 20

export function threadOnto(answered: GmailMessage): Threading {
  const [messageId] = findHeader(answered, 'message-id')?.match(MESSAGE_ID) ?? []
  const earlier = findHeader(answered, 'references') ?? findHeader(answered, 'in-reply-to') ?? ''
  const references = [
    ...(earlier.match(MESSAGE_ID) ?? []),
    ...(messageId === undefined ? [] : [messageId]),
  ]
  return {
    subject: answerSubject(findHeader(answered, 'subject') ?? ''),
    inReplyTo: messageId,
    references: [...new Set(references)].slice(-MAX_REFERENCES),
  }
}

/** Gmail keeps a message in its thread only when the subject is the same but for `Re:` */
function answerSubject(received: string): string {
  const subject = stripLine(decodeWords(received))
  return /^re:/i.test(subject) ? subject : `Re: ${subject}`.trim()
}
