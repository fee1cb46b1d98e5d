import { addHrefHost, addTextHosts } from '../../content/links.ts'
import type { GmailMessage, GmailPart } from '../message.ts'

const MAX_TEXT = 500_000

/**
 * Hosts that the conversation has already led its readers to. The mark-up is only skimmed: it is somebody else's, so a
 * sanitiser could be kept busy with it, and a host too many is one that this sender could have shown anyway.
 */
export function findKnownHosts(messages: readonly GmailMessage[]): ReadonlySet<string> {
  const hosts = new Set<string>()
  for (const message of messages) addHosts(hosts, message.payload)
  return hosts
}

function addHosts(hosts: Set<string>, part: GmailPart | undefined): void {
  if (part === undefined) return
  const data = part.body?.data
  if (data !== undefined && (part.filename ?? '') === '') {
    const content = Buffer.from(data, 'base64url').toString('utf8').slice(0, MAX_TEXT)
    if (part.mimeType === 'text/plain') addTextHosts(hosts, content)
    if (part.mimeType === 'text/html') skimHtml(hosts, content)
  }
  for (const child of part.parts ?? []) addHosts(hosts, child)
}

function skimHtml(hosts: Set<string>, html: string): void {
  for (const match of html.matchAll(/\shref\s{0,5}=\s{0,5}["']?([^"'\s<>]{1,2000})/gi)) {
    addHrefHost(hosts, String(match[1]))
  }
  addTextHosts(hosts, html.replace(/<[^<>]*>/g, ' '))
}
