import type { Call } from '../../operation.ts'
import { MAX_SEARCHED } from '../../content/encodings.ts'
import { readBothWays } from '../content/mark-up.ts'
import { findPassages, findStanding } from '../content/passages.ts'
import { textsOfBytes, textsOfMessage } from '../content/shown-texts.ts'
import type { GmailMessage } from '../message.ts'
import type { TracedAttachment } from './attachment-origins.ts'

export interface Echoes {
  /** something in the mail was shown in another conversation, or the mail is too long to tell */
  readonly found: boolean
  /** what stands in no conversation that the grant was shown: the agent's own words, its greeting and its signature */
  readonly own: readonly number[]
}

/** the conversation that a mail answers */
interface Answered {
  readonly threadId: string
  readonly messages: readonly GmailMessage[]
}

/**
 * INVARIANT: of the answered conversation counts what its people and the account's owner wrote, as everywhere in sending, and
 * nothing that an agent sent into it: else a passage would be sent there under one right, and from there under another.
 */
export async function findEchoes(
  texts: readonly string[],
  attachments: readonly TracedAttachment[],
  answered: Answered | undefined,
  { shownPassages, grantId }: Call,
): Promise<Echoes | undefined> {
  if (shownPassages === undefined) return undefined
  if (texts.reduce((length, text) => length + text.length, 0) > MAX_SEARCHED) {
    return { found: true, own: [] }
  }
  const passages = await findPassages(texts.flatMap(readBothWays))
  const standing = await findStanding(passages, textsOf(answered, attachments))
  const asked = [...passages].filter((passage) => !standing.has(passage))
  if (asked.length === 0) return { found: false, own: [] }
  const echoed = await shownPassages.shownElsewhere(grantId, answered?.threadId, asked)
  return { found: echoed.size > 0, own: asked.filter((passage) => !echoed.has(passage)) }
}

/** what the answered conversation says already */
function* textsOf(
  answered: Answered | undefined,
  attachments: readonly TracedAttachment[],
): Generator<string> {
  for (const message of answered?.messages ?? []) yield* textsOfMessage(message, 'bodies')
  for (const { origin, content } of attachments) {
    if (origin === 'thread') yield* textsOfBytes(content)
  }
}
