import type { Call, QueryPairs } from '../operation.ts'
import { parseMessage, type GmailMessage } from './message.ts'
import { toMessageFacts } from './message-facts.ts'
import { visibilityOfFacts, type Visibility } from './readable.ts'

/** what a filter looks at, and nothing of the text */
export const FILTER_HEADERS: QueryPairs = [
  'From',
  'To',
  'Cc',
  'Subject',
  'Authentication-Results',
].map((name) => ['metadataHeaders', name] as const)

/**
 * Whether a listed message may be seen, by its metadata. Metadata does not tell whether there is an attachment; only where
 * the decision hangs on that, the whole message is fetched. Nothing is cached: labels change, so each row has to be asked
 * for anyway, and the rest comes with it.
 */
export async function rowVisibility(
  message: GmailMessage,
  call: Call,
): Promise<{ readonly visibility: Visibility; readonly message: GmailMessage }> {
  const facts = toMessageFacts(message, call)
  const without = visibilityOfFacts({ ...facts, hasAttachment: false }, call)
  const withOne = visibilityOfFacts({ ...facts, hasAttachment: true }, call)
  if (without === withOne) return { visibility: without, message }
  const whole = await readMessage(message.id, [['format', 'full']], call)
  if (whole === undefined) return { visibility: 'none', message }
  return { visibility: visibilityOfFacts(toMessageFacts(whole, call), call), message: whole }
}

export async function readMessage(
  id: string,
  query: QueryPairs,
  call: Call,
): Promise<GmailMessage | undefined> {
  const answer = await call.reader.read(['messages', id], query)
  return answer === undefined ? undefined : parseMessage(answer)
}
