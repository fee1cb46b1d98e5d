import { normaliseAddress } from '../../capabilities/index.ts'

/**
 * Addresses of mail that was received, as Gmail shows its headers: decoded, so a display name may hold any character at all.
 * Names may be anything that cannot be mistaken for syntax; the address is a plain addr-spec, or the header names nobody.
 * `"alice@customer.test" <eve@evil.test>` is eve; `alice@customer.test <eve@evil.test>` is nobody.
 */
const QUOTED = /"(?:[^"\\]|\\.)*"/g
// any of these outside quotes could end the name early in another reader: comments, groups, routes, a second address
const AMBIGUOUS_NAME = /["\\<>@,;:()[\]]/

/** the one mailbox of a From header */
export function readSender(value: string): string | undefined {
  return readMailbox(value)
}

const MAX_PARTIES = 1000

/** every mailbox of a To or Cc header; none at all when any of them is not plain, so that no filter matches by half */
export function readParties(value: string): readonly string[] {
  if (value.length > 65_536) return []
  const mailboxes = splitOutsideQuotes(value)
  if (mailboxes.length > MAX_PARTIES) return []
  const addresses = new Set<string>()
  for (const mailbox of mailboxes) {
    const address = readMailbox(mailbox)
    if (address === undefined) return []
    addresses.add(address)
  }
  return [...addresses]
}

function readMailbox(text: string): string | undefined {
  const value = text.trim()
  if (value.length > 2048) return undefined
  if (!value.endsWith('>')) return normaliseAddress(value)
  const angle = value.lastIndexOf('<')
  if (angle === -1) return undefined
  const name = value.slice(0, angle).replace(QUOTED, '')
  if (AMBIGUOUS_NAME.test(name)) return undefined
  return normaliseAddress(value.slice(angle + 1, -1))
}

function splitOutsideQuotes(value: string): string[] {
  if (!value.includes('"')) return value.split(',')
  const parts: string[] = []
  let start = 0
  let quoted = false
  for (let index = 0; index < value.length; index++) {
    const character = value[index]
    if (quoted && character === '\\') index++
    else if (character === '"') quoted = !quoted
    else if (character === ',' && !quoted) {
      parts.push(value.slice(start, index))
      start = index + 1
    }
  }
  parts.push(value.slice(start))
  return parts
}
