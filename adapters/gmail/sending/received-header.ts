import type { GmailMessage } from '../message.ts'

/** the value of a header that stands once */
export function findHeader(message: GmailMessage, lowerName: string): string | undefined {
  const values = (message.payload?.headers ?? []).filter(
    ({ name }) => name.toLowerCase() === lowerName,
  )
  return values.length === 1 ? values[0]?.value : undefined
}
