import type { GmailMessage, GmailPart } from '../message.ts'
import { readBothWays, skimMarkUp } from './mark-up.ts'
import { decodeText } from '../../content/texts.ts'

/** of one part; what is behind it in a longer one is shown and not remembered */
const MAX_REMEMBERED = 1_000_000

/** what of a message is shown: its headers alone, the beginning of its text too, or all of it */
export type Shown = 'headers' | 'snippet' | 'bodies'

/** what a message says to whoever is shown that much of it; each part is only read when it is asked for */
export function* textsOfMessage(message: GmailMessage, shown: Shown): Generator<string> {
  const { payload, resource } = message
  for (const { name, value } of payload?.headers ?? []) {
    if (name.toLowerCase() === 'subject') yield value
  }
  const snippet = shown === 'headers' ? undefined : resource['snippet']
  if (typeof snippet === 'string') yield skimMarkUp(snippet)
  if (shown === 'bodies' && payload !== undefined) yield* textsOfPart(payload)
}

function* textsOfPart(part: GmailPart): Generator<string> {
  const data = part.body?.data
  if (data !== undefined) yield* textsOfBytes(Buffer.from(data, 'base64url'))
  for (const child of part.parts ?? []) yield* textsOfPart(child)
}

/** bytes that are text: as they are, and without their mark-up */
export function textsOfBytes(bytes: Buffer): string[] {
  const text = decodeText(bytes).slice(0, MAX_REMEMBERED)
  return text === '' ? [] : readBothWays(text)
}
