import type { GmailAction, MessageFacts } from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import { parseThread, unexpected, type GmailMessage } from '../message.ts'
import { toMessageFacts } from '../message-facts.ts'
import { FILTER_HEADERS, readMessage, rowVisibility } from '../row-facts.ts'

/** a message that the token shows, as a change of it is decided on */
export interface Changeable {
  readonly message: GmailMessage
  readonly action: GmailAction
}

type ToAction = (facts: MessageFacts) => GmailAction

const METADATA = [['format', 'metadata'], ...FILTER_HEADERS] as const

/** undefined: there is no such message, or the token does not show it. Whether it may be changed is decided afterwards */
export async function readChangeable(
  id: string,
  toAction: ToAction,
  call: Call,
): Promise<Changeable | undefined> {
  const message = await readMessage(id, METADATA, call)
  return message?.id === id ? toChangeable(message, toAction, call) : undefined
}

/**
 * Those messages of a thread that the token shows and lets be changed so; the others are left as if they were not there. Where
 * it lets none be changed those that it shows, so that the denial can say why.
 */
export async function readChangeableThread(
  id: string,
  toAction: ToAction,
  call: Call,
): Promise<readonly Changeable[]> {
  const answer = await call.reader.read(['threads', id], METADATA)
  if (answer === undefined) return []
  const thread = parseThread(answer)
  if (thread.id !== id) throw unexpected('another thread was answered')
  const shown: Changeable[] = []
  for (const message of thread.messages) {
    const one = await toChangeable(message, toAction, call)
    if (one !== undefined) shown.push(one)
  }
  const changeable = shown.filter(({ action }) => call.judge(action).allowed)
  return changeable.length > 0 ? changeable : shown
}

export async function toChangeable(
  message: GmailMessage,
  toAction: ToAction,
  call: Call,
): Promise<Changeable | undefined> {
  const row = await rowVisibility(message, call)
  if (row.visibility === 'none') return undefined
  const facts = toMessageFacts(row.message, call)
  if (!hangsOnAttachment(facts, toAction, call)) return { message, action: toAction(facts) }
  const whole = await readMessage(message.id, [['format', 'full']], call)
  return (
    whole && {
      message,
      action: toAction(toMessageFacts({ ...whole, labelIds: message.labelIds }, call)),
    }
  )
}

/** metadata does not tell whether there is an attachment */
function hangsOnAttachment(facts: MessageFacts, toAction: ToAction, call: Call): boolean {
  const [without, withOne] = [false, true].map(
    (hasAttachment) => call.judge(toAction({ ...facts, hasAttachment })).allowed,
  )
  return without !== withOne
}
