import type { Call } from '../../operation.ts'
import { METADATA, WHOLE } from '../listing/listed-rows.ts'
import { rowVisibility } from '../listing/row-visibility.ts'
import { toRow } from '../listing/row.ts'
import { parseMessage, parseThread, unexpected, type GmailMessage } from '../message.ts'

/** as it is now, without its text: a change is never decided on what a listing remembers */
export function lookUp(id: string, call: Call): Promise<GmailMessage | undefined> {
  return read(id, METADATA, call)
}

export function lookUpWhole(id: string, call: Call): Promise<GmailMessage | undefined> {
  return read(id, WHOLE, call)
}

export async function lookUpThread(id: string, call: Call): Promise<readonly GmailMessage[]> {
  const answer = await call.reader.read(['threads', id], METADATA)
  if (answer === undefined) return []
  const thread = parseThread(answer)
  if (thread.id !== id) throw unexpected('another thread was answered')
  return thread.messages
}

export async function isShown(message: GmailMessage, call: Call): Promise<boolean> {
  const whole = async (id: string): Promise<ReturnType<typeof toRow> | undefined> => {
    const found = await lookUpWhole(id, call)
    // decided as it would be after the change that undoes it: its labels are the caller's
    return found && toRow({ ...found, labelIds: message.labelIds }, 'whole')
  }
  const { visibility } = await rowVisibility(toRow(message, 'metadata'), { whole }, call)
  return visibility !== 'none'
}

async function read(
  id: string,
  query: typeof METADATA,
  call: Call,
): Promise<GmailMessage | undefined> {
  const answer = await call.reader.read(['messages', id], query)
  const message = answer === undefined ? undefined : parseMessage(answer)
  return message?.id === id ? message : undefined
}
