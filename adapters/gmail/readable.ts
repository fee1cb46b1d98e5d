import type { MessageFacts } from '../../capabilities/index.ts'
import type { Call } from '../operation.ts'
import { toMessageFacts } from './message-facts.ts'
import type { GmailMessage } from './message.ts'

/** how much of a message the token shows; `none` is answered as if the message did not exist */
export type Visibility = 'full' | 'metadata' | 'none'

type Judge = Pick<Call, 'judge'>

export function visibilityOf(
  message: GmailMessage,
  call: Judge & Pick<Call, 'now' | 'names'>,
): Visibility {
  return visibilityOfFacts(toMessageFacts(message, call), call)
}

export function visibilityOfFacts(message: MessageFacts, call: Judge): Visibility {
  if (isReadable(message, 'full', call)) return 'full'
  return isReadable(message, 'metadata', call) ? 'metadata' : 'none'
}

function isReadable(
  message: MessageFacts,
  content: 'full' | 'metadata',
  { judge }: Judge,
): boolean {
  return judge({ operation: 'gmail.messages.read', content, message }).allowed
}
