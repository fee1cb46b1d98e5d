import { randomUUID } from 'node:crypto'
import type { Call } from '../../operation.ts'
import { writeMail } from '../mime/index.ts'
import type { PreparedSend } from './prepare.ts'

/**
 * The message as it leaves or is saved, written anew from decided values, in base64url. Its Message-ID is remembered before:
 * neither a time-out nor whoever sends a draft in the end may make the agent's own recipients participants.
 */
export async function composeMail(
  { ways }: PreparedSend,
  chosen: number,
  call: Call,
  { isDraft }: { readonly isDraft: boolean },
): Promise<string> {
  const way = ways[chosen]
  if (way === undefined) throw new Error('the decision names no way to write the mail')
  const messageId = `<${randomUUID()}@${call.account.split('@').pop() ?? ''}>`
  const message = await writeMail({
    ...way.draft,
    isDraft,
    subject: way.subject,
    messageId,
    date: new Date(call.now * 1000),
    inReplyTo: way.threading?.inReplyTo,
    references: way.threading?.references ?? [],
  })
  await call.sentMessages.remember(call.grantId, messageId)
  await call.shownPassages?.claim(call.grantId, way.own)
  return message.toString('base64url')
}
