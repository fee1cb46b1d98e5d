import type { GmailMessage, GmailPart } from '../message.ts'
import { readBothWays, skimMarkUp } from './mark-up.ts'
import { decodeText } from './texts.ts'

/** of one part; what is behind it in a longer one is shown and not remembered */
const MAX_REMEMBERED = 1_000_000

/** what a message says to whoever is shown it: its subject and snippet, and all of its bodies if they are shown */
export function textsOfMessage(
  message: GmailMessage,
  shows: 'bodies' | 'snippet' | 'headers',
): string[] {
  const { payload, resource } = message
  const subjects = (payload?.headers ?? []).filter(({ name }) => name.toLowerCase() === 'subject')
  const snippet = shows === 'headers' ? undefined : resource['snippet']
  return [
    ...subjects.map(({ value }) => value),
    ...(typeof snippet === 'string' ? [skimMarkUp(snippet)] : []),
    ...(shows === 'bodies' && payload !== undefined ? textsOfPart(payload) : []),
  ]
}

/** bytes that are text: as they are, and without their mark-up */
export function textsOfBytes(bytes: Buffer): string[] {
  const text = decodeText(bytes).slice(0, MAX_REMEMBERED)
  return text === '' ? [] : readBothWays(text)
}

export function textsOfPart(part: GmailPart): string[] {
  const data = part.body?.data
  const own = data === undefined ? [] : textsOfBytes(Buffer.from(data, 'base64url'))
  return [...own, ...(part.parts ?? []).flatMap(textsOfPart)]
}
