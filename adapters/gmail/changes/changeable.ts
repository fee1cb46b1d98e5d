import type { GmailAction, MessageFacts } from '../../../capabilities/index.ts'
import type { Call } from '../../operation.ts'
import type { GmailMessage } from '../message.ts'
import { toMessageFacts } from '../message-facts.ts'
import { isShown, lookUp, lookUpThread, lookUpWhole } from './look-up.ts'

/** a message that the token shows, as a change of it is decided on */
export interface Changeable {
  readonly message: GmailMessage
  readonly action: GmailAction
}

type ToAction = (facts: MessageFacts) => GmailAction

/** undefined: there is no such message, or the token does not show it. Whether it may be changed is decided afterwards */
export async function readChangeable(
  id: string,
  toAction: ToAction,
  call: Call,
): Promise<Changeable | undefined> {
  const message = await lookUp(id, call)
  return message && toChangeable(message, toAction, call)
}

export async function readChangeableThread(
  id: string,
  toAction: ToAction,
  call: Call,
): Promise<readonly Changeable[]> {
  return keepChangeable(await lookUpThread(id, call), toAction, call)
}

/**
 * Those messages that the token shows and lets be changed so; the others are left as if they were not there. Where it lets none
 * be changed those that it shows, so that the denial can say why.
 */
export async function keepChangeable(
  messages: readonly GmailMessage[],
  toAction: ToAction,
  call: Call,
): Promise<readonly Changeable[]> {
  const shown: Changeable[] = []
  for (const message of messages) {
    const one = await toChangeable(message, toAction, call)
    if (one !== undefined) shown.push(one)
  }
  const changeable = shown.filter(({ action }) => call.couldAllow(action))
  return changeable.length > 0 ? changeable : shown
}

export async function toChangeable(
  message: GmailMessage,
  toAction: ToAction,
  call: Call,
): Promise<Changeable | undefined> {
  if (!(await isShown(message, call))) return undefined
  const facts = toMessageFacts(message, call)
  if (!hangsOnAttachment(facts, toAction, call)) return { message, action: toAction(facts) }
  const whole = await lookUpWhole(message.id, call)
  if (whole === undefined) return undefined
  const { hasAttachment } = toMessageFacts(whole, call)
  return { message, action: toAction({ ...facts, hasAttachment }) }
}

/** metadata does not tell whether there is an attachment */
function hangsOnAttachment(facts: MessageFacts, toAction: ToAction, call: Call): boolean {
  const [without, withOne] = [false, true].map((hasAttachment) =>
    call.couldAllow(toAction({ ...facts, hasAttachment })),
  )
  return without !== withOne
}
